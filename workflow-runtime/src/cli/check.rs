//! `check`: builds and validates every machine, and says what a change means for whom.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::app::{Registered, Session};
use super::args::{CheckArgs, Lint};
use super::committed::{self, Committed, FOLDER, Texts};
use super::error::{CliError, EXIT_FAILED};
use super::output::Tone;
use crate::asl;
use crate::change::{self, Change, Schemas, Verdict, Version};
use crate::lint;
use crate::workflow::Definition;

/// A workflow, and what is to be said of it.
struct Checked {
    workflow: String,
    express: bool,
    faults: Vec<String>,
    notes: Vec<String>,
    against: Against,
    texts: Option<Texts>,
}

/// How it stands to the committed files.
enum Against {
    /// There is no folder, or the workflow has no definition.
    Nothing,
    /// They are not there.
    Missing(PathBuf),
    /// They are.
    Committed { file: PathBuf, changes: Vec<Change>, exact: bool },
    /// They are, and the workflow is not.
    Gone { file: PathBuf, change: Option<Box<Change>> },
}

impl Checked {
    fn changes(&self) -> &[Change] {
        match &self.against {
            Against::Committed { changes, .. } => changes,
            Against::Gone { change, .. } => change.as_deref().map_or(&[], std::slice::from_ref),
            Against::Nothing | Against::Missing(_) => &[],
        }
    }

    fn unsafe_changes(&self) -> usize {
        self.changes().iter().filter(|change| !change.is_safe()).count()
    }

    fn is_good(&self, exactly: bool) -> bool {
        let committed = match &self.against {
            Against::Missing(_) => false,
            Against::Committed { exact, .. } => *exact || !exactly,
            Against::Nothing | Against::Gone { .. } => true,
        };
        self.faults.is_empty() && committed && self.unsafe_changes() == 0
    }
}

/// Checks what the person asks for.
pub(crate) fn check(session: &Session<'_>, arguments: &CheckArgs) -> Result<u8, CliError> {
    let chosen = match session.workflow.as_deref() {
        Some(name) => std::slice::from_ref(session.program.workflow(Some(name))?),
        None if session.program.workflows.is_empty() => std::slice::from_ref(session.program.workflow(None)?),
        None => session.program.workflows.as_slice(),
    };
    let folder = folder(arguments)?;
    let mut all = Vec::new();
    for workflow in chosen {
        let mut checked = one(session, workflow, folder.as_deref())?;
        if arguments.lint.contains(&Lint::Unbounded) {
            checked.notes.extend(lint::unbounded_of(&workflow.workflow).iter().map(ToString::to_string));
        }
        all.push(checked);
    }
    if let (Some(folder), None) = (&folder, session.workflow.as_deref())
        && folder.exists()
    {
        for name in committed::workflows(folder)? {
            if session.program.workflows.iter().all(|known| known.name != name) {
                let against = gone(session, folder, &name, arguments.update)?;
                let (faults, notes) = (Vec::new(), Vec::new());
                all.push(Checked { workflow: name, express: false, faults, notes, against, texts: None });
            }
        }
    }
    print(session, &all, arguments)?;
    if arguments.update {
        return update(session, &all, folder.as_deref().unwrap_or(Path::new(FOLDER)));
    }
    conclude(session, &all, arguments, folder.as_deref())
}

/// The folder to compare with: the one that is named, or the usual one where it is there.
fn folder(arguments: &CheckArgs) -> Result<Option<PathBuf>, CliError> {
    match &arguments.against {
        Some(folder) if folder.is_dir() || (arguments.update && !folder.exists()) => Ok(Some(folder.clone())),
        Some(folder) => Err(CliError::usage(
            "WF5010",
            format!(
                "there is no folder `{}`\nhelp: `check --update --against {}` makes it",
                folder.display(),
                folder.display()
            ),
        )),
        None if Path::new(FOLDER).is_dir() || arguments.update || arguments.exact => Ok(Some(PathBuf::from(FOLDER))),
        None => Ok(None),
    }
}

fn one(session: &Session<'_>, workflow: &Registered, folder: Option<&Path>) -> Result<Checked, CliError> {
    let mut checked = Checked {
        workflow: workflow.name.to_owned(),
        express: workflow.kind.is_express(),
        faults: Vec::new(),
        notes: Vec::new(),
        against: Against::Nothing,
        texts: None,
    };
    let definition = match (workflow.definition)() {
        Err(error) => {
            checked.faults = error.faults.iter().map(ToString::to_string).collect();
            return Ok(checked);
        }
        Ok(definition) => definition,
    };
    checked.notes.extend_from_slice(definition.notes());
    checked.faults = asl::validate(definition.state_machine()).iter().map(ToString::to_string).collect();
    if let (Some(folder), true) = (folder, checked.faults.is_empty()) {
        let schemas = Schemas::of(&workflow.workflow);
        let texts = Texts::of(&definition, &schemas);
        checked.against = against(session, workflow, folder, (&definition, &schemas, &texts))?;
        checked.texts = Some(texts);
    }
    checked.faults.extend(definition.overruns().iter().map(ToString::to_string));
    Ok(checked)
}

