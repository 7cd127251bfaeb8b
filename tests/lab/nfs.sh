#!/bin/bash
# The kernel store on NFS, inside the lab: what a real server and two clients, as far apart as two machines, make of its locks,
# renames and errors. `cargo xtask test lab-nfs` starts it.
source "$(dirname "$0")/../e2e/lib.sh"
source "$(dirname "$0")/nfs_lib.sh"

lean=$(cargo-ktstr ktstr kernel list --json | python3 -c '
import json, sys
for entry in json.load(sys.stdin)["kernels"]:
    if "-ktstr" in entry["version"] and entry["source"] == "source-tree":
        print(entry["image"], entry["version"])
        break')
read -r image release <<<"$lean"
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
	@cp $image \$(O)/arch/x86/boot/bzImage
	@echo built >>$built
vmlinux:
	@cp /bin/true \$(O)/vmlinux
MAKE
}

go_on() { timeout 30 sh -c 'echo go >"$1"' sh "$work/go.$1" || die "$1 waits for the word: $(cat "$work/$1.err")"; }

package() { # FILE WORD: a package of the lean kernel, another one for each word
    local root=$work/package
    rm -rf "$root"
    mkdir -p "$root/DEBIAN" "$root/boot"
    cp "$image" "$root/boot/vmlinuz-$release"
    echo "# $2" | cat "$(dirname "$image")/config" - >"$root/boot/config-$release"
    printf 'Package: linux-image-%s\nVersion: 1\nArchitecture: amd64\nMaintainer: nobody\nDescription: %s\n' \
        "$release" "$2" >"$root/DEBIAN/control"
    dpkg-deb --root-owner-group -Znone --build "$root" "$1"
}

kernel_on() { run_on "$1" "$2" cargo-ktstr ktstr kernel "${@:3}"; }
has_begun() { [ -e "$reached" ]; }
waits() { grep -q 'waiting for it' "$1"; }
times_built() { [ ! -e "$built" ] && echo 0 || wc -l <"$built"; }
fresh() { rm -rf "$export_root/store" "$built" "$reached"; }
nothing_passing() { same "$(ls -A "$export_root/store" | grep -E '^\.(making|gone)' || true)" ''; }

what_one_imports_the_other_finds() {
    fresh
    package "$work/one.deb" one
    kernel_on b 20 path
    fails
    kernel_on a 60 build --deb "$work/one.deb"
    exit_is 0
    local key
    key=$(cat "$out")
    kernel_on b 20 path "$key"
    exit_is 0
    same "$(cat "$out")" "$store/$key/image"
    on b cmp "$(cat "$out")" "$image"
    kernel_on b 20 list --verify
    exit_is 0
    kernel_on b 20 build --deb "$work/one.deb"
    exit_is 0
    says "$err" 'the store has'
    nothing_passing
}

# What a host was told a moment ago is not what is so now: clients believe for a minute what they know of a directory.
news_come_at_once() {
    local key
    fresh
    package "$work/one.deb" one
    kernel_on a 60 build --deb "$work/one.deb"
    key=$(cat "$out")
    kernel_on b 20 path "$key"
    exit_is 0
    kernel_on a 20 clean "$key"
    exit_is 0
    nothing_passing
    kernel_on b 20 path "$key"
    fails
    kernel_on a 60 build --deb "$work/one.deb"
    exit_is 0
    kernel_on b 20 path "$key"
    exit_is 0
}

builds() { # HOST TREE: in the background; its key and words go to $work/HOST.{out,err}
    setsid timeout 100 nsenter "--target=${hosts[$1]}" "${spaces[@]}" -- \
        cargo-ktstr ktstr kernel build "$2" >"$work/$1.out" 2>"$work/$1.err" </dev/null &
}

imports() { # HOST: the same, of a package
    timeout 100 nsenter "--target=${hosts[$1]}" "${spaces[@]}" -- \
        cargo-ktstr ktstr kernel build --deb "$work/one.deb" >"$work/$1.out" 2>"$work/$1.err" </dev/null &
}

one_builds_and_the_other_waits() {
    local first second
    fresh
    builds a "$work/tree"
    first=$!
    until_true 60 has_begun || die "a builds: $(cat "$work/a.err")"
    builds b "$work/tree"
    second=$!
    until_true 60 waits "$work/b.err" || die "b waits: $(cat "$work/b.err")"
    says "$work/b.err" 'pid [0-9]+ on a '
    go_on a
    wait $first || die "a ends well: $(cat "$work/a.err")"
    wait $second || die "b ends well: $(cat "$work/b.err")"
    same "$(cat "$work/b.out")" "$(cat "$work/a.out")"
    same "$(times_built)" 1
    nothing_passing
}

the_other_takes_over() {
    local first second
    fresh
    builds a "$work/tree"
    first=$!
    until_true 60 has_begun || die "a builds: $(cat "$work/a.err")"
    builds b "$work/tree"
    second=$!
    until_true 60 waits "$work/b.err" || die "b waits: $(cat "$work/b.err")"
    rm "$reached"
    kill -KILL -- -$first
    until_true 40 has_begun || die "b takes over: $(cat "$work/b.err")"
    go_on b
    wait $second || die "b ends well: $(cat "$work/b.err")"
    same "$(times_built)" 1
    kernel_on a 20 path "$(cat "$work/b.out")"
    exit_is 0
    nothing_passing
}

