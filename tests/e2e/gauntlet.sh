#!/usr/bin/env bash
# The gauntlet: every test on every topology that it allows, with every profile of its scheduler's flags; ignored tests unless
# somebody asks for them, and nothing that cannot be.
source "$(dirname "$0")/lib.sh"

crate=$root/tests/fixtures/scx-ktstr
unset KTSTR_ENGINE KTSTR_GAUNTLET KTSTR_OVERCOMMIT
lean_kernel
export KTSTR_KERNEL=$release
(cd "$crate" && cargo build --quiet) || {
    echo "not ok the scheduler does not build"
    echo "0 passed, 1 failed"
    exit 1
}
binary=$(test_binaries "$crate" --test gauntlet | grep /deps/)
export NEXTEST_BINARY_ID=scx-ktstr::gauntlet

# listed [ARGUMENT...]: names of the gauntlet in the binary's listing.
listed() { as_nextest "$crate" "$runner" "$binary" --list --format terse "$@" | grep '^gauntlet/' | sed 's/: test$//'; }

profiles='default late late+strict strict'
names() { # TEST PRESET...
    local test=$1 preset profile
    shift
    for preset; do
        for profile in $profiles; do echo "gauntlet/$test/$preset/$profile"; done
    done
}

what_can_be_is_listed() {
    same "$(listed | sort)" "$({
        names everybody_gets_on tiny-1llc tiny-2llc smt-2llc
        echo gauntlet/siblings/smt-2llc/late+stricter
        echo gauntlet/siblings/smt-2llc/late+strict+stricter
    } | sort)"
    same "$(listed --ignored)" "$(listed)" # all are ignored tests
    same "$(KTSTR_GAUNTLET=1 listed --ignored)" ""
    same "$(KTSTR_GAUNTLET=1 listed)" "$(listed)"
}

the_hosts_room_decides() {
    same "$(KTSTR_OVERCOMMIT=2 taskset -c 0 bash -c "$(declare -f listed as_nextest); crate=$crate runner=$runner binary=$binary listed" | wc -l)" 0
    same "$(KTSTR_OVERCOMMIT=4 taskset -c 0 bash -c "$(declare -f listed as_nextest); crate=$crate runner=$runner binary=$binary listed" | sort)" \
        "$(names everybody_gets_on tiny-1llc tiny-2llc | sort)"
    KTSTR_OVERCOMMIT=none run 20 as_nextest "$crate" "$runner" "$binary" --list --format terse
    fails
    says "$err" 'KTSTR_OVERCOMMIT: "none" is no number from 1 to 255'
}

each_kernel_has_its_own() {
    KTSTR_KERNELS="kernel_a=$release" run 30 as_nextest "$crate" "$runner" "$binary" --list --format terse
    exit_is 0
    says "$out" '^gauntlet/everybody_gets_on/tiny-1llc/late\+strict/kernel_a: test$'
    says "$out" '^everybody_gets_on/kernel_a: test$'
    says "$out" '^adds_up: test$'
    lacks "$out" 'tiny-1llc/default: test$'
    # A nextest that lists without saying whose listing it wants may have been given the label of a test that boots
    # nothing: it is the binary's test all the same, and not none.
    KTSTR_KERNELS="kernel_a=$release" run 30 as_nextest "$crate" "$runner" "$binary" --exact adds_up/kernel_a --nocapture
    exit_is 0
    says "$out" '^running 1 test$'
}

# one NAME: runs the test of that name.
one() { run 150 as_nextest "$crate" "$runner" "$binary" --exact "$1" --nocapture --ignored; }

a_variant_is_the_machine_and_the_flags_of_its_name() {
    one gauntlet/everybody_gets_on/smt-2llc/late+strict
    exit_is 0
    sidecar_says "$crate" '"test":"gauntlet/everybody_gets_on/smt-2llc/late\+strict"'
    for field in '"own_name":"everybody_gets_on"' '"preset":"smt-2llc"' '"flag_profile":"late\+strict"'; do
        sidecar_says "$crate" "$field"
    done
    sidecar_says "$crate" '"topology":"1n2l2c2t"'
    sidecar_says "$crate" '"scheduler_arguments":\["--slow-attach-ms","50","--watchdog-ms","8000"\]'
    one siblings
    exit_is 0
    sidecar_says "$crate" '"preset":""'
    sidecar_says "$crate" '"scheduler_arguments":\["--slow-attach-ms","50","--watchdog-ms","6000"\]' # those that it requires
}