fn against(
    session: &Session<'_>,
    workflow: &Registered,
    folder: &Path,
    (definition, schemas, texts): (&Definition, &Schemas, &Texts),
) -> Result<Against, CliError> {
    let file = committed::machine_file(folder, workflow.name);
    let Some(committed) = Committed::read(folder, workflow.name)? else { return Ok(Against::Missing(file)) };
    let kept = committed::kept(session.program, &workflow.workflow);
    let old = Version { machine: &committed.machine, schemas: &committed.schemas, kept: None };
    let new = Version { machine: definition.state_machine(), schemas, kept: Some(&kept) };
    let exact = committed.is_exactly(texts);
    Ok(Against::Committed { file, changes: change::compare(old, new), exact })
}

/// Files that are to go need not be read.
fn gone(session: &Session<'_>, folder: &Path, name: &str, goes: bool) -> Result<Against, CliError> {
    let committed = match Committed::read(folder, name) {
        Err(error) if !goes => return Err(error),
        read => read.ok().flatten(),
    };
    let change = committed.zip(committed::all(session.program)).map(|(committed, program)| {
        let old = Version { machine: &committed.machine, schemas: &committed.schemas, kept: None };
        Box::new(change::removed(old, &program))
    });
    Ok(Against::Gone { file: committed::machine_file(folder, name), change })
}

fn print(session: &Session<'_>, all: &[Checked], arguments: &CheckArgs) -> Result<(), CliError> {
    if session.output.json {
        let report: Vec<Value> = all.iter().map(json_of).collect();
        return session.output.json(&report);
    }
    for checked in all {
        let is_new = arguments.update && checked.faults.is_empty() && matches!(checked.against, Against::Missing(_));
        let (mark, tone) =
            if checked.is_good(arguments.exact) || is_new { ("[✓]", Tone::Good) } else { ("[✗]", Tone::Bad) };
        let kind = if checked.express { "  EXPRESS" } else { "" };
        session.output.line(tone, &format!("{mark} {}{kind}", checked.workflow))?;
        for fault in &checked.faults {
            session.output.line(Tone::Plain, &format!("    {}", fault.replace('\n', "\n    ")))?;
        }
        for note in &checked.notes {
            session.output.line(Tone::Plain, &format!("    note: {note}"))?;
        }
        if is_new {
            session.output.line(Tone::Plain, "    new: it was not committed before")?;
        } else {
            compared(session, checked)?;
        }
    }
    Ok(())
}

fn compared(session: &Session<'_>, checked: &Checked) -> Result<(), CliError> {
    let line = |text: &str| session.output.line(Tone::Plain, text);
    let (file, exact) = match &checked.against {
        Against::Nothing => return Ok(()),
        Against::Missing(file) => {
            return line(&format!("    not committed: there is no `{}` with its schema", file.display()));
        }
        Against::Committed { file, exact, .. } => (file, *exact),
        Against::Gone { file, .. } => (file, true),
    };
    let changes = checked.changes();
    if changes.is_empty() {
        let words = if exact { "the same as" } else { "the same, but for layout and texts, as" };
        return line(&format!("    {words} `{}`", file.display()));
    }
    let not_safe = checked.unsafe_changes();
    line(&format!("    {} since `{}`", counted(changes.len(), not_safe), file.display()))?;
    for (group, verdicts) in grouped(changes) {
        line("")?;
        let first = group.first().is_some_and(|change| change.is_safe());
        for change in group {
            let (word, tone) = if first { ("safe    ", Tone::Good) } else { ("NOT SAFE", Tone::Bad) };
            session.output.line(tone, &format!("    {word}  {}: {}", change.at, change.what))?;
        }
        let mut remedies: Vec<&str> = Vec::new();
        for (whom, verdict) in verdicts {
            let (mark, tone) = if verdict.safe { ('✓', Tone::Faint) } else { ('✗', Tone::Plain) };
            session.output.line(tone, &format!("      {mark} {whom:18}  {}", verdict.reason))?;
            remedies.extend(verdict.remedy.as_deref().filter(|remedy| !remedies.contains(remedy)));
        }
        for remedy in remedies {
            session.output.line(Tone::Strong, &format!("      → {remedy}"))?;
        }
    }
    Ok(())
}

