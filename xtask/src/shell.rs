//! Running other programs: with a log, a time limit, and a word about progress while they run.

use crate::{paths, text, Outcome};
use std::cell::Cell;
use std::ffi::OsStr;
use std::io::{IsTerminal, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

extern "C" {
    fn kill(pid: i32, signal: i32) -> i32;
    fn prctl(option: i32, ...) -> i32;
}
const SIGTERM: i32 = 15;
const SIGKILL: i32 = 9;
const PR_SET_PDEATHSIG: i32 = 1;

/// A program that sees what the user's shell would give it: `cargo run` puts its own folders into LD_LIBRARY_PATH.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(paths::root()).stdin(Stdio::null());
    command.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_MANIFEST_PATH");
    if let Some(value) = std::env::var_os("LD_LIBRARY_PATH") {
        let own =
            |path: &Path| path.starts_with(paths::root()) || path.to_string_lossy().contains("/toolchains/");
        let kept: Vec<PathBuf> = std::env::split_paths(&value).filter(|path| !own(path)).collect();
        match std::env::join_paths(&kept) {
            Ok(joined) if !kept.is_empty() => command.env("LD_LIBRARY_PATH", joined),
            _ => command.env_remove("LD_LIBRARY_PATH"),
        };
    }
    command
}

pub fn run_with(program: impl AsRef<OsStr>, arguments: &[&str]) -> Command {
    let mut made = command(program);
    made.args(arguments);
    made
}

/// For reading: the program's name and arguments as one would type them.
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let quoted = words.map(|word| text::quoted(&word.to_string_lossy()));
    quoted.collect::<Vec<_>>().join(" ")
}

/// stdout of a program that ends soon.
pub fn output(command: &mut Command) -> Outcome<String> {
    let result = command.output().map_err(|why| format!("cannot run `{}`: {why}", shown(command)))?;
    if !result.status.success() {
        let said = String::from_utf8_lossy(&result.stderr);
        return Err(format!("`{}` failed: {}\n{}", shown(command), result.status, text::tail(&said, 20)));
    }
    Ok(String::from_utf8_lossy(&result.stdout).into_owned())
}

pub struct Finished {
    pub status: ExitStatus,
    pub timed_out: bool,
    pub took: Duration,
    pub log: PathBuf,
    what: String,
}

impl Finished {
    pub fn ok(&self) -> bool {
        self.status.success() && !self.timed_out
    }

    pub fn text(&self) -> String {
        std::fs::read(&self.log)
            .map_or_else(|_| String::new(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// What counts is how a program inside ended, not the one that was watched.
    pub fn but_ended_with(self, code: i32) -> Self {
        Self { status: ExitStatus::from_raw(code << 8), ..self }
    }

    /// An error with the end of the log, unless it went well.
    pub fn require(self) -> Outcome<Self> {
        if self.ok() {
            return Ok(self);
        }
        Err(self.explain())
    }

    pub fn explain(&self) -> String {
        let how = if self.timed_out {
            format!("stopped after its limit of {}", text::seconds(self.took))
        } else {
            self.status.to_string()
        };
        let log = self.log.display();
        // A command over all files of the tree is no reading matter; the log begins with the whole of it.
        let what: String = self.what.chars().take(160).collect();
        format!("`{what}` failed: {how}\n{}\n  log: {log}", text::tail(&self.text(), 40))
    }
}

/// Runs with stdout and stderr in build/logs/<name>.log. At the limit the whole process group is killed.
pub fn logged(command: &mut Command, name: &str, limit: Duration) -> Outcome<Finished> {
    let log = paths::logs().join(format!("{name}.log"));
    let open = || -> std::io::Result<(std::fs::File, std::fs::File)> {
        std::fs::create_dir_all(paths::logs())?;
        let mut file = std::fs::File::create(&log)?;
        writeln!(file, "$ {}", shown(command))?;
        Ok((file.try_clone()?, file))
    };
    let (out, err) = open().map_err(|why| format!("cannot write {}: {why}", log.display()))?;
    command.stdout(out).stderr(err).process_group(0);
    let begun = Instant::now();
    let (status, timed_out) = watch(command, limit, |elapsed| progress(&log, elapsed))?;
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }
    Ok(Finished { status, timed_out, took: begun.elapsed(), log, what: shown(command) })
}

/// Runs with the terminal's own stdout and stderr, in its foreground.
pub fn foreground(command: &mut Command, limit: Duration) -> Outcome<ExitStatus> {
    let (status, timed_out) = watch(command, limit, |_| ())?;
    if timed_out {
        return Err(format!("`{}` stopped after its limit of {}", shown(command), text::seconds(limit)));
    }
    Ok(status)
}

fn watch(command: &mut Command, limit: Duration, tick: impl Fn(Duration)) -> Outcome<(ExitStatus, bool)> {
    // When xtask is killed, what it started goes with it.
    // SAFETY: prctl is async-signal-safe and touches no memory.
    unsafe {
        command.pre_exec(|| {
            prctl(PR_SET_PDEATHSIG, SIGTERM);
            Ok(())
        });
    }
    let begun = Instant::now();
    let child = command.spawn().map_err(|why| format!("cannot run `{}`: {why}", shown(command)))?;
    let pid = child.id() as i32;
    let ended = wait_in_thread(child);
    let interval = Duration::from_millis(if std::io::stderr().is_terminal() { 500 } else { 30_000 });
    let mut timed_out = false;
    loop {
        let left = limit.saturating_sub(begun.elapsed());
        match ended.recv_timeout(interval.min(left.max(Duration::from_millis(1)))) {
            Ok(status) => return status.map(|status| (status, timed_out)).map_err(|why| why.to_string()),
            Err(_) if left.is_zero() => {
                // SAFETY: plain system calls; the child is not reaped before `ended` reports it. The group does not
                // exist for a foreground program, so it is signalled by its own id too.
                unsafe {
                    let signal = if timed_out { SIGKILL } else { SIGTERM };
                    kill(-pid, signal);
                    kill(pid, signal);
                }
                timed_out = true;
                if let Ok(status) = ended.recv_timeout(Duration::from_secs(10)) {
                    return status.map(|status| (status, true)).map_err(|why| why.to_string());
                }
            }
            Err(_) => tick(begun.elapsed()),
        }
    }
}

fn wait_in_thread(mut child: Child) -> mpsc::Receiver<std::io::Result<ExitStatus>> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || send.send(child.wait()));
    receive
}

thread_local! {
    static SHOWS_PROGRESS: Cell<bool> = const { Cell::new(true) };
}

/// The programs that this thread runs are another's business than the reader's of the screen.
pub fn hide_progress() {
    SHOWS_PROGRESS.set(false);
}

/// The last line of the log and the time so far: rewritten in place on a terminal, a line now and then elsewhere.
fn progress(log: &Path, elapsed: Duration) {
    if !SHOWS_PROGRESS.get() {
        return;
    }
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text[text.len().saturating_sub(4096)..]).into_owned();
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("");
    let last: String = last.chars().filter(|c| !c.is_control()).take(90).collect();
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K  {:>6.1} s  {last}", elapsed.as_secs_f64());
    } else {
        eprintln!("  {:>6.0} s  {last}", elapsed.as_secs_f64());
    }
}
