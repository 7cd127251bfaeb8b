#!/usr/bin/env bash
# ktstr-runner as nextest's target runner: lists, runs, passes through, ends when told to, leaves nothing.
source "$(dirname "$0")/lib.sh"

fixture example
fixture hostile
example=$work/example
hostile=$work/hostile
library=$(test_binaries "$example" --package cpulist --lib | tail -n 1)
machine=$(test_binaries "$example" --package machine --test machine | tail -n 1)
macro=$(test_binaries "$example" --package guard | tail -n 1)
misbehaving=$(test_binaries "$hostile" --test hostile | tail -n 1)

lists_are_the_binarys_own() {
    local binary arguments
    for binary in "$library" "$machine" "$macro" "$misbehaving"; do
        for arguments in "--list --format terse" "--list --format terse --ignored"; do
            # shellcheck disable=SC2086
            as_nextest "$example" "$binary" $arguments >"$work/native"
            # shellcheck disable=SC2086
            run 10 as_nextest "$example" "$runner" "$binary" $arguments
            exit_is 0
            cmp "$work/native" "$out"
        done
    done
    [ -s "$work/native" ] || die "the last list has lines"
}

lists_at_once() {
    # nextest asks for both lists of several binaries at the same time.
    local pids=() binary pid
    for binary in "$library" "$machine" "$misbehaving"; do
        as_nextest "$example" "$runner" "$binary" --list --format terse >"$work/list.$(basename "$binary")" &
        pids+=($!)
        as_nextest "$example" "$runner" "$binary" --list --format terse --ignored >"$work/ignored.$(basename "$binary")" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
    for binary in "$library" "$machine" "$misbehaving"; do
        "$binary" --list --format terse | cmp - "$work/list.$(basename "$binary")"
        "$binary" --list --format terse --ignored | cmp - "$work/ignored.$(basename "$binary")"
    done
}

list_never_boots() {
    run 10 as_nextest "$example" "$runner" "$library" --list --format terse
    exit_is 0
    lacks "$err" 'boot|restor'
    [ ! -e "$example/target/ktstr/latest" ] || lacks <(ls "$example/target/ktstr/latest/") 'cpulist.*list'
}

a_listing_that_fails() {
    printf '#!/bin/sh\necho broken >&2\nexit 3\n' >"$work/broken"
    chmod +x "$work/broken"
    run 10 as_nextest "$example" "$runner" "$work/broken" --list --format terse
    exit_is 3
    says "$err" 'broken'
    [ ! -s "$out" ] || die "nothing on stdout"
}

exact_passes() {
    run 60 as_nextest "$example/cpulist" "$runner" "$library" --exact tests::parses_lists_of_cpus --nocapture
    exit_is 0
    says "$out" '1 passed'
    nothing_is_left
}

exact_fails_with_its_code() {
    run 60 as_nextest "$hostile" "$runner" "$misbehaving" --exact panics --nocapture --ignored
    exit_is 101
    says "$err" 'as a test does that fails'
    run 60 as_nextest "$hostile" "$runner" "$misbehaving" --exact exits_with_42 --nocapture --ignored
    exit_is 42
}

an_unknown_test() {
    run 60 as_nextest "$example/cpulist" "$runner" "$library" --exact no::such --nocapture
    exit_is 0
    says "$out" '0 passed'
}

runs_in_a_guest() {
    NEXTEST_X=1 run 60 as_nextest "$example/machine" "$runner" /bin/cat /proc/cmdline
    exit_is 0
    says "$out" 'mem='
    [ "$(cat "$out")" != "$(cat /proc/cmdline)" ] || die "the guest has a command line of its own"
}

passes_through() {
    run 60 as_nextest "$example/machine" "$runner" /bin/sh -c 'echo "to stdout: $1"; echo to stderr >&2; exit 5' sh 'two words'
    exit_is 5
    same "$(cat "$out")" "to stdout: two words"
    says "$err" '^to stderr$'
}

