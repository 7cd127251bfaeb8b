//! The keys of `declare_scheduler!`.

use crate::value::Kind;

/// From a key to the call of Scheduler's setter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// `Scheduler::named(..)`.
    Name,
    /// The setter of this name, with the value.
    Setter(&'static str, Kind),
    /// The same with any constant expression, which the setter's type checks.
    Constant(&'static str),
    /// Numbers of a topology in parentheses.
    Topology,
    /// Two strings in parentheses.
    ConfigFileDef,
    /// One half of SchedulerSpec::KernelBuiltin.
    Builtin,
    /// SchedulerSpec::Path.
    Path,
    Refused(&'static str),
}

#[rustfmt::skip]
pub const KEYS: &[(&str, Act)] = &[
    ("name",                   Act::Name),
    ("binary",                 Act::Setter("binary_discover", Kind::Text)),
    ("binary_path",            Act::Path),
    ("kernel_builtin_enable",  Act::Builtin),
    ("kernel_builtin_disable", Act::Builtin),
    ("topology",               Act::Topology),
    ("sched_args",             Act::Setter("sched_args", Kind::Texts)),
    ("kargs",                  Act::Setter("kargs", Kind::Texts)),
    ("sysctls",                Act::Constant("sysctls")),
    ("kernels",                Act::Setter("kernels", Kind::Texts)),
    ("flags",                  Act::Constant("flags")),
    ("constraints",            Act::Constant("constraints")),
    ("assert",                 Act::Constant("assert")),
    ("cgroup_parent",          Act::Setter("cgroup_parent", Kind::Text)),
    ("config_file",            Act::Setter("config_file", Kind::Text)),
    ("config_file_def",        Act::ConfigFileDef),
    ("verifier_exclude_topologies", Act::Refused("there is no sweep over topologies to exclude it from")),
];
