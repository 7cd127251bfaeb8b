#!/usr/bin/env bash
# `cargo ktstr stats compare` of deterministic attempts: two runs of one scheduler are the same to the last bit, one with
# another slice is not, and neither is held against what is not deterministic or has another seed.
source "$(dirname "$0")/lib.sh"

fixture=$root/tests/fixtures/scx-ktstr
crate=$work/scx-ktstr
runs=$work/runs # beside the crate: what is in it goes into the guest
(
    set -e
    cd "$fixture"
    cargo build --quiet --tests
    mkdir "$crate"
    cp -r .config Cargo.lock Cargo.toml build.rs src tests "$crate"
    mkdir "$crate/target"
    cp -a target/CACHEDIR.TAG target/debug "$crate/target" # the crates that it uses need no second compilation
    sed -i "s|path = \"../../../guest/sdk/ktstr\"|path = \"$root/guest/sdk/ktstr\"|" "$crate/Cargo.toml"
    cd "$crate"
    cargo build --quiet --tests
) || {
    echo "not ok the scheduler does not build"
    echo "0 passed, 1 failed"
    exit 1
}
cd "$crate" || exit 1

# run_tests NAME [VARIABLE=VALUE...]: one run, whose directory is then $runs/NAME.
run_tests() {
    local name=$1
    shift
    run 240 env KTSTR_MACHINE=det "$@" cargo ktstr test -- --test scheduler \
        -E 'test(/^(attaches_and_idles|nobody_starves)$/)'
    exit_is 0
    mkdir -p "$runs"
    ln -s "$(readlink -f target/ktstr/latest)" "$runs/$name"
}

the_same_is_the_same() {
    run_tests a
    run_tests b
    run 30 cargo ktstr stats compare "$runs/a" "$runs/b" --identical
    exit_is 0
    says "$out" '2 tests, 2 identical, 0 behave differently'
    says "$out" 'times of deterministic attempts are guest time: 4 ns for each instruction'
    lacks "$out" 'metrics'
    run 30 cargo ktstr stats show attaches_and_idles --dir "$runs/a"
    says "$out" '  guest time: times of deterministic'
    run 30 cargo ktstr stats --dir "$runs/a"
    says "$out" 'nobody_starves \(deterministic, seed [0-9]+\)'
}

# One run a side: each test's behaviour is another, and said to be, with both values.
another_slice_is_found() {
    run_tests before
    sed -i 's/^#define SLICE_NS .*/#define SLICE_NS (6 * 1000 * 1000ULL)/' src/bpf/main.bpf.c
    run_tests after
    run 30 cargo ktstr stats compare "$runs/before" "$runs/after" --identical
    exit_is 1
    says "$out" 'attaches_and_idles \(deterministic\) behaves differently.*; they were given another.* scheduler'
    says "$out" 'nobody_starves \(deterministic\) behaves differently.*; they were given another.* scheduler'
    says "$out" '^  they part in frame [0-9]+: A .*; B '
    says "$out" '^  programs.ktstr_enqueue.run_cnt +[0-9]+ +[0-9]+ +[-+][0-9.]+ %'
    run 30 cargo ktstr stats compare "$runs/before" "$runs/after" --json
    python3 - "$out" <<'PYTHON'
import json, sys
exact = json.load(open(sys.argv[1]))["exact"]
assert exact["identical"] == 0 and len(exact["tests"]) == 2, exact
for test in exact["tests"]:
    assert test["outcome"] == "differs" and test["found"] > 0, test
    assert all(one["a"] != one["b"] for one in test["differences"]), test
    assert not any("wall_ns" in one["measure"] or "phases_ns" in one["measure"] for one in test["differences"]), test
PYTHON
    run 30 cargo ktstr stats report --dir "$runs/after" --against "$runs/before" --html "$work/page.html"
    exit_is 0
    says "$work/page.html" 'Deterministic attempts, compared exactly'
    says "$work/page.html" '<td>programs.ktstr_enqueue.run_cnt</td>'
}

kinds_and_seeds_are_kept_apart() {
    run_tests det
    run_tests timed KTSTR_MACHINE=qemu
    run_tests seed KTSTR_SEED=5
    run 30 cargo ktstr stats compare "$runs/det" "$runs/timed"
    exit_is 2
    says "$out" 'not compared: .*nobody_starves \(deterministic\): A alone ran it so'
    says "$out" 'not compared: .*nobody_starves: B alone ran it so'
    lacks "$out" 'any more'
    run 30 cargo ktstr stats compare "$runs/det" "$runs/seed"
    exit_is 2
    says "$out" 'not compared: .*nobody_starves \(deterministic, seed 5\): B alone ran it so'
    run 30 cargo ktstr stats compare "$runs/det,$runs/timed" "$runs/det,$runs/seed" --identical
    exit_is 0
    says "$out" '2 tests, 2 identical'
    run 30 cargo ktstr stats --dir "$runs/det" --dir "$runs/timed"
    says "$out" '^scx-ktstr::scheduler nobody_starves +1/1'
    says "$out" '^scx-ktstr::scheduler nobody_starves \(deterministic\) +1/1'
}

check "two runs of one scheduler are the same" the_same_is_the_same
check "another slice is found, in each test" another_slice_is_found
check "kinds and seeds are kept apart" kinds_and_seeds_are_kept_apart
summary
