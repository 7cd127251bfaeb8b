#!/bin/bash
# Runs the published tests of crates that nobody here wrote (real_crates/crates), natively and in virtual machines, and
# compares the verdict of every test. A difference that real_crates.expected does not explain fails.
#
#   tests/e2e/real_crates.sh [--native-only|--vm-only] [--work DIR] [CRATE...]
#
# KTSTR_BIN   directory of cargo-ktstr and ktstr-runner [default: build/release/bin]
# KTSTR_*     as for `cargo ktstr test` (KTSTR_KERNEL, KTSTR_MACHINE, ...)
# --vm-only   compares with what an earlier call found natively; so the lab, where compilers are slow, runs what was built here:
#             cargo xtask lab -- env KTSTR_MACHINE=kvm tests/e2e/real_crates.sh --vm-only CRATE...
# Sources come from the registry that cargo is configured with; versions are exact, and those of dependencies are the
# crates' own lock files where they have one. `cargo xtask test` has time for the small crates only.
# Results: DIR/results/{report.md,CRATE.{native,vm}.{tsv,json,log}}.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
work=$root/target/real-crates
bin=${KTSTR_BIN:-${KTSTR_E2E_BIN:-$root/build/release/bin}}
halves=(native vm)
selected=()

fail() {
    echo "real_crates: $*" >&2
    exit 1
}

while [ $# -gt 0 ]; do
    case $1 in
    --native-only) halves=(native) ;;
    --vm-only) halves=(vm) ;;
    --work)
        [ $# -ge 2 ] || fail "--work needs a directory"
        work=$2
        shift
        ;;
    -*) fail "unknown option $1" ;;
    *) selected+=("$1") ;;
    esac
    shift
