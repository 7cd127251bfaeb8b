# The harness of the e2e suites: source it, call `check`, end with `summary`. Needs bash, coreutils, procps, util-linux.
#
# KTSTR_E2E_ONLY=REGEX runs the checks alone whose names match, for work on one of them; how many it leaves out is said.
# KTSTR_E2E_MACHINE=NAME is what machines run by, where a check asks for nothing else.
#
#   check NAME FUNCTION [ARGUMENT...]   one test: FUNCTION runs in a subshell with errexit; its output is shown if it fails
#   skip REASON                         inside a test: it is counted as skipped, with the reason
#   run SECONDS COMMAND...              runs with a time limit; leaves $rc and the files $out and $err
#
# Every suite has a directory of its own ($work) and programs of this tree first on its PATH. The kernel store is shared.

set -uo pipefail
root=${KTSTR_E2E_ROOT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
bin=${KTSTR_E2E_BIN:-$root/build/release/bin}
export PATH="$bin:$PATH"
runner=$bin/ktstr-runner
# nextest lets every test find Rust's own shared libraries; tests of procedural macros need them.
rust_libraries=$(rustc --print target-libdir):$(rustc --print sysroot)/lib

# What a caller's own nextest, Cargo or ktstr left in the environment must not decide here.
for variable in $(compgen -e); do
    case $variable in
    NEXTEST* | CARGO_PKG_* | CARGO_MANIFEST_* | CARGO_TARGET_* | LD_LIBRARY_PATH | \
        KTSTR_KERNEL | KTSTR_MACHINE | KTSTR_MEMORY | KTSTR_SCHEDULER | KTSTR_TOPOLOGY)
        unset "$variable" ;;
    esac
done
[ -z "${KTSTR_E2E_MACHINE:-}" ] || export KTSTR_MACHINE=$KTSTR_E2E_MACHINE

work=$(mktemp -d "${TMPDIR:-/tmp}/ktstr-e2e.XXXXXX")
# Every process that a suite starts carries this word in its environment: that is how what was left behind is found.
export KTSTR_E2E_TAG=$$-$RANDOM$RANDOM
passed=0 failed=0 skipped=0 left_out=0 overran=no
skipped_code=125

finish() {
    local pids
    pids=$(tagged)
    # shellcheck disable=SC2086
    [ -z "$pids" ] || kill -KILL $pids 2>/dev/null
    rm -rf "$work"
}
trap finish EXIT

check() {
    local name=$1 log=$work/check.log code begun=$SECONDS
    if [[ -n ${KTSTR_E2E_ONLY:-} && ! $name =~ $KTSTR_E2E_ONLY ]]; then
        left_out=$((left_out + 1))
        return 0
    fi
    shift
    (
        set -e
        "$@"
    ) >"$log" 2>&1 </dev/null
    code=$?
    if [ $code = $skipped_code ]; then
        skipped=$((skipped + 1))
        echo "skip $name: $(tail -n 1 "$log")"
    elif [ $code = 0 ]; then
        passed=$((passed + 1))
        echo "ok $name ($((SECONDS - begun)) s)"
    else
        failed=$((failed + 1))
        echo "not ok $name ($((SECONDS - begun)) s)"
        tail -n 60 "$log" | sed 's/^/    /'
    fi
}

summary() {
    local line="$passed passed, $failed failed"
    [ $skipped = 0 ] || line="$line, $skipped skipped"
    [ $left_out = 0 ] || echo "left out: $left_out, by KTSTR_E2E_ONLY"
    echo "$line"
    [ $failed = 0 ]
}

skip() {
    echo "$1"
    exit $skipped_code
}

run() {
    local seconds=$1 as=()
    shift
    # timeout runs programs, not functions of this shell: `as_nextest DIRECTORY` goes before it.
    if [ "$1" = as_nextest ]; then
        as=("$1" "$2")
        shift 2
    fi
    out=$work/out err=$work/err rc=0 overran=no
    local begun=$SECONDS
    "${as[@]}" timeout --kill-after=5 "$seconds" "$@" >"$out" 2>"$err" || rc=$?
    [ $((SECONDS - begun)) -lt "$seconds" ] || overran=yes
    echo "\$ $* (exit code $rc)"
    sed 's/^/  out: /' "$out" | tail -n 20
    sed 's/^/  err: /' "$err" | tail -n 40
}

# --- expectations: each says what it wanted when it is not so