what_cannot_be_is_refused() {
    while IFS='|' read -r name why; do
        one "gauntlet/$name"
        fails
        says "$err" "$why"
    done <<'NAMES'
everybody_gets_on/tiny-1lc/default|no topology preset .tiny-1lc.
everybody_gets_on/tiny-1lc/default|did you mean .tiny-1llc.
everybody_gets_on/odd-3llc/default|does not run on odd-3llc \(1n3l3c1t\): it wants at most 8 CPUs
everybody_gets_on/tiny-1llc/lat|did you mean .late.
everybody_gets_on/tiny-1llc/late+stricter|required_flags and excluded_flags do not allow the profile
everybody_gets_on/tiny-1llc/strict+late|did you mean .late\+strict.
adds_up/tiny-1llc/default|a test without a machine has no gauntlet
NAMES
    KTSTR_TOPOLOGY=2 one gauntlet/everybody_gets_on/tiny-1llc/default
    fails
    says "$err" "KTSTR_TOPOLOGY is 1n1l2c1t, and the test's name says tiny-1llc"
}

a_run_of_it() {
    cd "$crate"
    run 280 cargo ktstr test --gauntlet -- -j2 -E 'binary(gauntlet) & test(/^gauntlet.*tiny-2llc/)'
    exit_is 0
    says "$err" 'Summary .* 4 tests run: 4 passed'
    says "$err" 'ktstr: 4 of [0-9]+ variants run; .*[0-9]+ filtered, .*[0-9]+ constraints'
    run 280 cargo ktstr test -- --run-ignored only -E 'binary(gauntlet) & test(/^gauntlet.*tiny-1llc.default/)'
    exit_is 0
    says "$err" 'Summary .* 1 test run: 1 passed'
    run 60 cargo ktstr test --overcommit 0 -- -E 'binary(gauntlet)'
    fails
    says "$err" 'KTSTR_OVERCOMMIT: "0" is no number from 1 to 255'
    nothing_is_left
}

# The plan's variants, each with its reason; those that it selects are those that nextest will run.
the_plan_is_what_runs() {
    cd "$crate"
    local set=$work/plan.json
    run 60 cargo ktstr plan --gauntlet --json -- -E 'binary(gauntlet) - test(/siblings/)'
    exit_is 0
    cp "$out" "$set"
    local listed
    listed=$(KTSTR_GAUNTLET=1 CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER="$runner" \
        cargo nextest list -E 'binary(gauntlet) - test(/siblings/)' --message-format oneline 2>"$err" | cut -d' ' -f2 | sort)
    [ -n "$listed" ] || die "nextest lists nothing: $(cat "$err")"
    same "$(python3 - "$set" <<'PYTHON'
import json, sys
variants = json.load(open(sys.argv[1]))["variants"]
assert all(v["selected"] == (v["reason"] == "runs") == (v["why"] == "") for v in variants), "a reason is missing"
print("\n".join(sorted(v["test"] for v in variants if v["selected"])))
PYTHON
)" "$listed"
    # Nothing is missing: 3 tests, and 24 presets times 4 and 2 profiles of two of them.
    same "$(python3 -c 'import json, sys
of = [v for v in json.load(open(sys.argv[1]))["variants"] if v["binary_id"] == "scx-ktstr::gauntlet"]
print(len(of), sum(v["preset"] is not None for v in of))' "$set")" "$((3 + 24 * 4 + 24 * 2)) $((24 * 4 + 24 * 2))"
    run 60 cargo ktstr plan -- -E 'binary(gauntlet)'
    exit_is 0
    says "$out" '^not-asked .* gauntlet/everybody_gets_on/tiny-1llc/late .*: the gauntlet was not asked for$'
    says "$out" '^constraints .* gauntlet/everybody_gets_on/odd-3llc/default .*: it wants at most 8 CPUs$'
    says "$out" '^runs .* adds_up \(on the host\)$'
    says "$out" '^3 of [0-9]+ variants run; '
}

