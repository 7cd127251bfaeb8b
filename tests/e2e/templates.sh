#!/usr/bin/env bash
# Templates: made once, restored for everybody, fresh each time, never the reason of a verdict.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/templates_lib.sh"

made_then_restored() {
    empty_store
    one_test
    exit_is 0
    same "$(origin)" '"origin":"boot,savedastemplate"'
    one_test
    exit_is 0
    same "$(origin)" '"origin":"template"'
    same "$(templates)" 1
    nothing_is_left
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

# What must not be the same in two clones, and not repeat what an earlier one left.
clones_differ() {
    local script='cat /proc/sys/kernel/random/boot_id /etc/machine-id; head -c 16 /dev/urandom | od -An -tx1; od -An -tx1 -N 8 /dev/random;
        awk "/stack/ {print \$1; exit}" /proc/self/maps; find /tmp /root -type f; echo left >/tmp/left; echo 5 >/proc/sys/vm/swappiness'
    ktstr run -- /bin/sh -c "$script" >"$work/first"
    ktstr run -- /bin/sh -c "$script" >"$work/second"
    cat "$work/first" "$work/second"
    same "$(wc -l <"$work/first")" 5
    same "$(sort "$work/first" "$work/second" | uniq -d | wc -l)" 0
    run 60 ktstr run -- /bin/cat /proc/sys/vm/swappiness
    same "$(cat "$out")" 60
}

# The port that a connection gets is made of the kernel's TCP secrets (RFC 6056): drawn once, at the first connection.
tcp_secrets_differ() {
    local i script='(sleep 9 | nc -l -p 9000 >/dev/null) &
        for i in $(seq 100); do (sleep 9 | nc 127.0.0.1 9000 >/dev/null) &
            for j in $(seq 50); do grep -q "0100007F:2328 01" /proc/net/tcp && break 2; sleep 0.02; done
        done; awk "\$3 == \"0100007F:2328\" { print \$2; exit }" /proc/net/tcp'
    for i in 1 2 3 4; do
        run 60 ktstr run -- /bin/sh -c "$script"
        says "$out" '^0100007F:[0-9A-F]{4}$'
        cat "$out" >>"$work/ports"
    done
    [ "$(sort -u "$work/ports" | wc -l)" -ge 3 ] || die "clones draw secrets of their own: $(paste -sd' ' "$work/ports")"
}

# We say a word, the guest answers with the time: its clock is ahead of ours by no more than from the word to its reading, and by no less than from its
# reading to the answer. The narrowest bounds of all rounds hold for each, however slow the machine is: twenty rounds, or more where that is not near
# enough yet to mean something. Both of the guest's clocks must have gone on at the same pace meanwhile.
wall_clock() { # TOPOLOGY
    local i asked answered reading to_guest from_guest least=-1000000000 most=1000000000
    ktstr run --topology "$1" --memory 1G -- /bin/true
    coproc guest (ktstr run --topology "$1" --memory 1G -i /usr/bin/date -- /bin/bash -c '
        up() { cut -d" " -f1 /proc/uptime | tr -d .; }
        both() { echo "clocks $(up) $(date +%s%N | cut -c 1-12) $(up)"; }
        while read -r word; do echo "${EPOCHREALTIME/./}"; done; both; sleep 1; both')
    exec {to_guest}>&"${guest[1]}" {from_guest}<&"${guest[0]}"
    eval "exec ${guest[1]}>&- ${guest[0]}<&-"
    for i in $(seq 300); do
        [ $i -le 20 ] || [ $((most - least)) -ge 100000 ] || break
        asked=${EPOCHREALTIME/./}
        echo word >&$to_guest
        read -r reading <&$from_guest || die "the guest answers"
        answered=${EPOCHREALTIME/./}
        [ $((reading - asked)) -ge $most ] || most=$((reading - asked))
        [ $((reading - answered)) -le $least ] || least=$((reading - answered))
    done
    exec {to_guest}>&-
    cat <&$from_guest >"$work/times"
    same "$(grep -c '^clocks' "$work/times")" 2
    echo "the guest's clock is ahead by $least to $most microseconds"
    [ $least -le $most ] || die "the guest's clock goes on as ours does"
    [ $((most - least)) -lt 100000 ] || die "the bounds are near enough to mean something"
    [ $least -le 10000 ] && [ $most -ge -10000 ] || die "the guest's clock is within 10 ms of the host's"
    # Hundredths of a second by the monotonic clock, by the wall clock, and by the monotonic one again: however slow the
    # machine is, the wall clock has gone on by no less than the inner and no more than the outer readings say.
    awk '$1 == "clocks" { if (n++) { d = $3 - w; ok = d >= $2 - b - 1 && d <= $4 - a + 1 && d >= 100 } a = $2; w = $3; b = $4 } END { exit !ok }' \
        "$work/times" || die "neither clock jumps: $(cat "$work/times")"
}

# Saved and restored while others want all CPUs, two for each.
wall_clock_on_a_busy_host() { # TOPOLOGY
    local i busy=() failed=0
    empty_store
    for i in $(seq $((2 * $(nproc)))); do
        (while :; do :; done) &
        busy+=($!)
    done
    (wall_clock "$1") || failed=1
    kill "${busy[@]}"
    return $failed
}

# What a program sees of the system, line by line; then what is free, in MiB.
look_around() { # ktstr run's OPTION...
    ktstr run "$@" -- /bin/sh -c '
        cat /proc/mounts
        find /sys/fs/cgroup -type d | sort
        for process in /proc/[0-9]*; do [ -z "$(tr -d "\0" <$process/cmdline)" ] || cat $process/comm; done
        # Left out: counters, random numbers, and what follows from the memory that is free.
        find /proc/sys -type f -perm -400 | grep -vE "/random/|ns_last_pid|-nr$|-state$|/inode-|user_reserve_kbytes" | sort |
            xargs grep -Hs ""
        # Free pages are in the zones, and in a list of each CPU, as it happens.
        awk "/^MemFree:/ { kib += \$2 } /^ +count:/ { kib += 4 * \$2 } END { print int(kib / 1024) > \"/dev/stderr\" }" \
            /proc/meminfo /proc/zoneinfo'
}

as_after_a_boot() { # TOPOLOGY
    ktstr run --topology "$1" -- /bin/true
    look_around --topology "$1" --cold >"$work/booted" 2>"$work/booted.free"
    look_around --topology "$1" >"$work/restored" 2>"$work/restored.free"
    [ "$(wc -l <"$work/booted")" -gt 900 ] || die "all sysctls are looked at: $(wc -l <"$work/booted")"
    diff "$work/booted" "$work/restored" || die "a restored guest looks like a booted one"
    local difference=$(($(tail -n 1 "$work/booted.free") - $(tail -n 1 "$work/restored.free")))
    [ ${difference#-} -lt 5 ] || die "the free memory is that of a boot, but for $difference MiB"
}

timers_and_kernel_log() { # TOPOLOGY
    local cpus script
    # Sleeps on every CPU for 50 ms and says how long that took by the monotonic clock, in hundredths of a second.
    script='for cpu in $(seq 0 $(($(nproc) - 1))); do
            a=$(cut -d" " -f1 /proc/uptime | tr -d .); taskset -c $cpu sleep 0.05; b=$(cut -d" " -f1 /proc/uptime | tr -d .)
            echo "slept $((b - a))"
        done; dmesg | grep -iE "lockup|stall|clocksource|hung task|BUG: |WARNING: "; true'
    ktstr run --topology "$1" --memory 1G -i /usr/bin/taskset -i /usr/bin/nproc -i /usr/bin/seq -- /bin/true || die "the template is made"
    run 120 ktstr run --topology "$1" --memory 1G -i /usr/bin/taskset -i /usr/bin/nproc -i /usr/bin/seq -- /bin/sh -c "$script"
    exit_is 0
    cpus=$(grep -c slept "$out")
    same "$cpus" "$2"
    lacks "$out" 'lockup|stall|hung|BUG: |WARNING: '
    # What is said of clock sources was said before the saving: two clones remember the same moments.
    grep clocksource "$out" >"$work/first" || die "the boot speaks of its clock sources"
    ktstr run --topology "$1" --memory 1G -- /bin/dmesg | grep -iE clocksource >"$work/second"
    same "$(cat "$work/first")" "$(cat "$work/second")"
    awk '/slept/ && ($2 < 5 || $2 > 300) { bad = 1 } END { exit bad }' "$out" || die "timers fire on time"
    same "$(nproc_of_guest "$1")" "$2"
}

nproc_of_guest() { ktstr run --topology "$1" --memory 1G -- /usr/bin/nproc; }

damaged() { # HOW, run with the template's directory
    empty_store
    one_test
    exit_is 0
    "$1" "$(dirname "$(find "$store" -name meta.json)")"
    one_test
    exit_is 0
    says "$err" 'a template was damaged and is made anew'
    same "$(origin)" '"origin":"boot,savedastemplate"'
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
        KTSTR_TEMPLATES_MAX=150M ktstr run --cpus $i -- /bin/true || die "it passes"
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
    for i in $(seq "${KTSTR_E2E_KILLS:-24}"); do
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
