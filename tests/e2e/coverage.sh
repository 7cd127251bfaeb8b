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

# lines_of REPORT [FOLDER]: each file's line counts, below the workspace.
lines_of() { sed -n -e "s|^SF:${2:-$example}/|SF:|p" -e '/^DA:/p' "$1"; }

# count_of REPORT FILE PATTERN: how often the first line of FILE that has PATTERN ran.
count_of() {
    local line
    line=$(grep -n -m 1 -- "$3" "$2" | cut -d: -f1)
    sed -n "\|^SF:$(realpath "$2")\$|,/^end_of_record/s/^DA:$line,//p" "$1"
}

# cargo-llvm-cov on the host, with profiles as `coverage` has them: of what is killed, or executes another program, too.
natively() {
    run 300 env LLVM_COV="$cov" LLVM_PROFDATA="$profdata" RUSTC_WORKSPACE_WRAPPER="$(command -v cargo-ktstr)" \
        LLVM_PROFILE_FILE_NAME=native-%p-%1m%c.profraw cargo llvm-cov nextest "$@"
}

the_report_is_the_native_one() {
    needs_tools
    cd "$example"
    natively "${packages[@]}" --lcov --output-path native.info
    exit_is 0
    says "$err" 'Summary .* 13 tests run: 13 passed'
    run 600 cargo ktstr coverage -- "${packages[@]}" --profile ci --lcov --output-path vm.info
    exit_is 0
    says "$err" 'Summary .* 13 tests run: 13 passed'
    says "$err" 'profiles: [0-9]+ came back from the machines, none is known to be lost'
    lines_of native.info >"$work/native"
    lines_of vm.info >"$work/vm"
    [ "$(grep -c '^DA:.*,[1-9]' "$work/native")" -gt 50 ] || die "the native run covers lines"
    grep -A 200 'SF:pinned/src/main.rs' "$work/vm" | grep -q '^DA:.*,[1-9]' || die "the program that the tests start is covered"
    diff "$work/native" "$work/vm" || die "the same count for each line"
    nothing_is_left
}

# No program of theirs is killed or executes another: cargo-llvm-cov as it is counts the same.
the_report_is_that_of_cargo_llvm_cov() {
    needs_tools
    cd "$example"
    run 300 env LLVM_COV="$cov" LLVM_PROFDATA="$profdata" cargo llvm-cov nextest -p cpulist --lcov --output-path plain.info
    exit_is 0
    run 600 cargo ktstr coverage -- -p cpulist --lcov --output-path vm.info
    exit_is 0
    lines_of plain.info >"$work/plain"
    lines_of vm.info >"$work/vm"
    diff "$work/plain" "$work/vm" || die "the same count for each line"
}

# published NAME VERSION: its sources as they were published, a workspace of its own, in $work/NAME.
published() {
    local folder=$work/fetch-$1
    mkdir -p "$folder/src"
    : >"$folder/src/lib.rs"
    printf '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n[dependencies]\n%s = "=%s"\n' "$1" "$2" \
        >"$folder/Cargo.toml"
    (cd "$folder" && cargo vendor --quiet --versioned-dirs vendor >/dev/null)
    mv "$folder/vendor/$1-$2" "$work/$1"
    printf '\n[workspace]\n' >>"$work/$1/Cargo.toml"
}

a_published_crate_is_covered_as_natively() { # NAME VERSION TESTS
    needs_tools
    published "$1" "$2"
    cd "$work/$1"
    natively --all-features --lcov --output-path native.info
    exit_is 0
    run 600 cargo ktstr coverage -- --all-features --lcov --output-path vm.info
    exit_is 0
    says "$err" "Summary .* $3 tests run: $3 passed"
    lines_of native.info "$work/$1" >native.lines
    lines_of vm.info "$work/$1" >vm.lines
    [ "$(grep -c '^DA:.*,[1-9]' native.lines)" -gt 50 ] || die "the native run covers lines"
    diff native.lines vm.lines || die "the same count for each line"
}