# With nothing that chooses among tests the plan is made without the gauntlet's names; a filter that is met by all has them
# listed. What is told is the same, on one kernel and on two; and so is a run's plan.json.
a_plan_without_the_names() {
    cd "$crate"
    local options
    for options in '' --gauntlet "--gauntlet --kernel $release --kernel $image"; do
        run 60 cargo ktstr plan $options --json
        exit_is 0
        cp "$out" "$work/unlisted.json"
        run 60 cargo ktstr plan $options --json -- -E 'all()'
        exit_is 0
        cmp "$work/unlisted.json" "$out" || die "another plan: $options"
        says "$out" '"test":"gauntlet/everybody_gets_on/tiny-1llc/late'
    done
    # A default filter is one too.
    printf '[profile.default]\ndefault-filter = "not test(/late/)"\n' >"$work/default-filter.toml"
    run 60 cargo ktstr plan --gauntlet -- --config-file "$work/default-filter.toml"
    exit_is 0
    says "$out" '^filtered .* gauntlet/everybody_gets_on/tiny-1llc/late '
    says "$out" '^runs .* gauntlet/everybody_gets_on/tiny-1llc/default '
    # Nothing runs, for nextest refuses the number, but the run's plan is there; without a plan of ours it has nextest's list.
    local threads
    for threads in none 1; do
        NEXTEST_TEST_THREADS=$threads run 60 cargo ktstr test --gauntlet -- --retries none
        fails
        same "$(python3 -c 'import json, sys
tests = json.load(open("target/ktstr/latest/plan.json"))["tests"]
print("\n".join(sorted(t["binary_id"] + " " + t["name"] for t in tests if t["matches"])))')" \
            "$(KTSTR_GAUNTLET=1 CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER="$runner" \
                cargo nextest list --message-format oneline 2>"$err" | sort)"
    done
    NEXTEST_TEST_THREADS=none run 60 cargo ktstr test --gauntlet
    says "$err" "the run is not planned, .*test-threads: .none. is no number of tests"
}

# Three machines run each test once, and each says what the others have.
parts_of_a_run() {
    cd "$crate"
    local filter='binary(gauntlet) - test(/siblings/)' part
    for part in 1/3 2/3 3/3; do
        run 60 cargo ktstr plan --gauntlet --shard $part --json -- -E "$filter"
        exit_is 0
        cp "$out" "$work/part-${part%/*}.json"
    done
    run 60 cargo ktstr plan --gauntlet --json -- -E "$filter"
    exit_is 0
    python3 - "$out" "$work"/part-?.json <<'PYTHON' || die "the parts are not the whole"
import json, sys
def reasons(path): return {(v["binary_id"], v["test"]): v["reason"] for v in json.load(open(path))["variants"]}
whole, *parts = map(reasons, sys.argv[1:])
assert "runs" in whole.values()
for test, reason in whole.items():
    now = sorted(part[test] for part in parts)
    assert now == (["runs", "shard", "shard"] if reason == "runs" else [reason] * 3), (test, reason, now)
PYTHON
    run 60 cargo ktstr test --shard 4/3
    fails
    says "$err" 'shard: "4/3" is no part of a run'
    run 60 cargo ktstr test --shard 1/3 -- --partition hash:1/2
    fails
    says "$err" "shard is nextest's --partition, which is given too"
}

# What nextest is told lies below what the user wrote.
nextest_is_told() {
    cd "$crate"
    local filter='test(=gauntlet/everybody_gets_on/tiny-1llc/default)'
    touch "$work/nothing.toml" # the workspace's own has a limit
    run 150 taskset -c 0 cargo ktstr test --gauntlet --overcommit 4 -- --config-file "$work/nothing.toml" -j2 -E "$filter"
    exit_is 0
    says target/ktstr/latest/nextest.toml '^slow-timeout = { period = "600s", terminate-after = 3 }$'
    # Four vCPUs on one CPU are all that it may have: no second one beside it.
    says target/ktstr/latest/nextest.toml '^threads-required = 2$'
    printf '[profile.default]\nslow-timeout = "77s"\n' >"$work/users.toml"
    run 150 cargo ktstr test --gauntlet -- --config-file "$work/users.toml" -E "$filter"
    exit_is 0
    lacks target/ktstr/latest/nextest.toml 'slow-timeout'
}

# The tests of a plan's JSON that have one of these reasons.
planned() {
    python3 -c 'import json, sys
print("\n".join(sorted(v["test"] for v in json.load(open(sys.argv[1]))["variants"] if v["reason"] in sys.argv[2:])))' "$work/plan.json" "$@"
}

