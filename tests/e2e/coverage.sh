#!/usr/bin/env bash
# cargo ktstr coverage: the report of a run in VMs is the native run's, to the last count; no test's profile is lost.
source "$(dirname "$0")/lib.sh"

# cargo-llvm-cov downloads no tools: the native run is told of the system's, `cargo ktstr coverage` finds them itself.
export CARGO_LLVM_COV_SETUP=no
# Their tests pass without a VM too; those of `machine` and `guard` are about the machine.
packages=(-p cpulist -p pinned)

fixture example
example=$work/example
git -C "$example" init -q
git -C "$example" add -A

# Leaves $cov and $profdata, for the native run.
needs_tools() {
    cargo llvm-cov --version || skip "no cargo-llvm-cov (hint: cargo install --locked cargo-llvm-cov)"
    if [ -n "${LLVM_COV:-}" ] && [ -n "${LLVM_PROFDATA:-}" ]; then
        cov=$LLVM_COV profdata=$LLVM_PROFDATA
        return 0
    fi
    local folder tool
    for folder in "$(rustc --print target-libdir)/../bin" ${PATH//:/ }; do
        for tool in "$folder"/llvm-profdata "$folder"/llvm-profdata-{19,2?}; do
            [ ! -x "$tool" ] || [ ! -x "${tool/profdata/cov}" ] || [ "$(llvm_of "$tool")" -lt 19 ] || {
                profdata=$tool cov=${tool/profdata/cov}
                return 0
            }
        done
    done
    skip "no llvm-cov and llvm-profdata of LLVM 19 or later (hint: the package llvm-19)"
}

# The older ones do not even say their version.
llvm_of() { "$1" --version 2>/dev/null | sed -n 's/.*LLVM version \([0-9]*\).*/\1/p' | grep . || echo 0; }

# lines_of REPORT: each file's line counts, below the workspace.
lines_of() { sed -n -e "s|^SF:$example/|SF:|p" -e '/^DA:/p' "$1"; }

the_report_is_the_native_one() {
    needs_tools
    cd "$example"
    run 300 env LLVM_COV="$cov" LLVM_PROFDATA="$profdata" cargo llvm-cov nextest "${packages[@]}" --lcov --output-path native.info
    exit_is 0
    says "$err" 'Summary .* 13 tests run: 13 passed'
    run 600 cargo ktstr coverage -- "${packages[@]}" --profile ci --lcov --output-path vm.info
    exit_is 0
    says "$err" 'Summary .* 13 tests run: 13 passed'
    lines_of native.info >"$work/native"
    lines_of vm.info >"$work/vm"
    [ "$(grep -c '^DA:.*,[1-9]' "$work/native")" -gt 50 ] || die "the native run covers lines"
    grep -A 200 'SF:pinned/src/main.rs' "$work/vm" | grep -q '^DA:.*,[1-9]' || die "the program that the tests start is covered"
    diff "$work/native" "$work/vm" || die "the same count for each line"
    nothing_is_left
}

the_run_is_kept() {
    needs_tools
    cd "$example"
    same "$(find target/ktstr/latest/ -name '*.json' ! -name plan.json | wc -l)" 13
    says target/ktstr/latest/plan.json '"coverage"'
    [ ! -e target/debug ] || die "nothing is built a second time, without instrumentation"
}

a_failed_test_counts() {
    needs_tools
    cd "$example"
    sed -i 's/assert_eq!(seen, 4)/assert_eq!(seen, 5)/' cpulist/tests/data.rs
    run 300 cargo ktstr coverage -- -p cpulist --test data --ignore-run-fail --lcov --output-path failed.info
    says "$err" '1 passed, 1 failed'
    lines_of failed.info | grep -q '^DA:.*,[1-9]' || die "what ran before the failure is covered"
}

a_wrong_kernel_comes_before_the_build() {
    needs_tools
    cd "$example"
    run 60 cargo ktstr coverage --kernel no-such-kernel
    fails
    says "$err" 'no-such-kernel'
    lacks "$err" 'Compiling'
}

check "the report is the native one, line by line" the_report_is_the_native_one
check "the run is kept, with its plan, and built once" the_run_is_kept
check "a test that fails brings its profile" a_failed_test_counts
check "a wrong kernel is said before anything is built" a_wrong_kernel_comes_before_the_build
summary
