//! [`App`]: from a program's workflows to its command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use super::args::{Cli, Command};
use super::connection::{OpenError, Role};
use super::error::CliError;
use super::output::{Output, Tone};
use super::{check, cost, export, inspect, repair, replay, run, tasks, upkeep};
use crate::nested::{ChildWorkflow, WorkflowKind};
use crate::payload::Type;
use crate::runtime::{Runtime, RuntimeBuilder};
use crate::step::{DataMap, Step, StepHandler};
use crate::store::{SledStore, StoreErrorKind};
use crate::workflow::{Definition, DefinitionError, Workflow};

/// A program's command line: `run start resume describe list history stop redrive send-task-success send-task-failure
/// send-task-heartbeat prune repair export cost check replay`.
///
/// ```no_run
/// # use workflow_runtime::cli::App;
/// fn main() -> std::process::ExitCode {
///     App::new()/* .register::<OrderFlow>().data(database) */.main()
/// }
/// ```
#[derive(Debug, Default)]
#[must_use = "call `main()`"]
pub struct App {
    program: Program,
}

/// What the program brings.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) workflows: Vec<Registered>,
    stand_ins: Vec<fn(RuntimeBuilder) -> RuntimeBuilder>,
    /// Steps that only older executions call.
    pub(crate) kept: Vec<StepHandler>,
    /// Folders that stand for S3 buckets.
    buckets: Vec<(String, PathBuf)>,
    data: DataMap,
    retention: Option<std::time::Duration>,
}

/// A workflow without its type.
#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) name: &'static str,
    pub(crate) kind: WorkflowKind,
    pub(crate) definition: fn() -> Result<Definition, DefinitionError>,
    pub(crate) input: fn() -> Type,
    pub(crate) steps: fn() -> Vec<StepHandler>,
    /// `None` for one that comes with another, which calls it.
    register: Option<fn(RuntimeBuilder) -> RuntimeBuilder>,
    pub(crate) workflow: ChildWorkflow,
}

impl Registered {
    fn new(workflow: ChildWorkflow, register: Option<fn(RuntimeBuilder) -> RuntimeBuilder>) -> Self {
        let ChildWorkflow { name, kind, definition, input, steps, .. } = workflow;
        Self { name, kind, definition, input, steps, register, workflow }
    }
}

impl App {
    /// A program without workflows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a workflow, and with it those that it calls.
    pub fn register<W: Workflow>(mut self) -> Self {
        let own = ChildWorkflow::of::<W>();
        let workflows = &mut self.program.workflows;
        workflows.retain(|known| known.register.is_some() || !known.workflow.is_same(&own));
        workflows.push(Registered::new(own, Some(RuntimeBuilder::register::<W>)));
        for child in own.family().into_iter().skip(1) {
            if !workflows.iter().any(|known| known.workflow.is_same(&child)) {
                workflows.push(Registered::new(child, None));
            }
        }
        self
    }

    /// A step with a `resource` that runs here in the place of that resource, wherever a workflow's own steps do not.
    pub fn stand_in<S: Step>(mut self) -> Self {
        self.program.stand_ins.push(RuntimeBuilder::stand_in::<S>);
        self
    }

    /// A step that no workflow calls any more, see [`RuntimeBuilder::keep_step`].
    pub fn keep_step<S: Step>(mut self) -> Self {
        self.program.kept.push(S::handler());
        self
    }

    /// A folder that stands for this S3 bucket, see [`RuntimeBuilder::bucket`].
    pub fn bucket(mut self, bucket: impl Into<String>, folder: impl Into<PathBuf>) -> Self {
        self.program.buckets.push((bucket.into(), folder.into()));
        self
    }

    /// Forgets executions that ended longer ago than this, see [`RuntimeBuilder::retention`].
    pub fn retention(mut self, retention: std::time::Duration) -> Self {
        self.program.retention = Some(retention);
        self
    }

    /// Gives what steps take as `Data<T>`.
    pub fn data<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.program.data.insert(value);
        self
    }

    /// Reads the process's arguments and does what they say. Return it from `main`.
    pub fn main(self) -> ExitCode {
        let arguments: Vec<_> = std::env::args_os().collect();
        let name = arguments.first().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
        let file =
            std::path::Path::new(&name).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let matches = match Cli::command().name(file.clone()).bin_name(file).try_get_matches_from(arguments) {
            Ok(matches) => matches,
            Err(error) => error.exit(),
        };
        let cli = match Cli::from_arg_matches(&matches) {
            Ok(cli) => cli,
            Err(error) => error.exit(),
        };
        let output = Output::new(cli.color, cli.json);
        match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
            Ok(tokio) => tokio.block_on(execute(&self.program, &name, cli, output)),
            Err(error) => {
                output.note(Tone::Bad, &format!("error: cannot start threads: {error}"));
                ExitCode::FAILURE
            }
        }
    }
}

