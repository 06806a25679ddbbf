//! The process that lives: it starts the child, feeds it, kills it, and looks at what it uses.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::ledger::{Entry, Ledger};

/// Executions that are under way at once.
const AT_ONCE: usize = 60;
/// The child must be ready within this time, whatever its predecessor left.
const OPEN_MAX: Duration = Duration::from_secs(20);
/// Memory and disk may grow to so much.
const RSS_MAX_KIB: u64 = 600 * 1024;
const DISK_MAX: u64 = 1 << 30;

/// A line for people.
pub(crate) fn note(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

struct Running {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
}

/// The figures at the end.
#[derive(Debug, Default)]
struct Figures {
    deaths: u64,
    open_max: Duration,
    open_sum: Duration,
    rss_max_kib: u64,
    disk_max: u64,
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }
}

/// Soaks for so long.
pub(crate) fn run(store: &Path, time: Duration, seed: u64) -> Result<(), String> {
    let (mut ledger, mut figures, mut dice) = (Ledger::default(), Figures::default(), Dice(seed));
    let began = Instant::now();
    let mut next = 0;
    let mut told = Instant::now();
    while began.elapsed() < time {
        let mut running = open(store, &mut figures)?;
        resume(&mut running, &ledger);
        let life = Duration::from_millis(1_500 + dice.roll(4_500));
        feed(&mut running, &mut ledger, &mut dice, &mut next, life, AT_ONCE)?;
        die(running, &mut ledger, &mut figures)?;
        figures.disk_max = figures.disk_max.max(size(store));
        check(&figures)?;
        if told.elapsed() > Duration::from_mins(1) {
            told = Instant::now();
            note(&summary(&ledger, &figures, began.elapsed()));
        }
    }
    // What is left comes to its end without another death.
    let mut running = open(store, &mut figures)?;
    resume(&mut running, &ledger);
    let deadline = Instant::now() + Duration::from_secs(90);
    while !ledger.open.is_empty() && Instant::now() < deadline {
        feed(&mut running, &mut ledger, &mut dice, &mut next, Duration::from_millis(500), 0)?;
    }
    die(running, &mut ledger, &mut figures)?;
    if !ledger.open.is_empty() {
        return Err(format!("{} executions never ended: {:?}", ledger.open.len(), ledger.open.iter().next()));
    }
    check(&figures)?;
    note(&summary(&ledger, &figures, began.elapsed()));
    note("nothing acknowledged was lost, every execution ended as it must");
    let _ = std::fs::remove_dir_all(store);
    Ok(())
}

/// Starts the child and waits until it is ready.
fn open(store: &Path, figures: &mut Figures) -> Result<Running, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let began = Instant::now();
    let mut command = Command::new(program);
    command.arg("child").arg(store).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err("the child has no pipes".to_owned());
    };
    let (send, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                return;
            }
        }
    });
    // Steps that were cut off may speak before it is ready; they speak again.
    loop {
        match lines.recv_timeout(OPEN_MAX) {
            Ok(line) if line == "ready" => break,
            Ok(line) if line.starts_with("broken") => return Err(format!("the child does not start: {line}")),
            Ok(_) => {}
            Err(error) => return Err(format!("the child is not ready after {:?}: {error}", began.elapsed())),
        }
    }
    figures.open_max = figures.open_max.max(began.elapsed());
    figures.open_sum += began.elapsed();
    Ok(Running { child, input, lines })
}

/// Asks for everything that is open, and whether what has just ended is still there.
fn resume(running: &mut Running, ledger: &Ledger) {
    for (name, entry) in &ledger.open {
        tell(running, &if entry.started { format!("result {name}") } else { start(name, entry) });
        // The answer may have been lost with the process that was to take it.
        if let Some(answer) = entry.answer(name) {
            tell(running, &answer);
        }
    }
    for name in &ledger.recent {
        tell(running, &format!("find {name}"));
    }
}

fn start(name: &str, entry: &Entry) -> String {
    format!("start {name} {} {}", entry.kind, entry.amount)
}

/// A child that dies meanwhile is found out by its silence.
fn tell(running: &mut Running, line: &str) {
    let _ = writeln!(running.input, "{line}");
}

/// Keeps so many executions under way for this long.
fn feed(
    running: &mut Running,
    ledger: &mut Ledger,
    dice: &mut Dice,
    next: &mut u64,
    life: Duration,
    at_once: usize,
) -> Result<(), String> {
    let until = Instant::now() + life;
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        while ledger.open.len() < at_once {
            *next += 1;
            let kind = ["ok", "ok", "ok", "fail", "wait", "ask", "map", "nested"];
            let kind = kind[usize::try_from(dice.roll(8)).unwrap_or(0)];
            let entry = Entry {
                kind,
                amount: u32::try_from(dice.roll(1_000)).unwrap_or(0),
                started: false,
                token: None,
                answered: false,
            };
            let name = format!("e{next}");
            tell(running, &start(&name, &entry));
            ledger.open.insert(name, entry);
            if dice.roll(4) == 0 {
                tell(running, &format!("quick q{next} {}", dice.roll(1_000)));
            }
        }
        match running.lines.recv_timeout(left.min(Duration::from_millis(50))) {
            Ok(heard) => {
                if let Some(reply) = ledger.hear(&heard)? {
                    tell(running, &reply);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err("the child ended by itself".to_owned()),
        }
    }
    Ok(())
}

/// `kill -9`, after a look at its memory. What it said before is heard: a token that it showed is shown once.
fn die(mut running: Running, ledger: &mut Ledger, figures: &mut Figures) -> Result<(), String> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", running.child.id())).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    figures.rss_max_kib = figures.rss_max_kib.max(peak.unwrap_or(0));
    let _ = running.child.kill();
    let _ = running.child.wait();
    figures.deaths += 1;
    running.lines.iter().try_for_each(|line| ledger.hear(&line).map(drop))
}

fn check(figures: &Figures) -> Result<(), String> {
    if figures.rss_max_kib > RSS_MAX_KIB {
        return Err(format!("the child had {} MiB", figures.rss_max_kib / 1024));
    }
    if figures.disk_max > DISK_MAX {
        return Err(format!("the store has {} MiB", figures.disk_max >> 20));
    }
    Ok(())
}

/// Bytes below a folder.
fn size(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(data) if data.is_dir() => size(&entry.path()),
            Ok(data) => data.len(),
            Err(_) => 0,
        })
        .sum()
}

fn summary(ledger: &Ledger, figures: &Figures, time: Duration) -> String {
    let Figures { deaths, open_max, open_sum, rss_max_kib, disk_max } = figures;
    let mean = open_sum.checked_div(u32::try_from(*deaths).unwrap_or(1).max(1)).unwrap_or_default();
    format!(
        "{}s: {} started, {} ended ({} failed as they must), {} express; {deaths} deaths; opening {} ms on average, {} ms at most; \
         peak memory {} MiB, disk {} MiB at most",
        time.as_secs(),
        ledger.started,
        ledger.ended,
        ledger.failed,
        ledger.quick,
        mean.as_millis(),
        open_max.as_millis(),
        rss_max_kib / 1024,
        disk_max >> 20,
    )
}