# A budget's choice is the plan's, it runs, and the end says what came of it, and of the reserve.
a_budget() {
    cd "$crate"
    local filter='binary(gauntlet) - test(/siblings/)' ran
    run 60 cargo ktstr plan --gauntlet --budget 12s --json -- -E "$filter"
    exit_is 0
    cp "$out" "$work/plan.json"
    run 200 cargo ktstr test --gauntlet --budget 12s -- -E "$filter"
    exit_is 0
    same "$(sed -n 's/^scx-ktstr::gauntlet //p' target/ktstr/latest/selection | sort)" "$(planned runs)"
    same "$(sed -nE 's/^[0-9]+ scx-ktstr::gauntlet //p' target/ktstr/latest/reserve | sort)" "$(planned reserve)"
    same "$(sed -n 's/^ *PASS .* scx-ktstr::gauntlet //p' "$err" | sort)" "$(planned runs reserve)"
    says "$err" '^ktstr: budget 12.0 s: [0-9]+ of 14 variants, [0-9.]+ s expected; [0-9]+ of [0-9]+ pairs of features(; [0-9]+ in reserve, of which [0-9]+ ran)?; it took [0-9.]+ s. [0-9]+ variants were left out for want of time(; [0-9]+ of those that were chosen did not begin in time)?$'
    # nextest counts what did not begin as passed; the sidecars do not.
    run 60 cargo ktstr stats --json
    ran=$(python3 -c 'import json, sys
t = json.load(open(sys.argv[1]))["totals"]
print(t["tests"], t["not_begun"], t["skip"])' "$out")
    same "$(set -- $ran; echo $(($1 + $2)) $3)" "$(planned runs reserve | wc -l) 0"
    run 60 cargo ktstr test --budget 0s
    fails
    says "$err" 'budget: "0s" is no time above 0'
    KTSTR_BUDGET_SECS=soon run 60 cargo ktstr test
    fails
    says "$err" 'KTSTR_BUDGET_SECS: "soon" is no time above 0'
    nothing_is_left
}

# Built once, run on two machines, of which the second has no sources; each has a part, and together they are the whole.
two_machines() {
    local filter='test(/^gauntlet.everybody_gets_on.tiny/)' archive=$work/tests.tar.zst machine
    (cd "$crate" && run 200 cargo nextest archive --archive-file "$archive" -E 'binary(gauntlet)') || die "the archive is made"
    mkdir -p "$work/1/.config" "$work/2"
    printf '[profile.ci]\nfailure-output = "final"\n' >"$work/1/.config/nextest.toml"
    cd "$work/1"
    run 280 cargo ktstr test --gauntlet --shard 1/2 -- -j2 --archive-file "$archive" --workspace-remap "$crate" -E "$filter"
    exit_is 0
    cp -r "$work/1/.config" "$work/2"
    cd "$work/2"
    run 280 unshare --mount sh -c 'mount -t tmpfs none "$1" && shift && exec "$@"' - "$crate" \
        cargo ktstr test --gauntlet --shard 2/2 -- --profile ci -j2 --archive-file "$archive" -E "$filter"
    exit_is 0
    says "$err" 'workspace .*scx-ktstr is not here: its tests run in an empty one'
    run 20 cargo ktstr stats --json --dir "$work/1/target/ktstr/latest/" --dir "$work/2/target/ktstr/latest/"
    exit_is 0
    same "$(python3 -c 'import json, sys
attempts = json.load(open(sys.argv[1]))["attempts"]
print("\n".join(sorted(a["test"] for a in attempts)), {a["verdict"] for a in attempts})' "$out")" \
        "$(names everybody_gets_on tiny-1llc tiny-2llc | sort) {'pass'}"
    run 20 cargo ktstr stats --dir "$work/1/target/ktstr/latest/" --dir "$work/1/target/ktstr/latest/"
    says "$out" 'there more than once, counted once'
    for machine in 1 2; do run 60 cargo ktstr stats --dir "$work/$machine/target/ktstr/latest/"; exit_is 0; done
    nothing_is_left
}

check "what can be is listed, as ignored tests" what_can_be_is_listed
check "the host's room decides" the_hosts_room_decides
check "each kernel has its own" each_kernel_has_its_own
check "a variant is the machine and the flags of its name" a_variant_is_the_machine_and_the_flags_of_its_name
check "what cannot be is refused" what_cannot_be_is_refused
check "the plan is what runs" the_plan_is_what_runs
check "a plan without the names" a_plan_without_the_names
check "a run of it" a_run_of_it
check "a budget" a_budget
check "parts of a run" parts_of_a_run
check "nextest is told" nextest_is_told
check "two machines" two_machines
summary
