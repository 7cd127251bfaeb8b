#!/usr/bin/env bash
# The cache of GitHub Actions, against programs that others wrote: Azurite holds the blobs, and the official client reads what we
# wrote and writes what we read. The service's three calls are those of tests/fixtures/gha.
source "$(dirname "$0")/lib.sh"

azurite_version=3.35.0 # later ones want a later node
client_version=6.3.0
packages=$root/target/gha-cache
tool=$root/build/release/unit/remote_tool
export KTSTR_NODE_MODULES=$packages/node_modules

for variable in $(compgen -e); do
    case $variable in ACTIONS_* | GITHUB_* | RUNNER_* | KTSTR_GHA_CACHE) unset "$variable" ;; esac
done

have_packages() {
    [ "$(cat "$packages/installed" 2>/dev/null)" = "$azurite_version $client_version" ] && return
    mkdir -p "$packages"
    echo '{"private": true}' >"$packages/package.json"
    (cd "$packages" && npm install --ignore-scripts --no-audit --no-fund --loglevel error \
        "azurite@$azurite_version" "@actions/cache@$client_version") || return
    echo "$azurite_version $client_version" >"$packages/installed"
}

# Starts a command, leaves what it writes in a file, and waits until that has a line that matches.
start() {
    local log=$1 wanted=$2
    shift 2
    "$@" >"$log" 2>&1 </dev/null &
    disown # `finish` ends it, without a word of bash about that
    until_true 60 grep -Eq "$wanted" "$log" || {
        cat "$log"
        die "$1 says: $wanted"
    }
}

start_servers() {
    start "$work/azurite.log" 'successfully listens on' \
        node "$KTSTR_NODE_MODULES/azurite/dist/src/blob/main.js" --blobHost 127.0.0.1 --blobPort 0 --location "$work/azurite" \
        --skipApiVersionCheck --disableTelemetry
    local blobs
    blobs=$(grep -Eo 'http://127.0.0.1:[0-9]+' "$work/azurite.log" | tail -n 1)
    start "$work/service.log" '^[0-9]+$' python3 "$root/tests/fixtures/gha/server.py" "$blobs/devstoreaccount1"
}

service() { echo "http://127.0.0.1:$(head -n 1 "$work/service.log")"; }

# The official client's version of an entry: its paths, and how it compresses.
client_version_of() {
    local IFS='|'
    printf '%s' "$*|zstd-without-long|1.0" | sha256sum | cut -d' ' -f1
}

# official WORKSPACE VERB KEY PATH...
official() {
    ACTIONS_CACHE_SERVICE_V2=1 ACTIONS_RESULTS_URL=$(service)/ ACTIONS_RUNTIME_TOKEN=token RUNNER_TEMP=$work/temp \
        GITHUB_WORKSPACE=$1 run 300 env --chdir="$1" node "$root/tests/fixtures/gha/client.mjs" "${@:2}"
    exit_is 0
}

ours() {
    KTSTR_GHA_CACHE=1 ACTIONS_RESULTS_URL=$(service)/ ACTIONS_RUNTIME_TOKEN=token run 300 "$tool" "$@"
}

# An entry of so many MiB that do not compress.
make_entry() {
    mkdir -p "$1/modules/6.12"
    head -c "$(($2 << 20))" /dev/urandom >"$1/image"
    echo module >"$1/modules/6.12/x.ko"
    cat >"$1/metadata.json" <<END
{"schema": 1, "key": "k", "version": "6.12", "arch": "x86_64", "source": "image", "made_at": 0, "sched_ext": false, "files": {}}
END
}

# The manifest that our archives begin with.
make_manifest() {
    (cd "$1" && find . -type f ! -name ktstr-manifest.json -printf '%P\n' | sort | while read -r file; do
        echo "{\"name\": \"$file\", \"size\": $(stat -c %s "$file"), \"sha256\": \"$(sha256sum "$file" | cut -d' ' -f1)\"}"
    done | paste -sd, - | sed 's/^/{"schema": 1, "files": [/; s/$/]}/' >ktstr-manifest.json)
}

# Both sides have the same files, but for what each keeps to itself.
same_entry() { diff -r --exclude metadata.json --exclude ktstr-manifest.json "$1" "$2" || die "$2 is as $1"; }

peak_below() {
    local peak
    peak=$(grep -Eo 'peak [0-9]+ KiB' "$err" | grep -Eo '[0-9]+')
    [ "$peak" -lt $((100 << 10)) ] || die "$peak KiB at the peak"
}

we_save_it_restores() {
    local entry=$work/ours-$1
    make_entry "$entry" "$1"
    KTSTR_REMOTE_VERSION=$(client_version_of ktstr-manifest.json image metadata.json modules) ours save "$entry" "ours-$1"
    exit_is 0
    says "$err" 'shared ours-'
    peak_below
    mkdir -p "$work/restored-$1"
    official "$work/restored-$1" restore "ours-$1" ktstr-manifest.json image metadata.json modules
    says "$out" "restore: ours-$1\$"
    same_entry "$entry" "$work/restored-$1"
}

