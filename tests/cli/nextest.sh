#!/bin/bash
# nextest.sh BIN_DIR: `cargo ktstr test` with the real cargo-nextest over a small crate, and a target runner that records
# how it was called and runs the test on the host. No machine is booted. Exit 125: skipped.
set -u
bin=$(cd "$1" && pwd) || exit 1
cargo nextest --version >/dev/null 2>&1 || { echo "no cargo-nextest" >&2; exit 125; }
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
for name in $(compgen -e); do
    case $name in KTSTR_*|NEXTEST*|CARGO_TARGET_*|CARGO_BUILD_TARGET) unset "$name" ;; esac
done

# A blank in the path of the runner must not matter.
tools="$scratch/my tools"
mkdir -p "$tools" "$scratch/crate/src" "$scratch/crate/.config"
cp "$bin/cargo-ktstr" "$tools/cargo-ktstr"
cat >"$tools/ktstr-runner" <<'RUNNER'
#!/bin/sh
echo "config|$KTSTR_NEXTEST_CONFIG" >>"$RUNNER_LOG"
echo "$NEXTEST_TEST_PHASE|$NEXTEST_PROFILE|$KTSTR_RUN_DIR|$KTSTR_KERNEL|$KTSTR_MACHINE|$*" >>"$RUNNER_LOG"
exec "$@"
RUNNER
chmod +x "$tools/ktstr-runner"
export PATH=$tools:$PATH RUNNER_LOG=$scratch/log KTSTR_CACHE_DIR=$scratch/kernels

# The setup header of a bzImage (boot.rst), as far as the store looks at it.
truncate -s 2048 "$scratch/bzImage"
put() { printf "$2" | dd of="$scratch/bzImage" bs=1 seek=$(($1)) conv=notrunc status=none; }
put 0x202 HdrS
put 0x20E '\000\004'
put 0x600 '6.14.2-test (x@y) #1'

cd "$scratch/crate" || exit 1
cat >Cargo.toml <<'TOML'
[package]
name = "sample"
version = "0.1.0"
edition = "2021"
[features]
extra = []
[workspace]
TOML
cat >src/lib.rs <<'RUST'
#[test]
fn passes() {}
#[test]
fn fails_when_told() {
    assert!(std::env::var_os("FAIL").is_none());
}
#[test]
#[ignore]
fn ignored() {}
#[cfg(feature = "extra")]
#[test]
fn extra() {}
RUST
printf '[profile.ci]\nfail-fast = false\n' >.config/nextest.toml

failed=0
# check WHAT COMMAND...: the command must succeed.
check() {
    local what=$1
    shift
    "$@" || { echo "FAILED: $what" >&2; failed=1; }
}
# run CODE ARGS...: `cargo ktstr test ARGS`, whose exit code must be CODE; its output is in $scratch/output.
run() {
    local code=$1
    shift
    : >"$RUNNER_LOG"
    cargo ktstr test "$@" >"$scratch/output" 2>&1
    local got=$?
    [ $got = "$code" ] || { echo "FAILED: \`test $*\` exits $got, not $code"; cat "$scratch/output"; failed=1; } >&2
}
ran() { grep -c "^run|.*--exact $1 " "$RUNNER_LOG"; }
says() { grep -qF -- "$1" "$scratch/output"; }

run 0 --kernel "../bzImage" --machine qemu -- --profile ci --features extra -j 2 --run-ignored all --partition hash:1/1
for name in passes fails_when_told ignored extra; do
    check "$name ran once" [ "$(ran $name)" = 1 ]
done
latest=$(realpath target/ktstr/latest)
check "runners know profile, run directory, kernel and machine" \
    grep -qF "run|ci|$latest|$scratch/bzImage|qemu|" "$RUNNER_LOG"
check "runners know nextest's configuration" \
    grep -qxF "config|$scratch/crate/.config/nextest.toml:$latest/nextest.toml" "$RUNNER_LOG"
check "the plan names its tests" grep -qF '"name":"extra"' "$latest/plan.json"
check "the plan names its kernel" grep -qF '"version": "6.14.2-test"' "$latest/plan.json"

export KTSTR_KERNEL=$scratch/bzImage
run 0 -- -E 'test(passes)' --no-capture --retries 2
check "the filter was kept" [ "$(ran passes)$(ran extra)" = 10 ]
check "--no-capture reached nextest" says 'test passes ... ok'
check "no old run was touched" [ -e "$latest/plan.json" ]

check "the plan says why it has no commit" grep -q '"unknown": ".*not a git repository' "$latest/plan.json"
git init -q . && git add Cargo.toml src && git -c user.name=n -c user.email=e commit -q -m m
run 0 -- --lib
check "the plan names its commit" grep -qF "\"commit\": \"$(git rev-parse HEAD)\"" target/ktstr/latest/plan.json
check "files that git does not know change nothing" grep -qF '"dirty": false' target/ktstr/latest/plan.json
echo >>src/lib.rs
run 0 -- --lib
check "a changed file does" grep -qF '"dirty": true' target/ktstr/latest/plan.json

NEXTEST=1 NEXTEST_PROFILE=of-the-outer-one NEXTEST_TEST_THREADS=1 run 0 -- --lib
check "a nextest around us is left" grep -q "^run|default|" "$RUNNER_LOG"

FAIL=1 run 100 -- --no-fail-fast
check "nextest reports" says 'sample fails_when_told'
run 4 -- no_such_test
run 94 -- -E 'test(('
run 2 -- --no-such-option

rm -r target/ktstr && touch target/ktstr
run 3
check "the unusable directory is named" says "$scratch/crate/target/ktstr"
rm target/ktstr

echo 'fn unfinished( {' >>src/lib.rs
run 101
check "nothing ran" [ "$(ran passes)" = 0 ]
exit $failed
