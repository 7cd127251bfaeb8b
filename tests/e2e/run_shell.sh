#!/usr/bin/env bash
# ktstr run and ktstr shell: any program in a VM, with its exit code and its three streams.
source "$(dirname "$0")/lib.sh"

exit_codes() {
    run 60 ktstr run -- /bin/true
    exit_is 0
    run 60 ktstr run -- /bin/false
    exit_is 1
    run 60 ktstr run -- /bin/sh -c 'exit 77'
    exit_is 77
}

a_signal() {
    run 60 ktstr run -- /bin/sh -c 'kill -TERM $$'
    exit_is 143
}

streams_apart() {
    run 60 ktstr run -- /bin/sh -c 'echo to-out; echo to-err >&2'
    exit_is 0
    same "$(cat "$out")" to-out
    says "$err" '^to-err$'
}

stdin_is_relayed() {
    seq 1 20000 >"$work/numbers"
    rc=0
    timeout 60 ktstr run -- /bin/cat <"$work/numbers" >"$work/back" 2>"$work/err" || rc=$?
    exit_is 0
    cmp "$work/numbers" "$work/back"
}

binary_stdin() {
    head -c 3000000 /dev/urandom >"$work/bytes"
    rc=0
    timeout 60 ktstr run -- /bin/cat <"$work/bytes" >"$work/back" 2>"$work/err" || rc=$?
    exit_is 0
    cmp "$work/bytes" "$work/back"
}

stdin_ends() {
    rc=0
    timeout 60 ktstr run -- /usr/bin/wc -c </dev/null >"$work/out" 2>"$work/err" || rc=$?
    exit_is 0
    same "$(tr -d ' ' <"$work/out")" 0
}

cpus_and_memory() {
    run 60 ktstr run --cpus 4 --memory 300M -- /bin/sh -c 'nproc; grep MemTotal /proc/meminfo'
    exit_is 0
    same "$(head -n 1 "$out")" 4
    local kilobytes
    kilobytes=$(awk '/MemTotal/ {print $2}' "$out")
    [ "$kilobytes" -gt 150000 ] && [ "$kilobytes" -le 307200 ] || die "about 300 MB: $kilobytes kB"
}

mounts() {
    run 60 ktstr run -- /bin/cat /proc/mounts
    exit_is 0
    local point
    for point in /proc /sys /dev /tmp /sys/fs/cgroup /sys/kernel/debug /sys/kernel/tracing /sys/fs/bpf; do
        says "$out" "^[^ ]+ $point "
    done
}

loopback_is_up() {
    run 60 ktstr run -- /bin/sh -c 'cat /sys/class/net/lo/operstate /sys/class/net/lo/flags; ping -c 1 -w 5 127.0.0.1'
    exit_is 0
}

userland() {
    run 60 ktstr run -- /bin/sh -c 'id -un; getent hosts localhost || grep localhost /etc/hosts; echo "$HOME"; test -d "$HOME" && test -w /tmp'
    exit_is 0
    same "$(head -n 1 "$out")" root
}

config_of_the_kernel() {
    run 60 ktstr run -- /bin/sh -c 'test -s /boot/config-$(uname -r) && grep -c CONFIG_ /boot/config-$(uname -r)'
    exit_is 0
    [ "$(cat "$out")" -gt 100 ] || die "the config has lines"
}

time_is_right() {
    run 60 ktstr run -- /bin/date +%s
    exit_is 0
    local apart=$(($(date +%s) - $(cat "$out")))
    [ "${apart#-}" -le 20 ] || die "the guest's clock is the host's: $apart s apart"
}

no_such_program() {
    run 60 ktstr run -- /no/such/program
    fails
    says "$err" '/no/such/program'
}

nothing_to_run() {
    run 10 ktstr run
    exit_is 2
    says "$err" 'hint:|usage'
}

many_lines() {
    run 90 ktstr run -- /bin/sh -c 'seq 1 200000'
    exit_is 0
    seq 1 200000 | cmp - "$out"
}

shell_script() {
    rc=0
    printf 'echo "shell in $(uname -s)"\ncd /tmp && pwd\nexit 9\n' |
        timeout 60 ktstr shell >"$work/out" 2>"$work/err" || rc=$?
    cat "$work/out" "$work/err"
    exit_is 9
    says "$work/out" 'shell in Linux'
    says "$work/out" '^/tmp'
    nothing_is_left
}

shell_ends_with_its_input() {
    rc=0
    timeout 60 ktstr shell </dev/null >"$work/out" 2>"$work/err" || rc=$?
    exit_is 0
    nothing_is_left
}

doctor() {
    run 60 cargo-ktstr ktstr doctor
    cat "$out" "$err" >"$work/both"
    says "$work/both" 'kvm'
    says "$work/both" 'qemu'
    says "$work/both" 'kernel'
}

version_and_help() {
    run 10 ktstr --version
    exit_is 0
    says "$out" '[0-9]+\.[0-9]+'
    run 10 cargo-ktstr ktstr --help
    exit_is 0
    says "$out" 'test'
    says "$out" 'kernel'
    run 10 cargo-ktstr ktstr test --help
    exit_is 0
    says "$out" '--kernel'
}

check "exit codes" exit_codes
check "death by a signal is 128 and its number" a_signal
check "stdout and stderr are apart" streams_apart
check "stdin is relayed" stdin_is_relayed
check "3 MB of bytes through stdin and stdout" binary_stdin
check "stdin ends" stdin_ends
check "200 000 lines arrive whole" many_lines
check "--cpus and --memory" cpus_and_memory
check "mounts" mounts
check "loopback is up" loopback_is_up
check "a small userland" userland
check "the kernel's config is in the guest" config_of_the_kernel
check "the time is the host's" time_is_right
check "a program that is not there" no_such_program
check "nothing to run" nothing_to_run
check "shell takes a script from stdin" shell_script
check "shell ends with its input" shell_ends_with_its_input
check "doctor says what works" doctor
check "version and help" version_and_help
summary
