#!/usr/bin/env bash
# Every way in which the scheduler of tests/fixtures/scx-ktstr can go wrong ends its test with a headline of its own, and
# never with a pass.
source "$(dirname "$0")/lib.sh"

crate=$root/tests/fixtures/scx-ktstr
unset KTSTR_ENGINE
(cd "$crate" && cargo build --quiet) || {
    echo "not ok the scheduler does not build"
    echo "0 passed, 1 failed"
    exit 1
}
binary=$(test_binaries "$crate" --test endings | grep /deps/)

ends_with() { # TEST HEADLINE
    NEXTEST_BINARY_ID=scx-ktstr::endings run 150 as_nextest "$crate" "$runner" "$binary" --exact "$1" --nocapture --ignored
    fails
    # The headline comes first of what the runner says.
    local first
    first=$(grep -E '^ktstr: ' "$err" | grep -Ev '^ktstr: (FAIL|machines|kernel|note)' | head -n 1)
    echo "$first" | grep -Eq -- "$2" || die "the headline is not $2: $first"
    nothing_is_left
}

left='scheduler scx_ktstr left after [0-9.]+ m?s'
while read -r name headline; do
    check "$name" ends_with "$name" "$headline"
done <<TABLE
stalls_a_task                       $left: runnable task stall \(victim:[0-9]+, [0-9.]+ s\)
starves_a_cgroup                    $left: runnable task stall \(.+:[0-9]+, [0-9.]+ s\)
forgets_a_cpu                       $left: runnable task stall \(.+:[0-9]+, [0-9.]+ s\)
raises_an_error                     $left: scx_bpf_error \(out of cells\)
raises_an_error_and_exits_with_zero $left: scx_bpf_error \(out of cells\)
is_rejected                         scheduler scx_ktstr was rejected by the verifier: R[0-9] invalid mem access 'map_value_or_null'
leaves                              scheduler scx_ktstr left by itself after [0-9.]+ m?s
leaves_with_a_code                  scheduler scx_ktstr ended after [0-9.]+ m?s with exit code 3, and the kernel tells no error
never_attaches                      scheduler scx_ktstr never attached: not attached after [0-9]+ ms
refuses_its_arguments               scheduler scx_ktstr never attached: its process ended with exit code 2: scx-ktstr: invalid option '--bogus'
ignores_sigterm                     scheduler scx_ktstr did not stop when it was told to, and was killed
TABLE
summary