done
if [ ${#selected[@]} -eq 0 ] && [ -n "${KTSTR_E2E_ROOT:-}" ]; then # set by xtask
    selected=(caps inotify xattr)
fi
if [ "${halves[*]}" != native ]; then
    [ -x "$bin/cargo-ktstr" ] || fail "no cargo-ktstr in $bin; set KTSTR_BIN"
    bin=$(cd "$bin" && pwd)
fi
mkdir -p "$work/results"
work=$(cd "$work" && pwd)
results=$work/results

# name version features: all rows of the table, and those that are asked for.
all_rows() {
    sed -e 's/#.*//' "$here/real_crates/crates" | awk 'NF { print $1, $2, $3 }'
}

row_of() { all_rows | awk -v crate="$1" '$1 == crate'; }

rows() {
    all_rows | awk -v want=" ${selected[*]:-} " 'want == "  " || index(want, " " $1 " ")'
}

for crate in "${selected[@]}"; do
    rows | grep -q "^$crate " || fail "unknown crate $crate; real_crates/crates lists them"
done

# All crates of the table, unpacked side by side, each as a workspace of its own.
fetch() {
    local stamp=$work/fetched
    if cmp -s "$stamp" "$here/real_crates/crates"; then
        return
    fi
    rm -rf "$work/fetch" "$work/src"
    mkdir -p "$work/fetch/src" "$work/src"
    : >"$work/fetch/src/lib.rs"
    {
        printf '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n[dependencies]\n'
        all_rows | awk '{ printf "%s = \"=%s\"\n", $1, $2 }'
    } >"$work/fetch/Cargo.toml"
    (cd "$work/fetch" && cargo vendor --quiet --versioned-dirs vendor >/dev/null)
    all_rows | while read -r name version _; do
        cp -r "$work/fetch/vendor/$name-$version" "$work/src/$name"
        grep -q '^\[workspace\]' "$work/src/$name/Cargo.toml" || printf '\n[workspace]\n' >>"$work/src/$name/Cargo.toml"
    done
    cp "$here/real_crates/crates" "$stamp"
}

# Verdicts of nextest's libtest-json as "test<TAB>verdict".
verdicts() {
    sed -n -e 's/^{"type":"test","event":"\(ok\|failed\|ignored\)","name":"\([^"]*\)".*"reason":"time limit exceeded".*/\2\ttimeout/p' \
        -e 't' -e 's/^{"type":"test","event":"\(ok\|failed\|ignored\)","name":"\([^"]*\)".*/\2\t\1/p' "$1" | LC_ALL=C sort
}

# run_half HALF CRATE FEATURES
run_half() {
    local half=$1 crate=$2 out=$results/$2.$1 code=0 command=(cargo nextest run)
    local arguments=(--no-fail-fast --config-file "$here/real_crates/nextest.toml" --message-format libtest-json)
    [ "$3" = - ] || arguments+=("$3")
    [ ! -e "$work/src/$crate/Cargo.lock" ] || arguments+=(--locked)
    [ "$half" = native ] || command=("$bin/cargo-ktstr" ktstr test --)
    local start=$SECONDS
    (cd "$work/src/$crate" &&
        CARGO_TARGET_DIR=$work/target NEXTEST_EXPERIMENTAL_LIBTEST_JSON=1 \
            timeout --foreground 5400 "${command[@]}" "${arguments[@]}") >"$out.json" 2>"$out.log" </dev/null || code=$?
    # 0: all passed, 100: some did not. Anything else is no result.
    if [ $code -ne 0 ] && [ $code -ne 100 ]; then
        tail -n 30 "$out.log" >&2
        fail "$crate, $half: exit code $code; see $out.log"
    fi
    verdicts "$out.json" >"$out.tsv"
    row_of "$crate" >"$out.row"
    [ -s "$out.tsv" ] || fail "$crate, $half: no test ran; see $out.log"
    echo "real_crates: $crate, $half: $(wc -l <"$out.tsv") tests in $((SECONDS - start)) s" \
        "($(cut -f2 "$out.tsv" | sort | uniq -c | awk '{ printf "%s%s %s", sep, $1, $2; sep = ", " }'))" >&2
}

# A test that failed natively too must still have got a verdict of its own: no VM may die.
require_verdicts() {
    local crate=$1 out=$results/$1.stats.json inconclusive
    (cd "$work/src/$crate" && CARGO_TARGET_DIR=$work/target "$bin/cargo-ktstr" ktstr stats --json) >"$out" ||
        fail "$crate: the results of the run cannot be read"
    inconclusive=$(sed -n 's/^    "inconclusive": \([0-9]*\),$/\1/p' "$out")
    [ "$inconclusive" = 0 ] || fail "$crate: ${inconclusive:-unknown} tests without a verdict; see $out"
}

# Tests whose verdicts differ: "test<TAB>native<TAB>vm<TAB>reason"; the reason is empty when none is known.
differences() {
    local tab=$'\t'
    LC_ALL=C join -t "$tab" -a1 -a2 -e missing -o 0,1.2,2.2 "$results/$1.native.tsv" "$results/$1.vm.tsv" |
        awk -F '\t' -v expected="$here/real_crates.expected" '
            BEGIN {
                while ((getline line < expected) > 0) {
                    if (line ~ /^#/ || split(line, field, " ") < 4) continue
                    reason = line
                    sub(/^[^ ]+ +[^ ]+ +[^ ]+ +/, "", reason)
                    known[field[1]] = reason; native[field[1]] = field[2]; vm[field[1]] = field[3]
                }
            }
            function fits(pattern, verdict) { return pattern == "*" || pattern == verdict }
            $2 != $3 {
                fit = ($1 in known) && fits(native[$1], $2) && fits(vm[$1], $3)
                printf "%s\t%s\t%s\t%s\n", $1, $2, $3, fit ? known[$1] : ""
            }'
}

report() {
    echo "| crate | tests | same verdict | different, explained | different, unexplained |"
    echo "|---|---|---|---|---|"
    rows | while read -r crate version _; do
        differences "$crate" >"$results/$crate.differences"
        awk -F '\t' -v crate="$crate $version" \
            -v tests="$(cut -f1 "$results/$crate".{native,vm}.tsv | LC_ALL=C sort -u | wc -l)" '
            $4 != "" { explained++ } $4 == "" { unexplained++ }
            END { printf "| %s | %d | %d | %d | %d |\n", crate, tests, tests - NR, explained, unexplained }
        ' "$results/$crate.differences"
    done
    printf '\n| test | native | in a VM | why |\n|---|---|---|---|\n'
    rows | while read -r crate _; do
        awk -F '\t' '{ printf "| `%s` | %s | %s | %s |\n", $1, $2, $3, $4 == "" ? "**unexplained**" : $4 }' \
            "$results/$crate.differences"
    done
}

fetch
while read -r crate _ features; do
    [ "${halves[*]}" != vm ] || [ "$(cat "$results/$crate.native.row" 2>/dev/null)" = "$(row_of "$crate")" ] ||
        fail "$crate: nothing to compare with, or of another version; run this without --vm-only first"
    for half in "${halves[@]}"; do
        run_half "$half" "$crate" "$features"
    done
    [ "${halves[*]}" = native ] || require_verdicts "$crate"
done < <(rows)
if [ "${halves[*]}" = native ]; then
    exit 0
fi
report | tee "$results/report.md"
unexplained=$(grep -c '| \*\*unexplained\*\* |$' "$results/report.md" || true)
tests=$(awk -F '|' '$3 ~ /^ [0-9]+ $/ { sum += $3 } END { print sum + 0 }' "$results/report.md")
printf '\n%d passed, %d failed\n' $((tests - unexplained)) "$unexplained"
if [ "$unexplained" -gt 0 ]; then
    fail "differences without an explanation; add one to tests/e2e/real_crates.expected or fix the cause"
fi
