#!/usr/bin/env python3
"""make_runs.py FOLDER: sidecars of two runs, FOLDER/a and FOLDER/b, the same each time: a gauntlet, tests that did not
pass, names that are long and names that are markup."""
import json
import pathlib
import random
import sys

PRESETS = {"tiny-1llc": "1n1l2c1t", "tiny-2llc": "1n2l1c1t", "smt-2llc": "1n2l2c2t", "wide-2node": "2n4l4c2t"}
TESTS = ["everybody_gets_on", "nobody_starves", "affinity_is_kept_when_the_cgroup_moves_to_another_cpuset",
         "deep::module::of::a::crate::with::many::modules::and_a_test_whose_name_is_longer_than_a_telephone_is_wide"]
PHASES = {"resolve": 2, "lease": 1, "payload": 5, "restore": 60, "hand-over": 3, "unpack": 9, "body": 900, "collect": 4, "teardown": 2}


def sidecar(run, number, test, verdict, topology, gap, start):
    draw = random.Random(f"{run} {number}")
    phases = {name: int(ms * 1e6 * draw.uniform(0.8, 1.4)) for name, ms in PHASES.items()}
    return {
        "schema": 2, "run_id": run, "binary_id": "sample::it", "test": test, "attempt": 1, "repetition": 1 + number % 10,
        "kernel_key": "6.12-key", "topology": topology, "machine": "kvm", "host_cpu": "a processor", "origin": "template",
        "verdict": verdict, "reason": {"fail": "test-failed", "inconclusive": "boot-failed"}.get(verdict, "none"),
        "headline": "" if verdict == "pass" else "a worker waited 2.3 s <b>for</b> a CPU & did not get one: " + "x" * 150,
        "started_at_ns": start, "wall_ns": sum(phases.values()), "phases_ns": phases,
        "facts": {"results": [{"cgroups": {"cell": {"max_gap_ms": gap * draw.uniform(0.9, 1.1)}}, "work": ["spin_wait"]}]},
    }


def main():
    for run, factor in (("a", 1), ("b", 2)):
        folder = pathlib.Path(sys.argv[1]) / run
        folder.mkdir(parents=True)
        number = 0
        for test in TESTS:
            for preset, topology in PRESETS.items():
                for _ in range(10):
                    bad = run == "b" and test == TESTS[1] and preset == "smt-2llc"
                    record = sidecar(run, number, f"gauntlet/{test}/{preset}/default", "fail" if bad else "pass",
                                     topology, 20 * factor, 10**18 + number * 3 * 10**8)
                    (folder / f"it-t-1-{number:08x}.json").write_text(json.dumps(record))
                    number += 1
        for test, verdict in (("plain", "pass"), ("<script>document.title='no'</script>", "skip"),
                              ("machine_that_does_not_boot", "inconclusive")):
            record = sidecar(run, number, test, verdict, "1n1l1c1t", 5, 10**18 + number * 3 * 10**8)
            (folder / f"it-t-1-{number:08x}.json").write_text(json.dumps(record))
            number += 1


main()
