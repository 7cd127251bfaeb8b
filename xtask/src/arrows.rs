//! Which folder may include which: the layout's arrows as a table, checked against every #include "...".

use crate::tree::Source;

/// Files whose path begins with `from` may include their own folder and paths that begin with one of `may`.
/// The longest `from` that fits counts. One include root makes every header visible, so nothing else catches
/// an upward include.
struct Arrow {
    from: &'static str,
    may: &'static [&'static str],
    groups: &'static [&'static [&'static str]],
}

impl Arrow {
    fn allowed(&self) -> impl Iterator<Item = &'static str> {
        self.may.iter().chain(self.groups.iter().copied().flatten()).copied()
    }
}

const VALUES: &[&str] = &["ktstr-runner/topology/", "ktstr-runner/base/"];

/// The interface alone, without what makes machines.
const INTERFACE: &[&str] = &["ktstr-runner/machine/machine.hpp", "ktstr-runner/machine/spec.hpp"];

/// What a machine is to its users: the interface, not the backends.
const MACHINE: &[&str] = &[
    "ktstr-runner/machine/machine.hpp",
    "ktstr-runner/machine/spec.hpp",
    "ktstr-runner/machine/factory.hpp",
    "ktstr-runner/machine/image/",
    "ktstr-runner/machine/window/",
    "guest/wire/",
];
const BACKEND: &[&str] = &[
    "ktstr-runner/machine/machine.hpp",
    "ktstr-runner/machine/spec.hpp",
    "ktstr-runner/machine/ending.hpp",
    "ktstr-runner/machine/image/",
    "ktstr-runner/machine/window/",
    "guest/wire/",
];
const RECORDS: &[&str] = &[
    "ktstr-runner/store/",
    "ktstr-runner/templates/",
    "ktstr-runner/sidecar/",
    "ktstr-runner/config/",
    "ktstr-runner/host/",
];

