#!/usr/bin/env bash
# cargo ktstr test: nextest's arguments reach nextest, its exit code is the exit code, the run directory tells it all.
source "$(dirname "$0")/lib.sh"

fixture example
fixture hostile
example=$work/example

# ktstr_test [ARGUMENT...]: in the example.
ktstr_test() {
    cd "$example"
    run 300 cargo ktstr test "$@"
}

# ran NUMBER [WORDS]: as nextest's summary says.
ran() { says "$err" "Summary .* $1 tests? run: ${2:-$1 passed}"; }

everything_passes() {
    ktstr_test -- --profile ci
    exit_is 0
    ran '[0-9]+' '([0-9]+) passed'
    lacks "$err" ' failed'
    [ -e "$example/target/ktstr/latest/" ] || die "target/ktstr/latest points to the run"
    nothing_is_left
}

one_sidecar_per_test() {
    local tests files
    tests=$(cd "$example" && cargo nextest list --message-format oneline 2>/dev/null | wc -l)
    files=$(find "$example/target/ktstr/latest/" -name '*.json' ! -name plan.json | wc -l)
    same "$files" "$tests"
}

a_filter() {
    ktstr_test -- -E 'test(sorts_and_joins)'
    exit_is 0
    ran 1
}

a_substring() {
    ktstr_test -- two_llcs
    exit_is 0
    ran 1
}

run_ignored() {
    ktstr_test -- --run-ignored only
    exit_is 0
    ran 2
}

partition() {
    ktstr_test -- --partition hash:1/2 -E 'package(cpulist)'
    exit_is 0
    local first
    first=$(sed -n 's/.*Summary.* \([0-9]*\) tests* run.*/\1/p' "$err")
    ktstr_test -- --partition hash:2/2 -E 'package(cpulist)'
    exit_is 0
    local second
    second=$(sed -n 's/.*Summary.* \([0-9]*\) tests* run.*/\1/p' "$err")
    same $((first + second)) 7
}

no_capture() {
    ktstr_test -- --no-capture -E 'test(sorts_and_joins)'
    exit_is 0
    cat "$out" "$err" >"$work/both"
    says "$work/both" 'test tests::sorts_and_joins \.\.\. ok'
}

jobs_of_one() {
    ktstr_test -- -j 1 -E 'package(pinned)'
    exit_is 0
    ran 6
}

no_tests() {
    ktstr_test -- -E 'test(no_such_test)'
    exit_is 4
}

bad_filter() {
    ktstr_test -- -E 'test('
    exit_is 94
}

unknown_profile() {
    ktstr_test -- --profile no-such-profile
    exit_is 96
}

a_build_that_fails() {
    cp -r "$example" "$work/broken"
    echo 'this is not Rust' >>"$work/broken/cpulist/src/lib.rs"
    cd "$work/broken"
    run 120 cargo ktstr test
    exit_is 101
}

a_failure_is_a_failure() {
    cd "$work/hostile"
    run 120 cargo ktstr test -- --run-ignored only -E 'test(=panics) + test(=behaves) + test(=exits_with_42)'
    exit_is 100
    ran 3 '1 passed, 2 failed'
    run 30 cargo ktstr stats
    exit_is 0
    says "$out" 'pass.*behaves'
    says "$out" 'fail.*panics'
    says "$out" 'fail.*exits_with_42'
    run 30 env GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY="$work/summary" cargo ktstr stats --json
    exit_is 0
    says "$err" '^::error title=.* panics::'
    says "$work/summary" '\| 1 \| 2 \| 0 \| 0 \|'
    run 30 cargo ktstr stats show panics
    says "$out" 'reason: exit-code'
    says "$out" '^  host_cpu: [^ ]'
    run 30 cargo ktstr stats compare target/ktstr/latest target/ktstr/latest
    exit_is 0
    says "$out" '3 tests in both, 0 regressed'
    says "$err" 'A and B are the same runs'
    run 30 cargo ktstr stats report --html "$work/run.html"
    exit_is 0
    says "$work/run.html" 'What did not pass'
}

