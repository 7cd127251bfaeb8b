#!/usr/bin/env bash
# Templates: made once, restored for everybody, fresh each time, never the reason of a verdict.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/templates_lib.sh"
source "$(dirname "$0")/fresh_guests_lib.sh"

made_then_restored() {
    empty_store
    one_test
    exit_is 0
    made_the_template
    one_test
    exit_is 0
    same "$(origin)" '"origin":"template"'
    same "$(templates)" 1
    nothing_is_left
}

# What the guest has free is not in the files; nor is what was loaded for its boot.
free_pages_are_holes() {
    local stored free
    empty_store
    make_machine
    stored=$(du -k "$(find "$store" -name ram0)" | cut -f1)
    free=$(ktstr run -- /bin/sh -c 'awk "/^MemFree:/ { print \$2 }" /proc/meminfo')
    echo "stored: $stored KiB, free: $free KiB"
    [ "$stored" -le $((512 * 1024 - free)) ] || die "no more is stored than the guest uses"
}

boots_when_told_to() {
    one_test KTSTR_TEMPLATES=0
    exit_is 0
    same "$(origin)" '"origin":"boot"'
    run 60 ktstr run --cold -- /bin/cat /proc/uptime
    exit_is 0
    one_test KTSTR_TEMPLATES=no
    fails
    says "$err" 'KTSTR_TEMPLATES: "no" is neither 0 nor 1'
}

one_maker_for_eight() {
    empty_store
    local pids=() pid i
    for i in 1 2 3 4 5 6 7 8; do
        ktstr run -- /bin/sh -c 'cat /proc/sys/kernel/random/boot_id' >"$work/id.$i" 2>"$work/err.$i" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || die "all of them pass"; done
    same "$(templates)" 1
    same "$(sort -u "$work"/id.* | wc -l)" 8
    nothing_is_left
}

damaged() { # HOW, run with the template's directory
    empty_store
    one_test
    exit_is 0
    "$1" "$(dirname "$(find "$store" -name meta.json)")"
    one_test
    exit_is 0
    says "$err" 'a template was damaged and is made anew'
    made_the_template
    one_test
    same "$(origin)" '"origin":"template"'
}

state_with_another_byte() { printf 'x' | dd of="$1/state" bs=1 seek=1000 conv=notrunc status=none; }
truncated_ram() { truncate -s 1M "$1/ram0"; }
no_meta() { rm "$1/meta.json"; }
meta_cut_short() { truncate -s 40 "$1/meta.json"; }

# Beyond what the digests cover: the machine is restored, and its kernel does not live.
ram_of_garbage() {
    empty_store
    one_test
    exit_is 0
    head -c 100M /dev/urandom | dd of="$(find "$store" -name ram0)" bs=1M seek=2 conv=notrunc status=none
    one_test
    exit_is 0
    says "$err" 'a template is not used, the machine is made without it'
    same "$(origin)" '"origin":"boot"'
    same "$(templates)" 0
    nothing_is_left
}

maker_killed() {
    empty_store
    local moment job
    for moment in 0.3 0.8 1.2 1.5 1.7 2.0; do
        ktstr run -- /bin/true >/dev/null 2>&1 &
        job=$!
        sleep "$moment" # the moment is what is varied, nothing is waited for
        kill -KILL $job 2>/dev/null || true
        wait $job 2>/dev/null || true
        nothing_is_left
        empty_lock_is_free
    done
    one_test
    exit_is 0
    same "$(find "$store" -maxdepth 1 -name '.making*' | wc -l)" 0
}