#[rustfmt::skip]
const ARROWS: &[Arrow] = &[
    // The runner's library, from below.
    Arrow { from: "ktstr-runner/base/",             may: &[], groups: &[] },
    Arrow { from: "ktstr-runner/cache/",            may: &["ktstr-runner/base/"], groups: &[] },
    Arrow { from: "ktstr-runner/topology/",         may: &["ktstr-runner/base/"], groups: &[] },
    Arrow { from: "ktstr-runner/config/",           may: &[], groups: &[VALUES] },
    Arrow { from: "ktstr-runner/store/",            may: &["ktstr-runner/cache/"], groups: &[VALUES] },
    Arrow { from: "ktstr-runner/templates/",        may: &["ktstr-runner/cache/"], groups: &[VALUES] },
    Arrow { from: "ktstr-runner/sidecar/",          may: &[], groups: &[VALUES] },
    Arrow { from: "ktstr-runner/host/",             may: &["ktstr-runner/host/"], groups: &[VALUES] },
    Arrow { from: "ktstr-runner/machine/",          may: &["guest/wire/"], groups: &[VALUES] },
    Arrow { from: "ktstr-runner/machine/window/",   may: &["guest/wire/"], groups: &[VALUES, INTERFACE] },
    Arrow { from: "ktstr-runner/machine/image/",    may: &["ktstr-runner/machine/image/", "guest/wire/"], groups: &[VALUES, INTERFACE] },
    Arrow { from: "ktstr-runner/machine/qemu/",     may: &["ktstr-runner/machine/qemu/fork_server/protocol.hpp", "ktstr-runner/machine/qemu/turns/"], groups: &[VALUES, BACKEND] },
    // In QEMU's process: of us it has nothing but what it says to the runner.
    Arrow { from: "ktstr-runner/machine/qemu/fork_server/", may: &["ktstr-runner/machine/qemu/fork_server/"], groups: &[] },
    Arrow { from: "ktstr-runner/machine/qemu/turns/", may: &["ktstr-runner/machine/qemu/turns/", "guest/wire/"], groups: &[] },
    Arrow { from: "ktstr-runner/machine/kvm/",      may: &["ktstr-runner/machine/kvm/"], groups: &[VALUES, BACKEND] },
    Arrow { from: "ktstr-runner/session/",          may: &[], groups: &[VALUES, MACHINE, RECORDS] },
    Arrow { from: "ktstr-runner/variants/",         may: &["ktstr-runner/host/", "ktstr-runner/store/"], groups: &[VALUES] },
    Arrow { from: "ktstr-runner/protocol/",         may: &["ktstr-runner/session/", "ktstr-runner/variants/"], groups: &[VALUES, MACHINE, RECORDS] },
    Arrow { from: "ktstr-runner/main.cpp",          may: &["ktstr-runner/protocol/"], groups: &[VALUES] },
    // What the guest runs knows only what it shares with the host.
    Arrow { from: "guest/wire/",                    may: &[], groups: &[] },
    Arrow { from: "guest/base/",                    may: &[], groups: &[] },
    Arrow { from: "guest/workload/",                may: &["guest/wire/", "guest/base/"], groups: &[] },
    Arrow { from: "guest/scheduler/",               may: &["guest/wire/", "guest/base/"], groups: &[] },
    Arrow { from: "guest/engine/",                  may: &["guest/wire/", "guest/base/", "guest/scheduler/", "guest/workload/"], groups: &[] },
    Arrow { from: "guest/agent/",                   may: &["guest/wire/", "guest/base/", "guest/engine/handle.hpp"], groups: &[] },
    Arrow { from: "guest/init/",                    may: &["guest/wire/", "guest/base/", "guest/agent/", "guest/engine/", "guest/workload/run.hpp"], groups: &[] },
    // The command that people type: on the runner's library, never on a machine.
    Arrow { from: "cargo-ktstr/cli/",               may: &["cargo-ktstr/nextest/"], groups: &[VALUES] },
    Arrow { from: "cargo-ktstr/git/",               may: &[], groups: &[VALUES] },
    Arrow { from: "cargo-ktstr/nextest/",           may: &[], groups: &[VALUES, RECORDS] },
    Arrow { from: "cargo-ktstr/make/",              may: &["cargo-ktstr/cli/", "cargo-ktstr/kernels/", "cargo-ktstr/fetch/", "cargo-ktstr/remote/", "cargo-ktstr/net/", "ktstr-runner/cache/"], groups: &[VALUES, RECORDS] },
    Arrow { from: "cargo-ktstr/archives/",          may: &["ktstr-runner/base/"], groups: &[] },
    Arrow { from: "cargo-ktstr/net/",               may: &[], groups: &[VALUES] },
    Arrow { from: "cargo-ktstr/fetch/",             may: &["cargo-ktstr/archives/", "cargo-ktstr/net/", "ktstr-runner/store/"], groups: &[VALUES] },
    Arrow { from: "cargo-ktstr/remote/",            may: &["cargo-ktstr/archives/", "cargo-ktstr/net/"], groups: &[VALUES, RECORDS] },
    Arrow { from: "cargo-ktstr/kernels/",           may: &["cargo-ktstr/archives/", "cargo-ktstr/cli/", "ktstr-runner/cache/"], groups: &[VALUES, RECORDS] },
    Arrow { from: "cargo-ktstr/planner/",           may: &["cargo-ktstr/git/", "cargo-ktstr/nextest/", "guest/wire/", "ktstr-runner/variants/"], groups: &[VALUES, RECORDS] },
    Arrow { from: "cargo-ktstr/stats/",             may: &["cargo-ktstr/cli/", "cargo-ktstr/git/", "ktstr-runner/variants/name.hpp"], groups: &[VALUES, RECORDS] },
    Arrow { from: "cargo-ktstr/coverage/",          may: &["cargo-ktstr/cli/", "cargo-ktstr/nextest/"], groups: &[VALUES, RECORDS] },
    Arrow { from: "cargo-ktstr/commands/",          may: &["cargo-ktstr/", "ktstr-runner/variants/"], groups: &[VALUES, RECORDS] },
    Arrow { from: "cargo-ktstr/commands/run",       may: &["cargo-ktstr/", "ktstr-runner/session/"], groups: &[VALUES, RECORDS, MACHINE] },
    Arrow { from: "cargo-ktstr/commands/vm_program", may: &["cargo-ktstr/", "ktstr-runner/session/"], groups: &[VALUES, RECORDS, MACHINE] },
    Arrow { from: "cargo-ktstr/commands/raw_terminal", may: &["guest/wire/"], groups: &[VALUES] },
    Arrow { from: "cargo-ktstr/commands/scenario",  may: &["cargo-ktstr/", "ktstr-runner/session/"], groups: &[VALUES, RECORDS, MACHINE] },
    Arrow { from: "cargo-ktstr/commands/shell",     may: &["cargo-ktstr/", "ktstr-runner/session/"], groups: &[VALUES, RECORDS, MACHINE] },
    Arrow { from: "cargo-ktstr/main.cpp",           may: &["cargo-ktstr/cli/", "cargo-ktstr/commands/", "cargo-ktstr/coverage/"], groups: &[VALUES] },
    // Fuzzers feed the parsers themselves.
    Arrow { from: "tests/fuzz/",                    may: &["cargo-ktstr/stats/", "guest/wire/", "ktstr-runner/machine/", "ktstr-runner/session/"], groups: &[VALUES] },
    // The one place that names the backends.
    Arrow { from: "ktstr-runner/machine/factory",   may: &["ktstr-runner/machine/", "ktstr-runner/host/"], groups: &[VALUES] },
    // Tests with a real machine ask for it as the rest does.
    Arrow { from: "ktstr-runner/machine/kernel_boot_test.cpp",       may: &["ktstr-runner/machine/"], groups: &[VALUES, BACKEND] },
    Arrow { from: "ktstr-runner/machine/testing/",                   may: &["ktstr-runner/machine/"], groups: &[VALUES, BACKEND] },
    Arrow { from: "ktstr-runner/machine/kvm/x86_64/hostile_guest_test.cpp", may: &["ktstr-runner/machine/", "ktstr-runner/host/"], groups: &[VALUES, BACKEND] },
    Arrow { from: "ktstr-runner/machine/qemu/qemu_machine_test.cpp", may: &["ktstr-runner/machine/", "ktstr-runner/host/"], groups: &[VALUES, BACKEND] },
];

