#!/usr/bin/env bash
# Kernels from kernel.org and from git, as far as a few lines of Python look like both: resolved, fetched, verified, "built",
# kept, and booted.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/mirror_lib.sh"

unset KTSTR_KERNEL
lean_kernel
version=${release%-ktstr}
series=${version%.*}
export KTSTR_CACHE_DIR=$work/store

ktstr_kernel() { run "$1" cargo-ktstr ktstr kernel "${@:2}"; }

prepare_mirror() {
    local other=${series%.*}.$((${series#*.} + 1)).3
    mirror_begin
    mirror_release "$version" "$release"
    mirror_release "$other" "$release"
    cat >"$mirror/releases.json" <<JSON
{"releases": [{"moniker": "stable", "version": "$other", "iseol": false},
              {"moniker": "longterm", "version": "$version", "iseol": false}]}
JSON
    mkdir -p "$mirror/git"
    git init -q --bare "$mirror/git/linux.git"
    tree "$work/git-tree" "$release"
    (cd "$work/git-tree" && git init -q -b main && git add . &&
        git -c user.name=x -c user.email=x@y commit -qm one && git tag v1 && git branch topic/for-next &&
        git push -q "$mirror/git/linux.git" --all && git push -q "$mirror/git/linux.git" --tags)
    git -C "$mirror/git/linux.git" symbolic-ref HEAD refs/heads/main
    mirror_serve
}
prepare_mirror >"$work/mirror.log" 2>&1 || {
    cat "$work/mirror.log"
    echo "not ok the mirror cannot be made"
    echo "0 passed, 1 failed"
    exit 1
}

tarballs_asked_for() { python3 -c 'import sys, urllib.request as u; print(u.build_opener(u.ProxyHandler({})).open(sys.argv[1]).read().decode())' "$base/requests"; }
built() { [ ! -e "$builds" ] && echo 0 || grep -c . "$builds"; }
fresh() { rm -rf "$KTSTR_CACHE_DIR" "$builds"; }

newest_of_a_series() {
    fresh
    ktstr_kernel 120 build "$series"
    exit_is 0
    same "$(wc -l <"$out")" 1
    says "$err" "made ${release//+/.}"
    ktstr_kernel 10 path "$series"
    exit_is 0
    grep -qF "/$(cut -d' ' -f1 "$out" | xargs dirname | xargs basename)/" "$out"
    run 100 ktstr run --kernel "$series" -- /bin/uname -r
    exit_is 0
    same "$(cat "$out")" "$release"
    same "$(find "$KTSTR_CACHE_DIR/.sources" -mindepth 1 -maxdepth 1 ! -name '*.lock')" ''
    same "$(find "$KTSTR_CACHE_DIR/.build" -mindepth 1 -maxdepth 1 -type d)" ''
}

what_is_there_is_not_fetched_again() {
    local before
    before=$(tarballs_asked_for)
    ktstr_kernel 60 build "$version"
    exit_is 0
    says "$err" 'the store has'
    same "$(tarballs_asked_for)" "$before"
    same "$(built)" 1
}

another_recipe_is_another_kernel() {
    echo 'CONFIG_MORE=y' >"$work/more.kconfig"
    ktstr_kernel 120 build "$version" --extra-kconfig "$work/more.kconfig" --base defconfig
    exit_is 0
    same "$(cargo-ktstr ktstr kernel list --json | grep -c '"key":')" 2
    config=$(dirname "$(cargo-ktstr ktstr kernel path "$(cat "$out")")")/config
    says "$config" 'CONFIG_MORE=y'
    says "$config" 'CONFIG_BASE="defconfig"'
}

# What somebody else signed, or nobody, is not what kernel.org signed.
another_signer_is_another_source() {
    ktstr_kernel 120 build "$version" --no-verify
    exit_is 0
    says "$err" 'NOT verified'
    ktstr_kernel 10 path "$series"
    exit_is 0
    run 10 cargo-ktstr ktstr kernel list --json
    says "$out" 'unverified-tarball'
    # Of one release the verified one counts, though the other was made last.
    same "$(python3 -c 'import json, sys
print(*[one["source"] for one in json.load(open(sys.argv[1]))["kernels"] if one["image"] == sys.argv[2]])' \
        "$out" "$(cargo-ktstr ktstr kernel path "$series")")" tarball
    (unset KTSTR_KERNEL_SIGNER && ktstr_kernel 60 build "$version" && fails && says "$err" 'signed by another key')
}

without_a_network() {
    KTSTR_KERNEL_MIRROR=http://127.0.0.1:1 ktstr_kernel 120 build "$series"
    exit_is 0
    says "$err" 'the newest in the store is used'
    KTSTR_KERNEL_MIRROR=http://127.0.0.1:1 ktstr_kernel 10 build "$version"
    exit_is 0
    KTSTR_KERNEL_MIRROR=http://127.0.0.1:1 ktstr_kernel 120 build 5.99
    fails
    says "$err" '5\.99'
    # Of this recipe there is none, and another one will not do.
    echo 'CONFIG_OTHER=y' >"$work/other.kconfig"
    KTSTR_KERNEL_MIRROR=http://127.0.0.1:1 ktstr_kernel 120 build "$series" --extra-kconfig "$work/other.kconfig"
    fails
}

wrong() { # FAULT WORDS
    fresh
    KTSTR_KERNEL_MIRROR=$base/fault/$1 ktstr_kernel 120 build "$version"
    fails
    says "$err" "$2"
    same "$(cargo-ktstr ktstr kernel list --json | grep -c '"key":')" 0
}

versions_that_are_not_there() {
    ktstr_kernel 60 build "$series.9999"
    fails
    says "$err" "$version"
    ktstr_kernel 60 build 4.4
    fails
    says "$err" '4\.4'
    ktstr_kernel 60 build 4.2..4.4
    fails
    says "$err" '4\.[24]'
    ktstr_kernel 60 build 6.14..6.12
    fails
    says "$err" 'ends before it begins'
}

a_range() {
    local first=$series last=${series%.*}.$((${series#*.} + 2))
    fresh
    ktstr_kernel 60 list --range "$first..$last"
    exit_is 0
    same "$(wc -l <"$out")" 2
    says "$out" "^$series +$version +not in the store"
    says "$err" "there is no ${last//./\\.}"
    ktstr_kernel 120 build "$first..$last"
    exit_is 0
    same "$(wc -l <"$out")" 2
    says "$err" "there is no ${last//./\\.}"
}

eight_at_once() {
    fresh
    local pids=() pid i
    for i in 1 2 3 4 5 6 7 8; do
        BUILD_SLOWLY=2 cargo-ktstr ktstr kernel build "$version" >"$work/key.$i" 2>"$work/err.$i" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || die "all of them succeed: $(cat "$work"/err.*)"; done
    same "$(built)" 1
    same "$(sort -u "$work"/key.* | wc -l)" 1
    grep -q 'waiting for it' "$work"/err.* || die "those who wait say so"
}

# Killed at any moment, the store is sound, and the next one comes to the end.
killed_at_any_moment() {
    local i pid kills=0
    fresh
    for i in $(seq "${KTSTR_E2E_KILLS:-12}"); do
        BUILD_SLOWLY=0.6 setsid cargo-ktstr ktstr kernel build "$version" >/dev/null 2>"$work/err.kill" &
        pid=$!
        sleep "$(printf '0.%03d' $((RANDOM % 900)))" # the moment of the kill, not a wait for anything
        kill -KILL -- -$pid 2>/dev/null && kills=$((kills + 1))
        wait $pid 2>/dev/null || true
        cargo-ktstr ktstr kernel list --verify >"$work/list" || die "the store is sound: $(cat "$work/list")"
        [ "$(built)" = 0 ] || fresh # there would be nothing left to kill
    done
    echo "$kills kills"
    [ $kills -gt 0 ] || die "some were killed; the last one said: $(cat "$work/err.kill")"
    ktstr_kernel 120 build "$version"
    exit_is 0
    run 100 ktstr run --kernel "$version" -- /bin/uname -r
    same "$(cat "$out")" "$release"
}

git_by() { # URL
    fresh
    for ref in main topic/for-next v1 "$(git -C "$mirror/git/linux.git" rev-parse main)"; do
        ktstr_kernel 120 build "git+$1#$ref"
        exit_is 0
        ktstr_kernel 10 path "git+$1#$ref"
        exit_is 0
    done
    same "$(built)" 1
    ktstr_kernel 60 build "git+$1#topic/for-nxt"
    fails
    says "$err" 'topic/for-next'
}

a_tree_of_ones_own() {
    fresh
    cp -r "$work/git-tree" "$work/own"
    ktstr_kernel 120 build "$work/own"
    exit_is 0
    echo changed >>"$work/own/kernel/sched/core.c"
    ktstr_kernel 120 build "$work/own"
    exit_is 0
    says "$err" 'made'
    same "$(built)" 2
    (cd "$work/own" && git checkout -q kernel/sched/core.c)
    ktstr_kernel 120 build "$work/own"
    exit_is 0
    says "$err" 'the store has'
    mkdir "$work/no-tree"
    ktstr_kernel 10 build "$work/no-tree"
    fails
    says "$err" 'not a kernel source tree'
}

no_space() {
    fresh
    mkdir -p "$KTSTR_CACHE_DIR"
    mount -t tmpfs -o size=64k tmpfs "$KTSTR_CACHE_DIR" 2>/dev/null || skip "tmpfs cannot be mounted here"
    ktstr_kernel 60 build "$version"
    umount "$KTSTR_CACHE_DIR"
    fails
    says "$err" 'No space left|no space|full'
}

made_when_a_test_needs_it() {
    fresh
    run 200 ktstr run --kernel "$series" -- /bin/uname -r
    exit_is 0
    same "$(cat "$out")" "$release"
    says "$err" 'making it'
}

# By the cache of GitHub Actions, as tests/fixtures/gha answers for it: one job builds, the next one does not.
shared_between_jobs() {
    local port
    coproc cache { exec python3 "$root/tests/fixtures/gha/server.py"; }
    read -r port <&"${cache[0]}"
    local job=(env KTSTR_GHA_CACHE=1 ACTIONS_RESULTS_URL="http://127.0.0.1:$port/" ACTIONS_RUNTIME_TOKEN=the-word)
    fresh
    run 120 "${job[@]}" cargo-ktstr ktstr kernel build "$version"
    exit_is 0
    says "$err" 'cache: miss'
    says "$err" 'cache: shared'
    fresh
    run 120 "${job[@]}" cargo-ktstr ktstr kernel build "$version"
    exit_is 0
    says "$err" 'cache: hit'
    lacks "$err" 'the-word|fetching'
    same "$(built)" 0
    cargo-ktstr ktstr kernel list --verify || die "the entry is whole"
    run 100 ktstr run --kernel "$version" -- /bin/uname -r
    same "$(cat "$out")" "$release"
    fresh
    run 120 env KTSTR_GHA_CACHE=1 cargo-ktstr ktstr kernel build "$version"
    exit_is 0
    same "$(grep -c 'uses: actions/github-script' "$err")" 1
    fresh
    run 120 env KTSTR_GHA_CACHE=1 ACTIONS_RESULTS_URL=http://127.0.0.1:1/ ACTIONS_RUNTIME_TOKEN=the-word \
        cargo-ktstr ktstr kernel build "$version"
    exit_is 0
    says "$err" 'warning: GitHub Actions cache'
    lacks "$err" 'the-word'
    same "$(built)" 1
    run 20 env KTSTR_GHA_CACHE=yes cargo-ktstr ktstr kernel build "$version"
    exit_is 2
    says "$err" 'KTSTR_GHA_CACHE is .yes.'
}

check "the newest of a series: fetched, verified, built, booted" newest_of_a_series
check "what is there is not fetched again" what_is_there_is_not_fetched_again
check "another recipe is another kernel" another_recipe_is_another_kernel
check "another signer's is another source" another_signer_is_another_source
check "without a network the store's" without_a_network
check "made when a machine needs it" made_when_a_test_needs_it
check "a page in place of a tarball" wrong html 'HTML|html|page'
check "a tarball cut off" wrong truncated 'transfer closed|ended'
check "a tarball with another byte" wrong changed 'SHA-256|checksum|digest'
check "a list signed by nobody" wrong signature 'signature|signed'
check "no tarball" wrong missing 'does not exist'
check "versions that are not there" versions_that_are_not_there
check "a range, and what it lacks" a_range
check "eight at once build once" eight_at_once
check "killed at any moment" killed_at_any_moment
check "git by file" git_by "file://$mirror/git/linux.git"
check "git by smart HTTP" git_by "$base/git/linux.git"
check "a tree of one's own, dirty and clean" a_tree_of_ones_own
check "no space" no_space
check "shared between jobs" shared_between_jobs
summary
