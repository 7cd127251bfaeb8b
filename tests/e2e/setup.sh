#!/usr/bin/env bash
# `setup` of ktstr.toml: a command that makes the machine ready once, and is saved with all it did.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/templates_lib.sh"

# settings LINE...: keys of [profile.default], for the tests of the example and for `ktstr run` in its directory.
settings() {
    printf '%s\n' "[profile.default]" "$@" >"$example/.config/ktstr.toml"
}

in_guest() { # COMMAND: in the shell of a machine with these settings
    cd "$example"
    run 120 ktstr run -- /bin/sh -c "$1"
}

runs_once_for_all() {
    empty_store
    settings "setup = 'echo 7 >/proc/sys/vm/swappiness; echo ran >>/etc/ran; sleep 4321 & echo started'"
    one_test
    exit_is 0
    same "$(origin)" '"origin":"boot,savedastemplate,setup,savedastemplate,forked"'
    same "$(templates)" 2
    one_test
    exit_is 0
    same "$(origin)" '"origin":"template"'
    sidecar_says "$example" '"leaked":\[\]'
    nothing_is_left
    in_guest 'cat /proc/sys/vm/swappiness /etc/ran /run/ktstr-setup.log; tr "\0" " " </proc/$(cat /sys/fs/cgroup/setup/cgroup.procs)/cmdline; echo; cat /etc/machine-id'
    exit_is 0
    same "$(head -n 4 "$out" | paste -sd, -)" '7,ran,started,sleep 4321 '
    cp "$out" "$work/first"
    in_guest 'cat /etc/machine-id'
    exit_is 0
    [ "$(tail -n 1 "$out")" != "$(tail -n 1 "$work/first")" ] || die "clones of one setup are different machines"
}

# The booted machine is a template already: then only the setup is paid for.
begins_on_the_booted_one() {
    empty_store
    settings
    one_test
    settings "setup = 'true'"
    one_test
    exit_is 0
    same "$(origin)" '"origin":"template,setup,savedastemplate,forked"'
    one_test KTSTR_TEMPLATES=0
    exit_is 0
    same "$(origin)" '"origin":"boot,setup"'
}

