//! The connection to the engine: one JSON object a line (docs/design/scheduler-tests.md, "The socket").

use crate::children::Children;
use anyhow::{bail, ensure, Context};
use serde::Deserialize;
use serde_json::{json, Value};
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Where the engine is reached; set by the runner's agent.
pub(crate) const VARIABLE: &str = "KTSTR_ENGINE";

const LONGEST_LINE: usize = 16 << 20;

/// For answers that take no time. A scenario's answer is awaited without a limit: the runner has one for the test.
const SHORT: Duration = Duration::from_secs(60);

#[derive(Debug, Deserialize)]
struct Greeting {
    version: String,
}

/// A line from the engine: an event, or the answer to a request.
#[derive(Debug, Deserialize)]
struct Line {
    id: Option<u64>,
    event: Option<Event>,
    error: Option<String>,
    hello: Option<Greeting>,
    result: Option<Value>,
}

/// What the engine asks for while a scenario runs.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    Fork { worker: u64, name: String },
    Go { workers: Vec<u64> },
    Halt { workers: Vec<u64> },
}

#[derive(Debug)]
pub(crate) struct Engine {
    stream: UnixStream,
    /// Read, and not yet a line.
    buffer: Vec<u8>,
    /// How much of it is known to have no line's end.
    scanned: usize,
    last_id: u64,
}

/// The way to the engine. It is taken when something is asked: a test that asks nothing says its word and goes. In an
/// emulated guest that matters, as code that runs once costs its translation.
#[derive(Debug)]
pub(crate) struct Link {
    /// `None`: there is no machine, so no engine.
    path: Option<PathBuf>,
    engine: Option<Engine>,
}

impl Link {
    pub fn to(path: Option<PathBuf>) -> Link {
        Link { path, engine: None }
    }

    /// The engine, which has greeted.
    pub fn engine(&mut self) -> anyhow::Result<&mut Engine> {
        if self.engine.is_none() {
            self.engine = Some(Engine::connect(self.path()?)?);
        }
        self.engine.as_mut().context("there is no engine")
    }

    /// Says the last word, a request without its end of line. The engine takes it also from one who does not wait, and
    /// one that does not get it is no pass.
    pub fn last_word(self, verdict: &str) -> anyhow::Result<()> {
        let stream = match self.engine {
            Some(engine) => engine.stream,
            None => reach(self.path()?)?,
        };
        say(&stream, verdict)
    }

    fn path(&self) -> anyhow::Result<&Path> {
        self.path.as_deref().context("a `host_only` test has no machine, so no engine")
    }
}

fn reach(path: &Path) -> anyhow::Result<UnixStream> {
    UnixStream::connect(path)
        .with_context(|| format!("cannot reach the engine at {} (${VARIABLE})", path.display()))
}

/// One line.
fn say(mut stream: &UnixStream, text: &str) -> anyhow::Result<()> {
    ensure!(text.len() < LONGEST_LINE, "a message of {} bytes is over the engine's 16 MiB", text.len());
    let line = [text.as_bytes(), b"\n"].concat();
    stream.write_all(&line).context("cannot write to the engine: it has gone")
}

impl Engine {
    /// Connects and compares versions.
    pub fn connect(path: &Path) -> anyhow::Result<Engine> {
        let mut engine = Engine { stream: reach(path)?, buffer: Vec::new(), scanned: 0, last_id: 0 };
        let answer = engine.request(
            "hello",
            &json!({"version": crate::VERSION}),
            Some(SHORT),
            &mut Children::none(),
        )?;
        let theirs = answer.hello.context("the engine did not greet")?.version;
        ensure!(
            theirs == crate::VERSION,
            "the crate ktstr is {}, the engine is {theirs}: they must be of one version\n  \
             hint: install the cargo-ktstr of the crate's version, or change the dependency",
            crate::VERSION
        );
        Ok(engine)
    }

    /// Sends a scenario, serves its custom workers, and returns its result.
    pub fn scenario(&mut self, scenario: &Value, children: &mut Children) -> anyhow::Result<Value> {
        let answer = self.request("scenario", scenario, None, children)?;
        answer.result.context("the engine ended the scenario without a result")
    }

    fn request(
        &mut self,
        what: &str,
        value: &Value,
        limit: Option<Duration>,
        children: &mut Children,
    ) -> anyhow::Result<Line> {
        self.last_id += 1;
        self.send(&json!({"id": self.last_id, what: value}))?;
        let deadline = limit.map(|limit| Instant::now() + limit);
        loop {
            let text = self
                .line(deadline, children)
                .with_context(|| format!("waiting for the answer to `{what}`"))?;
            let line: Line = serde_json::from_slice(&text).context("the engine sent what is no message")?;
            if let Some(event) = line.event {
                self.serve(event, children)?;
                continue;
            }
            ensure!(line.id == Some(self.last_id), "the engine answered another request: {:?}", line.id);
            if let Some(error) = line.error {
                bail!("{error}");
            }
            return Ok(line);
        }
    }

    fn serve(&mut self, event: Event, children: &mut Children) -> anyhow::Result<()> {
        match event {
            Event::Fork { worker, name } => match children.fork(worker, &name, self.stream.as_raw_fd()) {
                Ok(pid) => self.send(&json!({"forked": {"worker": worker, "pid": pid}})),
                Err(error) => {
                    self.send(&json!({"reported": {"worker": worker, "error": format!("{error:#}")}}))
                }
            },
            Event::Go { workers } => {
                children.go(&workers);
                Ok(())
            }
            Event::Halt { workers } => {
                children.halt(&workers);
                Ok(())
            }
        }
    }

    fn send(&mut self, value: &Value) -> anyhow::Result<()> {
        say(&self.stream, &value.to_string())
    }

    /// The next line; meanwhile the reports of children are passed on.
    fn line(&mut self, deadline: Option<Instant>, children: &mut Children) -> anyhow::Result<Vec<u8>> {
        loop {
            if let Some(offset) = self.buffer[self.scanned..].iter().position(|byte| *byte == b'\n') {
                let rest = self.buffer.split_off(self.scanned + offset + 1);
                self.scanned = 0;
                return Ok(std::mem::replace(&mut self.buffer, rest));
            }
            self.scanned = self.buffer.len();
            ensure!(self.scanned < LONGEST_LINE, "the engine sent a line of more than 16 MiB");
            let (readable, reports) = children.wait(self.stream.as_raw_fd(), deadline)?;
            for (worker, outcome) in reports {
                let mut reported = json!({"worker": worker});
                match outcome {
                    Ok(report) => reported["report"] = json!(report),
                    Err(error) => reported["error"] = json!(error),
                }
                self.send(&json!({ "reported": reported }))?;
            }
            if readable {
                self.fill()?;
            }
        }
    }

    fn fill(&mut self) -> anyhow::Result<()> {
        let mut chunk = [0; 64 << 10];
        let count = self.stream.read(&mut chunk).context("cannot read from the engine")?;
        ensure!(count > 0, "the engine has gone");
        self.buffer.extend_from_slice(&chunk[..count]);
        Ok(())
    }
}

#[cfg(test)]
#[path = "engine_test.rs"]
mod tests;
