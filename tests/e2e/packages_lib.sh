# Packages of distributions' kernels, for the suites that import them: they are downloaded once, to $packages.
#
#   need_packages WHAT old_packages|new_packages|series_packages SERIES   inside a test: skips it when apt lists none of WHAT
# shellcheck shell=bash

packages=$root/target/kernel-packages
lists=${KTSTR_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/ktstr/kernels}/.apt # of fetch-distro

not_listed=3 # what becomes of X_packages when apt has no such kernel; apt itself fails with 100

# A download that fails is no reason to skip. What runs before `||` runs without errexit: hence the subshell.
need_packages() {
    local code
    set +e
    (
        set -e
        "${@:2}"
    )
    code=$?
    set -e
    case $code in
    0) ;;
    "$not_listed") skip "apt has no kernel $1" ;;
    *) die "the packages of the kernel $1 (exit code $code)" ;;
    esac
}

# apt-get with the lists of fetch-distro, which knows newer kernels than the system.
apt_of_fetch_distro() {
    local source suite
    [ -d "$lists" ] || return $not_listed
    source=$(find "$lists" -name '*.list' -print -quit)
    [ -n "$source" ] || return $not_listed
    suite=$(basename "$source" .list)
    "$@" -q -o Dir::Cache="$packages/cache" -o Dir::Etc::SourceList="$source" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$lists/lists-$suite" -o APT::Sandbox::User=root "${words[@]}"
}

# download DIRECTORY COMMAND...: the packages of a kernel, once.
download() {
    local directory=$packages/$1
    shift
    [ ! -e "$directory/done" ] || return 0
    mkdir -p "$directory" "$packages/cache/archives/partial"
    (
        cd "$directory"
        "$@" >/dev/null
        touch done
    )
}

old_packages() {
    local known image
    known=$(apt-cache pkgnames linux-image-cloud-amd64)
    [ -n "$known" ] || return $not_listed
    known=$(apt-cache depends linux-image-cloud-amd64)
    image=$(sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' <<<"$known" | head -n 1)
    [ -n "$image" ] || return $not_listed
    download old apt-get -q download "$image"
}

new_packages() {
    local words=(pkgnames linux-modules-) release
    release=$(apt_of_fetch_distro apt-cache | sed -n 's/^linux-modules-\(.*-cloud-amd64\)$/\1/p' | sort -V | tail -n 1)
    [ -n "$release" ] || return $not_listed
    words=(download "linux-binary-$release" "linux-base-$release" "linux-modules-$release")
    download new apt_of_fetch_distro apt-get
}

# The packages of the newest kernel of a series, such as 7.1: to $packages/SERIES. Newer kernels come in parts.
series_packages() { # SERIES
    local words release names=() name known
    words=(pkgnames "linux-")
    known=$(apt_of_fetch_distro apt-cache)
    release=$(sed -n "s/^linux-binary-\\(${1//./\\.}\\.[0-9]*+.*-cloud-amd64\\)\$/\\1/p" <<<"$known" | sort -V | tail -n 1)
    [ -n "$release" ] || return $not_listed
    for name in "linux-binary-$release" "linux-base-$release" "linux-modules-$release"; do
        if grep -qxF "$name" <<<"$known"; then names+=("$name"); fi
    done
    words=(download "${names[@]}")
    download "$1" apt_of_fetch_distro apt-get
}