environment_and_directory() {
    A_WORD='with spaces' run 60 as_nextest "$example/machine" "$runner" /bin/sh -c 'echo "$A_WORD:$PWD:$CARGO_PKG_NAME"; id -u'
    exit_is 0
    same "$(head -n 1 "$out")" "with spaces:$example/machine:machine"
    same "$(tail -n 1 "$out")" 0
}

files_of_the_package() {
    run 60 as_nextest "$example/cpulist" "$runner" /bin/cat tests/data/samples.txt
    exit_is 0
    cmp "$out" "$example/cpulist/tests/data/samples.txt"
}

proc_macros_run_on_the_host() {
    NEXTEST_BINARY_ID=guard run 20 as_nextest "$example/guard" "$runner" "$macro" --exact tests::only_functions_are_guarded --nocapture
    exit_is 0
    says "$out" '1 passed'
    sidecar_says "$example" '"host_only":true'
}

# starts a test that hangs, and waits for its emulator; leaves its process id in $job.
hanging() {
    out=$work/out err=$work/err
    setsid bash -c "cd '$hostile' && NEXTEST=1 NEXTEST_PROFILE=default NEXTEST_TEST_PHASE=run NEXTEST_ATTEMPT=1 \
        NEXTEST_RUN_ID=$(cat /proc/sys/kernel/random/uuid) NEXTEST_WORKSPACE_ROOT='$hostile' CARGO_MANIFEST_DIR='$hostile' \
        exec '$runner' '$misbehaving' --exact hangs --nocapture --ignored" >"$out" 2>"$err" </dev/null &
    job=$!
    until_true 20 has_emulator || die "an emulator runs"
    until_true 20 grep -q 'waiting for what never comes' "$out" || die "the test runs"
}

ends_within() { # SECONDS PID
    until_true "$1" eval "! kill -0 $2 2>/dev/null" || die "process $2 ends within $1 s"
}

sigterm_is_diagnosed() {
    hanging
    kill -TERM -"$job"
    ends_within 8 "$job"
    rc=0
    wait "$job" || rc=$?
    sed 's/^/  err: /' "$err"
    fails
    says "$err" 'time|interrupt|SIGTERM'
    says "$err" 'hostile|hangs'
    sidecar_says "$hostile" '"reason":"(time-limit|interrupted)"'
    nothing_is_left
}

sigkill_leaves_nothing() {
    hanging
    kill -KILL "$job"
    nothing_is_left 3
}

sigint_ends() {
    hanging
    kill -INT -"$job"
    ends_within 8 "$job"
    nothing_is_left
}

# The one thing that is tried again, once: a machine that failed under its test.
an_emulator_dies() {
    hanging
    kill -KILL $(emulators)
    until_true 20 eval "[ \"\$(grep -c 'waiting for what never comes' '$out')\" = 2 ]" || die "the test runs once more"
    kill -KILL $(emulators)
    ends_within 8 "$job"
    rc=0
    wait "$job" || rc=$?
    sed 's/^/  err: /' "$err"
    exit_is 4
    says "$err" '^ktstr: the machine failed, not the test, which is tried once more: QEMU ended by itself: signal 9'
    same "$(grep -c 'waiting for what never comes' "$out")" 2
    sidecar_says "$hostile" '"reason":"machine-failed"'
    sidecar_says "$hostile" '"first_try":"QEMUendedbyitself:signal9'
    nothing_is_left
}

a_second_try_passes() {
    out=$work/out err=$work/err
    (as_nextest "$hostile" "$runner" "$misbehaving" --exact takes_a_moment --nocapture --ignored >"$out" 2>"$err" </dev/null) &
    job=$!
    until_true 20 grep -q 'one moment' "$out" || die "the test runs"
    kill -KILL $(emulators)
    rc=0
    wait "$job" || rc=$?
    sed 's/^/  err: /' "$err"
    exit_is 0
    same "$(grep -c 'one moment' "$out")" 2
    sidecar_says "$hostile" '"verdict":"pass"'
    sidecar_says "$hostile" '"first_try":"QEMUendedbyitself:signal9'
    nothing_is_left
}

