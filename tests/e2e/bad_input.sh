#!/usr/bin/env bash
# What people, files and tests do wrong: a clear error or verdict each, nothing left behind, no result lost.
source "$(dirname "$0")/lib.sh"

fixture hostile
fixture example
hostile=$work/hostile
binary=$(test_binaries "$hostile" --test hostile | tail -n 1)

# hostile_test SECONDS NAME: one test of the fixture as nextest would run it.
hostile_test() {
    run "$1" as_nextest "$hostile" "$runner" "$binary" --exact "$2" --nocapture --ignored
}

# --- command lines

unknown_command() {
    run 10 cargo-ktstr ktstr tset
    exit_is 2
    says "$err" 'tset'
    says "$err" 'hint:.*test'
}

unknown_option() {
    run 10 cargo-ktstr ktstr test --kernle x
    exit_is 2
    says "$err" 'kernle'
    says "$err" '--kernel'
}

unknown_option_of_run() {
    run 10 ktstr run --memroy 1G -- /bin/true
    exit_is 2
    says "$err" '--memory'
}

bad_memory() {
    run 10 ktstr run --memory lots -- /bin/true
    exit_is 2
    says "$err" 'lots'
}

bad_topology() {
    run 10 ktstr run --cpus 0 -- /bin/true
    exit_is 2
    says "$err" '0'
}

bad_config() {
    mkdir -p "$work/bad/.config"
    cp -r "$work/example/." "$work/bad/"
    printf '[profile.default]\nmemroy = "1G"\n' >"$work/bad/.config/ktstr.toml"
    cd "$work/bad"
    run 120 cargo ktstr test -- -E 'test(prints_what_it_parsed)'
    fails
    says "$err" 'ktstr\.toml:2'
    says "$err" 'memory'
}

# --- kernels

missing_kernel() {
    run 20 ktstr run --kernel "$work/no-such-bzImage" -- /bin/true
    fails
    says "$err" 'no-such-bzImage'
}

empty_kernel() {
    : >"$work/empty"
    run 20 ktstr run --kernel "$work/empty" -- /bin/true
    fails
    says "$err" 'empty'
}

truncated_kernel() {
    head -c 100000 "$(cargo-ktstr ktstr kernel path)" >"$work/truncated"
    run 30 ktstr run --kernel "$work/truncated" -- /bin/true
    fails
    says "$err" 'truncated|shorter|cut'
    nothing_is_left
}

# A bzImage whose first instructions (behind the setup sectors, Documentation/arch/x86/boot.rst) are others.
# At both of its entries: of 32 bits, as QEMU has it, and of 64, as our VMM has.
kernel_that_begins_with() { # BYTES, as printf writes them
    local sectors entry
    cp -L "$(cargo-ktstr ktstr kernel path)" "$work/silent"
    sectors=$(od -An -t u1 -j 497 -N 1 "$work/silent")
    for entry in 1 2; do
        printf "$1" | dd of="$work/silent" bs=512 seek=$((sectors + entry)) conv=notrunc status=none
    done
}

silent_kernel() { # BYTES
    kernel_that_begins_with "$1"
    run 60 ktstr run --kernel "$work/silent" -- /bin/true
    fails
    says "$err" 'the guest did not come up within 1[0-9]'
    says "$err" 'the host gave the machine .* of CPU'
    says "$err" 'the kernel said nothing'
    nothing_is_left
}

kernel_that_is_text() {
    head -c 200000 < <(yes 'not a kernel') >"$work/text"
    run 30 ktstr run --kernel "$work/text" -- /bin/true
    fails
    says "$err" 'kernel|bzImage|vmlinux'
}

empty_store() {
    KTSTR_CACHE_DIR=$work/store run 20 ktstr run -- /bin/true
    fails
    says "$err" 'hint:.*kernel (build|fetch)'
}

# --- programs

no_such_binary() {
    run 30 as_nextest "$hostile" "$runner" "$work/no-such-test" --exact a --nocapture
    fails
    says "$err" 'no-such-test'
}

binary_that_is_text() {
    echo 'hello' >"$work/text-program"
    chmod +x "$work/text-program"
    run 30 as_nextest "$hostile" "$runner" "$work/text-program" --exact a --nocapture
    fails
    says "$err" 'ELF|executable|program|format'
}

binary_of_another_architecture() {
    # e_machine, two bytes at offset 18: 183 is AArch64.
    cp "$binary" "$work/foreign"
    printf '\xb7\x00' | dd of="$work/foreign" bs=1 seek=18 conv=notrunc status=none
    run 30 as_nextest "$hostile" "$runner" "$work/foreign" --exact a --nocapture
    fails
    says "$err" 'aarch64|architecture'
}

