//! Steps: each announces itself, says how long it took, and is a row of the table at the end.

use crate::text::seconds;
use crate::Outcome;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub enum Done {
    /// Work was done; the text says what came of it.
    Did(String),
    /// There was nothing to do; the text says why.
    Skipped(String),
}

struct Row {
    name: String,
    took: Duration,
    note: String,
}

/// A clone has the same table.
#[derive(Clone)]
pub struct Steps {
    begun: Instant,
    rows: Arc<Mutex<Vec<Row>>>,
}

impl Steps {
    pub fn new() -> Self {
        Self { begun: Instant::now(), rows: Arc::default() }
    }

    /// One step. `subject` says what is done to what, as in "build: compile (ninja)".
    pub fn run(&mut self, subject: &str, work: impl FnOnce() -> Outcome<Done>) -> Outcome<()> {
        self.say(&format!("{subject} ..."));
        let begun = Instant::now();
        let done = work();
        let took = begun.elapsed();
        let note = match &done {
            Ok(Done::Did(what)) => format!("{}, {what}", seconds(took)),
            Ok(Done::Skipped(why)) => format!("nothing to do: {why}"),
            Err(_) => format!("FAILED after {}", seconds(took)),
        };
        self.say(&format!("{subject}: {note}"));
        let row = Row { name: subject.to_string(), took, note };
        self.rows.lock().expect("no thread panics with it").push(row);
        done.map(|_| ())
    }

    pub fn say(&self, line: &str) {
        eprintln!("[{:>7.1}s] {line}", self.begun.elapsed().as_secs_f64());
    }

    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Where the time went, in the order in which the steps ended.
    pub fn print_table(&self) {
        let rows = self.rows.lock().expect("as above");
        let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
        println!("\n{:<width$}  {:>8}  what came of it", "step", "seconds");
        for row in rows.iter() {
            println!("{:<width$}  {:>8.1}  {}", row.name, row.took.as_secs_f64(), row.note);
        }
        println!("{:<width$}  {:>8.1}", "all", self.begun.elapsed().as_secs_f64());
    }
}
