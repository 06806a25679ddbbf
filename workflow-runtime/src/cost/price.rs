//! What executions cost in a region of AWS.

use super::amount::Assumptions;
use super::figures::Figures;

/// Prices by region: US dollars for a million state transitions of Standard workflows. A comment line begins with `#`.
const TABLE: &str = include_str!("prices.csv");

/// Express workflows: US dollars for a million requests, in us-east-1 (the list of 2026).
const EXPRESS_REQUESTS: f64 = 1.0;
/// What a GB-second costs, up to so many of them a month.
const EXPRESS_GB_SECONDS: [(f64, f64); 3] =
    [(3_600_000.0, 0.000_016_67), (18_000_000.0, 0.000_008_33), (f64::MAX, 0.000_004_56)];
/// Duration is billed in steps of this.
const EXPRESS_STEP_MILLIS: u64 = 100;
/// Memory is billed in steps of this, and a trivial execution takes one.
const EXPRESS_STEP_MB: u64 = 64;
/// The first transitions of a month are free, for ever.
pub const FREE_TRANSITIONS: u64 = 4_000;

/// The prices of one region.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Region {
    /// `us-east-1`
    pub name: &'static str,
    /// US dollars for a million state transitions.
    pub per_million_transitions: f64,
}

impl Region {
    /// Where nothing else is said.
    pub const DEFAULT: &'static str = "us-east-1";

    /// Every region whose price is known.
    pub fn all() -> Vec<Self> {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        lines
            .filter_map(|line| {
                let (name, price) = line.split_once(',')?;
                Some(Self { name, per_million_transitions: price.trim().parse().ok()? })
            })
            .collect()
    }

    /// The region of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|region| region.name == name)
    }

    /// US dollars for so many billed transitions; what is free in a month is not taken off.
    #[expect(clippy::cast_precision_loss, reason = "dollars")]
    pub fn standard(&self, transitions: u64) -> f64 {
        transitions as f64 * self.per_million_transitions / 1e6
    }
}

/// US dollars for so many Express executions of this length and memory in a month, at the prices of us-east-1.
#[expect(clippy::cast_precision_loss, reason = "dollars")]
pub fn express(executions: u64, millis: u64, memory_mb: u64) -> f64 {
    let billed_millis = millis.max(1).div_ceil(EXPRESS_STEP_MILLIS) * EXPRESS_STEP_MILLIS;
    let billed_mb = memory_mb.max(1).div_ceil(EXPRESS_STEP_MB) * EXPRESS_STEP_MB;
    let mut left = executions as f64 * (billed_millis as f64 / 1e3) * (billed_mb as f64 / 1024.0);
    let mut dollars = executions as f64 * EXPRESS_REQUESTS / 1e6;
    let mut from = 0.0;
    for (to, price) in EXPRESS_GB_SECONDS {
        let here = left.min(to - from);
        dollars += here * price;
        left -= here;
        from = to;
    }
    dollars
}

/// The transitions that one execution is billed for: its own, one for its start, and those of the executions that it starts.
pub fn billed(figures: &Figures, assumptions: &Assumptions) -> Option<u64> {
    let own = figures.transitions.at(assumptions)?;
    Some(own.saturating_add(1).saturating_add(figures.nested_transitions.at(assumptions)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "the table's own numbers")]
    fn prices_are_those_of_the_list() {
        let virginia = Region::named("us-east-1").expect("a region");
        assert_eq!(virginia.per_million_transitions, 25.0);
        assert!((virginia.standard(11_000_000) - 275.0).abs() < 1e-9);
        assert!(Region::named("mars-north-1").is_none());
        assert_eq!(
            Region::all().len(),
            TABLE.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).count()
        );
        // A million of 200 ms at 64 MB: the rule of thumb is 1.2 dollars.
        assert!((express(1_000_000, 200, 50) - 1.208).abs() < 0.001);
        assert!(express(1_000_000, 201, 65) > express(1_000_000, 200, 64));
        let much = express(1_000_000_000, 1_000, 1_024);
        assert!((much - (1_000.0 + 3.6 * 16.67 + 14.4 * 8.33 + 982.0 * 4.56)).abs() < 1.0, "{much}");
    }
}
