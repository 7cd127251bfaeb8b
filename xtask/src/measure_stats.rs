//! What `cargo xtask bench stats` measures: holding 50,000 sidecars against 50,000 others, each as large as those of real
//! schedulers' tests.

use crate::measure::with_peak;
use crate::number::Number;
use crate::shell::command;
use crate::{paths, Outcome};
use std::fmt::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

const SIDE: u64 = 50_000;
const VARIANTS: u64 = 100;
const WORKERS: u64 = 100;
const LIMIT_S: f64 = 5.0;
const LIMIT_MB: f64 = 500.0;

pub fn compare() -> Outcome<Vec<Number>> {
    let folder = paths::build().join("bench-stats");
    let measured = make(&folder).and_then(|()| measure(&folder));
    let _ = std::fs::remove_dir_all(&folder); // gigabytes
    measured
}

fn measure(folder: &Path) -> Outcome<Vec<Number>> {
    let mut stats = command(paths::program("cargo-ktstr"));
    stats.args(["ktstr", "stats", "compare"]).arg(folder.join("a")).arg(folder.join("b"));
    stats.stdout(Stdio::null()).stderr(Stdio::null());
    let begun = Instant::now();
    let (ended, peak) = with_peak(&mut stats)?;
    let seconds = begun.elapsed().as_secs_f64();
    if ended.code() != Some(0) {
        return Err(format!("`stats compare` of runs that do not differ ended with {ended}"));
    }
    let number = |name: &str, unit, value, limit| Number {
        name: format!("{name} 100,000 sidecars"),
        unit,
        value,
        against: None,
        limit: Some(limit),
    };
    Ok(vec![number("comparing", "s", seconds, LIMIT_S), number("memory, comparing", "MB", peak, LIMIT_MB)])
}

fn make(folder: &Path) -> Outcome<()> {
    let _ = std::fs::remove_dir_all(folder);
    let mut draw = Draw(7);
    for side in ["a", "b"] {
        let run = folder.join(side);
        let failed = |why: std::io::Error| format!("cannot write {}: {why}", run.display());
        std::fs::create_dir_all(&run).map_err(failed)?;
        for number in 0..SIDE {
            let file = run.join(format!("it-t-1-{number:08x}.json"));
            std::fs::write(file, sidecar(side, number, &mut draw)).map_err(failed)?;
        }
    }
    Ok(())
}

fn sidecar(side: &str, number: u64, draw: &mut Draw) -> String {
    let (test, repetition) = (number % VARIANTS, number / VARIANTS + 1);
    let start = 1_000_000_000 * (number + 1 + if side == "a" { 0 } else { SIDE });
    let mut text = format!(
        r#"{{"schema": 2, "run_id": "{side}", "binary_id": "sample::it", "test": "t{test}", "own_name": "t{test}", "attempt": 1,
 "repetition": {repetition}, "kernel_key": "6.12-key", "topology": "1n2l2c2t", "machine": "kvm", "host_cpu": "a processor",
 "verdict": "pass", "reason": "none", "started_at_ns": {start}, "wall_ns": {}, "phases_ns": {{"body": {}}},
 "facts": {{"results": [{{"work": ["spin_wait"], "cgroups": {{"cell": {{"max_gap_ms": {}, "workers": ["#,
        draw.about(2_000_000_000),
        draw.about(1_500_000_000),
        draw.about(20)
    );
    for worker in 0..WORKERS {
        let comma = if worker == 0 { "" } else { "," };
        let _ = write!(
            text,
            r#"{comma}
    {{"pid": {worker}, "cpu_time_ns": {}, "wall_time_ns": {}, "iterations": {}, "migrations": {}, "run_delay_ns": {}, "run_count": {},
     "max_gap_ms": {}, "max_gap_at_ms": {}, "wakeups": {}, "pages_by_node": [{}, {}]}}"#,
            draw.about(900_000_000),
            draw.about(2_000_000_000),
            draw.about(70_000),
            draw.about(40),
            draw.about(9_000_000),
            draw.about(3_000),
            draw.about(20),
            draw.about(700),
            draw.about(5_000),
            draw.about(4_096),
            draw.about(4_096)
        );
    }
    text + "]}}}]}}\n"
}

/// The same numbers in each run of the bench (D. E. Knuth's linear congruential generator MMIX).
struct Draw(u64);

impl Draw {
    /// At most a tenth from the middle.
    fn about(&mut self, middle: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        middle - middle / 10 + (self.0 >> 33) % (middle / 5 + 1)
    }
}
