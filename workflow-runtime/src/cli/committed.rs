//! The files that a team commits: `<Workflow>.asl.json` and `<Workflow>.schema.json`.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::app::{Program, Registered};
use super::error::CliError;
use crate::asl::{self, StateMachine};
use crate::change::Schemas;
use crate::nested::ChildWorkflow;
use crate::workflow::Definition;

/// Where they are when nobody says otherwise.
pub(crate) const FOLDER: &str = "asl";

const MACHINE: &str = ".asl.json";
const SCHEMAS: &str = ".schema.json";

/// A workflow as its files have it.
pub(crate) struct Committed {
    pub(crate) machine: StateMachine,
    pub(crate) schemas: Schemas,
    texts: Texts,
}

/// A workflow as files would have it.
#[derive(PartialEq, Eq)]
pub(crate) struct Texts {
    machine: String,
    schemas: String,
}

impl Texts {
    pub(crate) fn of(definition: &Definition, schemas: &Schemas) -> Self {
        Self { machine: format!("{}\n", definition.to_asl_json()), schemas: schemas.to_text() }
    }

    /// Writes both files.
    pub(crate) fn write(&self, folder: &Path, workflow: &str) -> Result<(), CliError> {
        let failed = |path: &Path, error: &std::io::Error| {
            CliError::failed("WF5015", format!("cannot write `{}`: {error}", path.display()))
        };
        std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
        for (path, text) in
            [(machine_file(folder, workflow), &self.machine), (schema_file(folder, workflow), &self.schemas)]
        {
            std::fs::write(&path, text).map_err(|error| failed(&path, &error))?;
        }
        Ok(())
    }
}

impl Committed {
    /// Reads both files; `None` where one of them is missing.
    pub(crate) fn read(folder: &Path, workflow: &str) -> Result<Option<Self>, CliError> {
        let (machine_file, schema_file) = (machine_file(folder, workflow), schema_file(folder, workflow));
        let (Some(machine_text), Some(schema_text)) = (read(&machine_file)?, read(&schema_file)?) else {
            return Ok(None);
        };
        let machine = asl::parse(&machine_text).map_err(|violations| {
            let violations: Vec<_> = violations.iter().map(ToString::to_string).collect();
            damaged(&machine_file, &violations.join("; "))
        })?;
        let schemas = Schemas::parse(&schema_text).map_err(|error| damaged(&schema_file, &error))?;
        Ok(Some(Self { machine, schemas, texts: Texts { machine: machine_text, schemas: schema_text } }))
    }

    /// Whether the files are, byte for byte, what would be written.
    pub(crate) fn is_exactly(&self, texts: &Texts) -> bool {
        // Git may check text out with line ends of its own.
        let plain = |text: &str| text.replace("\r\n", "\n");
        plain(&self.texts.machine) == texts.machine && plain(&self.texts.schemas) == texts.schemas
    }
}

pub(crate) fn machine_file(folder: &Path, workflow: &str) -> PathBuf {
    folder.join(format!("{workflow}{MACHINE}"))
}

fn schema_file(folder: &Path, workflow: &str) -> PathBuf {
    folder.join(format!("{workflow}{SCHEMAS}"))
}

/// The workflows that have both files in this folder.
pub(crate) fn workflows(folder: &Path) -> Result<Vec<String>, CliError> {
    let unreadable = |error: std::io::Error| {
        CliError::usage("WF5010", format!("cannot read the folder `{}`: {error}", folder.display()))
    };
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        names.extend(name.to_str().map(str::to_owned));
    }
    let both = names.iter().filter_map(|name| name.strip_suffix(SCHEMAS));
    Ok(both.filter(|name| names.contains(&format!("{name}{MACHINE}"))).map(str::to_owned).collect())
}

/// Takes the files of a workflow away that is gone.
pub(crate) fn remove(folder: &Path, workflow: &str) -> Result<(), CliError> {
    for path in [machine_file(folder, workflow), schema_file(folder, workflow)] {
        std::fs::remove_file(&path)
            .map_err(|error| CliError::failed("WF5015", format!("cannot remove `{}`: {error}", path.display())))?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Option<String>, CliError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(damaged(path, &error.to_string())),
    }
}

fn damaged(path: &Path, reason: &str) -> CliError {
    let message = format!(
        "`{}` is not what `check --update` writes: {reason}\nhelp: take it back from version control, or write it anew with `check --update`",
        path.display()
    );
    CliError::usage("WF5011", message)
}

/// What the program has beside this workflow: steps and workflows that executions which started before may call.
pub(crate) fn kept(program: &Program, workflow: &ChildWorkflow) -> Schemas {
    callable(program, workflow, |other| other.name != workflow.name)
}

/// All that executions of a workflow may call which the program does not have any more; nothing in an empty program.
pub(crate) fn all(program: &Program) -> Option<Schemas> {
    Some(callable(program, &program.workflows.first()?.workflow, |_| true))
}

fn callable(program: &Program, workflow: &ChildWorkflow, counts: impl Fn(&Registered) -> bool) -> Schemas {
    let mut steps = program.kept.clone();
    let mut others = Vec::new();
    for other in program.workflows.iter().filter(|other| counts(other)) {
        steps.extend((other.steps)());
        others.push(other.workflow);
    }
    Schemas::with(workflow, &steps, &others)
}