missing_library() {
    mkdir -p "$work/lib"
    echo 'int answer(void) { return 42; }' | gcc -shared -o "$work/lib/libabsent.so" -xc -
    echo 'int answer(void); int main(void) { return answer(); }' | gcc -o "$work/needs" -xc - -L"$work/lib" -labsent
    run 60 ktstr run -- "$work/needs"
    fails
    says "$err" 'libabsent\.so'
}

# --- the host

# in_namespace SCRIPT: as root with mounts of its own.
in_namespace() { run 120 unshare --mount --propagation private bash -c "$1"; }

needs_mounts() {
    [ "$(id -u)" = 0 ] && unshare --mount true 2>/dev/null || skip "needs root and mount namespaces"
}

unwritable_target() {
    needs_mounts
    mkdir -p "$hostile/target/ktstr"
    in_namespace "mount -t tmpfs -o ro none '$hostile/target/ktstr' && cd '$hostile' && \
        NEXTEST=1 NEXTEST_PROFILE=default NEXTEST_RUN_ID=7a3f3d0c-0000-4000-8000-000000000001 NEXTEST_WORKSPACE_ROOT='$hostile' \
        CARGO_MANIFEST_DIR='$hostile' '$runner' '$binary' --exact behaves --nocapture --ignored"
    fails
    says "$err" 'read-only|cannot (write|make|create)'
    nothing_is_left
}

full_disk() {
    needs_mounts
    mkdir -p "$hostile/target/ktstr"
    in_namespace "mount -t tmpfs -o size=64k none '$hostile/target/ktstr' && { head -c 1M /dev/zero >'$hostile/target/ktstr/fill'; true; } && \
        cd '$hostile' && NEXTEST=1 NEXTEST_PROFILE=default NEXTEST_RUN_ID=7a3f3d0c-0000-4000-8000-000000000002 NEXTEST_WORKSPACE_ROOT='$hostile' \
        CARGO_MANIFEST_DIR='$hostile' '$runner' '$binary' --exact behaves --nocapture --ignored; code=\$?; \
        find '$hostile/target/ktstr' -name '*.json*' -size 0 | grep . && exit 99; exit \$code"
    fails
    exit_is_not 99
    says "$err" 'no space'
    nothing_is_left
}

