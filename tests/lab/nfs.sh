#!/bin/bash
# The kernel store on NFS, inside the lab: what a real server and two clients, as far apart as two machines, make of its locks,
# renames and errors. `cargo xtask test lab-nfs` starts it.
source "$(dirname "$0")/../e2e/lib.sh"
source "$(dirname "$0")/nfs_lib.sh"

lean_kernel
store=$mount/store
unset KTSTR_KERNEL
export KTSTR_CACHE_DIR=$store
built=$work/built reached=$work/reached

# A tree that builds as the kernel's does, but stops in the middle until go_on gives that host the word.
tree() { # DIRECTORY
    mkdir -p "$1/kernel/sched" "$1/include"
    touch "$1/kernel/sched/core.c" "$1/kernel/sched/ext.c"
    printf 'config SCHED_CLASS_EXT\n\tbool\n' >"$1/Kconfig"
    cat >"$1/Makefile" <<MAKE
tinyconfig defconfig:
	@printf 'CONFIG_BASE="\$@"\n' >\$(O)/.config
olddefconfig syncconfig:
	@:
kernelrelease:
	@echo $release
bzImage Image:
	@touch $reached
	@read -r word <$work/go.\$\$(hostname)
	@mkdir -p \$(O)/arch/x86/boot
	@cp $work/image \$(O)/arch/x86/boot/bzImage
	@echo built >>$built
vmlinux:
	@cp /bin/true \$(O)/vmlinux
MAKE
}

go_on() { timeout 30 sh -c 'echo go >"$1"' sh "$work/go.$1" || die "$1 waits for the word: $(cat "$work/$1.err")"; }

# The header of boot.rst with the release, and four megabytes that are no kernel: most checks boot nothing.
no_kernel() { # FILE
    head -c 4M /dev/urandom >"$1"
    printf 'HdrS' | dd of="$1" bs=1 seek=$((0x202)) conv=notrunc status=none
    printf '\0\4' | dd of="$1" bs=1 seek=$((0x20E)) conv=notrunc status=none # the release is at 0x600
    printf '%s (x@y) #1\0' "$release" | dd of="$1" bs=1 seek=$((0x600)) conv=notrunc status=none
}

package() { # NAME IMAGE: of that image
    local root=$work/package
    rm -rf "$root"
    mkdir -p "$root/DEBIAN" "$root/boot"
    cp "$2" "$root/boot/vmlinuz-$release"
    cp "$(dirname "$image")/config" "$root/boot/config-$release"
    printf 'Package: linux-image-%s\nVersion: 1\nArchitecture: amd64\nMaintainer: nobody\nDescription: %s\n' \
        "$release" "$1" >"$root/DEBIAN/control"
    dpkg-deb --root-owner-group -Znone --build "$root" "$work/$1.deb"
}

kernel_on() { run_on "$1" "$2" cargo-ktstr ktstr kernel "${@:3}"; }
has_begun() { [ -e "$reached" ]; }
waits() { grep -q 'waiting for it' "$1"; }
times_built() { [ ! -e "$built" ] && echo 0 || wc -l <"$built"; }
fresh() { rm -rf "$export_root/store" "$built" "$reached"; }
nothing_passing() { same "$(ls -A "$export_root/store" | grep -E '^\.(making|gone)' || true)" ''; }

what_one_imports_the_other_finds() {
    fresh
    kernel_on b 60 path
    fails
    kernel_on a 120 build --deb "$work/one.deb"
    exit_is 0
    local key
    key=$(cat "$out")
    kernel_on b 60 path "$key"
    exit_is 0
    same "$(cat "$out")" "$store/$key/image"
    on b cmp "$(cat "$out")" "$work/image"
    kernel_on b 60 list --verify
    exit_is 0
    kernel_on b 120 build --deb "$work/one.deb"
    exit_is 0
    says "$err" 'the store has'
    nothing_passing
}

# What a host was told a moment ago is not what is so now: clients believe for a minute what they know of a directory.
news_come_at_once() {
    local key
    fresh
    kernel_on a 120 build --deb "$work/one.deb"
    key=$(cat "$out")
    kernel_on b 60 path "$key"
    exit_is 0
    kernel_on a 60 clean "$key"
    exit_is 0
    nothing_passing
    kernel_on b 60 path "$key"
    fails
    kernel_on a 120 build --deb "$work/one.deb"
    exit_is 0
    kernel_on b 60 path "$key"
    exit_is 0
}

builds() { # HOST TREE: in the background; its key and words go to $work/HOST.{out,err}
    setsid timeout 150 nsenter "--target=${hosts[$1]}" "${spaces[@]}" -- \
        cargo-ktstr ktstr kernel build "$2" >"$work/$1.out" 2>"$work/$1.err" </dev/null &
}

