//! Values of all shapes.
use workflow_runtime::prelude::*;

use crate::harness::Bench;
use crate::shop::*;

const LIMIT: u32 = 500;
static GREETING: &str = "hello";
const SIZES: [u32; 3] = [1, 2, 3];

twin!(
    /// Enum of three representations.
    p_describe: async fn describe(order: Order) -> Result<String> {
        // where it goes
        let place = match &order.delivery {
            Delivery::Pickup => "pickup".to_string(),
            Delivery::Courier { address, express } if *express => format!("{} fast", address.city),
            Delivery::Courier { address: Address { city, zip: Some(zip), .. }, .. } => format!("{zip} {city}"),
            Delivery::Courier { address, .. } => address.city.clone(),
            Delivery::Locker { number: n @ 1..=9 } => format!("small {n}"),
            Delivery::Locker { number } => format!("locker {number}"),
        };
        let days = match order.payment.clone() {
            Payment::Cash | Payment::Card(_) => 0,
            Payment::Invoice { days, company: Some(_) } => days * 2,
            Payment::Invoice { days, .. } => days,
        };
        note(format!("{place} {days}")).await?;
        let label: &str = if order.priority == Priority::High { "!" } else { "" };
        Ok(format!("{place}/{days}{label}"))
    }
);

twin!(
    p_refs: async fn refs(order: Order) -> Result<u32> {
        let items = &order.items;
        let first = &items[0];
        let sku: &str = &first.sku;
        let quantity = first.quantity;
        let cents = price(sku.to_string(), quantity).await?;
        let total: u32 = items.iter().map(|i| i.quantity * i.price_cents).sum();
        let discounted = total.saturating_sub(total * order.discount_percent / 100);
        if discounted > LIMIT && cents > 0 {
            note(GREETING.to_string()).await?;
        }
        let address = match &order.delivery { Delivery::Courier { address, .. } => address.clone(), _ => Address { street: "x".to_string(), city: "y".to_string(), zip: None } };
        let moved = Address { city: "Bonn".to_string(), ..address.clone() };
        let changed = Order { delivery: Delivery::Courier { address: moved, express: false }, note: Some("moved".into()), ..order.clone() };
        let saved = save(changed).await?;
        let city = if let Delivery::Courier { address, .. } = &saved.delivery { address.city.len() } else { 0 };
        Ok(discounted + city as u32 + SIZES.len() as u32)
    }
);

twin!(
    p_tuples: async fn tuples(n: i64) -> Result<(String, Vec<Vec<i64>>)> {
        let (name, double) = pair(n).await?;
        let both = pair2(double).await?;
        let grid = grid(n).await?;
        let rows: Vec<Vec<i64>> = grid.iter().map(|row| row.iter().map(|x| x + 1).collect()).collect();
        let flat: Vec<i64> = rows.iter().flatten().copied().collect();
        let s = sum(flat).await?;
        Ok((format!("{name}{}{}{}", both.0, both.1, s), rows))
    }
);

twin!(
    p_blocks: async fn blocks(n: i64) -> Result<i64> {
        let n = { let a = n + 1; a + a };
        let n = if n > 10 { let b = inc(n).await?; b } else { n };
        let x = match n { 0 => 0, 1 | 2 => { let y = inc4(n).await?; y + 1 } k if k > 20 => k, _ => { return Ok(-1); } };
        let unit = ping().await?;
        let _unused = inc2(x).await?;
        inc3(x).await?;
        let () = ping2().await?;
        let _ = unit;
        Ok(x)
    }
);

twin!(
    p_maps: async fn maps(order: Order) -> Result<u32> {
        let _regions_left = order.by_region.clone();
        let north = order.by_region.get("north").copied().unwrap_or(0);
        let known = order.by_region.contains_key("south");
        let names: Vec<String> = order.by_region.keys().cloned().collect();
        strings(names).await?;
        let sum = regions(order.by_region.clone()).await?;
        let has: bool = order.matrix.iter().any(|row| row.is_empty());
        Ok(if known && has { sum + north } else { 0 })
    }
);

twin!(
    p_shadow: async fn shadow(n: i64) -> Result<String> {
        let value = n;
        let value = inc(value).await?;
        let value = format!("v{value}");
        {
            let value = inc2(n).await?;
            note(format!("{value}")).await?;
        }
        let input = value.clone();
        let result = inc3(n + 5).await?;
        let states = result + 1;
        let error = inc4(states).await?;
        let count = error; let sum = count; let string = sum;
        Ok(format!("{value} {input} {result} {string}"))
    }
);

twin!(
    p_opts: async fn opts(n: i64) -> Result<Option<i64>> {
        let a = maybe(n).await?;
        let b = maybe2(n + 1).await?;
        let Some(x) = a.or(b) else { return Ok(None) };
        let c = match (a, b) { (Some(a), Some(b)) => a + b, (Some(a), None) => a, (None, Some(b)) => -b, (None, None) => 0 };
        let d = if let Some(v) = a && v > 3 { Some(v) } else { None };
        let e = a.map(|v| v + v).unwrap_or_default();
        note(format!("{}", d.is_some())).await?;
        Ok(Some(x + c + e))
    }
);

workflow!(
    pub async fn nothing() -> Result<()> {
        ping().await
    }
);
workflow!(
    pub async fn unit_end(n: i64) -> Result<()> {
        if n > 3 {
            ping().await?;
        }
        Ok(())
    }
);

#[tokio::test(start_paused = true)]
async fn shapes() {
    let mut bench = Bench::default();
    let order = Order::sample();
    let mut high = order.clone();
    high.priority = Priority::High;
    high.delivery = Delivery::Locker { number: 12 };
    high.payment = Payment::Card("4".into());
    let mut pickup = order.clone();
    pickup.delivery = Delivery::Pickup;
    pickup.payment = Payment::Cash;
    let mut zip = order.clone();
    zip.delivery = Delivery::Courier {
        address: Address { street: "s".into(), city: "c".into(), zip: Some("9".into()) },
        express: false,
    };
    same!(bench, p_describe as Describe, order.clone(), high.clone(), pickup.clone(), zip.clone());
    same!(bench, p_refs as Refs, order.clone(), high.clone());
    same!(bench, p_tuples as Tuples, 0, 1, 2, 3);
    same!(bench, p_blocks as Blocks, 0, 1, 4, 20, 5);
    same!(bench, p_maps as Maps, order.clone(), high.clone());
    same!(bench, p_shadow as Shadow, 0, 7, 12);
    same!(bench, p_opts as Opts, 0, 7, 12);
    bench.compare();
}