what_is_killed_leaves_its_lines() {
    needs_tools
    cd "$example"
    cat >cpulist/tests/ends.rs <<'RUST'
use cpulist::CpuList;
extern "C" {
    fn kill(pid: i32, signal: i32) -> i32;
}
fn parse() {
    "0-3".parse::<CpuList>().unwrap();
}
#[test]
fn panics() {
    parse();
    panic!();
}
#[test]
fn aborts() {
    parse();
    std::process::abort()
}
#[test]
fn is_killed() {
    parse();
    unsafe { kill(std::process::id() as i32, 9) };
}
#[test]
fn hangs() {
    parse();
    loop {
        std::thread::park()
    }
}
#[test]
fn ends_the_kernel() {
    parse();
    std::fs::write("/proc/sysrq-trigger", "c").unwrap();
    loop {
        std::thread::park()
    }
}
RUST
    mkdir -p .config
    printf '[profile.default]\nslow-timeout = { period = "20s", terminate-after = 1 }\n' >.config/nextest.toml
    run 600 cargo ktstr coverage -- -p cpulist --test ends --ignore-run-fail --lcov --output-path ends.info
    says "$err" '5 tests run: 0 passed, 5 failed'
    says "$err" 'kernel panicked during the test: .*sysrq'
    says "$err" 'profiles: 5 came back from the machines, none is known to be lost'
    same "$(count_of ends.info cpulist/src/lib.rs 'fn from_str')" 5
    rm cpulist/tests/ends.rs
}

two_parts_are_the_whole() {
    needs_tools
    cd "$example"
    run 600 cargo ktstr coverage -- "${packages[@]}" --lcov --output-path whole.info
    exit_is 0
    run 60 cargo ktstr llvm-cov clean --workspace
    exit_is 0
    local part
    for part in 1/2 2/2; do
        run 600 cargo ktstr coverage --shard "$part" -- "${packages[@]}" --no-report
        exit_is 0
    done
    run 60 cargo ktstr llvm-cov report "${packages[@]}" --lcov --output-path parts.info
    exit_is 0
    lines_of whole.info >"$work/whole"
    lines_of parts.info >"$work/parts"
    [ "$(grep -c '^DA:.*,[1-9]' "$work/whole")" -gt 50 ] || die "the whole run covers lines"
    diff "$work/whole" "$work/parts" || die "the same count for each line"
}

# A workspace with the scheduler's crate and one beside it, as the one of the guide has them.
the_schedulers_program_is_covered() {
    needs_tools
    fixture scx-ktstr
    cd "$work"
    mkdir -p policy/src
    printf '[package]\nname = "policy"\nversion = "0.1.0"\nedition = "2021"\n' >policy/Cargo.toml
    printf 'pub fn share(of: u32) -> u32 {\n    of / 2\n}\n#[test]\nfn halves() {\n    assert_eq!(share(4), 2);\n}\n' >policy/src/lib.rs
    printf '[workspace]\nmembers = ["scx-ktstr", "policy"]\nresolver = "2"\n' >Cargo.toml
    sed -i '/^\[workspace\]$/d' scx-ktstr/Cargo.toml
    sed -i "s|path = \"../../../guest/sdk/ktstr\"|path = \"$root/guest/sdk/ktstr\"|" scx-ktstr/Cargo.toml
    cp scx-ktstr/Cargo.lock .
    local tests=(--workspace -E 'binary(scheduler) and test(/^(attaches_and_idles|nobody_starves)$/) or package(policy)')
    run 900 cargo ktstr coverage -- --lcov --output-path without.info --exclude-from-report scx-ktstr "${tests[@]}"
    exit_is 0
    run 60 cargo ktstr llvm-cov report --lcov --output-path lcov.info
    exit_is 0
    same "$(count_of lcov.info scx-ktstr/src/main.rs 'fn main')" 2
    lacks without.info 'SF:.*/scx-ktstr/src/'
    says without.info 'SF:.*/policy/src/'
    run 300 cargo ktstr coverage -- -p scx-ktstr --ignore-run-fail --lcov --output-path refused.info --run-ignored all \
        -E 'binary(endings) and test(=refuses_its_arguments)'
    says "$err" '1 test run: 0 passed, 1 failed'
    same "$(count_of refused.info scx-ktstr/src/main.rs 'fn main')" 1 # though it never attached
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
    git -C "$example" checkout -q cpulist
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
check "so is that of cargo-llvm-cov as it is" the_report_is_that_of_cargo_llvm_cov
check "what is killed, by its limit or with its machine, leaves its lines" what_is_killed_leaves_its_lines
check "two parts of a run are the whole" two_parts_are_the_whole
check "inotify is covered as natively" a_published_crate_is_covered_as_natively inotify 0.11.5 22
check "xattr is covered as natively" a_published_crate_is_covered_as_natively xattr 1.7.0 7
check "the scheduler's program is covered, and can be left out" the_schedulers_program_is_covered
check "a wrong kernel is said before anything is built" a_wrong_kernel_comes_before_the_build
summary