repetitions_are_told_apart() {
    cd "$work/hostile"
    run 120 cargo ktstr test --count 2 -- --run-ignored only -E 'test(=behaves)'
    exit_is 0
    run 30 cargo ktstr stats
    says "$out" 'behaves \(repetition 2\)'
    says "$out" '^2 tests: 2 pass'
    run 30 cargo ktstr test --count 2 --budget 60s
    exit_is 2
}

a_time_limit_is_a_failure() {
    cd "$work/hostile"
    run 120 cargo ktstr test -- --run-ignored only -E 'test(=hangs)'
    exit_is 100
    says "$err" 'hangs'
    nothing_is_left 12
}

kernels_by_path_and_key() {
    local path
    path=$(cargo-ktstr ktstr kernel path)
    ktstr_test --kernel "$path" -- -E 'test(sorts_and_joins)'
    exit_is 0
    ran 1
}

# Every test once for each kernel, by its label; the results name the kernel that really ran.
two_kernels() {
    local first second count
    cargo-ktstr ktstr kernel list --json | grep -o '"key": *"[^"]*"' | cut -d'"' -f4 | head -n 2 >"$work/keys"
    first=$(sed -n 1p "$work/keys") second=$(sed -n 2p "$work/keys")
    [ -n "$second" ] || skip "the store has one kernel only"
    KTSTR_KERNEL=$first ktstr_test --kernel "$first" --kernel "$second" -- -E 'test(sorts_and_joins)'
    exit_is 0
    says "$err" 'KTSTR_KERNEL=.* of the environment'
    for key in "$first" "$second"; do
        count=$(grep -rlE "\"kernel_key\": ?\"${key//+/.}\"" "$example/target/ktstr/latest/" | wc -l)
        same "$count" 1
        says "$err" "PASS.*sorts_and_joins/kernel_$(tr -c 'a-z0-9\n' _ <<<"$key" | tr -s _)"
    done
    ktstr_test --kernel "$first" --kernel "$first" -- -E 'test(sorts_and_joins)'
    fails
    says "$err" 'the same names'
}

a_kernel_that_is_not_there() {
    ktstr_test --kernel "$work/none" -- -E 'test(sorts_and_joins)'
    fails
    says "$err" "$work/none"
}

nextest_alone() {
    # Without cargo-ktstr: the target runner is enough.
    cd "$example"
    CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER=$runner run 120 cargo nextest run -E 'test(two_llcs) + test(the_samples_parse)'
    exit_is 0
    ran 2
}

runs_are_kept() {
    local before after
    before=$(find "$example/target/ktstr/runs" -mindepth 1 -maxdepth 1 | wc -l)
    ktstr_test -- -E 'test(sorts_and_joins)'
    exit_is 0
    after=$(find "$example/target/ktstr/runs" -mindepth 1 -maxdepth 1 | wc -l)
    same "$after" $((before + 1))
}

check "every test of the example passes in a VM" everything_passes
check "one sidecar for each test" one_sidecar_per_test
check "stats shows verdicts; failures are failures" a_failure_is_a_failure
check "repetitions are told apart" repetitions_are_told_apart
check "a time limit is a failure, and is diagnosed" a_time_limit_is_a_failure
check "a filter expression" a_filter
check "a part of a name" a_substring
check "--run-ignored" run_ignored
check "--partition" partition
check "--no-capture" no_capture
check "-j 1" jobs_of_one
check "no tests to run is nextest's 4" no_tests
check "a bad filter is nextest's 94" bad_filter
check "an unknown profile is nextest's 96" unknown_profile
check "a build that fails is nextest's 101" a_build_that_fails
check "--kernel with a path" kernels_by_path_and_key
check "two kernels, each test on both" two_kernels
check "--kernel with nothing there" a_kernel_that_is_not_there
check "plain nextest with the runner" nextest_alone
check "a run never touches another" runs_are_kept
summary
