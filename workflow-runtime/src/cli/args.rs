//! The command line's grammar.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::cost::{PerMonth, assumption, millis, per_month};
use crate::asl::Target;
use crate::cost::Region;
use crate::engine::ExecutionStatus;

/// Runs, inspects and exports the workflows of this program.
#[derive(Debug, Parser)]
#[command(
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Exit codes: 0 succeeded, 1 failed, 2 wrong usage, 130 interrupted (nothing durable is lost)."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// The folder that keeps executions; one process owns it, every other command reaches that process.
    #[arg(long, alias = "db", global = true, value_name = "PATH", default_value = ".workflow")]
    pub(crate) store: PathBuf,

    /// Which workflow, where the program has several.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) workflow: Option<String>,

    /// Print JSON for machines instead of text for people.
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Go on although there are executions that this program cannot finish: they stay parked, and `list` says why.
    #[arg(long, global = true)]
    pub(crate) park_unfinishable: bool,

    /// When to colour text.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

/// When to colour text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start an execution and wait for its end: trail on stderr, output on stdout.
    ///
    /// Under a name that exists with the same input, attaches to that execution and shows its result.
    Run(StartArgs),
    /// Start an execution and return at once.
    ///
    /// Where no other process owns the store, the execution is recorded and `resume` runs it.
    Start(StartArgs),
    /// Recover and run everything that is unfinished, until it has ended.
    Resume,
    /// Show what an execution is doing and what it waits for.
    Describe(ExecutionArg),
    /// List executions, newest first.
    List {
        /// Only those in this status.
        #[arg(long, value_name = "STATUS")]
        status: Option<Status>,
        /// At most so many.
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
    },
    /// Show an execution's audit trail; with --json the events as AWS writes them.
    History(ExecutionArg),
    /// Stop an execution: it ends as aborted, its running steps are cancelled.
    Stop {
        #[command(flatten)]
        execution: ExecutionArg,
        /// Why, as an error name.
        #[arg(long, value_name = "NAME")]
        error: Option<String>,
        /// Why, for people.
        #[arg(long, value_name = "TEXT")]
        cause: Option<String>,
    },
    /// Start a failed, timed out or stopped execution again from where it ended.
    Redrive {
        #[command(flatten)]
        execution: ExecutionArg,
        /// Do not wait for its end.
        #[arg(long)]
        no_wait: bool,
    },
    /// Answer a parked task.
    SendTaskSuccess {
        /// The task's token, as `run` and `describe` show it.
        #[arg(long, alias = "task-token", value_name = "TOKEN")]
        token: String,
        /// The answer: JSON, a file, or - for standard input.
        #[arg(long, alias = "task-output", value_name = "FILE|-|JSON")]
        output: OsString,
    },
    /// Fail a parked task.
    SendTaskFailure {
        /// The task's token, as `run` and `describe` show it.
        #[arg(long, alias = "task-token", value_name = "TOKEN")]
        token: String,
        /// The error's name.
        #[arg(long, value_name = "NAME")]
        error: Option<String>,
        /// What happened.
        #[arg(long, value_name = "TEXT")]
        cause: Option<String>,
    },
    /// Tell that whoever holds a parked task's token is alive.
    SendTaskHeartbeat {
        /// The task's token, as `run` and `describe` show it.
        #[arg(long, alias = "task-token", value_name = "TOKEN")]
        token: String,
    },
    /// Forget executions that ended long ago: their histories go, their names are free again.
    Prune {
        /// Those that ended longer ago than this: 90d, 12h, 30m, 45s.
        #[arg(long, value_name = "TIME")]
        older_than: String,
        /// Change nothing, say how many would be forgotten.
        #[arg(long)]
        dry_run: bool,
    },
    /// Say what is wrong with a damaged store and what of it is lost; with --into, write a new store from what is left.
    ///
    /// The damaged folder is never changed, and no process may have it open. An execution that has, or may have, lost records is
    /// not continued: it is ABORTED in the new store, with the error Store.RecordsLost, until `redrive` takes it up. Exit codes:
    /// 0 nothing is wrong; 1 it could not be looked at or written; 2 wrong usage; 3 it is damaged, and nothing is lost; 4 something
    /// is lost, or may be.
    Repair {
        /// A folder that does not exist yet, for the new store.
        #[arg(long, value_name = "NEW_FOLDER")]
        into: Option<PathBuf>,
    },
    /// Print the state machine.
    Export {
        /// As what.
        #[arg(long, value_name = "FORMAT", default_value = "asl")]
        format: Format,
        /// What runs the steps on AWS.
        #[arg(long, value_name = "TARGET", default_value = "lambda")]
        target: ExportTarget,
        /// Write to this file instead of standard output.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Write every workflow's ASL and schema into the folder that -o names, as `check` compares them.
        #[arg(long, conflicts_with = "target")]
        all: bool,
    },
    /// Show what executions take and cost: state transitions, events, time and price, told from the machine alone.
    Cost(CostArgs),
    /// Build and validate every workflow's state machine, and say what has changed since the committed files.
    ///
    /// For each change: whether running executions, recorded payloads and callers are safe, why, and what to do. Exit codes: 0
    /// nothing changed or all changes are safe; 1 a change is not safe, a workflow is not committed, or a machine is not valid; 2
    /// wrong usage, or committed files that cannot be read.
    Check(CheckArgs),
    /// Replay a recorded history against the workflow as it is now, and say where it would go another way.
    ///
    /// Of `history --json`, or of `aws stepfunctions get-execution-history`. Exit codes: 0 it goes the recorded way; 1 it does
    /// not; 2 the file is no whole history.
    Replay {
        /// The history: a file, or - for standard input.
        #[arg(value_name = "FILE|-")]
        history: OsString,
    },
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The folder with the committed `<Workflow>.asl.json` and `<Workflow>.schema.json`; `asl` where that is there.
    #[arg(long, value_name = "DIR")]
    pub(crate) against: Option<PathBuf>,
    /// Write the files anew.
    #[arg(long, conflicts_with = "exact")]
    pub(crate) update: bool,
    /// Fail also where the files differ in layout or texts only, or by safe changes.
    #[arg(long)]
    pub(crate) exact: bool,
    /// Warn also of what is right and may go wrong one day: lists and texts that may grow past 256 KiB.
    #[arg(long, value_enum, value_name = "LINT")]
    pub(crate) lint: Vec<Lint>,
}