kvm_without_permission() {
    [ -e /dev/kvm ] || skip "this machine has no /dev/kvm"
    [ "$(id -u)" = 0 ] || skip "needs root, to become someone else"
    local away=$work/away
    mkdir -p "$away/bin" "$away/home"
    cp "$bin"/* "$away/bin/"
    cp -L "$(cargo-ktstr ktstr kernel path)" "$away/kernel"
    chmod -R a+rX "$away" "$work"
    chown -R 65534:65534 "$away/home"
    cd /
    run 120 setpriv --reuid=65534 --regid=65534 --clear-groups env -u XDG_RUNTIME_DIR HOME="$away/home" XDG_CACHE_HOME="$away/home/cache" \
        "$away/bin/ktstr" run --kernel "$away/kernel" -- /bin/echo still-runs
    exit_is 0
    says "$out" 'still-runs'
    run 60 setpriv --reuid=65534 --regid=65534 --clear-groups env -u XDG_RUNTIME_DIR HOME="$away/home" XDG_CACHE_HOME="$away/home/cache" \
        "$away/bin/cargo-ktstr" ktstr doctor
    cat "$out" "$err" >"$work/both"
    says "$work/both" '/dev/kvm'
    says "$work/both" 'permission|group kvm'
}

# --- tests

flood() {
    out=$work/flood.out err=$work/flood.err
    as_nextest "$hostile" "$runner" "$binary" --exact flood_of_output --nocapture --ignored >"$out" 2>"$err" &
    local job=$! pid highest=0 now
    until_true 20 runner_is_up
    pid=$(pgrep -n -f "ktstr-runner .*flood_of_output")
    while kill -0 "$job" 2>/dev/null; do
        now=$(awk '/VmHWM/ {print $2}' "/proc/$pid/status" 2>/dev/null || true)
        [ "${now:-0}" -le "$highest" ] || highest=$now
        sleep 0.2
    done
    rc=0
    wait "$job" || rc=$?
    exit_is 0
    tail -c 2000 "$out" | grep -q 'the last line of the flood' || die "the tail of the output is kept"
    [ "$highest" -gt 0 ] && [ "$highest" -lt 65536 ] || die "the runner's memory stays bounded: $highest kB"
    # All of it, or less and then it is said.
    [ "$(stat -c %s "$out")" -gt 1073741824 ] || says "$err" 'dropped|left out|kept'
    rm -f "$out"
}

runner_is_up() { pgrep -n -f "ktstr-runner .*flood_of_output" >/dev/null; }

invalid_utf8() {
    hostile_test 60 invalid_utf8
    exit_is 0
    LC_ALL=C grep -aqP 'before \xff\xfe\xc3\x28 \x00 after' "$out" || die "the bytes come out as they went in"
    sidecar_says "$hostile" '"verdict":"pass"'
}

forks_daemons() {
    hostile_test 60 forks_daemons
    exit_is 0
    says "$out" 'eight daemons'
    nothing_is_left
    sidecar_says "$hostile" '"leaked":\['
}

holds_the_pipes() {
    hostile_test 60 leaks_a_child_that_holds_the_pipes
    exit_is 0
    says "$out" 'one child stays behind'
    nothing_is_left
}

reboots() {
    hostile_test 60 "$1"
    fails
    says "$out" "about to $2"
    says "$err" 'reboot|shut|power'
    sidecar_says "$hostile" '"verdict":"fail"'
    sidecar_says "$hostile" '"reason":"guest-shut-down"'
    nothing_is_left
}

kills_everything() {
    hostile_test 60 kills_everything
    exit_is 0
    says "$out" 'all others are gone'
    sidecar_says "$hostile" '"verdict":"pass"'
    nothing_is_left
}

kills_init() {
    hostile_test 60 kills_init
    exit_is 0
    nothing_is_left
}

panics_the_kernel() {
    hostile_test 60 panics_the_kernel
    fails
    says "$err" 'panic'
    says "$err" 'sysrq'
    sidecar_says "$hostile" '"reason":"guest-panic"'
    nothing_is_left
}

ends_with() { # NAME CODE WORDS
    hostile_test 60 "$1"
    fails
    [ "$2" = any ] || exit_is "$2"
    cat "$out" "$err" >"$work/both"
    says "$work/both" "$3"
    sidecar_says "$hostile" '"verdict":"fail"'
    nothing_is_left
}

eats_all_memory() {
    hostile_test 90 eats_all_memory
    fails
    says "$err" 'memory|kill|signal 9'
    nothing_is_left
}

fills_the_file_system() {
    hostile_test 90 fills_the_file_system
    exit_is 0
    says "$out" '/tmp is full'
}

time_limit() { # NAME
    # The profile kills after 20 s; the runner reports before that.
    local begun=$SECONDS
    hostile_test 40 "$1"
    fails
    [ $((SECONDS - begun)) -le 20 ] || die "the report comes before nextest's limit of 20 s"
    says "$err" 'time'
    says "$err" "$2"
    sidecar_says "$hostile" '"reason":"time-limit"'
    nothing_is_left
}

check "an unknown command names the nearest one" unknown_command
check "an unknown option names the nearest one" unknown_option
check "an unknown option of run names the nearest one" unknown_option_of_run
check "memory that is no size" bad_memory
check "a machine without CPUs" bad_topology
check "an unknown key of ktstr.toml has file, line and the nearest key" bad_config
check "a kernel that is not there" missing_kernel
check "an empty kernel" empty_kernel
check "a truncated bzImage" truncated_kernel
check "a text file as kernel" kernel_that_is_text
check "a kernel that spins without a word" silent_kernel '\xeb\xfe'
check "a kernel that halts without a word" silent_kernel '\xfa\xf4\xeb\xfd'
check "an empty store says how to fill it" empty_store
check "a test binary that is not there" no_such_binary
check "a test binary that is no program" binary_that_is_text
check "a test binary of another architecture" binary_of_another_architecture
check "a missing shared library is named" missing_library
check "an unwritable target directory" unwritable_target
check "a full disk" full_disk
check "/dev/kvm without permission" kvm_without_permission
check "a guest that floods stdout with 1 GB" flood
check "invalid UTF-8" invalid_utf8
check "a test that forks daemons" forks_daemons
check "a child that holds the test's pipes" holds_the_pipes
check "a test that reboots" reboots reboots reboot
check "a test that powers off" reboots powers_off 'power off'
check "a test that kills PID 1's children" kills_everything
check "a test that kills PID 1" kills_init
check "a test that panics the kernel" panics_the_kernel
check "a test that panics" ends_with panics 101 'as a test does that fails'
check "a test that exits with 42" ends_with exits_with_42 42 '42'
check "a test that segfaults" ends_with segfaults any 'SIGSEGV|signal 11|segmentation'
check "a test that aborts" ends_with aborts any 'SIGABRT|signal 6|abort'
check "a test that eats all memory" eats_all_memory
check "a test that fills the file system" fills_the_file_system
check "a test that hangs" time_limit hangs 'hangs|pause|hostile'
check "a test that spins" time_limit spins 'spins|hostile'
check "a test that fills every CPU at the highest priority" time_limit fills_every_cpu_in_real_time 'real-time tasks filled'
summary
