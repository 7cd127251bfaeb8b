//! A browser for the suite html_report: one that is installed already, else Debian's.

use crate::shell::{logged, output, run_with};
use crate::step::{Done, Steps};
use crate::{apt, Outcome};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(10 * 60);

/// Without it, the suite says that it is skipped and why: no other needs one, and some releases have none that runs.
pub fn for_tests(steps: &mut Steps) -> Outcome<()> {
    let made = steps.run("chromium", || {
        if output(&mut run_with("chromium", &["--version"])).is_ok() {
            return Ok(Done::Skipped("installed".to_string()));
        }
        let mut install = apt::apt_get(&[], "install", &["--no-install-recommends", "chromium"]);
        logged(&mut install, "chromium", LIMIT)?.require()?;
        output(&mut run_with("chromium", &["--version"])).map(Done::Did)
    });
    if let Err(why) = made {
        eprintln!("{why}");
    }
    Ok(())
}