imports() { # HOST: the same, of a package
    timeout 150 nsenter "--target=${hosts[$1]}" "${spaces[@]}" -- \
        cargo-ktstr ktstr kernel build --deb "$work/one.deb" >"$work/$1.out" 2>"$work/$1.err" </dev/null &
}

# Sets `first` and `second` to their processes.
a_builds_and_b_waits() {
    fresh
    builds a "$work/tree"
    first=$!
    until_true 90 has_begun || die "a builds: $(cat "$work/a.err")"
    builds b "$work/tree"
    second=$!
    until_true 90 waits "$work/b.err" || die "b waits: $(cat "$work/b.err")"
}

one_builds_and_the_other_waits() {
    local first second
    a_builds_and_b_waits
    says "$work/b.err" 'pid [0-9]+ on a '
    go_on a
    wait $first || die "a ends well: $(cat "$work/a.err")"
    wait $second || die "b ends well: $(cat "$work/b.err")"
    same "$(cat "$work/b.out")" "$(cat "$work/a.out")"
    same "$(times_built)" 1
    nothing_passing
}

the_builder_is_killed_and_the_other_takes_over() {
    local first second
    a_builds_and_b_waits
    rm "$reached"
    kill -KILL -- -$first
    until_true 90 has_begun || die "b takes over: $(cat "$work/b.err")"
    go_on b
    wait $second || die "b ends well: $(cat "$work/b.err")"
    same "$(times_built)" 1
    kernel_on a 60 path "$(cat "$work/b.out")"
    exit_is 0
    nothing_passing
}

clean_spares_what_the_other_runs_on() {
    local key vm
    fresh
    kernel_on a 120 build --deb "$work/real.deb"
    key=$(cat "$out")
    rm -f "$work/started" "$work/go-on"
    mkfifo "$work/started" "$work/go-on"
    nsenter "--target=${hosts[b]}" "${spaces[@]}" -- timeout 90 ktstr run --verbose --cold --kernel "$key" -- /bin/sh -c 'echo up; read -r _' \
        >"$work/started" <"$work/go-on" 2>"$work/vm.err" &
    vm=$!
    exec 9<"$work/started" 8>"$work/go-on"
    read -r -t 80 -u 9 _ || die "the machine starts: $(cat "$work/vm.err")"
    kernel_on a 60 clean "$key"
    exit_is 1
    says "$err" 'in use'
    echo >&8
    exec 8>&- 9<&-
    wait $vm || die "the machine ends well: $(cat "$work/vm.err")"
    lacks "$work/vm.err" 'another time'
    kernel_on a 60 clean "$key"
    exit_is 0
    [ ! -e "$export_root/store/$key" ] || die "the kernel is gone"
    nothing_passing
}

# The errors of a full disk come with fsync(2), not with write(2), and the client may hold on to a file that could not be
# written: the directory stays for that one alone, until another host takes it away.
a_full_server() {
    fresh
    mkdir -p "$export_root/store"
    trap 'rm -f "$export_root/filler"' EXIT
    head -c 1G /dev/zero 2>/dev/null >"$export_root/filler" || truncate -s -2M "$export_root/filler"
    kernel_on a 120 build --deb "$work/two.deb"
    fails
    says "$err" 'no space left'
    same "$(find "$export_root/store" -path '*/.making*/*' ! -name '.nfs*')" ''
    rm "$export_root/filler"
    kernel_on b 120 build --deb "$work/two.deb"
    exit_is 0
    nothing_passing # of a's either
    kernel_on a 60 list --verify
    exit_is 0
}

a_server_that_is_read_only() {
    local key
    fresh
    kernel_on a 120 build --deb "$work/one.deb"
    key=$(cat "$out")
    trap 'exported rw' EXIT
    exported ro
    kernel_on b 60 path "$key"
    exit_is 0
    kernel_on b 60 list
    exit_is 0
    kernel_on b 120 build --deb "$work/two.deb"
    fails
    says "$err" 'read-only|permission denied'
    kernel_on b 60 clean "$key"
    fails
    says "$err" 'could not be removed'
    exported rw
    kernel_on b 60 path "$key"
    exit_is 0
}

# The server takes every root for nobody: a store that is nobody's is as good as another, and one that is not can be read.
a_server_that_trusts_no_root() {
    local key
    fresh
    kernel_on a 120 build --deb "$work/one.deb"
    key=$(cat "$out")
    trap 'exported rw' EXIT
    exported rw root_squash
    kernel_on b 60 path "$key"
    exit_is 0
    kernel_on b 120 build --deb "$work/two.deb"
    fails
    says "$err" 'permission denied'
    kernel_on b 60 clean "$key"
    fails
    says "$err" 'could not be removed'
    fresh
    mkdir "$export_root/store"
    chown 65534:65534 "$export_root/store"
    kernel_on b 120 build --deb "$work/two.deb"
    exit_is 0
    key=$(cat "$out")
    kernel_on a 60 path "$key"
    exit_is 0
    kernel_on a 60 list --verify
    exit_is 0
    kernel_on a 60 clean "$key"
    exit_is 0
    nothing_passing
}

