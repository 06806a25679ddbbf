//! Modules, aliases, re-exports, constants, helpers and the other ways in which people order their code.
use workflow_runtime::prelude::*;

use crate::harness::Bench;
use crate::kit::*;

/// Types of a module, seen through an alias and a re-export.
pub mod domain {
    use workflow_runtime::prelude::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
    pub struct Money {
        pub cents: i64,
        pub currency: Currency,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Payload)]
    pub enum Currency {
        Eur,
        Usd,
        #[serde(rename = "GBP")]
        Pound,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Payload)]
    #[serde(transparent)]
    pub struct Id(pub String);

    impl Money {
        pub const ZERO: Self = Self { cents: 0, currency: Currency::Eur };
        pub const LIMIT: i64 = 5_000;
    }

    pub mod limits {
        pub const HIGH: i64 = 1_000;
        pub const NAMES: &[&str] = &["a", "b"];
        pub const RETRY: u32 = if cfg!(test) { 2 } else { 5 };
    }
    pub use limits::HIGH as TOP;
}

use domain::{
    Currency::{self, *},
    Id, Money, limits,
};

type Cents = i64;
type Rows<T> = Vec<(T, Cents)>;
type Outcomes = Result<Vec<String>>;

twin!(
    p_money: async fn money_flow(all: Vec<Money>) -> Result<Money> {
        let mut total = Money { cents: 0, currency: Eur };
        for money in &all {
            total.cents += match money.currency {
                Eur => money.cents,
                Currency::Usd if money.cents > limits::HIGH => money.cents * 9 / 10,
                Usd => money.cents,
                domain::Currency::Pound => { count(money.cents).await? * 2 }
            };
        }
        if total.cents > Money::LIMIT { total = Money { currency: Pound, ..total }; }
        if total == Money::ZERO { return Err(FlowFailure::Nothing.into()); }
        Ok(total)
    }
);

twin!(
    p_rows: async fn rows_flow(rows: Rows<String>) -> Result<Rows<usize>> {
        let kept: Rows<usize> = rows.iter().filter(|(name, _)| limits::NAMES.contains(&name.as_str())).map(|(name, cents)| (name.len(), cents + domain::TOP)).collect();
        let n: Cents = kept.iter().map(|row| row.1).sum();
        crate::kit::note_again(n.to_string()).await?;
        Ok(kept)
    }
);

twin!(
    p_ids: async fn ids(ids: Vec<Id>) -> Result<Vec<Id>> {
        let mut out: Vec<Id> = Vec::new();
        for id in ids {
            let Id(id) = id;
            let Id(first) = Id(id.clone() + "-1");
            let parsed = id.parse::<u32>().ok().filter(|n| *n <= limits::RETRY);
            match parsed {
                Some(n) => out.push(Id(format!("{first}{n}"))),
                None => { note(id).await?; }
            }
        }
        Ok(out)
    }
);

#[tokio::test(start_paused = true)]
async fn helpers() {
    let mut bench = Bench::default();
    let of = |cents: i64, currency: Currency| Money { cents, currency };
    same!(
        bench,
        p_money as MoneyFlow,
        vec![],
        vec![of(5, Eur)],
        vec![of(2000, Usd), of(7, Pound), of(1, Usd)],
        vec![of(13, Pound)],
        vec![of(9000, Eur)]
    );
    same!(bench, p_rows as RowsFlow, vec![("a".to_string(), 1), ("c".to_string(), 2), ("b".to_string(), 3)], vec![]);
    let ids = |all: &[&str]| all.iter().map(|s| Id(s.to_string())).collect::<Vec<_>>();
    same!(bench, p_ids as Ids, ids(&["1", "x", "3", "2"]), ids(&[]));
    bench.compare();
}