clean_spares_what_the_other_runs_on() {
    local key vm
    fresh
    package "$work/one.deb" one
    kernel_on a 60 build --deb "$work/one.deb"
    key=$(cat "$out")
    rm -f "$work/started" "$work/go-on"
    mkfifo "$work/started" "$work/go-on"
    nsenter "--target=${hosts[b]}" "${spaces[@]}" -- timeout 90 ktstr run --verbose --cold --kernel "$key" -- /bin/sh -c 'echo up; read -r _' \
        >"$work/started" <"$work/go-on" 2>"$work/vm.err" &
    vm=$!
    exec 9<"$work/started" 8>"$work/go-on"
    read -r -t 80 -u 9 _ || die "the machine starts: $(cat "$work/vm.err")"
    kernel_on a 20 clean "$key"
    exit_is 1
    says "$err" 'in use'
    echo >&8
    exec 8>&- 9<&-
    wait $vm || die "the machine ends well: $(cat "$work/vm.err")"
    lacks "$work/vm.err" 'another time'
    kernel_on a 20 clean "$key"
    exit_is 0
    [ ! -e "$export_root/store/$key" ] || die "the kernel is gone"
    nothing_passing
}

a_full_server() {
    fresh
    package "$work/two.deb" two
    mkdir -p "$export_root/store"
    trap 'rm -f "$export_root/filler"' EXIT
    fallocate -l "$(($(stat -f -c '%a * %S' "$export_root") - (4 << 20)))" "$export_root/filler"
    kernel_on a 60 build --deb "$work/two.deb"
    fails
    says "$err" 'no space left'
    rm "$export_root/filler"
    kernel_on a 60 build --deb "$work/two.deb"
    exit_is 0
    nothing_passing # of the first either
    kernel_on b 20 list --verify
    exit_is 0
}

a_server_that_is_read_only() {
    local key
    fresh
    package "$work/one.deb" one
    kernel_on a 60 build --deb "$work/one.deb"
    key=$(cat "$out")
    trap 'exported rw' EXIT
    exported ro
    kernel_on b 20 path "$key"
    exit_is 0
    kernel_on b 20 list
    exit_is 0
    package "$work/two.deb" two
    kernel_on b 20 build --deb "$work/two.deb"
    fails
    says "$err" 'read-only|permission denied'
    kernel_on b 20 clean "$key"
    fails
    says "$err" 'could not be removed'
    exported rw
    kernel_on b 20 path "$key"
    exit_is 0
}

a_server_that_exports_it_no_more() {
    trap 'exported rw' EXIT
    unexported
    exportfs -f
    kernel_on b 20 list
    fails
    says "$err" 'kernel store .*(stale|permission denied)'
    kernel_on b 20 build --deb "$work/one.deb"
    fails
    says "$err" 'stale|permission denied'
}

locks_that_stay_on_the_host() { # OPTION
    mounted a "vers=3,$1" "$work/local"
    KTSTR_CACHE_DIR=$work/local/store kernel_on a 20 build --deb "$work/one.deb"
    unmounted a "$work/local"
    fails
    says "$err" 'local_lock='
    says "$err" 'hint:.*KTSTR_CACHE_DIR'
}

both_import_at_once() {
    local first second
    fresh
    package "$work/one.deb" one
    imports a
    first=$!
    imports b
    second=$!
    wait $first || die "a ends well: $(cat "$work/a.err")"
    wait $second || die "b ends well: $(cat "$work/b.err")"
    same "$(cat "$work/b.out")" "$(cat "$work/a.out")"
    kernel_on b 20 list --verify
    exit_is 0
    nothing_passing
}

# A host that is not heard from loses its locks when its lease has run out; what it makes of that later harms nobody.
a_builder_that_is_cut_off() {
    local first second code=0
    fresh
    builds a "$work/tree"
    first=$!
    until_true 60 has_begun || die "a builds: $(cat "$work/a.err")"
    off_the_net a
    builds b "$work/tree"
    second=$!
    until_true 60 waits "$work/b.err" || die "b waits: $(cat "$work/b.err")"
    rm "$reached"
    until_true $((3 * lease)) has_begun || die "b takes over: $(cat "$work/b.err")"
    on_the_net a
    go_on b
    go_on a
    wait $second || die "b ends well: $(cat "$work/b.err")"
    wait $first || code=$?
    echo "a ended with $code: $(cat "$work/a.out" "$work/a.err")"
    kernel_on b 20 list --verify
    exit_is 0
    nothing_passing
}

with_version() {
    mounted a "vers=$1" && mounted b "vers=$1" || die "NFS $1 can be mounted"
    check "$1: what one host imports the other finds" what_one_imports_the_other_finds
    check "$1: news come at once" news_come_at_once
    check "$1: both import one package at once" both_import_at_once
    check "$1: one host builds, the other waits and says for whom" one_builds_and_the_other_waits
    check "$1: the builder is killed, the other takes over" the_other_takes_over
    check "$1: clean spares what the other host runs on" clean_spares_what_the_other_runs_on
    check "$1: a full server" a_full_server
    check "$1: a server that is read-only" a_server_that_is_read_only
    check "$1: a server that exports it no more" a_server_that_exports_it_no_more
    [ "$1" = 3 ] || check "$1: a builder that is cut off" a_builder_that_is_cut_off
    unmounted a
    unmounted b
}

serve 200M
host a 1
host b 2
tree "$work/tree"
mkfifo "$work/go.a" "$work/go.b"
package "$work/one.deb" one >"$work/package.log"
with_version 4.2
with_version 3
for option in nolock local_lock=flock local_lock=all; do
    check "locks that stay on the host: $option" locks_that_stay_on_the_host $option
done
summary