what_is_left_by_the_test_is_still_told() {
    fixture hostile
    local binary
    binary=$(test_binaries "$work/hostile" --test hostile | tail -n 1)
    mkdir -p "$work/hostile/.config"
    printf '%s\n' '[profile.default]' "setup = 'sleep 4321 &'" >"$work/hostile/.config/ktstr.toml"
    run 60 as_nextest "$work/hostile" "$runner" "$binary" --exact forks_daemons --nocapture --ignored
    exit_is 0
    nothing_is_left
    # Eight of the test's, none of the setup's.
    same "$(newest_sidecar "$work/hostile" | grep -o '"leaked":\[[^]]*\]' | grep -o '"[0-9][0-9]*[^"]*"' | wc -l)" 8
    newest_sidecar "$work/hostile" | grep -o '"leaked":\[[^]]*\]' >"$work/leaked"
    lacks "$work/leaked" sleep
    settings "setup = 'sleep 4321 &'"
    in_guest 'wc -l </sys/fs/cgroup/setup/cgroup.procs'
    exit_is 0
    same "$(cat "$out")" 1
}

fails_by_its_exit_code() {
    empty_store
    settings "setup = 'echo this is why >&2; exit 3'"
    one_test
    fails
    says "$err" 'this is why'
    says "$err" 'the setup failed: it ended with exit code 3'
    sidecar_says "$example" '"verdict":"inconclusive","reason":"setup-failed"'
    same "$(templates)" 1
    nothing_is_left
}

fails_by_a_panic() {
    settings "setup = 'echo c >/proc/sysrq-trigger; sleep 100'"
    one_test
    fails
    says "$err" 'the setup failed: the guest ended: .*panic'
    sidecar_says "$example" '"reason":"setup-failed"'
    nothing_is_left
}

fails_when_it_does_not_end() {
    settings "setup = 'sleep 4321'"
    printf '%s\n' '[profile.default]' 'slow-timeout = { period = "4s", terminate-after = 2 }' >"$example/.config/nextest.toml"
    one_test
    rm "$example/.config/nextest.toml"
    fails
    says "$err" 'the setup failed: it did not end within its time'
    says "$err" 'sleep'
    sidecar_says "$example" '"reason":"setup-failed"'
    nothing_is_left
}

ends_at_a_signal() {
    settings "setup = 'sleep 4321'"
    cd "$example"
    ktstr run -- /bin/true >"$work/out" 2>"$work/err" &
    local job=$! code=0
    until_true 10 has_emulator || die "it has begun"
    sleep 1 # into the setup, whatever the moment is
    kill -INT $job
    wait $job || code=$?
    cat "$work/err"
    same "$code" 130
    nothing_is_left
}

# tool WORD: a program that says it, of one time whatever the word is.
tool() {
    printf '#!/bin/sh\necho %s\n' "$1" >"$work/tool"
    chmod +x "$work/tool"
    touch -d @1000000000 "$work/tool"
}

# Its programs are part of the key, and what it changed is not unpacked over.
what_it_consumes_makes_the_key() {
    empty_store
    tool first
    settings "programs = ['$work/tool']" "setup = '$work/tool >/etc/said; echo changed >>$work/tool'"
    in_guest "cat /etc/said; tail -n 1 $work/tool"
    same "$(paste -sd, "$out")" 'first,changed'
    same "$(templates)" 2
    tool other
    in_guest 'cat /etc/said'
    same "$(cat "$out")" other
    same "$(templates)" 3
    tool first
    in_guest 'cat /etc/said'
    same "$(cat "$out")" first
    same "$(templates)" 3
    settings "programs = ['$work/tool']" "setup = 'echo none >/etc/said'"
    in_guest 'cat /etc/said'
    same "$(cat "$out")" none
    same "$(templates)" 4
}

one_maker_for_four() {
    empty_store
    settings "setup = 'head -c 8 /dev/urandom | od -An -tx1 >/etc/drawn'"
    cd "$example"
    local pids=() pid i
    for i in 1 2 3 4; do
        ktstr run -- /bin/cat /etc/drawn >"$work/drawn.$i" 2>"$work/err.$i" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || die "all of them pass"; done
    same "$(templates)" 2
    same "$(sort -u "$work"/drawn.* | wc -l)" 1
    nothing_is_left
}

clock_in_setup_and_after() {
    empty_store
    settings "setup = 'date +%s >/etc/then'"
    in_guest 'cat /etc/then; date +%s'
    exit_is 0
    local then
    then=$(head -n 1 "$out")
    [ "$then" -gt $(($(date +%s) - 60)) ] && [ "$then" -le "$(date +%s)" ] || die "the setup knows the time: $then"
}

# What a setup does to the machine is kept; what it does to the harness is mended.
leaves_a_whole_machine() {
    empty_store
    settings "setup = 'hostname db1; trap \"\" TERM; kill -KILL -1; true'"
    in_guest 'hostname; test -s /boot/config-$(uname -r) && echo config; echo $$ >/dev/null'
    exit_is 0
    same "$(paste -sd, "$out")" 'db1,config'
    in_guest 'hostname; test -s /boot/config-$(uname -r) && echo config'
    exit_is 0
    same "$(paste -sd, "$out")" 'db1,config'
    settings "memory = '256M'" "setup = '(echo 1000 >/proc/self/oom_score_adj; tail /dev/zero); echo \$?'"
    in_guest 'cat /run/ktstr-setup.log'
    exit_is 0
    same "$(tail -n 1 "$out")" 137
    in_guest true
    exit_is 0
    lacks "$err" 'out of memory'
    settings "setup = 'seq 1 100000; exit 1'"
    in_guest true
    fails
    says "$err" '^100000$'
    says "$err" 'bytes before are left out'
    lacks "$err" '^1$'
}

# The bytes that were handed over decide the key, not those that were there before.
changed_meanwhile() {
    empty_store
    tool 1
    settings "programs = ['$work/tool']" "setup = '$work/tool >/etc/said'"
    cd "$example"
    ktstr run -- /bin/cat /etc/said >"$work/said" 2>"$work/err" &
    local job=$!
    until_true 10 has_emulator || die "the machine is made"
    tool 2
    wait $job || die "it passes"
    cat "$work/err"
    says "$work/err" 'no template was made: the kernel, or what the setup needs, changed meanwhile'
    in_guest 'cat /etc/said'
    same "$(cat "$out")" 2
    tool 1
    in_guest 'cat /etc/said'
    same "$(cat "$out")" 1
}

is_shown_in_the_list() {
    empty_store
    settings "setup = '''
echo line one
echo line two'''"
    in_guest true
    run 20 cargo-ktstr ktstr templates list
    says "$out" 'echo line one\.\.\.'
    lacks "$out" 'line two'
}

check "a setup runs once, for all tests" runs_once_for_all
check "a setup begins on the booted template" begins_on_the_booted_one
check "what a test leaves is not taken for the setup's" what_is_left_by_the_test_is_still_told
check "a setup that fails says why" fails_by_its_exit_code
check "a panic in the setup is the setup's" fails_by_a_panic
check "a setup that does not end is stopped and explained" fails_when_it_does_not_end
check "Ctrl-C in a setup ends it all" ends_at_a_signal
check "what a setup consumes is in the key" what_it_consumes_makes_the_key
check "four at once have one maker" one_maker_for_four
check "a setup knows the time" clock_in_setup_and_after
check "a setup leaves a whole machine" leaves_a_whole_machine
check "a program that changes meanwhile makes no template" changed_meanwhile
check "the list names the setup" is_shown_in_the_list
summary
