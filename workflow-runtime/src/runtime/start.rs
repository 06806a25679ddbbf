//! Starting an execution: under a name, once.

use std::sync::Arc;

use serde_json::Value;

use super::actor::{Actor, First};
use super::answers;
use super::core::{Core, Entry};
use super::host;
use super::mailbox::{End, Live, Outcome};
use super::registry::{Program, Registered};
use super::target::Target;
use crate::control::ClientError;
use crate::engine::{DataLimits, Execution, ExecutionIdentity, Input, Parent};
use crate::payload;

/// What became of a start.
#[derive(Debug)]
pub(crate) enum Started {
    /// It is new; its start is durable.
    New(Target),
    /// It was running, with this input.
    Running(Target),
    /// It has ended, and had this input.
    Ended(Target),
}

/// An execution to start.
#[derive(Clone, Copy)]
pub(crate) struct Begin<'a> {
    pub(crate) program: &'a Arc<Program>,
    /// Generated when absent.
    pub(crate) name: Option<&'a str>,
    pub(crate) input: &'a Arc<Value>,
    /// The task that starts it, where one does.
    pub(crate) parent: Option<&'a Parent>,
    /// Nobody has had this name: the store need not be asked.
    pub(crate) is_new: bool,
}

/// What became of a place among the live executions.
enum Enlisted {
    New { live: Arc<Live>, actor: Box<Actor>, first: First },
    Taken(Arc<Live>),
}

impl Core {
    /// Starts an execution, or finds the one of this name and input.
    pub(crate) async fn start(
        self: &Arc<Self>,
        workflow: &str,
        name: Option<&str>,
        input: Arc<Value>,
    ) -> Result<Started, ClientError> {
        let registered = self.registered(workflow)?;
        check_input(&registered.input, &input, registered.program.machine.data_limits())?;
        if let Some(name) = name {
            check_name(name)?;
        }
        self.begin(Begin { program: &registered.program, name, input: &input, parent: None, is_new: false }).await
    }

    /// Starts an execution of this very definition, whose input has been checked.
    pub(crate) async fn begin(self: &Arc<Self>, begin: Begin<'_>) -> Result<Started, ClientError> {
        loop {
            match self.try_start(begin).await {
                // Somebody else held the name for a moment and then did not start.
                Err(Some(error)) => return Err(error),
                Err(None) => tokio::task::yield_now().await,
                Ok(started) => return Ok(started),
            }
        }
    }

    /// An execution among the live ones, its task not begun; or the one that is there.
    fn enlist(self: &Arc<Self>, begin: Begin<'_>) -> Result<Enlisted, ClientError> {
        let Begin { program, name, input, parent, .. } = begin;
        let number = self.take_number();
        let own_name: Arc<str> = name.map_or_else(|| host::random().to_string().into(), Arc::from);
        let workflow = Arc::clone(&program.workflow);
        let random = self.seams.random(number);
        let run = program.kind.is_express().then(|| random.to_string().into());
        let live = Live::of_run(number, Arc::clone(&workflow), Arc::clone(&own_name), Arc::clone(input), run.clone());
        if let Entry::Taken(other) = self.enter(&live)? {
            return Ok(Enlisted::Taken(other));
        }
        let identity = ExecutionIdentity::new(workflow, own_name, number.0).of_run(run);
        let seed = random.as_u64_pair().0;
        let actor = Actor::new(self, Arc::clone(&live), Arc::clone(program), Execution::new(identity), seed);
        let input = Arc::clone(input);
        let first = First::Input(match parent {
            None => Input::Start { input, seed },
            Some(parent) => Input::StartBy { input, seed, parent: parent.clone() },
        });
        Ok(Enlisted::New { live, actor: Box::new(actor), first })
    }

    /// `Err(None)` asks for another try.
    async fn try_start(self: &Arc<Self>, begin: Begin<'_>) -> Result<Started, Option<ClientError>> {
        let express = begin.program.kind.is_express();
        if express && self.passive {
            return Err(Some(answers::express_passive(&begin.program.workflow)));
        }
        let (live, actor, first) = match self.enlist(begin)? {
            Enlisted::New { live, actor, first } => (live, actor, first),
            Enlisted::Taken(other) => return running(other, begin.input).await,
        };
        // A generated name is new.
        if begin.name.is_some()
            && !begin.is_new
            && !express
            && let Some(ended) = self.find_ended(&live).await?
        {
            return match ended.input(self).await {
                Ok(input) if *input == **begin.input => Ok(Started::Ended(ended)),
                Ok(_) => Err(Some(answers::already_exists(&live.name))),
                // Forgotten since it was found: its name is free.
                Err(error) if answers::is_unknown(&error) => Err(None),
                Err(error) => Err(Some(error)),
            };
        }
        actor.spawn(first);
        match until_started(&live).await {
            Ok(()) => Ok(Started::New(Target::live(live))),
            Err(end) => Err(Some(answers::left(end, &live.name))),
        }
    }

