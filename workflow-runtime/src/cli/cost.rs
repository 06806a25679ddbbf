//! `cost`: what executions take and cost, told from the machine.

use serde_json::json;

use super::app::{Registered, Session};
use super::args::CostArgs;
use super::error::CliError;
use super::output::{Output, Tone};
use crate::cost::{
    Amount, Assumptions, Caught, Cost, EVENTS_MAX, FREE_TRANSITIONS, Figures, Region, Way, billed, express, grouped,
    lasting,
};

/// So many ways are printed; `--json` has more.
const WAYS_SHOWN: usize = 12;

/// So many executions a month.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PerMonth(u64);

/// `1000000/month`, `20/s`
pub(crate) fn per_month(text: &str) -> Result<PerMonth, String> {
    /// A twelfth of a year.
    const MONTH: u64 = 365 * 86_400 / 12;
    let form = "write a number and a time, such as `1000000/month` or `20/second`";
    let (number, unit) = text.split_once('/').unwrap_or((text, "month"));
    let number: u64 = number.replace(['_', ','], "").trim().parse().map_err(|_| form.to_owned())?;
    let seconds: u64 = match unit.trim() {
        "s" | "sec" | "second" => 1,
        "min" | "minute" => 60,
        "h" | "hour" => 3_600,
        "d" | "day" => 86_400,
        "week" => 7 * 86_400,
        "month" => MONTH,
        "year" => 12 * MONTH,
        _ => return Err(format!("`{unit}` is no time: use second, minute, hour, day, week, month or year")),
    };
    let month = u128::from(number) * u128::from(MONTH) / u128::from(seconds);
    u64::try_from(month).map(PerMonth).map_err(|_| "so many executions cannot be counted".to_owned())
}

/// `Poll=20`
pub(crate) fn assumption(text: &str) -> Result<(String, u64), String> {
    let form = "write a state and a number, such as `Poll=20`";
    let (state, number) = text.rsplit_once('=').ok_or(form)?;
    let number = number.trim().replace(['_', ','], "").parse().map_err(|_| form)?;
    Ok((state.trim().to_owned(), number))
}

/// `200ms`, `3s`
pub(crate) fn millis(text: &str) -> Result<u64, String> {
    let form = "write a duration such as `200ms`, `3s` or `2min`";
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| form)?;
    let unit = match unit.trim() {
        "ms" => 1,
        "s" => 1_000,
        "min" | "m" => 60_000,
        _ => return Err(form.to_owned()),
    };
    number.checked_mul(unit).ok_or_else(|| form.to_owned())
}

pub(crate) fn cost(session: &Session<'_>, args: &CostArgs) -> Result<u8, CliError> {
    let region = Region::named(&args.region).ok_or_else(|| {
        let known: Vec<&str> = Region::all().into_iter().map(|region| region.name).collect();
        CliError::usage(
            "WF5009",
            format!("no price is known of region `{}`\nhelp: known are {}", args.region, known.join(", ")),
        )
    })?;
    let chosen: &[Registered] = match session.workflow.as_deref() {
        Some(name) => std::slice::from_ref(session.program.workflow(Some(name))?),
        None if session.program.workflows.is_empty() => std::slice::from_ref(session.program.workflow(None)?),
        None => session.program.workflows.as_slice(),
    };
    let assumptions = args.assume.iter().fold(Assumptions::new(), |all, (state, number)| all.with(state, *number));
    let mut costs = Vec::new();
    for workflow in chosen {
        let cost =
            Cost::of_workflow(workflow.workflow).map_err(|error| CliError::failed("WF5008", error.to_string()))?;
        costs.push(cost);
    }
    for state in assumptions.states() {
        if !costs.iter().any(|cost| cost.unknowns().iter().any(|unknown| unknown.state == state)) {
            return Err(nothing_to_assume(state, &costs));
        }
    }
    let sheet = Sheet { output: session.output, args, region, assumptions };
    if session.output.json {
        let all: Vec<_> = costs.iter().map(|cost| sheet.json(cost)).collect();
        session.output.json(&all)?;
        return Ok(0);
    }
    for (index, cost) in costs.iter().enumerate() {
        if index > 0 {
            session.output.line(Tone::Plain, "")?;
        }
        sheet.print(cost)?;
    }
    Ok(0)
}

fn nothing_to_assume(state: &str, costs: &[Cost]) -> CliError {
    let mut known: Vec<&str> = costs.iter().flat_map(Cost::unknowns).map(|unknown| unknown.state.as_str()).collect();
    known.dedup();
    let help = if known.is_empty() {
        "nothing here hangs on rounds, items or waits: leave `--assume` out".to_owned()
    } else {
        format!("it can be said of {}", known.join(", "))
    };
    CliError::usage("WF5009", format!("`--assume {state}=..`: no cost hangs on a state `{state}`\nhelp: {help}"))
}

