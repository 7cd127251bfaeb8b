# shellcheck shell=bash
# A machine that is not booted for a test is as fresh as one that is: what must hold of clones of a template and of forks alike.
# `make_machine OPTION...` makes what they are made of.

make_machine() { ktstr run "$@" -- /bin/true; }

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
    make_machine --topology "$1" --memory 1G -i /usr/bin/date
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
    make_machine --topology "$1"
    look_around --topology "$1" --cold >"$work/booted" 2>"$work/booted.free"
    look_around --topology "$1" >"$work/restored" 2>"$work/restored.free"
    [ "$(wc -l <"$work/booted")" -gt 800 ] || die "all sysctls are looked at: $(wc -l <"$work/booted")"
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
    local machine=(--topology "$1" --memory 1G -i /usr/bin/taskset -i /usr/bin/nproc -i /usr/bin/seq)
    make_machine "${machine[@]}" || die "the machine is made"
    run 120 ktstr run "${machine[@]}" -- /bin/sh -c "$script"
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
