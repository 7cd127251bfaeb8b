# Packages of distributions' kernels, for the suites that import them: they are downloaded once, to $packages.
# shellcheck shell=bash

packages=$root/target/kernel-packages
lists=${KTSTR_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/ktstr/kernels}/.apt # of fetch-distro

# apt-get with the lists of fetch-distro, which knows newer kernels than the system.
apt_of_fetch_distro() {
    local source suite
    source=$(find "$lists" -name '*.list' 2>/dev/null | head -n 1)
    suite=$(basename "$source" .list)
    [ -n "$source" ] || return
    "$@" -q -o Dir::Cache="$packages/cache" -o Dir::Etc::SourceList="$source" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$lists/lists-$suite" -o APT::Sandbox::User=root "${words[@]}"
}

# download DIRECTORY COMMAND...: the packages of a kernel, once.
download() {
    local directory=$packages/$1
    shift
    [ -e "$directory/done" ] && return
    mkdir -p "$directory" "$packages/cache/archives/partial"
    (cd "$directory" && "$@" >/dev/null && touch done)
}

old_packages() {
    local image
    image=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
    [ -n "$image" ] && download old apt-get -q download "$image"
}

new_packages() {
    local words=(pkgnames linux-modules-) release
    release=$(apt_of_fetch_distro apt-cache | sed -n 's/^linux-modules-\(.*-cloud-amd64\)$/\1/p' | sort -V | tail -n 1)
    [ -n "$release" ] || return
    words=(download "linux-binary-$release" "linux-base-$release" "linux-modules-$release")
    download new apt_of_fetch_distro apt-get
}

# The packages of the newest kernel of a series, such as 7.1: to $packages/SERIES. Newer kernels come in parts.
series_packages() { # SERIES
    local words release names=() name known
    words=(pkgnames "linux-")
    known=$(apt_of_fetch_distro apt-cache)
    release=$(sed -n "s/^linux-binary-\\(${1//./\\.}\\.[0-9]*+.*-cloud-amd64\\)\$/\\1/p" <<<"$known" | sort -V | tail -n 1)
    [ -n "$release" ] || return
    for name in "linux-binary-$release" "linux-base-$release" "linux-modules-$release"; do
        grep -qxF "$name" <<<"$known" && names+=("$name")
    done
    words=(download "${names[@]}")
    download "$1" apt_of_fetch_distro apt-get
}