exit_is() { [ "$rc" = "$1" ] || die "exit code $rc, not $1"; }
exit_is_not() { [ "$rc" != "$1" ] || die "exit code $1, which it must not be"; }
# 124 is both timeout(1)'s word and the runner's for a time limit: `run` tells them apart by the clock.
fails() { [ "$rc" != 0 ] && [ "$overran" = no ] || die "exit code $rc, overran $overran: a failure of its own was wanted"; }
same() { [ "$1" = "$2" ] || die "got '$1', not '$2'"; }
says() { grep -Eiq -- "$2" "$1" || die "no line of $(basename "$1") matches: $2"; }
lacks() { ! grep -Eiq -- "$2" "$1" || die "a line of $(basename "$1") matches: $2"; }
die() {
    echo "EXPECTED: $1"
    exit 1
}

# until SECONDS COMMAND...: waits for a condition, at most so long.
until_true() {
    local deadline=$((SECONDS + $1))
    shift
    while ! "$@"; do
        [ $SECONDS -lt $deadline ] || return 1
        sleep 0.05
    done
}

# The processes that carry the tag, but for this shell and its subshells.
tagged() {
    local file pid
    for file in /proc/[0-9]*/environ; do
        pid=${file#/proc/} pid=${pid%/environ}
        grep -qsz "^KTSTR_E2E_TAG=$KTSTR_E2E_TAG\$" "$file" || continue
        case $(cat "/proc/$pid/comm" 2>/dev/null) in
        bash | grep | cat | '') ;;
        *) echo "$pid" ;;
        esac
    done
}

emulators() {
    local pid
    for pid in $(tagged); do
        case $(cat "/proc/$pid/comm" 2>/dev/null) in qemu-system* | ktstr-vmm) echo "$pid" ;; esac
    done
}

has_emulator() { [ -n "$(emulators)" ]; }
has_nothing_left() { [ -z "$(tagged)" ]; }

nothing_is_left() {
    until_true "${1:-2}" has_nothing_left || {
        # shellcheck disable=SC2046
        ps -o pid,ppid,stat,args -p $(tagged | paste -sd, -)
        die "nothing may outlive the runner"
    }
}

# --- fixtures

# fixture NAME: a copy of tests/fixtures/NAME in the suite's directory.
fixture() {
    mkdir -p "$work/$1"
    tar -C "$root/tests/fixtures/$1" --exclude=./target -cf - . | tar -C "$work/$1" -xf -
}

# test_binaries DIRECTORY [CARGO ARGUMENT...]: the executables that Cargo makes of its tests.
test_binaries() {
    local directory=$1
    shift
    (cd "$directory" && cargo test --quiet --no-run --message-format json "$@" 2>"$work/cargo.err") |
        sed -n 's/.*"executable":"\([^"]*\)".*/\1/p'
}

# as_nextest PACKAGE_DIRECTORY COMMAND...: the environment and directory in which nextest starts a test.
as_nextest() {
    local directory=$1 workspace=$1
    shift
    while [ ! -e "$workspace/Cargo.lock" ] && [ "$workspace" != / ]; do workspace=$(dirname "$workspace"); done
    (
        cd "$directory" || exit 1
        NEXTEST=1 NEXTEST_EXECUTION_MODE=process-per-test NEXTEST_PROFILE="${profile:-default}" NEXTEST_TEST_PHASE=run \
            NEXTEST_RUN_ID=${run_id:-$(cat /proc/sys/kernel/random/uuid)} NEXTEST_BINARY_ID="${NEXTEST_BINARY_ID:-$(basename "$directory")::tests}" \
            LD_LIBRARY_PATH="$rust_libraries" \
            NEXTEST_WORKSPACE_ROOT="$workspace" NEXTEST_ATTEMPT=1 NEXTEST_TOTAL_ATTEMPTS=1 \
            CARGO_MANIFEST_DIR="$directory" CARGO_PKG_NAME="$(basename "$directory")" \
            exec "$@" </dev/null
    )
}

# The newest sidecar below a workspace, without spaces and line ends.
newest_sidecar() {
    local file
    file=$(find "$1/target/ktstr/runs" -name '*.json' ! -name plan.json -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2-)
    [ -n "$file" ] || return 1
    tr -d ' \n' <"$file"
}

sidecar_says() {
    local sidecar
    sidecar=$(newest_sidecar "$1") || die "no sidecar below $1"
    echo "$sidecar" | grep -Eq -- "$2" || die "the newest sidecar matches no $2: $(echo "$sidecar" | head -c 1500)"
}

# Sets `image` and `release` to those of the lean kernel in the store; without one the suite fails.
lean_kernel() {
    read -r image release < <(cargo-ktstr ktstr kernel list --json | python3 -c '
import json, sys
for entry in json.load(sys.stdin)["kernels"]:
    if "-ktstr" in entry["version"] and entry["source"] == "source-tree":
        print(entry["image"], entry["version"])
        break') && return
    echo "not ok there is no lean kernel in the store"
    echo "0 passed, 1 failed"
    exit 1
}