struct Sheet<'a> {
    output: Output,
    args: &'a CostArgs,
    region: Region,
    assumptions: Assumptions,
}

impl Sheet<'_> {
    fn rows<'c>(&self, cost: &'c Cost) -> [(&'static str, Option<&'c Figures>, &'c Figures); 3] {
        let least = Some(&cost.good.least).filter(|least| self.differ(least, &cost.good.most));
        [
            ("no step fails", least, &cost.good.most),
            ("every retry is used", None, &cost.worst),
            ("and Lambda fails too", None, &cost.outage),
        ]
    }

    fn differ(&self, least: &Figures, most: &Figures) -> bool {
        self.number(&least.transitions) != self.number(&most.transitions)
    }

    fn number(&self, amount: &Amount) -> String {
        amount.at(&self.assumptions).map_or_else(|| amount.to_string(), grouped)
    }

    fn range(&self, of: fn(&Figures) -> &Amount, least: Option<&Figures>, most: &Figures) -> String {
        let most = self.number(of(most));
        match least.map(|least| self.number(of(least))) {
            Some(least) if least != most => format!("{least} – {most}"),
            _ => most,
        }
    }

    /// US dollars of so many executions.
    fn price(&self, cost: &Cost, figures: &Figures, executions: u64) -> Option<f64> {
        let nested_express = figures.express_executions.at(&self.assumptions)?;
        let express = |executions| express(executions, self.args.duration, self.args.memory);
        let nested = express(executions.checked_mul(nested_express)?);
        if cost.kind.is_express() {
            let standard = figures.nested_transitions.at(&self.assumptions)?.checked_mul(executions)?;
            return Some(express(executions) + self.region.standard(standard) + nested);
        }
        let transitions = billed(figures, &self.assumptions)?.checked_mul(executions)?;
        Some(self.region.standard(transitions) + nested)
    }

    fn prices(&self, cost: &Cost, least: Option<&Figures>, most: &Figures, executions: u64) -> String {
        let one = executions == 1;
        let show = |price: Option<f64>| price.map_or_else(|| "?".to_owned(), |price| dollars(price, one));
        let most = show(self.price(cost, most, executions));
        match least.map(|least| show(self.price(cost, least, executions))) {
            Some(least) if least != most => format!("{least} – {most}"),
            _ => most,
        }
    }

    fn print(&self, cost: &Cost) -> Result<(), CliError> {
        let heading = format!("{}  {}  {}", cost.workflow, cost.kind, self.region.name);
        self.output.line(Tone::Strong, &heading)?;
        let many = self.args.executions.0;
        let month = format!("{} a month", grouped(many));
        let mut table =
            vec![["", "transitions", "events", "lasts at most", "one execution", month.as_str()].map(str::to_owned)];
        for (name, least, most) in self.rows(cost) {
            let seconds = match most.seconds.at(&self.assumptions) {
                Some(seconds) => lasting(seconds),
                None => most.seconds.to_string(),
            };
            table.push([
                name.to_owned(),
                self.range(|figures| &figures.transitions, least, most),
                self.range(|figures| &figures.events, least, most),
                seconds,
                self.prices(cost, least, most, 1),
                self.prices(cost, least, most, many),
            ]);
        }
        for line in aligned(&table) {
            self.output.line(Tone::Plain, &line)?;
        }
        self.remarks(cost)?;
        self.ways(&cost.ways, cost.more_ways)?;
        self.caught(&cost.caught)
    }

    fn remarks(&self, cost: &Cost) -> Result<(), CliError> {
        let note = |text: String| self.output.line(Tone::Faint, &format!("note: {text}"));
        let worst = &cost.worst;
        let named: Vec<&str> = self.assumptions.states().collect();
        let open: Vec<String> = cost
            .unknowns()
            .into_iter()
            .filter(|unknown| !named.contains(&unknown.state.as_str()))
            .map(|unknown| format!("--assume \"{}={}\"", unknown.state, 10))
            .collect();
        if !open.is_empty() {
            note(format!("numbers hang on loops, Maps or waits; for numbers say {}", open.join(" ")))?;
        }
        for (what, amount) in
            [("nested transitions", &worst.nested_transitions), ("Express executions", &worst.express_executions)]
        {
            if *amount != Amount::default() {
                note(format!(
                    "at the worst {} {what} of executions that it starts, in the price",
                    self.number(amount)
                ))?;
            }
        }
        for reason in worst.seconds.reasons() {
            note(format!("no bound on its time: {reason}"))?;
        }
        if cost.kind.is_express() {
            note(format!(
                "an Express execution of {} ms and {} MB; say `--duration` and `--memory` as yours are (prices of us-east-1)",
                self.args.duration, self.args.memory
            ))?;
            return Ok(());
        }
        match worst.events.at(&self.assumptions) {
            Some(events) if events > EVENTS_MAX => {
                note(format!(
                    "at the worst {} events, and an execution fails at {}",
                    grouped(events),
                    grouped(EVENTS_MAX)
                ))?;
            }
            _ => {}
        }
        if cost.not_express.is_empty() {
            let price = dollars(express(self.args.executions.0, self.args.duration, self.args.memory), false);
            note(format!(
                "as an Express workflow (at least once, in memory): {price} a month, if one takes {} ms and {} MB",
                self.args.duration, self.args.memory
            ))?;
        } else {
            note(format!("it cannot be an Express workflow: {}", cost.not_express.join("; ")))?;
        }
        note(format!(
            "one transition more is billed for each start; the first {} of a month are free; functions are billed by Lambda",
            grouped(FREE_TRANSITIONS)
        ))
    }

    fn ways(&self, ways: &[Way], more: usize) -> Result<(), CliError> {
        if ways.len() + more < 2 {
            return Ok(());
        }
        self.output.line(Tone::Strong, "ways on which no step fails, by transitions")?;
        for way in ways.iter().take(WAYS_SHOWN) {
            let figures = self.range(|figures| &figures.transitions, Some(&way.figures.least), &way.figures.most);
            let end = match &way.error {
                Some(error) => format!("  fails: {error}"),
                None => String::new(),
            };
            self.output.line(Tone::Plain, &format!("  {figures:>9}  {}{end}", way.states.join(" → ")))?;
        }
        let more = more + ways.len().saturating_sub(WAYS_SHOWN);
        if more > 0 {
            self.output.line(Tone::Faint, &format!("  and {} more", grouped(more as u64)))?;
        }
        Ok(())
    }

    fn caught(&self, caught: &[Caught]) -> Result<(), CliError> {
        if caught.is_empty() {
            return Ok(());
        }
        self.output.line(Tone::Strong, "executions in which a step fails for good, by transitions")?;
        for Caught { state, errors, handler, figures, .. } in caught {
            let range = self.range(|figures| &figures.transitions, Some(&figures.least), &figures.most);
            self.output.line(Tone::Plain, &format!("  {range:>9}  {state} ({}) → {handler}", errors.join(", ")))?;
        }
        Ok(())
    }

    fn json(&self, cost: &Cost) -> serde_json::Value {
        let executions = self.args.executions.0;
        let prices = |figures: &Figures| json!({ "one": self.price(cost, figures, 1), "perMonth": self.price(cost, figures, executions) });
        json!({
            "cost": cost,
            "mayFillHistory": cost.may_fill_history(),
            "region": self.region.name,
            "executionsPerMonth": executions,
            "dollars": {
                "noStepFailsLeast": prices(&cost.good.least),
                "noStepFailsMost": prices(&cost.good.most),
                "everyRetryIsUsed": prices(&cost.worst),
                "andLambdaFailsToo": prices(&cost.outage),
            },
        })
    }
}