it_saves_we_restore() {
    local entry=$work/theirs-$1
    make_entry "$entry" "$1"
    make_manifest "$entry"
    official "$entry" save "theirs-$1" ktstr-manifest.json image metadata.json modules
    says "$out" 'save: [0-9]+$'
    KTSTR_REMOTE_VERSION=$(client_version_of ktstr-manifest.json image metadata.json modules) \
        ours restore "theirs-$1" "$work/got-$1"
    exit_is 0
    says "$err" "hit theirs-$1"
    peak_below
    same_entry "$entry" "$work/got-$1"
}

we_save_we_restore() {
    make_entry "$work/entry" 200
    ours save "$work/entry" own
    exit_is 0
    says "$err" 'shared own \(200 MiB in'
    ours restore own "$work/own"
    exit_is 0
    says "$err" 'hit own \(200 MiB in'
    peak_below
    same_entry "$work/entry" "$work/own"
    same "$(grep -c 'PUT .*comp=block&' "$work/azurite.log")" 4
    same "$(grep -c 'PUT .*comp=blocklist' "$work/azurite.log")" 1
}

a_longer_key_is_a_miss() {
    ours restore ow "$work/ow"
    exit_is 0
    says "$err" 'miss ow '
    [ -z "$(ls "$work/ow")" ] || die "nothing is left of a miss"
}

a_second_save_is_none() {
    ours save "$work/entry" own
    exit_is 0
    says "$err" 'already has own'
}

its_entry_is_no_hit_of_ours() {
    official "$work/theirs-1" save other image
    ours restore other "$work/other"
    exit_is 0
    says "$err" 'miss other'
}

control() {
    python3 -c 'import sys, urllib.request as u
u.build_opener(u.ProxyHandler({})).open(u.Request(sys.argv[1] + "/control", data=sys.argv[2].encode()))' "$(service)" "$1"
}

an_expired_url_is_had_again() {
    control '{"stale": 1}'
    ours restore own "$work/again"
    exit_is 0
    says "$err" 'hit own'
    control '{"stale": 2}'
    ours restore own "$work/never"
    exit_is 3
    says "$err" 'answered 403'
    lacks "$err" 'sig='
    [ -z "$(ls "$work/never")" ] || die "nothing is left of a failure"
}

a_damaged_blob_leaves_nothing() {
    make_entry "$work/small" 1
    ours save "$work/small" damaged
    exit_is 0
    control '{"damage": "damaged"}'
    ours restore damaged "$work/damaged"
    exit_is 3
    says "$err" 'archive of the entry is damaged'
    [ -z "$(ls "$work/damaged")" ] || die "nothing is left of a failure"
}

missing_variables_are_named() {
    KTSTR_GHA_CACHE=1 run 10 "$tool" restore k "$work/none"
    exit_is 3
    says "$err" 'ACTIONS_RESULTS_URL and ACTIONS_RUNTIME_TOKEN are not set'
    says "$err" 'actions/github-script'
    KTSTR_GHA_CACHE=yes run 10 "$tool" restore k "$work/none"
    exit_is 2
    says "$err" 'KTSTR_GHA_CACHE is .yes.'
}

secrets_are_not_shown() {
    KTSTR_GHA_CACHE=1 ACTIONS_RESULTS_URL=http://127.0.0.1:1 ACTIONS_RUNTIME_TOKEN=the-word run 100 "$tool" restore k "$work/none"
    exit_is 3
    lacks "$err" 'the-word|sig='
}

for program in node npm zstd; do
    command -v $program >/dev/null || {
        check "the official client" skip "there is no $program"
        summary
        exit
    }
done
check "the packages of others are there" have_packages
check "our program is built" run 600 cmake --build "$root/build/release" --target remote_tool
start_servers
check "we save and restore an entry in blocks" we_save_we_restore
check "a key that merely begins so is a miss" a_longer_key_is_a_miss
check "what is there is not written again" a_second_save_is_none
check "we save, the official client restores: at once" we_save_it_restores 1
check "we save, the official client restores: in blocks" we_save_it_restores 150
check "the official client saves, we restore: at once" it_saves_we_restore 1
check "the official client saves, we restore: in blocks" it_saves_we_restore 150
check "entries of other formats are not ours" its_entry_is_no_hit_of_ours
check "a URL that has expired is had again" an_expired_url_is_had_again
check "a damaged blob leaves nothing" a_damaged_blob_leaves_nothing
check "variables that are missing are named" missing_variables_are_named
check "secrets are not shown" secrets_are_not_shown
summary