/// "file:line: why" for every include that goes against an arrow.
pub fn violations(sources: &[Source]) -> Vec<String> {
    sources.iter().flat_map(check).collect()
}

fn check(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for (number, header) in includes(&source.text) {
        let at = format!("{}:{number}", source.path);
        let rule = ARROWS
            .iter()
            .filter(|arrow| source.path.starts_with(arrow.from))
            .max_by_key(|arrow| arrow.from.len());
        let Some(arrow) = rule else {
            found.push(format!("{at}: no arrow is known for this folder (xtask/src/arrows.rs)"));
            break;
        };
        if !header.contains('/') {
            found.push(format!("{at}: \"{header}\" is not relative to the repository's root"));
            continue;
        }
        if header.contains("/x86_64/") && !source.path.contains("/x86_64/") {
            found.push(format!("{at}: includes \"{header}\", which is one architecture's own"));
            continue;
        }
        let own = source.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let folder = header.rsplit_once('/').map_or("", |(folder, _)| folder);
        if own != folder && !arrow.allowed().any(|prefix| header.starts_with(prefix)) {
            let allowed: Vec<&str> = arrow.allowed().collect();
            let allowed =
                if allowed.is_empty() { "only its own folder".to_string() } else { allowed.join(" ") };
            found.push(format!("{at}: includes \"{header}\"; allowed: {allowed}"));
        }
    }
    found
}

/// The quoted includes with their line numbers.
pub fn includes(text: &str) -> Vec<(usize, String)> {
    let header = |line: &str| {
        let rest = line.trim_start().strip_prefix('#')?.trim_start().strip_prefix("include")?;
        let (name, _) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
        Some(name.to_string())
    };
    text.lines().enumerate().filter_map(|(index, line)| Some((index + 1, header(line)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str, header: &str) -> Vec<String> {
        check(&Source {
            path: path.into(),
            text: format!("// x\n#include \"{header}\"\n#include <vector>\n"),
        })
    }

    #[test]
    fn downward_includes_pass() {
        assert!(of("ktstr-runner/session/session.cpp", "ktstr-runner/machine/machine.hpp").is_empty());
        assert!(of("ktstr-runner/session/session.cpp", "ktstr-runner/session/relay.hpp").is_empty());
        assert!(of("cargo-ktstr/commands/run.cpp", "ktstr-runner/session/session.hpp").is_empty());
        assert!(of("ktstr-runner/machine/factory.cpp", "ktstr-runner/machine/qemu/qemu.hpp").is_empty());
    }

    #[test]
    fn upward_includes_are_named_with_file_line_and_what_is_allowed() {
        let found = of("ktstr-runner/base/text.cpp", "ktstr-runner/store/store.hpp");
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with("ktstr-runner/base/text.cpp:2: includes \"ktstr-runner/store/store.hpp\"")
        );
        assert!(found[0].ends_with("allowed: only its own folder"));
    }

    #[test]
    fn the_guest_never_sees_the_host() {
        assert_eq!(of("guest/agent/job.cpp", "ktstr-runner/base/fd.hpp").len(), 1);
        assert_eq!(of("guest/wire/ring.cpp", "guest/agent/job.hpp").len(), 1);
    }

    #[test]
    fn only_run_and_shell_see_a_session() {
        assert_eq!(of("cargo-ktstr/commands/test.cpp", "ktstr-runner/session/session.hpp").len(), 1);
        assert_eq!(of("cargo-ktstr/planner/plan.cpp", "ktstr-runner/machine/spec.hpp").len(), 1);
    }

    #[test]
    fn the_interface_never_sees_its_backends() {
        assert_eq!(of("ktstr-runner/machine/machine.hpp", "ktstr-runner/machine/qemu/qmp.hpp").len(), 1);
        assert_eq!(of("ktstr-runner/session/session.cpp", "ktstr-runner/machine/qemu/qmp.hpp").len(), 1);
    }

    #[test]
    fn what_is_an_architectures_own_stays_in_its_folders() {
        let own = "ktstr-runner/machine/kvm/x86_64/cpuid.hpp";
        assert!(of("ktstr-runner/machine/kvm/x86_64/cpuid.cpp", own).is_empty());
        assert!(of("ktstr-runner/machine/kvm/x86_64/cpuid_test.cpp", own).is_empty());
        assert!(of("ktstr-runner/machine/kvm/vmm.cpp", own)[0].contains("one architecture's own"));
    }

    #[test]
    fn every_path_of_the_table_is_there() {
        let files = crate::tree::files().expect("git lists the tree");
        for arrow in ARROWS {
            for path in std::iter::once(arrow.from).chain(arrow.allowed()) {
                assert!(files.iter().any(|file| file.starts_with(path)), "{path}");
            }
        }
    }

    #[test]
    fn unknown_folders_and_bare_names_are_refused() {
        assert_eq!(of("elsewhere/a.cpp", "ktstr-runner/base/fd.hpp").len(), 1);
        assert_eq!(of("ktstr-runner/base/fd.cpp", "fd.hpp").len(), 1);
    }
}
