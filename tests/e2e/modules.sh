#!/usr/bin/env bash
# `modules` of ktstr.toml: modules of a distribution's kernel are loaded with those they need, before the test or its setup.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/templates_lib.sh"
source "$(dirname "$0")/packages_lib.sh"

kernels=$work/kernels # a store of its own

# import KIND: a kernel of the packages, as $key, with the modules that they bring.
import() {
    need_packages "of the $1 kind" "$1_packages"
    KTSTR_CACHE_DIR=$kernels run 120 cargo-ktstr ktstr kernel build --deb "$packages/$1"/*.deb
    exit_is 0
    key=$(cat "$out")
    export KTSTR_CACHE_DIR=$kernels KTSTR_KERNEL=$key
}

settings() { # LINE...
    printf '%s\n' "[profile.default]" "$@" >"$example/.config/ktstr.toml"
}

in_guest() { # COMMAND
    cd "$example"
    run 120 ktstr run -- /bin/sh -c "$1"
}

loads_with_what_it_needs() { # KIND
    import "$1"
    grep -q '/vfat\.ko[.a-z]*: [^ ]*/fat\.ko[.a-z]*$' "$kernels/$key"/modules/*/modules.dep || die "vfat needs fat"
    settings
    in_guest 'cat /proc/modules'
    exit_is 0
    lacks "$out" '^fat '
    settings "modules = ['vfat']"
    in_guest 'cut -d" " -f1,4 /proc/modules; grep fat /proc/filesystems; find /lib/modules/ -name "*fat.ko"'
    exit_is 0
    says "$out" '^vfat -$'
    says "$out" '^fat vfat,$'
    says "$out" '^[[:space:]]*vfat$'
    says "$out" '/vfat\.ko$'
}

adds_up_for_a_test() {
    import old
    settings "modules = ['fat']" "[[profile.default.overrides]]" "filter = 'all()'" "modules = ['vfat']"
    one_test
    exit_is 0
}

serves_a_setup() {
    import old
    empty_store
    settings "modules = ['vfat']" "setup = 'grep -w vfat /proc/modules >/etc/seen'"
    in_guest 'cat /etc/seen; cut -d" " -f1 /proc/modules'
    exit_is 0
    same "$(grep -c '^vfat ' "$out")" 1
    says "$out" '^vfat$'
    in_guest 'cat /etc/seen; cut -d" " -f1 /proc/modules'
    exit_is 0
    says "$out" '^vfat$'
}

knows_what_is_built_in() {
    import old
    settings "modules = ['serial_core', 'tmpfs-that-is-none']"
    in_guest true
    fails
    says "$err" 'no module `tmpfs-that-is-none`'
    lacks "$err" 'serial_core'
}

wrong_name() {
    import old
    settings "modules = ['vfatt']"
    in_guest true
    fails
    says "$err" 'no module `vfatt`'
    says "$err" "$key"
    says "$err" 'hint: did you mean .*`vfat`'
}

kernel_without_modules() {
    import old
    settings "modules = ['vfat']"
    KTSTR_KERNEL=$kernels/$key/image in_guest true
    fails
    says "$err" 'it is a file'
    need_packages "of the new kind" new_packages
    export KTSTR_CACHE_DIR=$work/bare
    unset KTSTR_KERNEL
    run 120 cargo-ktstr ktstr kernel build --deb "$packages"/new/linux-binary-*.deb
    exit_is 0
    in_guest true
    fails
    says "$err" 'made without modules'
}

# A module of another kernel: the guest's kernel says no, and the test has not failed by that.
refused_by_the_kernel() {
    import old
    local module
    module=$(find "$kernels/$key/modules" -name 'vfat.ko')
    head -c "$(stat -c %s "$module")" /dev/zero >"$module"
    settings "modules = ['vfat']"
    in_guest true
    fails
    says "$err" 'cannot load the module /lib/modules/.*/vfat\.ko: Exec format error'
    one_test
    fails
    sidecar_says "$example" '"verdict":"inconclusive"'
    sidecar_says "$example" 'cannotloadthemodule'
}

check "modules are loaded with what they need, of one package" loads_with_what_it_needs old
check "modules are loaded with what they need, compressed" loads_with_what_it_needs new
check "modules of a profile and an override add up" adds_up_for_a_test
check "a setup has the modules" serves_a_setup
check "what is built in is no error, what is unknown is" knows_what_is_built_in
check "a wrong name is told with the nearest" wrong_name
check "a kernel whose modules nobody has" kernel_without_modules
check "a module that the kernel refuses" refused_by_the_kernel
summary