type Verdicts<'a> = [(&'static str, &'a Verdict); 3];

/// Changes of which the same is to be said, told together.
fn grouped(changes: &[Change]) -> Vec<(Vec<&Change>, Verdicts<'_>)> {
    let mut groups: Vec<(Vec<&Change>, Verdicts<'_>)> = Vec::new();
    for change in changes {
        let verdicts = change.verdicts();
        match groups.iter_mut().find(|(_, known)| *known == verdicts) {
            Some((group, _)) => group.push(change),
            None => groups.push((vec![change], verdicts)),
        }
    }
    groups
}

fn counted(all: usize, not_safe: usize) -> String {
    let changes = if all == 1 { "1 change".to_owned() } else { format!("{all} changes") };
    match not_safe {
        0 if all == 1 => format!("{changes}, safe,"),
        0 => format!("{changes}, all safe,"),
        1 if all == 1 => format!("{changes}, not safe,"),
        1 => format!("{changes}, 1 of them not safe,"),
        more => format!("{changes}, {more} of them not safe,"),
    }
}

fn json_of(checked: &Checked) -> Value {
    let mut report = json!({
        "workflow": checked.workflow,
        "valid": checked.faults.is_empty(),
        "faults": checked.faults,
        "notes": checked.notes,
    });
    let (file, is_committed, exact) = match &checked.against {
        Against::Nothing => return report,
        Against::Missing(file) => (file, false, false),
        Against::Committed { file, exact, .. } => (file, true, *exact),
        Against::Gone { file, .. } => (file, true, false),
    };
    report["against"] = file.display().to_string().into();
    report["committed"] = is_committed.into();
    report["exact"] = exact.into();
    report["safe"] = (is_committed && checked.unsafe_changes() == 0).into();
    report["changes"] = json!(checked.changes());
    report
}

/// Writes the files anew.
fn update(session: &Session<'_>, all: &[Checked], folder: &Path) -> Result<u8, CliError> {
    if all.iter().any(|checked| !checked.faults.is_empty()) {
        session.output.note(Tone::Bad, "nothing was written: a machine is not valid");
        return Ok(EXIT_FAILED);
    }
    for checked in all {
        match (&checked.texts, &checked.against) {
            (Some(_), Against::Committed { exact: true, .. }) => {}
            (Some(texts), _) => {
                texts.write(folder, &checked.workflow)?;
                session.output.note(
                    Tone::Faint,
                    &format!("wrote {}", committed::machine_file(folder, &checked.workflow).display()),
                );
            }
            (None, Against::Gone { file, .. }) => {
                committed::remove(folder, &checked.workflow)?;
                session.output.note(Tone::Faint, &format!("removed {}", file.display()));
            }
            (None, _) => {}
        }
    }
    Ok(0)
}

/// The verdict over all, with what to do.
fn conclude(
    session: &Session<'_>,
    all: &[Checked],
    arguments: &CheckArgs,
    folder: Option<&Path>,
) -> Result<u8, CliError> {
    let argument =
        arguments.against.as_ref().map(|folder| format!(" --against {}", folder.display())).unwrap_or_default();
    let not_safe: usize = all.iter().map(Checked::unsafe_changes).sum();
    if not_safe > 0 {
        let what =
            if not_safe == 1 { "a change is not safe".to_owned() } else { format!("{not_safe} changes are not safe") };
        let help = format!(
            "help: each says what to do; one that is meant (nothing is running that it breaks, and callers know) is accepted by \
             committing what `check --update{argument}` writes"
        );
        return Err(CliError::failed("WF5012", format!("{what}\n{help}")));
    }
    if all.iter().any(|checked| matches!(checked.against, Against::Missing(_))) {
        let help = format!("help: `check --update{argument}` writes the files; commit them");
        return Err(CliError::failed(
            "WF5013",
            format!("a workflow is not committed, so nobody can tell what changes\n{help}"),
        ));
    }
    if all.iter().any(|checked| !checked.faults.is_empty()) {
        return Ok(EXIT_FAILED);
    }
    if arguments.exact && all.iter().any(|checked| !checked.is_good(true)) {
        let help = format!("help: `check --update{argument}` writes them anew; commit them");
        return Err(CliError::failed("WF5014", format!("the committed files are not those of this program\n{help}")));
    }
    if folder.is_none() && !session.output.json {
        let note = format!(
            "nothing to compare with: `check --update` writes `{FOLDER}/`, and a later `check` says what a change breaks"
        );
        session.output.note(Tone::Faint, &note);
    }
    Ok(0)
}