/// What `check` warns of when asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lint {
    /// Lists, maps, texts and JSON without a bound that travel between states.
    Unbounded,
}

#[derive(Debug, Args)]
pub(crate) struct CostArgs {
    /// How many executions there are: `1000000/month`, `20/second`.
    #[arg(long, value_name = "N/TIME", default_value = "1000000/month", value_parser = per_month)]
    pub(crate) executions: PerMonth,
    /// Whose prices.
    #[arg(long, value_name = "REGION", default_value = Region::DEFAULT)]
    pub(crate) region: String,
    /// No more rounds of a loop, items of a Map or seconds of a wait, by the state's name: `Poll=20`. Repeatable.
    #[arg(long, value_name = "STATE=N", value_parser = assumption)]
    pub(crate) assume: Vec<(String, u64)>,
    /// How long an Express execution takes.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = millis)]
    pub(crate) duration: u64,
    /// What memory an Express execution takes, in MB; AWS counts at least 64.
    #[arg(long, value_name = "MB", default_value_t = 64)]
    pub(crate) memory: u64,
}

#[derive(Debug, Args)]
pub(crate) struct StartArgs {
    /// The execution's name, unique in its workflow; generated when absent.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The input: JSON, a file, or - for standard input. Nothing is null.
    #[arg(long, value_name = "FILE|-|JSON")]
    pub(crate) input: Option<OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct ExecutionArg {
    /// The execution's name.
    #[arg(value_name = "NAME", required_unless_present = "name", conflicts_with = "name")]
    pub(crate) execution: Option<String>,
    /// The execution's name.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
}

impl ExecutionArg {
    pub(crate) fn text(&self) -> &str {
        self.execution.as_deref().or(self.name.as_deref()).unwrap_or_default()
    }
}

/// A status as the command line spells it.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Status {
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Aborted,
}

impl From<Status> for ExecutionStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Running => Self::Running,
            Status::Succeeded => Self::Succeeded,
            Status::Failed => Self::Failed,
            Status::TimedOut => Self::TimedOut,
            Status::Aborted => Self::Aborted,
        }
    }
}

/// What `export` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Amazon States Language, JSON.
    Asl,
    /// A Mermaid diagram.
    Mermaid,
    /// A Graphviz graph.
    Dot,
    /// A picture.
    Svg,
}

/// What runs the steps on AWS.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ExportTarget {
    /// Lambda functions: `${NameFunctionArn}`.
    Lambda,
    /// Activity workers: `${NameActivityArn}`.
    Activity,
}

impl From<ExportTarget> for Target {
    fn from(target: ExportTarget) -> Self {
        match target {
            ExportTarget::Lambda => Self::Lambda,
            ExportTarget::Activity => Self::Activity,
        }
    }
}
