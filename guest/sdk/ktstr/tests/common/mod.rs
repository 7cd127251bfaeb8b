//! An engine that does what a test's script says: the other side of the socket, on a thread.

#![allow(dead_code)] // each of its users needs a part

use serde_json::{json, Value};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;

/// A folder of its own, removed with what it holds.
pub struct TempDir(PathBuf);

impl TempDir {
    pub fn new() -> TempDir {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("ktstr-sdk-{}-{number}", std::process::id()));
        std::fs::create_dir(&path).expect("a new folder");
        TempDir(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// One connection, from the engine's side.
pub struct Talk {
    reader: BufReader<UnixStream>,
    writer: UnixStream,
}

impl Talk {
    /// The next line; `None` once the client has gone.
    pub fn next(&mut self) -> Option<Value> {
        let mut line = String::new();
        let count = self.reader.read_line(&mut line).expect("the client's line");
        (count > 0).then(|| serde_json::from_str(&line).expect("a line of JSON"))
    }

    /// The next line, which must have the key `what`: its id and what is under the key.
    pub fn expect(&mut self, what: &str) -> (u64, Value) {
        let line = self.next().unwrap_or_else(|| panic!("the client has gone instead of saying `{what}`"));
        let value = line.get(what).unwrap_or_else(|| panic!("expected `{what}`, got {line}"));
        (line["id"].as_u64().unwrap_or(0), value.clone())
    }

    pub fn send(&mut self, value: &Value) {
        self.send_text(&format!("{value}\n"));
    }

    pub fn send_text(&mut self, text: &str) {
        self.writer.write_all(text.as_bytes()).expect("a client that reads");
    }

    /// So many bytes without a line's end, as many as the client takes.
    pub fn flood(&mut self, bytes: usize) {
        let chunk = [b'x'; 64 << 10];
        for _ in 0..bytes / chunk.len() {
            if self.writer.write_all(&chunk).is_err() {
                return;
            }
        }
    }

    /// Greets as an engine of the client's version, with a scheduler.
    pub fn greet(&mut self) {
        let (id, hello) = self.expect("hello");
        let scheduler = json!({"name": "scx_foo", "pid": 4711, "args": []});
        self.send(&json!({"id": id, "hello": {"version": hello["version"], "scheduler": scheduler, "kernel": "6.12"}}));
    }

    /// Takes a scenario and answers with this result.
    pub fn scenario(&mut self, result: &Value) -> Value {
        let (id, scenario) = self.expect("scenario");
        self.send(&json!({"id": id, "result": result}));
        scenario
    }

    /// Takes the verdict, whose sender does not wait for the answer.
    pub fn verdict(&mut self) -> Value {
        self.expect("verdict").1
    }
}

/// What a script returns is what `join` returns; its panic is the test's.
pub struct FakeEngine<T> {
    folder: TempDir,
    thread: JoinHandle<T>,
}

impl<T: Send + 'static> FakeEngine<T> {
    pub fn start(script: impl FnOnce(&mut Talk) -> T + Send + 'static) -> FakeEngine<T> {
        let folder = TempDir::new();
        let listener = UnixListener::bind(folder.path().join("engine.sock")).expect("a socket");
        let thread = std::thread::spawn(move || {
            let (stream, _) = listener.accept().expect("a client");
            let reader = BufReader::new(stream.try_clone().expect("a second handle"));
            script(&mut Talk { reader, writer: stream })
        });
        FakeEngine { folder, thread }
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("engine.sock")
    }

    pub fn join(self) -> T {
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}
