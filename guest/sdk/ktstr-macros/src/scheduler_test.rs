//! Every refusal of `declare_scheduler!`, with its text.

use super::*;

fn expanded(keys: &str) -> Result<String, String> {
    let input = format!("FOO, {{ {keys} }}").parse().expect("tokens");
    expand(input).map(|tokens| tokens.to_string()).map_err(|error| error.to_string())
}

#[test]
fn refuses_with_the_key_and_what_to_do() {
    #[rustfmt::skip]
    let cases = [
        ("binary = \"b\"", "`FOO` has no `name`: add `name = \"..\"`, as people know it"),
        ("name = \"n\"", "`FOO` comes from nowhere: add `binary = \"scx_..\"`, `binary_path` or `kernel_builtin_enable`"),
        ("name = \"n\", binary = \"b\", binary_path = \"/b\"", "`binary_path` beside `binary`: a scheduler comes from one place"),
        ("name = \"n\", binary = \"b\", kernel_builtin_disable = [\"x\"]", "`kernel_builtin_disable` without `kernel_builtin_enable`: both or none"),
        ("name = \"n\", kernel_builtin_enable = [\"x\"], sched_args = [\"-v\"]", "`sched_args` beside `kernel_builtin_enable`: there is no program to give it to; say it in the lines of the shell"),
        ("name = \"n\", kernel_builtin_enable = [\"x\"], flags = [F]", "`flags` beside `kernel_builtin_enable`: there is no program to give it to; say it in the lines of the shell"),
        ("name = \"n\", kernel_builtin_enable = [\"x\"], cgroup_parent = \"/p\"", "`cgroup_parent` beside `kernel_builtin_enable`: there is no program to give it to; say it in the lines of the shell"),
        ("name = \"n\", kernel_builtin_enable = [\"x\"], config_file = \"f\"", "`config_file` beside `kernel_builtin_enable`: there is no program to give it to; say it in the lines of the shell"),
        ("name = \"n\", kernel_builtin_enable = [\"x\"], config_file_def = (\"-c {file}\", \"/f\")", "`config_file_def` beside `kernel_builtin_enable`: there is no program to give it to; say it in the lines of the shell"),
        ("name = \"n\", binry = \"b\"", "`declare_scheduler!` has no key `binry`: did you mean `binary`?"),
        ("name = \"n\", name = \"m\"", "`name` is set twice: leave one of them"),
        ("name = 5, binary = \"b\"", "`name = 5`: expected a string or the name of a constant"),
        ("name = \"n\", binary = \"b\", topology = (1, 2)", "`topology`: expected `(numa_nodes, llcs, cores, threads)`, each at least 1"),
        ("name = \"n\", binary = \"b\", topology", "`topology`: expected `(numa_nodes, llcs, cores, threads)`, each at least 1"),
        ("name = \"n\", binary = \"b\", topology = (1, 0, 2, 1)", "`topology`: expected `(numa_nodes, llcs, cores, threads)`, each at least 1 and at most 255"),
        ("name = \"n\", binary = \"b\", topology = (2, 3, 2, 1)", "`topology`: 3 LLCs are not a multiple of 2 NUMA nodes: the second number counts those of all nodes"),
        ("name = \"n\", binary = \"b\", topology = (1, 8, 16, 2)", "`topology` has 256 vCPUs: a machine has at most 255"),
        ("name = \"n\", binary = \"b\", sched_args = \"-v\"", "`sched_args = \"-v\"`: expected a list of strings: `[\"a\", \"b\"]`"),
        ("name = \"n\", binary = \"b\", kargs = [\"console=ttyS1\"]", "`kargs`: `console` is the runner's to say"),
        ("name = \"n\", binary = \"b\", kargs = [\"nosmt\", \"ktstr.x=1\"]", "`kargs`: `ktstr.x` is the runner's to say"),
        ("name = \"n\", binary = \"b\", cgroup_parent = \"x\"", "`cgroup_parent = \"x\"`: expected a path below /sys/fs/cgroup, like \"/ktstr\""),
        ("name = \"n\", binary = \"b\", config_file_def = (\"--config\", \"/x\")", "`config_file_def`: expected `(\"--config {file}\", \"/path/in/the/guest\")`"),
        ("name = \"n\", binary = \"b\", sysctls", "`sysctls` needs a value: a constant expression"),
        ("name = \"n\", binary = \"b\", verifier_exclude_topologies = [\"x\"]", "`verifier_exclude_topologies` is not supported yet: there is no sweep over topologies to exclude it from"),
    ];
    for (keys, expected) in cases {
        assert_eq!(expanded(keys), Err(expected.to_string()), "{keys}");
    }
}

#[test]
fn what_is_no_declaration_is_told_the_form() {
    let error = expand("FOO { name = \"n\" }".parse().expect("tokens")).expect_err("no comma");
    assert_eq!(error.to_string(), "expected `declare_scheduler!(NAME, { name = \"..\", .. })`");
}

#[test]
fn every_key_has_its_setter() {
    let keys =
        "name = \"n\", binary = \"b\", topology = (1, 2, 4, 1), sched_args = [\"a\"], kargs = [\"nosmt\", \"initcall_debug\"], \
                sysctls = [S::new(\"k\", \"v\")], kernels = [\"6.14..\"], constraints = C, assert = A, \
                flags = [F::new(\"f\", &[\"-f\"])], cgroup_parent = \"/p\", config_file = \"f\", config_file_def = (\"-c {file}\", \"/f\")";
    let text = expanded(keys).expect("a declaration");
    for (key, act) in KEYS {
        let setter = match act {
            Act::Setter(setter, _) | Act::Constant(setter) => setter,
            Act::Name => "named",
            Act::Topology | Act::ConfigFileDef => key,
            Act::Builtin | Act::Path | Act::Refused(_) => continue,
        };
        assert!(text.contains(setter), "{key} in {text}");
    }
    let builtin =
        expanded("name = \"n\", kernel_builtin_enable = [\"on\"], kernel_builtin_disable = [\"off\"]");
    assert!(builtin
        .is_ok_and(|text| text.contains("KernelBuiltin { enable : & [\"on\"] , disable : & [\"off\"] }")));
    let path = expanded("name = \"n\", binary_path = \"/b\"");
    assert!(path.is_ok_and(|text| text.contains("SchedulerSpec :: Path (\"/b\")")));
}

#[test]
fn the_declaration_is_public_unless_it_says_otherwise() {
    assert!(expanded("name = \"n\", binary = \"b\"").is_ok_and(|text| text.contains("pub static FOO")));
    let narrow =
        expand("pub(crate) FOO, { name = \"n\", binary = \"b\" }".parse().expect("tokens")).expect("one");
    assert!(narrow.to_string().contains("pub (crate) static FOO"));
}

/// docs/reference/crate.md has a row for every key, and no other.
#[test]
fn the_reference_lists_every_key() {
    let page = include_str!("../../../../docs/reference/crate.md");
    let section =
        page.split("## Keys of `declare_scheduler!`").nth(1).and_then(|rest| rest.split("\n## ").next());
    let rows = section.expect("the section").lines().filter_map(|line| line.strip_prefix("| `"));
    let mut listed: Vec<&str> = rows.filter_map(|row| row.split('`').next()).collect();
    let mut known: Vec<&str> = KEYS.iter().map(|(key, _)| *key).collect();
    listed.sort_unstable();
    known.sort_unstable();
    assert_eq!(listed, known);
}
