#!/usr/bin/env bash
# Performance mode: CPUs of the host for one test alone. The host has two CPUs with an LLC each, in a mount namespace where its
# sysfs says so, whatever it has.
source "$(dirname "$0")/lib.sh"

crate=$root/tests/fixtures/scx-ktstr
unset KTSTR_ENGINE KTSTR_NO_PERF_MODE
export KTSTR_LOCK_DIR=$work/locks
lean_kernel
export KTSTR_KERNEL=$release
(cd "$crate" && cargo build --quiet) || {
    echo "not ok the scheduler does not build"
    echo "0 passed, 1 failed"
    exit 1
}
binary=$(test_binaries "$crate" --test performance | grep /deps/)
export NEXTEST_BINARY_ID=scx-ktstr::performance
mapfile -t cpus < <(python3 -c 'import os; print(*sorted(os.sched_getaffinity(0)), sep="\n")')

# make_host DIRECTORY LIST...: what sysfs says of a host whose CPUs of each LIST share an LLC.
make_host() {
    local host=$1 list cpu all
    shift
    all=$(IFS=,; echo "$*")
    mkdir -p "$host"
    echo "$all" >"$host/online"
    echo "$all" >"$host/possible"
    for list; do
        for cpu in ${list//,/ }; do
            mkdir -p "$host/cpu$cpu/cache/index0" "$host/cpu$cpu/topology"
            echo 3 >"$host/cpu$cpu/cache/index0/level"
            echo Unified >"$host/cpu$cpu/cache/index0/type"
            echo "$list" >"$host/cpu$cpu/cache/index0/shared_cpu_list"
            echo "$cpu" >"$host/cpu$cpu/topology/core_cpus_list"
        done
    done
}

# on_host DIRECTORY COMMAND...: believes it.
namespace=(unshare --mount)
[ "$(id -u)" = 0 ] || namespace=(unshare --user --map-current-user --mount)
# shellcheck disable=SC2016
on_host() { as_nextest "$crate" "${namespace[@]}" bash -c 'mount --bind "$1" /sys/devices/system/cpu && shift && exec "$@"' - "$@"; }

can_pretend() {
    [ "${#cpus[@]}" -ge 2 ] || skip "this process may use but one CPU"
    on_host "$work/two" true 2>/dev/null || skip "no mount namespace can be had here"
}

# one HOST NAME: runs that test there.
one() {
    out=$work/out err=$work/err rc=0
    on_host "$work/$1" timeout --kill-after=5 150 "$runner" "$binary" --exact "$2" --nocapture --ignored >"$out" 2>"$err" || rc=$?
    sed 's/^/  err: /' "$err" | tail -n 30
}

make_host "$work/two" "${cpus[0]}" "${cpus[1]:-x}"
make_host "$work/one" "${cpus[0]},${cpus[1]:-x}"

each_vcpu_has_a_cpu() {
    can_pretend
    one two alone
    exit_is 0
    says "$err" "performance mode: vCPUs on host CPUs ${cpus[0]}; ${cpus[1]} for the rest"
    sidecar_says "$crate" '"performance_mode":true'
    sidecar_says "$crate" "\"host_cpus\":\"${cpus[0]};${cpus[1]}fortherest\""
    if [ "${KTSTR_E2E_MACHINE:-}" = kvm ]; then # a guest that is idle keeps its CPU
        sidecar_says "$crate" '"vcpus":\[\{"exits":[0-9]+,"halts":0,'
        one two beside
        sidecar_says "$crate" '"vcpus":\[\{"exits":[0-9]+,"halts":[1-9]'
    fi
    one two alone # and restored
    exit_is 0
    sidecar_says "$crate" '"origin":"template.*"performance_mode":true'
    says "$err" 'performance mode is without huge pages'
    one two alone_and_scheduled
    exit_is 0
    sidecar_says "$crate" '"verdict":"pass"'
}

a_host_that_is_too_small_gives_no_verdict() {
    can_pretend
    one one alone
    exit_is 4
    says "$err" 'inconclusive: 1 vCPUs need whole LLCs'
    says "$err" '--no-perf-mode'
    sidecar_says "$crate" '"reason":"no-host-cpus"'
}

without_performance_mode_it_is_skipped() {
    KTSTR_NO_PERF_MODE=1 run 30 as_nextest "$crate" "$runner" "$binary" --exact alone --nocapture --ignored
    exit_is 0
    says "$err" 'SKIP: it has performance_mode'
    sidecar_says "$crate" '"verdict":"skip"'
}

# has_lease KIND TEST
has_lease() {
    cargo-ktstr ktstr locks --json | python3 -c '
import json, sys
leases = json.load(sys.stdin)[sys.argv[1]]
sys.exit(not any(one["test"] == sys.argv[2] for one in leases))' "$1" "$2"
}

# The process that has CPUs for itself.
owner() { cargo-ktstr ktstr locks --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["exclusive"][0]["pid"])'; }

# A test that takes CPUs for itself, and keeps them until it is killed.
start_owner() {
    on_host "$work/two" "$runner" "$binary" --exact alone_for_long --ignored >"$work/owner" 2>&1 &
    until_true 60 has_lease exclusive alone_for_long || die "no lease is shown: $(cat "$work/owner")"
}

# threads PID: on which CPUs each may run. QEMU does not name its threads: the one that is apart is the vCPU's.
threads() { sed -n 's/^Cpus_allowed_list:\t//p' "/proc/$1"/task/*/status | sort; }

are_pinned() {
    threads "$(emulators)" >"$work/threads"
    [ "$(grep -cx "${cpus[0]}" "$work/threads")" = 1 ] && [ "$(sort -u "$work/threads" | xargs)" = "${cpus[0]} ${cpus[1]}" ]
}

threads_run_where_they_should() {
    can_pretend
    start_owner
    until_true 60 has_emulator || die "no machine: $(cat "$work/owner")"
    until_true 60 are_pinned || die "they run at $(xargs <"$work/threads")"
    kill -KILL "$(owner)"
}

a_killed_test_lets_its_cpus_go() {
    can_pretend
    local second
    start_owner
    on_host "$work/two" "$runner" "$binary" --exact alone --ignored >"$work/second" 2>&1 &
    second=$!
    until_true 60 has_lease waiting alone || die "nobody waits: $(cat "$work/second")"
    says "$work/second" "waiting for host CPUs, after one other: pid [0-9]+ \(.alone_for_long.\), which has CPUs ${cpus[0]} and ${cpus[1]}"
    kill -KILL "$(owner)"
    wait $second || die "the second: $(cat "$work/second")"
    ! has_lease exclusive alone || die "a lease outlived its test"
}

# What shares the host's CPUs keeps off those that are another's.
who_shares_keeps_off() {
    can_pretend
    start_owner
    one two beside
    exit_is 0
    sidecar_says "$crate" "\"host_cpus\":\"${cpus[1]},shared\""
    kill -KILL "$(owner)"
}

# The wait is none of the test's time: nextest's limit passes in the queue.
a_limit_that_passes_in_the_queue_gives_no_verdict() {
    can_pretend
    start_owner
    printf '[profile.default]\nslow-timeout = { period = "3s", terminate-after = 1 }\n' >"$work/nextest.toml"
    KTSTR_NEXTEST_CONFIG=$work/nextest.toml one two alone
    exit_is 4
    says "$err" 'inconclusive: the time limit passed while it waited for host CPUs, of pid [0-9]+ \(.alone_for_long.\)'
    sidecar_says "$crate" '"reason":"no-host-cpus"'
    kill -KILL "$(owner)"
}

check each_vcpu_has_a_cpu each_vcpu_has_a_cpu
check a_host_that_is_too_small_gives_no_verdict a_host_that_is_too_small_gives_no_verdict
check without_performance_mode_it_is_skipped without_performance_mode_it_is_skipped
check threads_run_where_they_should threads_run_where_they_should
check a_killed_test_lets_its_cpus_go a_killed_test_lets_its_cpus_go
check who_shares_keeps_off who_shares_keeps_off
check a_limit_that_passes_in_the_queue_gives_no_verdict a_limit_that_passes_in_the_queue_gives_no_verdict
check nothing_is_left nothing_is_left
summary
