//! `cargo xtask setup`: installs the packages that are missing, and nothing else, or tells them.

use crate::packages::{Scope, NEWER, PACKAGES};
use crate::shell::{logged, output, run_with, shown};
use crate::step::{Done, Steps};
use crate::{apt, Outcome};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(15 * 60);

pub fn task(steps: &mut Steps, arguments: &[String]) -> Outcome<()> {
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => install(steps, Scope::Test),
        ["--dry-run"] => {
            let plan = Plan::make(Scope::Test)?;
            plan.print();
            Ok(())
        }
        // For another's apt-get: what `cargo install` and `cargo ktstr` need, and nothing for work on ktstr.
        ["--missing"] => {
            print!("{}", Plan::make(Scope::Kernel)?.names());
            Ok(())
        }
        _ => Err("setup takes no argument but --dry-run or --missing".to_string()),
    }
}

pub fn install(steps: &mut Steps, scope: Scope) -> Outcome<()> {
    steps.run("setup: packages", || {
        let plan = Plan::make(scope)?;
        if plan.is_empty() {
            return Ok(Done::Skipped(format!("all {} are there", plan.wanted)));
        }
        plan.print();
        if !is_root() {
            let mut line = vec!["sudo apt-get -q update".to_string()];
            line.extend(plan.commands()?.iter().map(|command| format!("sudo {}", shown(command))));
            return Err(format!(
                "packages are missing\n  hint: run this, then try again:\n  {}",
                line.join(" && ")
            ));
        }
        plan.carry_out()?;
        Ok(Done::Did(format!("{} installed", plan.missing.len() + plan.newer.len())))
    })
}

struct Plan {
    wanted: usize,
    /// From the system's own sources: name and why.
    missing: Vec<(&'static str, &'static str)>,
    /// Perhaps from backports: index into NEWER.
    newer: Vec<usize>,
}

impl Plan {
    fn make(scope: Scope) -> Outcome<Self> {
        let packages: Vec<_> = PACKAGES.iter().filter(|package| package.scope <= scope).collect();
        let newer: Vec<_> = (0..NEWER.len()).filter(|&index| NEWER[index].scope <= scope).collect();
        let names: Vec<&str> =
            packages.iter().map(|p| p.name).chain(newer.iter().map(|&i| NEWER[i].name)).collect();
        let installed = apt::installed(&names)?;
        let version_of = |name: &str| {
            let line = installed.iter().find(|line| line.split(' ').next() == Some(name))?;
            line.rsplit(' ').next().map(str::to_string)
        };
        let missing = packages.iter().filter(|p| version_of(p.name).is_none()).map(|p| (p.name, p.why));
        let too_old = |&index: &usize| {
            let want = &NEWER[index];
            version_of(want.name)
                .and_then(|version| apt::major(&version))
                .is_none_or(|have| have < want.at_least)
        };
        Ok(Self {
            wanted: names.len(),
            missing: missing.collect(),
            newer: newer.into_iter().filter(too_old).collect(),
        })
    }

    fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.newer.is_empty()
    }

    fn print(&self) {
        if self.is_empty() {
            eprintln!("  nothing is missing: all {} packages are there", self.wanted);
        }
        let newer = self.newer.iter().map(|&index| (NEWER[index].name, NEWER[index].why));
        for (name, why) in self.missing.iter().copied().chain(newer) {
            eprintln!("  missing: {name:<22} {why}");
        }
    }

    /// A line each. What the system's own sources have too old is left out where an older one is there already: it would
    /// bring nothing. Where there is none, it will do.
    fn names(&self) -> String {
        let newer = self.newer.iter().map(|&index| &NEWER[index]);
        let newer = newer.filter(|want| {
            let is_there = apt::installed(&[want.name]).is_ok_and(|there| !there.is_empty());
            apt::candidate_major(want.name).is_none_or(|have| have >= want.at_least || !is_there)
        });
        let names = self.missing.iter().map(|(name, _)| *name).chain(newer.map(|want| want.name));
        names.map(|name| format!("{name}\n")).collect()
    }

    /// The commands that install it all. What apt would choose is known only after an update.
    fn commands(&self) -> Outcome<Vec<Command>> {
        let mut ordinary: Vec<&str> = self.missing.iter().map(|(name, _)| *name).collect();
        let mut late = Vec::new();
        for &index in &self.newer {
            let want = &NEWER[index];
            match apt::candidate_major(want.name) {
                Some(candidate) if candidate >= want.at_least => ordinary.push(want.name),
                _ => late.push(want.name),
            }
        }
        // What backports brought (QEMU's libelf1) may not go with the release's own (libelf-dev): then that
        // comes from there too.
        if !apt::installable(&ordinary) {
            let (fits, unfit): (Vec<_>, Vec<_>) =
                ordinary.into_iter().partition(|name| apt::installable(&[name]));
            ordinary = fits;
            late.extend(unfit);
        }
        let mut commands = Vec::new();
        if !ordinary.is_empty() {
            let mut install = apt::apt_get(&[], "install", &["--no-install-recommends"]);
            install.args(ordinary);
            commands.push(install);
        }
        if !late.is_empty() {
            let backports = apt::backports()?;
            commands.push(apt::apt_get(&backports.options, "update", &[]));
            let target = ["--no-install-recommends", "-t", &backports.suite];
            let mut install = apt::apt_get(&backports.options, "install", &target);
            install.args(late);
            commands.push(install);
        }
        Ok(commands)
    }

    fn carry_out(&self) -> Outcome<()> {
        logged(&mut apt::apt_get(&[], "update", &[]), "apt-update", LIMIT)?.require()?;
        for (number, mut command) in self.commands()?.into_iter().enumerate() {
            eprintln!("  $ {}", shown(&command));
            logged(&mut command, &format!("apt-{number}"), LIMIT)?.require()?;
        }
        Ok(())
    }
}

fn is_root() -> bool {
    output(&mut run_with("id", &["-u"])).is_ok_and(|id| id.trim() == "0")
}
