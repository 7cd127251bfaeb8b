#!/usr/bin/env bash
# cargo ktstr kernel: what the store shows, finds, imports and refuses; and that the kernels of both kinds boot.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/packages_lib.sh"

ktstr_kernel() { run "$1" cargo-ktstr ktstr kernel "${@:2}"; }

list_shows_entries() {
    ktstr_kernel 10 list
    exit_is 0
    says "$out" '6\.'
    ktstr_kernel 10 list --json
    exit_is 0
    says "$out" '"key"'
    says "$out" '"version"'
}

path_is_a_file() {
    ktstr_kernel 10 path
    exit_is 0
    same "$(wc -l <"$out")" 1
    [ -s "$(cat "$out")" ] || die "the path is that of an image"
}

path_by_key() {
    local key
    key=$(cargo-ktstr ktstr kernel list --json | grep -o '"key": *"[^"]*"' | head -n 1 | cut -d'"' -f4)
    ktstr_kernel 10 path "$key"
    exit_is 0
    grep -qF "/$key/" "$out" || die "the path of $key"
}

unknown_spec() {
    ktstr_kernel 10 path 6.14.x
    fails
    says "$err" '6\.14\.x'
    says "$err" 'hint:'
}

empty_list() {
    KTSTR_CACHE_DIR=$work/empty ktstr_kernel 10 list
    exit_is 0
    KTSTR_CACHE_DIR=$work/empty ktstr_kernel 10 path
    fails
    says "$err" 'hint:.*kernel (build|fetch)'
}

damaged_entry() {
    mkdir -p "$work/damaged/some-key"
    echo '{"schema": ' >"$work/damaged/some-key/metadata.json"
    KTSTR_CACHE_DIR=$work/damaged ktstr_kernel 10 list
    cat "$out" "$err" >"$work/both"
    says "$work/both" 'some-key'
}

every_kernel_boots() {
    local key keys
    keys=$(cargo-ktstr ktstr kernel list --json | grep -o '"key": *"[^"]*"' | cut -d'"' -f4)
    [ -n "$keys" ] || die "the store has entries"
    for key in $keys; do
        run 90 ktstr run --kernel "$key" -- /bin/uname -r
        exit_is 0
        says "$out" '^[0-9]+\.'
    done
}

# distribution_kernel_boots SERIES KIND_packages [ARGUMENT]: its packages become an entry, and that a machine.
distribution_kernel_boots() {
    local series=$1 directory release
    directory=$packages/$([ "$2" = old_packages ] && echo old || echo "$series")
    need_packages "$series" "${@:2}"
    export KTSTR_CACHE_DIR=$work/distribution
    ktstr_kernel 120 build --deb "$directory"/*.deb
    exit_is 0
    release=$(cargo-ktstr ktstr kernel list --json | python3 -c '
import json, sys
print(*[one["version"] for one in json.load(sys.stdin)["kernels"] if one["key"] == sys.argv[1]])' "$(cat "$out")")
    [[ $release == "$series".* ]] || die "$release is a release of $series"
    run 90 ktstr run --kernel "$(cat "$out")" -- /bin/uname -r
    exit_is 0
    same "$(cat "$out")" "$release"
}

clean_spares_a_running_machine() {
    local store=$work/clean key vm
    mkdir -p "$store" && cp -a "$(dirname "$(cargo-ktstr ktstr kernel path)")" "$store/" || die "the store can be copied"
    key=$(ls "$store")
    mkfifo "$work/started" "$work/go"
    KTSTR_CACHE_DIR=$store timeout 90 ktstr run --cold --kernel "$key" -- /bin/sh -c 'echo up; read -r _' \
        >"$work/started" <"$work/go" 2>"$work/vm.err" &
    vm=$!
    exec 9<"$work/started" 8>"$work/go" # in the order in which the machine opens them
    read -r -t 80 -u 9 _ || die "the machine starts: $(cat "$work/vm.err")"
    KTSTR_CACHE_DIR=$store ktstr_kernel 10 clean "$key"
    exit_is 1
    says "$err" 'in use'
    [ -e "$store/$key/image" ] || die "the kernel of a running machine is there"
    echo >&8
    exec 8>&- 9<&-
    wait $vm || die "the machine ends well: $(cat "$work/vm.err")"
    KTSTR_CACHE_DIR=$store ktstr_kernel 10 clean "$key"
    exit_is 0
    [ ! -e "$store/$key" ] || die "the kernel is gone"
}

not_a_deb() {
    echo 'not a package' >"$work/fake.deb"
    KTSTR_CACHE_DIR=$work/debs ktstr_kernel 20 build --deb "$work/fake.deb"
    fails
    says "$err" 'fake\.deb'
    [ -z "$(ls -A "$work/debs" 2>/dev/null | grep -v '^\.')" ] || die "nothing is left in the store"
}

deb_without_a_kernel() {
    mkdir -p "$work/deb/DEBIAN" "$work/deb/usr/share/nothing"
    printf 'Package: nothing\nVersion: 1\nArchitecture: all\nMaintainer: nobody\nDescription: nothing\n' >"$work/deb/DEBIAN/control"
    dpkg-deb --root-owner-group --build "$work/deb" "$work/nothing.deb"
    KTSTR_CACHE_DIR=$work/debs ktstr_kernel 20 build --deb "$work/nothing.deb"
    fails
    says "$err" 'vmlinuz|kernel'
}

not_a_source_tree() {
    mkdir -p "$work/tree"
    KTSTR_CACHE_DIR=$work/trees ktstr_kernel 20 build --source "$work/tree"
    fails
    says "$err" 'tree'
}

kernel_without_an_image() {
    mkdir -p "$work/unbuilt/arch/x86" "$work/unbuilt/scripts"
    : >"$work/unbuilt/Kconfig"
    : >"$work/unbuilt/Makefile"
    run 20 ktstr run --kernel "$work/unbuilt" -- /bin/true
    fails
    says "$err" 'unbuilt'
}

check "list shows the entries" list_shows_entries
check "path names an image" path_is_a_file
check "path takes a key" path_by_key
check "a spec that is none" unknown_spec
check "an empty store" empty_list
check "a damaged entry is shown as damaged" damaged_entry
check "every kernel of the store boots" every_kernel_boots
check "a distribution's kernel boots: 6.1" distribution_kernel_boots 6.1 old_packages
for series in 7.0 7.1 7.3; do
    check "a distribution's kernel boots: $series" distribution_kernel_boots $series series_packages $series
done
check "clean spares what a machine runs on" clean_spares_a_running_machine
check "a file that is no .deb" not_a_deb
check "a .deb without a kernel" deb_without_a_kernel
check "a directory that is no source tree" not_a_source_tree
check "a source tree that was not built" kernel_without_an_image
summary
