//! What a topology is held to. The refusals are in tests/compile_fail.

use super::*;

const BIG: Topology = Topology { numa_nodes: 2, llcs: 16, cores: 7, threads: 2 };

#[test]
fn limits_that_are_there_by_default_do_not_bind_a_declared_topology() {
    assert_eq!(BIG.held_to(TopologyConstraints::DEFAULT.said()), BIG);
    let limits = TopologyConstraints { max_llcs: Some(16), ..TopologyConstraints::DEFAULT };
    assert_eq!(limits.said(), TopologyConstraints { max_cpus: None, max_numa_nodes: None, ..limits });
}

#[test]
fn a_topology_may_be_what_the_limits_are() {
    let limits = TopologyConstraints {
        min_cpus: 224,
        max_cpus: Some(224),
        min_llcs: 16,
        max_llcs: Some(16),
        min_numa_nodes: 2,
        max_numa_nodes: Some(2),
        requires_smt: true,
    };
    assert_eq!(BIG.held_to(limits), BIG);
}

#[test]
#[should_panic(expected = "greater than `max_llcs`")]
fn a_limit_that_was_said_binds() {
    let limits = TopologyConstraints { max_llcs: Some(15), ..TopologyConstraints::DEFAULT };
    let _ = BIG.held_to(limits.said());
}