empty_lock_is_free() {
    local lock
    for lock in "$store"/.locks/*; do
        [ ! -e "$lock" ] || flock --nonblock "$lock" true || die "a dead maker's lock is free: $lock"
    done
}

a_waiter_takes_over() {
    empty_store
    ktstr run -- /bin/true >/dev/null 2>&1 &
    local maker=$!
    until_true 10 has_emulator || die "the maker has begun"
    ktstr run -- /bin/echo second >"$work/second" 2>"$work/err" &
    local waiter=$!
    sleep 0.3 # so that it waits; if it does not yet, it is the maker all the same
    kill -KILL $maker
    wait $maker 2>/dev/null || true
    wait $waiter || die "the waiter passes"
    same "$(cat "$work/second")" second
    same "$(templates)" 1
}

without_a_place() { # MOUNT OPTIONS, what is said
    [ "$(id -u)" = 0 ] || skip "needs root, to mount"
    unshare -m true 2>/dev/null || skip "needs mount namespaces"
    empty_store
    mkdir -p "$store"
    run 120 unshare -m sh -c "mount -t tmpfs -o $1 none '$store' && exec ktstr run -- /bin/echo fine"
    exit_is 0
    same "$(cat "$out")" fine
    [ "$2" = silent ] || says "$err" "$2"
    nothing_is_left
}

listed_and_cleaned() {
    empty_store
    run 20 cargo-ktstr ktstr templates list
    exit_is 0
    says "$out" 'no templates'
    ktstr run -- /bin/true
    run 20 cargo-ktstr ktstr templates list
    exit_is 0
    says "$out" '1n1l2c1t +512 MiB'
    run 20 cargo-ktstr ktstr templates list --json
    says "$out" '"topology": "1n1l2c1t"'
    run 20 cargo-ktstr ktstr templates clean --keep 10G
    exit_is 0
    same "$(templates)" 1
    run 20 cargo-ktstr ktstr templates clean
    exit_is 0
    says "$err" 'freed, 0 templates left'
    same "$(templates)" 0
}

used_ones_stay() {
    empty_store
    ktstr run -- /bin/true
    ktstr run -- /bin/sleep 30 >/dev/null 2>&1 &
    local job=$!
    until_true 10 has_emulator || die "it runs"
    run 20 cargo-ktstr ktstr templates clean
    exit_is 0
    same "$(templates)" 1
    kill $job
    wait $job 2>/dev/null || true
    run 20 cargo-ktstr ktstr templates clean
    same "$(templates)" 0
}

below_the_cap() {
    empty_store
    local i
    for i in 1 2 3; do
        KTSTR_TEMPLATES_MAX=110M ktstr run --cpus $i -- /bin/true || die "it passes"
    done
    [ "$(templates)" -le 2 ] || die "no more than the cap: $(du -sh "$store")"
}

many_in_a_row() {
    local i files memory
    empty_store
    ktstr run -- /bin/true
    export TMPDIR=$work/tmp
    mkdir -p "$TMPDIR"
    files=$(find "$XDG_CACHE_HOME" "$TMPDIR" | wc -l)
    memory=$(awk '/^(Shmem|Mlocked|Unevictable):/ { sum += $2 } END { print sum }' /proc/meminfo)
    for i in $(seq "${KTSTR_E2E_RESTORES:-40}"); do
        ktstr run -- /bin/true || die "restore $i passes"
    done
    nothing_is_left
    same "$(templates)" 1
    same "$(find "$XDG_CACHE_HOME" "$TMPDIR" | wc -l)" "$files"
    # Memory that belongs to no process: 16 MB of slack for others on this host, a leak would be 80 MB a clone.
    [ $(($(awk '/^(Shmem|Mlocked|Unevictable):/ { sum += $2 } END { print sum }' /proc/meminfo) - memory)) -lt 16384 ] ||
        die "no memory stays"
}

# Whoever dies, at whatever moment: the next run works, and nothing remains. Every fourth run is a maker.
killed_at_any_moment() {
    local i job victim span
    for i in $(seq "${KTSTR_E2E_KILLS:-12}"); do
        span=350
        if [ $((i % 4)) = 0 ]; then
            empty_store
            span=2400
        fi
        ktstr run -- /bin/true >/dev/null 2>&1 &
        job=$!
        sleep "$(printf '%d.%03d' $((RANDOM % span / 1000)) $((RANDOM % span % 1000)))" # the moment is what is varied
        victim=$job
        [ $((i % 3)) != 0 ] || victim=$(emulators | head -n 1)
        kill -KILL ${victim:-$job} 2>/dev/null || true
        wait $job 2>/dev/null || true
        nothing_is_left
        empty_lock_is_free
        same "$(ktstr run -- /bin/echo fine 2>"$work/said")" fine || die "run $i: $(cat "$work/said")"
        lacks "$work/said" 'damaged'
    done
    nothing_is_left
    same "$(find "$store" -maxdepth 1 -name '.making*' | wc -l)" 0
    same "$(templates)" 1
}

check "the first test boots and saves, the next is restored" made_then_restored
check "free pages are holes" free_pages_are_holes
check "KTSTR_TEMPLATES=0 and --cold boot" boots_when_told_to
check "eight at once have one maker" one_maker_for_eight
check "clones differ where machines do" clones_differ
check "clones have TCP secrets of their own" tcp_secrets_differ
for shape in 1n1l1c1t 1n1l2c1t 1n2l4c1t 1n2l4c2t 2n2l2c1t; do
    check "the clocks are right, $shape" wall_clock $shape
    check "all else is as after a boot, $shape" as_after_a_boot $shape
done
check "the clocks are right on a busy host" wall_clock_on_a_busy_host 1n1l1c1t
check "timers and the kernel's log, one CPU" timers_and_kernel_log 1n1l1c1t 1
check "timers and the kernel's log, two CPUs" timers_and_kernel_log 1n1l2c1t 2
check "timers and the kernel's log, eight CPUs" timers_and_kernel_log 1n2l4c1t 8
check "timers and the kernel's log, 16 CPUs" timers_and_kernel_log 1n2l4c2t 16
check "timers and the kernel's log, two NUMA nodes" timers_and_kernel_log 2n2l2c1t 4
check "a changed state is noticed" damaged state_with_another_byte
check "cut RAM is noticed" damaged truncated_ram
check "missing metadata is noticed" damaged no_meta
check "half metadata is noticed" damaged meta_cut_short
check "RAM of garbage costs a boot, not a verdict" ram_of_garbage
check "a maker that is killed leaves nothing" maker_killed
check "a waiter takes over from a maker that dies" a_waiter_takes_over
check "a full disk costs the template" without_a_place size=1m "no template was made: .*no space"
check "a read-only cache costs the template" without_a_place ro "no template is used: .*read-only"
check "a noexec cache is good enough" without_a_place noexec,size=1g silent
check "templates are listed and cleaned" listed_and_cleaned
check "a template that is used stays" used_ones_stay
check "the store stays below its cap" below_the_cap
check "many restores in a row leave nothing" many_in_a_row
check "kill -9 at any moment" killed_at_any_moment
summary
