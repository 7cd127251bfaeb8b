#!/usr/bin/env bash
# Schedulers that nobody here wrote (real_schedulers/schedulers): each attaches, runs a mixed workload on four processors in
# two LLCs, and detaches, on the lean kernel and on the distribution's that are in the store. What may be otherwise, and why,
# is in real_schedulers.expected.
#
#   tests/e2e/real_schedulers.sh [--build-only]
source "$(dirname "$0")/lib.sh"

here=$root/tests/e2e
guest=$here/real_schedulers/attach.sh
images=()
for series in 6.12 7.0 7.3; do
    if image=$(cargo-ktstr ktstr kernel path $series 2>/dev/null); then images+=("$image"); fi
done
[ ${#images[@]} -gt 0 ] || {
    echo "not ok there is no kernel in the store"
    echo "0 passed, 1 failed"
    exit 1
}
built=$("$here/real_schedulers/build.sh" "$(dirname "${images[0]}")/vmlinux") || {
    echo "not ok the schedulers do not build"
    echo "0 passed, 1 failed"
    exit 1
}
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

results=$work/results
mkdir "$results"
for image in "${images[@]}"; do
    release=$(basename "$(dirname "$image")" | sed 's/-x86_64-.*//')
    while read -r scheduler _ reads_config arguments; do
        [ "$arguments" != - ] || arguments=
        # shellcheck disable=SC2086
        check "$scheduler on $release" runs_as_expected "$image" "$release" "$scheduler" "$reads_config" $arguments
    done < <(sed -e 's/#.*//' -e '/^$/d' "$here/real_schedulers/schedulers")
done
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