    /// Runs an Express execution to its end, in the caller's own task.
    pub(crate) async fn run_express(
        self: &Arc<Self>,
        workflow: &str,
        name: Option<&str>,
        input: Arc<Value>,
    ) -> Result<(Arc<Live>, Arc<Outcome>), ClientError> {
        let registered = self.registered(workflow)?;
        let program = &registered.program;
        if !program.kind.is_express() {
            return Err(answers::not_express(workflow));
        }
        if self.passive {
            return Err(answers::express_passive(workflow));
        }
        check_input(&registered.input, &input, program.machine.data_limits())?;
        if let Some(name) = name {
            check_name(name)?;
        }
        let begin = Begin { program, name, input: &input, parent: None, is_new: true };
        let Enlisted::New { live, actor, first } = self.enlist(begin)? else {
            return Err(ClientError::new("InternalError", "an Express execution found its name taken"));
        };
        match actor.run_here(first).await {
            End::Ended(outcome) => Ok((live, outcome)),
            end => Err(answers::left(end, &live.name)),
        }
    }

    fn registered(&self, workflow: &str) -> Result<&Registered, ClientError> {
        self.registry.get(workflow).ok_or_else(|| {
            let known = self.registry.names();
            let message = format!("State Machine Does Not Exist: '{workflow}'; this program has {known}");
            ClientError::new("StateMachineDoesNotExist", message)
        })
    }

    async fn find_ended(self: &Arc<Self>, live: &Arc<Live>) -> Result<Option<Target>, ClientError> {
        let (workflow, name) = (Arc::clone(&live.workflow), Arc::clone(&live.name));
        let head = self.read(move |store| store.find(&workflow, &name)).await?;
        Ok(head.map(|head| Target::stored(&head)))
    }
}

async fn running(other: Arc<Live>, input: &Arc<Value>) -> Result<Started, Option<ClientError>> {
    if other.input != *input {
        return Err(Some(answers::already_exists(&other.name)));
    }
    match until_started(&other).await {
        Ok(()) => Ok(Started::Running(Target::live(other))),
        Err(End::Refused(_)) => Err(None),
        Err(end) => Err(Some(answers::left(end, &other.name))),
    }
}

/// Waits until the first record is durable.
async fn until_started(live: &Live) -> Result<(), End> {
    live.wait_for(|progress| match &progress.end {
        _ if progress.events > 0 => Some(Ok(())),
        Some(end) => Some(Err(end.clone())),
        None => None,
    })
    .await
}

pub(super) fn check_input(ty: &payload::Type, input: &Value, limits: DataLimits) -> Result<(), ClientError> {
    let refuse = |message: String| Err(ClientError::new("InvalidExecutionInput", message));
    if let Err(faults) = payload::check(ty, input) {
        let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
        return refuse(format!("the input is not what the workflow takes: {}", faults.join("; ")));
    }
    if let Some(excess) = limits.excess(input) {
        return refuse(format!("the input has {excess}: send a `Blob` or another reference to it instead [WF2007]"));
    }
    Ok(())
}

/// AWS's rules for names.
fn check_name(name: &str) -> Result<(), ClientError> {
    let refuse = |why: &str| Err(ClientError::new("InvalidName", format!("Invalid Name: '{name}': {why}")));
    if name.is_empty() || name.chars().count() > 80 {
        return refuse("a name has 1 to 80 characters");
    }
    let forbidden = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || "<>{}[]?*\"#%\\^|~`$&,;:/".contains(c)
            || matches!(c, '\u{FFFE}' | '\u{FFFF}' | '\u{10FFFF}')
    };
    match name.chars().find(|&c| forbidden(c)) {
        Some(c) => refuse(&format!("{c:?} cannot stand in a name")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn names_follow_the_rules_of_aws() {
        for good in ["ORD-999", "a", "Überweisung_1.2", "x=y+z@!()'"] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for bad in ["", "a b", "a/b", "a\nb", "a:b", "\u{85}", "x\u{FFFE}", &"x".repeat(81)] {
            assert_eq!(check_name(bad).map_err(|error| error.name), Err("InvalidName".to_owned()), "{bad}");
        }
    }
}
