#!/usr/bin/env bash
# Schedulers that nobody here wrote (real_schedulers/schedulers): each attaches, runs a mixed workload on four processors in
# two LLCs, and detaches, on the lean kernel and on the distribution's that are in the store. What may be otherwise, and why,
# is in real_schedulers.expected. Then those of them that are declared by a crate, as its tests: tests/fixtures/real-schedulers.
#
#   tests/e2e/real_schedulers.sh [--build-only]
#
# The build of an empty cache takes longer than all checks: --build-only makes it a step of its own, and writes where to stdout.
source "$(dirname "$0")/lib.sh"

here=$root/tests/e2e
guest=$here/real_schedulers/attach.sh
crate=$root/tests/fixtures/real-schedulers

give_up() {
    echo "not ok $1"
    echo "0 passed, 1 failed"
    exit 1
}

# The kernel's own schedulers are of 6.12, and compiled against its types.
oldest=$(cargo-ktstr ktstr kernel path 6.12) || give_up "there is no kernel 6.12 in the store"
built=$("$here/real_schedulers/build.sh" "$(dirname "$oldest")/vmlinux") || give_up "the schedulers do not build"
if [ "${1:-}" = --build-only ]; then
    echo "$built"
    exit 0
fi

value() { sed -n "s/^$1 //p" "$out"; }

runs_as_expected() { # IMAGE RELEASE SCHEDULER READS_CONFIG ARGUMENT...
    local image=$1 release=$2 scheduler=$3 reads_config=$4 program=$built/$3 config outcome=clean pattern=''
    shift 4
    config=$(dirname "$image")/config
    [ "$reads_config" = no ] || [ -f "$config" ] || skip "the store has no config of that kernel, which the loader reads"
    read -r outcome pattern < <(sed -e 's/#.*//' "$here/real_schedulers.expected" | awk -v name="$scheduler" -v release="$release" '
        function matches(text, pattern) { gsub(/\./, "[.]", pattern); gsub(/\*/, ".*", pattern); return text ~ "^" pattern "$" }
        $1 == name && matches(release, $2) { outcome = $3; $1 = $2 = $3 = ""; sub(/^ +/, ""); print outcome, $0; exit }
        END { if (!outcome) print "clean" }')
    local include=(-i "$program" -i "$guest")
    if [ -f "$config" ]; then include+=(-i "$config"); else config=-; fi
    run 240 ktstr run --kernel "$image" --topology 1n2l2c1t --memory 1G "${include[@]}" -- "$guest" "$config" "$program" "$@"
    exit_is 0
    cp "$out" "$results/$scheduler-$release"
    same "$(value outcome)" "$outcome"
    if [ "$outcome" = clean ]; then
        same "$(value state)" enabled
        same "$(value code)" 0
    else
        says "$err" "$pattern"
    fi
}

in_crate() { # SERIES ARGUMENT...
    cd "$crate"
    run 300 env PATH="$built:$PATH" cargo ktstr test --kernel "$1" -- "${@:2}"
    cat "$out" "$err" >"$work/said"
}

passes() { # TEST
    in_crate 6.12 -E "test(=$1)"
    exit_is 0
    says "$work/said" '1 test run: 1 passed'
}

fails_with() { # TEST HEADLINE
    in_crate 6.12 --run-ignored only -E "test(=$1)"
    exit_is 100 # nextest's: tests failed
    says "$work/said" "^ *ktstr: fail: $2\$"
}

# nextest counts it as skipped; whoever runs it all the same is told why.
is_skipped() { # TEST
    local other
    other=$(cargo-ktstr ktstr kernel list | awk '$3 == "yes" && $2 !~ /^6\.12/ { print $1; exit }' || true)
    [ -n "$other" ] || skip "the store has no kernel with sched_ext but 6.12"
    in_crate "$other" --no-tests pass -E "test(=$1)"
    exit_is 0
    says "$work/said" '0 tests run: 0 passed, [0-9]+ skipped'
    in_crate "$other" --run-ignored all --success-output final -E "test(=$1)"
    exit_is 0
    says "$work/said" "ktstr: SKIP: the scheduler .$1. is meant for kernel 6.12, and this is "
}

results=$work/results
mkdir "$results"
for series in 6.12 7.0 7.3; do
    image=$(cargo-ktstr ktstr kernel path $series 2>"$work/why") || {
        check "the schedulers on $series" skip "$(tr -s ' \n' ' ' <"$work/why")"
        continue
    }
    release=$(basename "$(dirname "$image")" | sed 's/-x86_64-.*//')
    while read -r scheduler _ reads_config arguments; do
        [ "$arguments" != - ] || arguments=
        # shellcheck disable=SC2086
        check "$scheduler on $release" runs_as_expected "$image" "$release" "$scheduler" "$reads_config" $arguments
    done < <(sed -e 's/#.*//' -e '/^$/d' "$here/real_schedulers/schedulers")
done
# Compiled here, so that no test's time limit is the compiler's.
(cd "$crate" && cargo test --quiet --no-run) || echo "the crate of the tests does not build" >&2
for name in simple qmap rusty bpfland cosmos layered; do
    check "a crate's test of $name" passes $name
done
check "a crate's test of simple on a kernel that it is not meant for" is_skipped simple
left='scheduler qmap left after [0-9.]+ m?s'
check "a crate's test of qmap that raises an error" fails_with qmap_raises_an_error "$left: scx_bpf_error \(test triggering error\)"
check "a crate's test of qmap that stalls" fails_with qmap_stalls "$left: runnable task stall \(.+:[0-9]+, [0-9.]+ s\)"
check "nothing is left" nothing_is_left
echo "| scheduler | kernel | attach | detach |"
echo "|---|---|---|---|"
for file in "$results"/*; do
    awk -v name="$(basename "$file")" '
        { value[$1] = $2 }
        END {
            split(name, part, "-"); release = substr(name, length(part[1]) + 2)
            printf "| %s | %s | %s | %s |\n", part[1], release,
                "attach-ms" in value ? value["attach-ms"] / 1000 " s" : value["outcome"],
                "detach-ms" in value ? value["detach-ms"] / 1000 " s" : "-"
        }' "$file"
done
summary