# With ten seconds left of the budget's time, and so many milliseconds expected.
in_reserve() {
    local end
    end=$(python3 -c 'import time; print(time.monotonic_ns() + 10 * 10**9)')
    printf '%s cpulist::tests tests::sorts_and_joins\n' "$1" >"$work/reserve"
    KTSTR_BUDGET_END=$end KTSTR_RESERVE=$work/reserve run 60 as_nextest "$example/cpulist" "$runner" "$library" --exact tests::sorts_and_joins --nocapture
    exit_is 0
}

# A test that would begin when its run's time is over does not; another attempt at one that failed is made.
the_budget_is_over() {
    KTSTR_BUDGET_END=1 run 20 as_nextest "$example/cpulist" "$runner" "$library" --exact tests::sorts_and_joins --nocapture
    exit_is 0
    lacks "$out" '1 passed'
    sidecar_says "$example" '"verdict":"skip"'
    sidecar_says "$example" '"reason":"not-begun"'
    sidecar_says "$example" '"headline":"notbegun:'
    in_reserve 60000
    sidecar_says "$example" '"headline":"notbegun:itwasinreserve,'
    in_reserve 0
    sidecar_says "$example" '"verdict":"pass"'
    KTSTR_BUDGET_END=1 run 60 as_nextest "$example/cpulist" env NEXTEST_ATTEMPT=2 "$runner" "$library" --exact tests::sorts_and_joins --nocapture
    exit_is 0
    says "$out" '1 passed'
    KTSTR_BUDGET_END=soon run 20 as_nextest "$example/cpulist" "$runner" "$library" --exact tests::sorts_and_joins --nocapture
    exit_is 2
    says "$err" 'KTSTR_BUDGET_END: "soon" is no time of a run'
}

stopped_and_continued() {
    hanging
    kill -TSTP -"$job"
    until_true 5 eval "grep -q '^State:.T' /proc/$job/status" || die "the runner stops"
    kill -CONT -"$job"
    until_true 5 eval "! grep -q '^State:.T' /proc/$job/status" || die "the runner goes on"
    kill -TERM -"$job"
    ends_within 8 "$job"
    nothing_is_left
}

two_at_once() {
    local first second
    as_nextest "$example/cpulist" "$runner" "$library" --exact tests::sorts_and_joins --nocapture >"$work/one" &
    first=$!
    as_nextest "$example/cpulist" "$runner" "$library" --exact tests::prints_what_it_parsed --nocapture >"$work/two" &
    second=$!
    wait "$first"
    wait "$second"
    says "$work/one" '1 passed'
    says "$work/two" '1 passed'
}

check "both lists are the binary's own, to the byte" lists_are_the_binarys_own
check "lists of several binaries at once" lists_at_once
check "a list boots nothing" list_never_boots
check "a listing that fails fails" a_listing_that_fails
check "an exact test passes" exact_passes
check "an exact test fails with its own code" exact_fails_with_its_code
check "a test that the binary does not know" an_unknown_test
check "what runs, runs in a guest" runs_in_a_guest
check "any other arguments are passed through" passes_through
check "environment, directory and root" environment_and_directory
check "files of the package are in the guest" files_of_the_package
check "tests of procedural macros run on the host" proc_macros_run_on_the_host
check "two tests at once" two_at_once
check "SIGTERM gives a diagnosed end" sigterm_is_diagnosed
check "SIGINT ends it" sigint_ends
check "it stops and goes on with its group" stopped_and_continued
check "SIGKILL of the runner leaves no emulator" sigkill_leaves_nothing
check "an emulator dies" an_emulator_dies
check "a second try passes" a_second_try_passes
check "the budget is over" the_budget_is_over
summary