# What was not used for longest goes, whoever put it there.
a_cap_on_the_store() {
    local one two
    fresh
    kernel_on a 120 build --deb "$work/one.deb"
    one=$(cat "$out")
    KTSTR_KERNELS_MAX=6M kernel_on b 120 build --deb "$work/two.deb"
    exit_is 0
    two=$(cat "$out")
    kernel_on a 60 path "$two"
    exit_is 0
    kernel_on a 60 path "$one"
    fails
    [ ! -e "$export_root/store/$one" ] || die "the older kernel is gone"
    nothing_passing
}

a_server_that_exports_it_no_more() {
    trap 'exported rw' EXIT
    unexported
    exportfs -f
    kernel_on b 60 list
    fails
    says "$err" 'kernel store .*(stale|permission denied)'
    kernel_on b 120 build --deb "$work/one.deb"
    fails
    says "$err" 'stale|permission denied'
}

both_import_one_package_at_once() {
    local first second
    fresh
    imports a
    first=$!
    imports b
    second=$!
    wait $first || die "a ends well: $(cat "$work/a.err")"
    wait $second || die "b ends well: $(cat "$work/b.err")"
    same "$(cat "$work/b.out")" "$(cat "$work/a.out")"
    kernel_on b 60 list --verify
    exit_is 0
    nothing_passing
}

# A host that is not heard from loses its locks when its lease has run out; what it makes of that later harms nobody.
a_builder_that_is_cut_off() {
    local first second code=0
    fresh
    builds a "$work/tree"
    first=$!
    until_true 90 has_begun || die "a builds: $(cat "$work/a.err")"
    off_the_net a
    builds b "$work/tree"
    second=$!
    until_true 90 waits "$work/b.err" || die "b waits: $(cat "$work/b.err")"
    rm "$reached"
    until_true $((3 * lease)) has_begun || die "b takes over: $(cat "$work/b.err")"
    on_the_net a
    go_on b
    go_on a
    wait $second || die "b ends well: $(cat "$work/b.err")"
    wait $first || code=$?
    [ $code = 0 ] || says "$work/a.err" '^error: '
    kernel_on b 60 list --verify
    exit_is 0
    nothing_passing
}

with_version() {
    if ! mounted a "vers=$1" || ! mounted b "vers=$1"; then
        echo "not ok NFS $1 cannot be mounted"
        failed=$((failed + 1))
        return
    fi
    local each
    for each in "${@:2}"; do check "$1: ${each//_/ }" "$each"; done
    unmounted a
    unmounted b
}

locks_that_stay_on_the_host() { # OPTION
    local store=$work/local/store key
    key=$(ls "$export_root/store") # of the check before
    mounted a "vers=3,$1" "$work/local"
    KTSTR_CACHE_DIR=$store kernel_on a 60 build --deb "$work/one.deb"
    exit_is 3
    says "$err" "mounted with .$1.: other hosts would not see its locks"
    says "$err" 'hint:.*KTSTR_CACHE_DIR'
    KTSTR_CACHE_DIR=$store kernel_on a 60 clean --keep 0
    exit_is 3
    says "$err" "mounted with .$1."
    KTSTR_CACHE_DIR=$store run_on a 60 ktstr run --kernel "$key" -- /bin/true
    exit_is 3
    says "$err" "mounted with .$1."
    KTSTR_CACHE_DIR=$store kernel_on a 60 path "$key"
    exit_is 0
    unmounted a "$work/local"
}

serve 100M
host a 1
host b 2
tree "$work/tree"
mkfifo "$work/go.a" "$work/go.b"
no_kernel "$work/image"
no_kernel "$work/other"
package one "$work/image" && package two "$work/other" && package real "$image"
with_version 4.2 a_full_server what_one_imports_the_other_finds news_come_at_once both_import_one_package_at_once \
    one_builds_and_the_other_waits the_builder_is_killed_and_the_other_takes_over clean_spares_what_the_other_runs_on \
    a_cap_on_the_store a_server_that_trusts_no_root a_server_that_is_read_only a_server_that_exports_it_no_more \
    a_builder_that_is_cut_off
with_version 4.1 the_builder_is_killed_and_the_other_takes_over
with_version 4.0 the_builder_is_killed_and_the_other_takes_over
with_version 3 what_one_imports_the_other_finds news_come_at_once the_builder_is_killed_and_the_other_takes_over \
    a_server_that_exports_it_no_more
for option in nolock local_lock=flock; do
    check "locks that stay on the host: $option" locks_that_stay_on_the_host $option
done
closed
summary