/// Of one execution in full, of many in cents.
fn dollars(amount: f64, one: bool) -> String {
    if one {
        return format!("${amount:.6}");
    }
    let text = format!("{amount:.2}");
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), grouped);
    format!("${whole}.{cents}")
}

/// The first column to the left, the others to the right.
fn aligned(table: &[[String; 6]]) -> Vec<String> {
    let width = |column: usize| table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..6).map(width).collect();
    let line = |row: &[String; 6]| {
        let mut text = format!("{:<1$}", row[0], widths[0]);
        for (cell, width) in row.iter().zip(&widths).skip(1) {
            text.extend(["  ".to_owned(), format!("{cell:>width$}")]);
        }
        text
    };
    table.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        assert_eq!(per_month("1_000_000/month").map(|month| month.0), Ok(1_000_000));
        assert_eq!(per_month("12/year").map(|month| month.0), Ok(12 / 12));
        assert_eq!(per_month("1/second").map(|month| month.0), Ok(2_628_000));
        assert_eq!(per_month("7").map(|month| month.0), Ok(7));
        assert!(per_month("many").is_err_and(|why| why.contains("1000000/month")));
        assert!(per_month("7/fortnight").is_err_and(|why| why.contains("fortnight")));
        assert_eq!(assumption("Ask again=3"), Ok(("Ask again".to_owned(), 3)));
        assert!(assumption("Poll").is_err() && assumption("Poll=x").is_err());
        assert_eq!((millis("200ms"), millis("3s"), millis("2min")), (Ok(200), Ok(3_000), Ok(120_000)));
        assert!(millis("3").is_err() && millis("s").is_err() && millis("99999999999999999min").is_err());
        assert_eq!(
            (dollars(0.000_225, true), dollars(1_234.5, false)),
            ("$0.000225".to_owned(), "$1,234.50".to_owned())
        );
    }
}
