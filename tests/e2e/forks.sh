#!/usr/bin/env bash
# Forks of a run's own machines: taken where they can be, as fresh as a boot, gone with the run, never the reason of a verdict.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/templates_lib.sh"
source "$(dirname "$0")/fresh_guests_lib.sh"

if [ "$(uname -m)" != x86_64 ]; then
    check "forks" skip "they are made on x86-64 alone"
    summary
    exit
fi
export KTSTR_MACHINE=qemu # forks are the emulator's

fixture trivial

# A run of our own, whose process is this check's; without its template a machine that is not a fork would be made anew, and saved.
forked() { # FUNCTION [ARGUMENT...]
    empty_store
    export KTSTR_RUN_OWNER=$BASHPID
    make_machine() { ktstr run "$@" -- /bin/true && empty_store; }
    "$@"
    same "$(templates)" 0
}

# The same, but the machine has the program's files already, and has rehearsed.
loaded() { # FUNCTION [ARGUMENT...]
    empty_store
    export KTSTR_RUN_OWNER=$BASHPID
    make_machine() {
        until_true 5 nobody_serves || die "the servers of earlier runs are gone"
        for _ in 1 2 3; do ktstr run "$@" -- /bin/true || return 1; done
        empty_store
        same "$(serving)" 2
    }
    "$@"
    same "$(templates)" 0
}

# A machine that serves forks listens: SO_ACCEPTCON in the flags.
serving_sockets() { awk '$4 == "00010000" && $8 ~ /^@ktstr-fork-server/ { print $7 }' /proc/net/unix; }
serving() { serving_sockets | wc -l; }
nobody_serves() { [ "$(serving)" = 0 ]; }

after_a_machine() { # FUNCTION [ARGUMENT...]
    make_machine
    "$@"
}