/// One command's surroundings.
pub(crate) struct Session<'a> {
    pub(crate) program: &'a Program,
    /// As the person called it, so that commands may be copied.
    pub(crate) binary: &'a str,
    pub(crate) store: PathBuf,
    pub(crate) workflow: Option<String>,
    /// Go on beside executions that cannot be finished here.
    pub(crate) park_unfinishable: bool,
    pub(crate) output: Output,
}

async fn execute(program: &Program, binary: &str, cli: Cli, output: Output) -> ExitCode {
    let Cli { store, workflow, park_unfinishable, .. } = cli;
    let session = Session { program, binary, store, workflow, park_unfinishable, output };
    let outcome = match cli.command {
        Command::Run(arguments) => run::run(&session, &arguments).await,
        Command::Start(arguments) => run::start(&session, &arguments).await,
        Command::Resume => run::resume(&session).await,
        Command::Redrive { execution, no_wait } => run::redrive(&session, execution.text(), no_wait).await,
        Command::Describe(execution) => inspect::describe(&session, execution.text()).await,
        Command::List { status, limit } => inspect::list(&session, status.map(Into::into), limit).await,
        Command::History(execution) => inspect::history(&session, execution.text()).await,
        Command::Stop { execution, error, cause } => tasks::stop(&session, execution.text(), error, cause).await,
        Command::SendTaskSuccess { token, output } => tasks::success(&session, token, &output).await,
        Command::SendTaskFailure { token, error, cause } => tasks::failure(&session, token, error, cause).await,
        Command::SendTaskHeartbeat { token } => tasks::heartbeat(&session, token).await,
        Command::Prune { older_than, dry_run } => upkeep::prune(&session, &older_than, dry_run).await,
        Command::Repair { into } => repair::repair(&session, into.as_deref()),
        Command::Export { format, target, output, all } => {
            export::export(&session, format, target, output.as_deref(), all)
        }
        Command::Cost(args) => cost::cost(&session, &args),
        Command::Check(arguments) => check::check(&session, &arguments),
        Command::Replay { history } => replay::replay(&session, &history),
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(mut error) => {
            if error.is_damage() {
                error.message.push_str(&repair::offer(&session));
            }
            output.note(Tone::Bad, &error.to_string());
            ExitCode::from(error.exit)
        }
    }
}

impl Program {
    /// The workflow that `--workflow` names, or the only one.
    pub(crate) fn workflow(&self, name: Option<&str>) -> Result<&Registered, CliError> {
        let names =
            || self.workflows.iter().map(|workflow| format!("`{}`", workflow.name)).collect::<Vec<_>>().join(", ");
        let given: Vec<_> = self.workflows.iter().filter(|workflow| workflow.register.is_some()).collect();
        match (name, given.as_slice()) {
            (_, []) => Err(CliError::usage(
                "WF5007",
                "this program registers no workflow\nhelp: `App::new().register::<MyWorkflow>()`",
            )),
            (None, [only]) => Ok(only),
            (None, _) => {
                Err(CliError::usage("WF5007", format!("which workflow? `--workflow NAME` with one of {}", names())))
            }
            (Some(name), _) => self.workflows.iter().find(|workflow| workflow.name == name).ok_or_else(|| {
                CliError::usage("WF5007", format!("this program has no workflow `{name}`\nhelp: it has {}", names()))
            }),
        }
    }

    /// Opens the store and recovers what is in it.
    pub(crate) async fn start(&self, store: PathBuf, role: Role) -> Result<Runtime, OpenError> {
        let opened = tokio::task::spawn_blocking(move || SledStore::open(store)).await;
        let store = match opened {
            Ok(Ok(store)) => store,
            Ok(Err(error)) => {
                let busy = error.kind == StoreErrorKind::Busy;
                return Err(OpenError { busy, error: CliError::failed("", error.to_string()) });
            }
            Err(error) => return Err(OpenError { busy: false, error: CliError::failed("", error.to_string()) }),
        };
        let mut builder = Runtime::builder().store(store).data_map(self.data.clone());
        for workflow in &self.workflows {
            if let Some(register) = workflow.register {
                builder = register(builder);
            }
        }
        if let Some(retention) = self.retention {
            builder = builder.retention(retention);
        }
        for (bucket, folder) in &self.buckets {
            builder = builder.bucket(bucket, folder);
        }
        for stand_in in &self.stand_ins {
            builder = stand_in(builder);
        }
        builder = builder.keep_steps(&self.kept);
        if role == Role::Visit {
            builder = builder.passive();
        }
        if matches!(role, Role::Visit | Role::Drive { park_unfinishable: true }) {
            builder = builder.park_unfinishable();
        }
        builder.start().await.map_err(|error| OpenError { busy: false, error: CliError::failed("", error.to_string()) })
    }
}
