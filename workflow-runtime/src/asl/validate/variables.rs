//! Names of variables, and whether what is read has been assigned.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Container;
use super::sites::{Sites, assigns};
use crate::asl::State;
use crate::asl::read::similar;
use crate::asl::violation::{Location, Severity, Violation, ViolationCode};
use crate::expr::{Expression, ExpressionError, is_built_in};

const MAX_NAME: usize = 80;

/// The functions that a mistyped name may have meant.
const FUNCTIONS: &str = "abs append average boolean ceil contains count distinct each exists filter floor formatNumber \
    fromMillis hash join keys length lookup lowercase map match max merge millis min not now number pad parse partition \
    power random range reduce replace reverse round single sort split sqrt string substring substringAfter \
    substringBefore sum toMillis trim type uppercase uuid";

/// What is wrong with the name of a variable that a state assigns.
pub(super) fn check_name(name: &str, at: &Location) -> Option<Violation> {
    let mut chars = name.chars();
    let identifier = chars.next().is_some_and(char::is_alphabetic) && chars.all(|c| c.is_alphanumeric() || c == '_');
    if name == "states" {
        return Some(Violation::schema(at, "Variable name 'states' is reserved"));
    }
    if !identifier {
        let fault = Violation::schema(at, format!("'{name}' is not a valid variable name"));
        let help = "a variable is assigned as a whole: a plain name, without `$`, path or index";
        return Some(if name.contains(['.', '[', '$']) { fault.with_help(help) } else { fault });
    }
    if name.chars().count() > MAX_NAME {
        return Some(Violation::schema(at, format!("Variable name is longer than {MAX_NAME} characters")));
    }
    let message = format!("Variable '{name}' hides the JSONata function '${name}'");
    is_built_in(name).then(|| Violation::warning(at, message).with_help("choose another name"))
}

/// Which variables may have been assigned when each state of the container that can be reached is entered.
fn on_entry<'a>(container: &Container<'a>, outer: &BTreeSet<&'a str>) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut known: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let Some((start, _)) = container.states.get_key_value(container.start_at) else { return known };
    known.insert(start, outer.clone());
    let mut changed = VecDeque::from([start.as_str()]);
    while let Some(name) = changed.pop_front() {
        let before = known.get(name).cloned().unwrap_or_default();
        for transition in container.states[name].transitions() {
            let Some((target, _)) = container.states.get_key_value(transition.target) else { continue };
            let assigned = transition.assign.into_iter().flat_map(|assign| assign.keys().map(String::as_str));
            let new = !known.contains_key(target.as_str());
            let there = known.entry(target).or_default();
            let size = there.len();
            there.extend(before.iter().copied().chain(assigned));
            if new || there.len() > size {
                changed.push_back(target);
            }
        }
    }
    known
}

/// Checks every expression of the container and of what is nested in it.
pub(super) fn check<'a>(container: &Container<'a>, outer: &BTreeSet<&'a str>, faults: &mut Vec<Violation>) {
    let known = on_entry(container, outer);
    let mut reported = BTreeSet::new();
    for (name, state) in container.states {
        let at = container.state(name);
        let entry = known.get(name.as_str());
        expressions(state, &at, entry, &mut reported, faults);
        shadowing(state, &at, outer, container.nested, faults);
        for (branch, at) in super::branches(state, &at) {
            let inner = Container::branch(branch, at);
            match entry {
                Some(entry) if !branch.is_distributed() => check(&inner, entry, faults),
                Some(_) => check(&inner, &BTreeSet::new(), faults),
                // Nothing leads here, which is said elsewhere; what it reads is of no interest.
                None => {}
            }
        }
    }
}

fn expressions<'a>(
    state: &'a State,
    at: &Location,
    entry: Option<&BTreeSet<&'a str>>,
    reported: &mut BTreeSet<String>,
    faults: &mut Vec<Violation>,
) {
    let sites = Sites::of(state, at);
    faults.extend(sites.faults);
    for site in sites.found {
        let Ok(expression) = Expression::compile(site.text) else {
            faults.extend(Expression::diagnose(site.text).into_iter().map(|fault| refused(fault, &site.at)));
            continue;
        };
        let states = expression.uses_states_fields();
        if states.context && site.text.contains("$states.context.Map") && !site.at.to_string().contains("/ItemSelector")
        {
            let message = "'$states.context.Map' is known in an ItemSelector only";
            let help = "hand the item on by the ItemSelector";
            faults.push(Violation::warning(&site.at, message).with_help(help));
        }
        let missing =
            [("result", states.result && !site.result), ("errorOutput", states.error_output && !site.error_output)];
        let missing = missing.into_iter().filter(|(_, missing)| *missing).map(|(field, _)| field);
        for field in missing.chain(states.unknown.iter().map(String::as_str)) {
            let message = format!("Field '$states.{field}' does not exist.");
            faults.push(Violation::error(ViolationCode::UnsupportedJsonataExpression, &site.at, message));
        }
        let Some(entry) = entry else { continue };
        for name in expression.free_variables() {
            if !entry.contains(name.as_str()) && reported.insert(name.clone()) {
                let fault = unassigned(name, entry, &site.at);
                let severity = if asks_whether(site.text, name) { Severity::Warning } else { fault.severity };
                faults.push(Violation { severity, ..fault });
            }
        }
    }
}

/// Whether the expression looks before it reads: then it does not fail, though the variable is never there.
fn asks_whether(text: &str, name: &str) -> bool {
    let asked = format!("$exists(${name}");
    let text: String = text.chars().filter(|char| !char.is_whitespace()).collect();
    text.match_indices(&asked).any(|(at, asked)| text[at + asked.len()..].starts_with([')', '.', '[']))
}

fn refused(fault: ExpressionError, at: &Location) -> Violation {
    let code = match fault.code {
        "UNSUPPORTED_JSONATA_EXPRESSION" => ViolationCode::UnsupportedJsonataExpression,
        _ => ViolationCode::InvalidJsonataExpression,
    };
    Violation::error(code, at, fault.message)
}

fn unassigned(name: &str, entry: &BTreeSet<&str>, at: &Location) -> Violation {
    let message = format!("Variable '${name}' is not assigned on any path to this state");
    let fault = Violation::error(ViolationCode::InvalidJsonataExpression, at, message);
    match similar(name, entry.iter().copied().chain(FUNCTIONS.split_ascii_whitespace())) {
        Some(function) if !entry.contains(function) => fault.with_help(format!("there is the function `${function}`")),
        Some(variable) => fault.with_help(format!("there is `${variable}`")),
        None => fault,
    }
}

/// A branch may read what the outer scope has assigned on the way in, but not assign it.
fn shadowing(state: &State, at: &Location, outer: &BTreeSet<&str>, nested: bool, faults: &mut Vec<Violation>) {
    if !nested {
        return;
    }
    for (assign, at) in assigns(state, at) {
        for name in assign.keys().filter(|name| outer.contains(name.as_str())) {
            let message = format!("Variable '{name}' is assigned in the outer scope already");
            faults.push(
                Violation::error(ViolationCode::DuplicateVariableName, &at.field(name), message)
                    .with_help("give it another name, and hand the value out through the branch's output"),
            );
        }
    }
}