# "COUNT ORIGIN", without blanks in it, of the last run.
origins() { cat "$work"/trivial/target/ktstr/runs/*/*.json | tr -d ' ' | grep -o '"origin":"[^"]*"' | cut -d'"' -f4 | sort | uniq -c | awk '{ print $1, $2 }'; }
count_of() { origins | awk -v wanted="$1" '$2 == wanted { print $1 }'; }

run_of_tests() { # SECONDS [NAME=VALUE...]: thirty tests, or those of the filter $which
    local seconds=$1
    shift
    rm -rf "$work/trivial/target/ktstr/runs"
    (cd "$work/trivial" && exec timeout "$seconds" env "$@" cargo ktstr test -- -j2 -E "${which:-test(/^tests::[abc]::/)}") >"$work/out" 2>"$work/err" ||
        die "all of them pass: $(tail -n 20 "$work/err")"
    origins
}

one_boots_and_the_others_are_its_forks() {
    empty_store
    run_of_tests 180
    same "$(count_of boot,savedastemplate,forked)" 1
    same "$(count_of fork,forked,loaded)" 1
    [ "$(count_of fork,loaded)" -ge 20 ] || die "most are forks of a machine that has the program"
    [ $(($(count_of fork,loaded) + $(count_of fork))) -ge 27 ] || die "all others are forks"
    nothing_is_left 10
}

where_the_template_was_there_one_is_made_for_many() {
    make_machine
    run_of_tests 180
    same "$(count_of boot,forked)" 1
    [ "$(count_of template)" -ge 5 ] || die "the first are restored"
    [ "$(count_of fork,loaded)" -ge 8 ] || die "the last are forks"
    nothing_is_left 10
}

no_forks_when_told_so() {
    run_of_tests 180 KTSTR_FORKS=0
    same "$(origins)" "30 template"
    one_test KTSTR_FORKS=maybe
    fails
    says "$err" 'KTSTR_FORKS: "maybe" is neither 0 nor 1'
    one_test KTSTR_RUN_OWNER=me
    fails
    says "$err" 'KTSTR_RUN_OWNER: "me" is no id of a process'
}

# The emulators that serve: they hold the sockets.
servers() {
    local pid inodes
    inodes=$(serving_sockets | sed 's/.*/socket:[&]/')
    for pid in $(emulators); do
        # To the end: a grep that has found enough would end readlink, and so the pipe, with SIGPIPE.
        [ -z "$inodes" ] || ! { readlink /proc/$pid/fd/* 2>/dev/null || true; } | grep -xF "$inodes" >/dev/null || echo $pid
    done
}

has_server() { [ -n "$(servers)" ]; }
has_loaded_server() { [ "$(serving)" = 2 ]; }

# All of them die in the middle of a run.
servers_killed() {
    empty_store
    (until_true 60 has_loaded_server && kill -KILL $(servers)) &
    local killer=$!
    which='all()' run_of_tests 180 # enough of them that some are left then
    wait $killer || die "there was a server to kill"
    same "$(origins | awk '{ sum += $1 } END { print sum }')" 100
    [ "$(count_of template)" -ge 5 ] || die "those behind are restored"
    nothing_is_left 10
}

# As one with an older C library does.
does_not_start_with_the_library() {
    local qemu
    qemu=$(command -v qemu-system-x86_64)
    empty_store
    export KTSTR_RUN_OWNER=$BASHPID
    mkdir -p "$work/other"
    printf '#!/bin/sh\ngrep -q ktstr-fork-server /proc/$$/maps && { echo library >>%s; exit 1; }\nexec %s "$@"\n' \
        "$work/refused" "$qemu" >"$work/other/qemu-system-x86_64"
    chmod +x "$work/other/qemu-system-x86_64"
    PATH=$work/other:$PATH run 120 ktstr run -- /bin/echo fine
    exit_is 0
    same "$(cat "$out")" fine
    same "$(cat "$work/refused")" library
    same "$(templates)" 1
    nothing_is_left
}

# What an emulator draws, not the kernel.
processor_draws() {
    local i
    command -v cc >/dev/null || skip "needs a C compiler"
    cat >"$work/rdrand.c" <<'C'
#include <stdio.h>
int main(void) {
    for (int i = 0; i < 4; i++) {
        unsigned long long value = 0;
        __asm__ volatile("1: rdrand %0; jnc 1b" : "=r"(value));
        printf("%016llx\n", value);
    }
}
C
    cc -static -o "$work/rdrand" "$work/rdrand.c"
    make_machine
    for i in 1 2 3 4 5 6; do ktstr run -- "$work/rdrand" >>"$work/drawn" || die "it draws"; done
    same "$(wc -l <"$work/drawn")" 24
    same "$(sort -u "$work/drawn" | wc -l)" 24
}

# A script in place of a test binary: what it does in the guest when it is asked to list its tests, and when it is one. Sets `script`.
a_program() { # TO LIST, TO TEST
    script=$(dirname "$library")/script
    printf '#!/bin/sh\nif [ "$1" = --list ]; then\n%s\nexit 0\nfi\n%s\n' "$1" "$2" >"$script"
    chmod +x "$script"
    until_true 5 settled "$script" || die "the script is no news any more"
    empty_store
}

four_tests() { # FUNCTION [ARGUMENT...]: what must be so of each. Sets `last` to the origin of the last one.
    local run_id=the-run
    for _ in 1 2 3 4; do
        run 60 as_nextest "$example/cpulist" "$runner" "$script" --exact none --nocapture
        exit_is 0
        "$@"
    done
    last=$(newest_sidecar "$example" | grep -o '"origin":"[^"]*"')
}

cannot_be_loaded() {
    local script what last
    export KTSTR_RUN_OWNER=$BASHPID
    # The last one is killed for want of memory, and nobody would be told.
    for what in 'exit 3' 'kill -SEGV $$' 'sleep 1000' 'tail /dev/zero'; do
        a_program "$what" 'echo as usual'
        four_tests says "$work/out" 'as usual'
        same "$last" '"origin":"fork"'
        grep -qs 'is not loaded for the tests behind' "$work"/example/target/ktstr/runs/*/*.json || die "a note says so"
        rm -rf "$work"/example/target/ktstr/runs
    done
}

# What lists the tests in the guest leaves files and processes behind, or means to.
a_rehearsal_leaves_nothing() {
    local script last
    export KTSTR_RUN_OWNER=$BASHPID
    a_program 'sleep 1000 & setsid sleep 1000 & echo x >/tmp/left' 'ls /tmp; cat /proc/[0-9]*/comm'
    four_tests lacks "$work/out" 'left|sleep'
    same "$last" '"origin":"fork,loaded"'
}

settled() { [ $(($(date +%s) - $(stat -c %Z "$1"))) -ge 2 ]; }

# What tests get is what is there when they begin.
a_file_that_changes() {
    local i words=()
    export KTSTR_RUN_OWNER=$BASHPID
    empty_store
    for i in 1 2 3 4 5 6 7 8; do
        [ $i != 5 ] || echo changed >"$work/word"
        [ $i != 1 ] || { echo first >"$work/word" && until_true 5 settled "$work/word"; }
        run 60 ktstr run -i "$work/word" -- /bin/cat "$work/word"
        exit_is 0
        words+=("$(cat "$out")")
    done
    same "${words[*]}" "first first first first changed changed changed changed"
    [ "$(serving)" -ge 2 ] || die "it was loaded"
}

many_forks_in_a_row() {
    local i files
    make_machine
    files=$(find "$XDG_CACHE_HOME" | wc -l)
    for i in $(seq "${KTSTR_E2E_RESTORES:-60}"); do ktstr run -- /bin/true || die "fork $i passes"; done
    same "$(find "$XDG_CACHE_HOME" | wc -l)" "$files"
    until_true 5 the_server_is_alone || die "the server alone is left"
}

# Those that serve are left, and no other.
the_server_is_alone() { has_server && [ "$(emulators | wc -l)" = "$(serving)" ]; }

# Whoever dies, the runner, its fork or a server: the next fork works.
killed_at_any_moment() {
    local i job victim server
    make_machine
    server=$(servers)
    for i in $(seq "${KTSTR_E2E_KILLS:-24}"); do
        ktstr run -- /bin/true >/dev/null 2>&1 &
        job=$!
        sleep "$(printf '0.%03d' $((RANDOM % 250)))" # the moment is what is varied
        victim=$job
        [ $((i % 3)) != 0 ] || victim=$(emulators | grep -vx "$server" | head -n 1 || true)
        [ $i != 10 ] || victim=$(tail -n 1 <<<"$server") # the loaded one: it is the younger
        kill -KILL ${victim:-$job} 2>/dev/null || true
        wait $job 2>/dev/null || true
        same "$(ktstr run -- /bin/echo fine 2>"$work/said")" fine || die "run $i: $(cat "$work/said")"
    done
    until_true 5 the_server_is_alone || die "the server alone is left"
}

check "one boots, the others are its forks" one_boots_and_the_others_are_its_forks
check "where the template was there, one is made for many" where_the_template_was_there_one_is_made_for_many
check "no forks when told so" no_forks_when_told_so
check "servers that are killed cost time, no test" servers_killed
check "a QEMU that does not start with the library starts without" does_not_start_with_the_library
check "a program that cannot be loaded costs time, no test" cannot_be_loaded
check "a rehearsal leaves nothing" a_rehearsal_leaves_nothing
check "a file that changes is another program's" a_file_that_changes
check "forks differ where machines do" forked after_a_machine clones_differ
check "forks of a loaded machine differ where machines do" loaded after_a_machine clones_differ
check "forks have TCP secrets of their own" loaded after_a_machine tcp_secrets_differ
check "forks' processors draw random numbers of their own" forked processor_draws
check "the clocks are right, a fork that loads nothing" forked wall_clock 1n1l2c1t
check "all else is as after a boot, a fork that loads nothing" forked as_after_a_boot 1n1l2c1t
for shape in 1n1l1c1t 1n1l2c1t 1n2l4c1t 1n2l4c2t 2n2l2c1t; do
    check "the clocks are right, $shape" loaded wall_clock $shape
    check "all else is as after a boot, $shape" loaded as_after_a_boot $shape
done
check "timers and the kernel's log, one CPU" loaded timers_and_kernel_log 1n1l1c1t 1
check "timers and the kernel's log, two CPUs" loaded timers_and_kernel_log 1n1l2c1t 2
check "timers and the kernel's log, eight CPUs" loaded timers_and_kernel_log 1n2l4c1t 8
check "timers and the kernel's log, 16 CPUs" loaded timers_and_kernel_log 1n2l4c2t 16
check "timers and the kernel's log, two NUMA nodes" loaded timers_and_kernel_log 2n2l2c1t 4
check "many forks in a row leave nothing" forked many_forks_in_a_row
check "kill -9 at any moment" loaded killed_at_any_moment
summary
