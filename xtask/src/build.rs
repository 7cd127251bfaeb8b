//! `cargo xtask build`: the release programs, and the other presets for whoever needs them.

use crate::shell::{logged, run_with};
use crate::step::{Done, Steps};
use crate::{no_arguments, paths, Outcome};
use std::path::Path;
use std::time::{Duration, SystemTime};

const CONFIGURE_LIMIT: Duration = Duration::from_secs(120);
/// In a quiet lane it is others that the time goes to.
const COMPILE_LIMIT: Duration = Duration::from_secs(40 * 60);

pub fn task(steps: &mut Steps, arguments: &[String]) -> Outcome<()> {
    no_arguments(arguments)?;
    release(steps)
}

pub fn release(steps: &mut Steps) -> Outcome<()> {
    preset(steps, "release", &[])?;
    let missing: Vec<_> = paths::PROGRAMS.iter().filter(|name| !paths::program(name).exists()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("the build made no {missing:?} in {}", paths::programs().display()))
}

/// Configures where needed, then builds `targets`, or all that is built by default.
pub fn preset(steps: &mut Steps, preset: &str, targets: &[&str]) -> Outcome<()> {
    configure(steps, preset)?;
    let what = if targets.is_empty() { "programs".to_string() } else { targets.join(" ") };
    steps.run(&format!("build: compile {what} ({preset})"), || {
        let mut ninja = run_with("cmake", &["--build", "--preset", preset]);
        if !targets.is_empty() {
            ninja.arg("--target").args(targets);
        }
        let finished =
            logged(&mut ninja, &format!("build-{preset}-{what}").replace(' ', "-"), COMPILE_LIMIT)?
                .require()?;
        if finished.text().contains("ninja: no work to do") {
            return Ok(Done::Skipped("up to date".to_string()));
        }
        Ok(Done::Did(format!("in build/{preset}")))
    })
}

pub fn configure(steps: &mut Steps, preset: &str) -> Outcome<()> {
    // Ninja itself configures again when a CMakeLists.txt changed; the presets it does not know. Afresh: CMake drops what a
    // preset says when its compiler is another than before.
    let made = paths::build().join(preset).join("build.ninja");
    if modified(&made) > modified(&paths::root().join("CMakePresets.json")) {
        return Ok(());
    }
    steps.run(&format!("build: configure ({preset})"), || {
        let name = format!("configure-{preset}");
        logged(&mut run_with("cmake", &["--fresh", "--preset", preset]), &name, CONFIGURE_LIMIT)?
            .require()?;
        Ok(Done::Did(format!("build/{preset}/build.ninja")))
    })
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|data| data.modified()).ok()
}
