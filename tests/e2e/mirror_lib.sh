# A look-alike of kernel.org for the suites that need one. Its sources have a Makefile of the same targets as the kernel's, which takes a
# second and puts the image of a real kernel where make would; the real build is that of the lean kernel, which every suite runs on.
#
# After `lean_kernel`: mirror_begin, mirror_release for each, $mirror/releases.json, mirror_serve; then $base is its URL.

mirror=$work/mirror
builds=$work/builds # a line for each build
export GNUPGHOME=$work/gnupg

# A tree that builds as the kernel's does, of the release that it is given.
tree() { # DIRECTORY RELEASE [IMAGE]: the lean kernel's unless another is named
    local built=${3:-$image}
    mkdir -p "$1/kernel/sched" "$1/include"
    touch "$1/kernel/sched/core.c" "$1/kernel/sched/ext.c"
    printf 'config SCHED_CLASS_EXT\n\tbool\n' >"$1/Kconfig"
    cat >"$1/Makefile" <<MAKE
tinyconfig defconfig:
	@printf 'CONFIG_BASE="\$@"\n' >\$(O)/.config
olddefconfig:
	@echo 'CONFIG_CC_VERSION_TEXT="cc 1"' >>\$(O)/.config
syncconfig:
	@:
kernelrelease:
	@echo $2
prepare:
	@:
bzImage Image:
	@echo '  CC      kernel/fork.o'
	@if [ -n "\$\$BUILD_SLOWLY" ]; then sleep "\$\$BUILD_SLOWLY"; fi
	@mkdir -p \$(O)/arch/x86/boot
	@cp $built \$(O)/arch/x86/boot/bzImage
	@echo $2 >>$builds
vmlinux:
	@cp /bin/true \$(O)/vmlinux
MAKE
}

mirror_begin() {
    mkdir -p "$GNUPGHOME"
    chmod 700 "$GNUPGHOME"
    gpg --batch --quiet --passphrase '' --quick-gen-key 'test <test@example.com>' ed25519 sign never
    gpg --batch --quiet --export >"$work/keys.gpg"
}

mirror_release() { # VERSION RELEASE [IMAGE]: what its kernel calls itself, and who that is
    local folder=$mirror/pub/linux/kernel/v${1%%.*}.x
    mkdir -p "$folder"
    tree "$work/linux-$1" "${@:2}"
    tar -C "$work" -cJf "$folder/linux-$1.tar.xz" "linux-$1"
}

# Signs what there is, and answers for it from now on.
mirror_serve() {
    local folder
    for folder in "$mirror"/pub/linux/kernel/v*; do
        (cd "$folder" && sha256sum ./*.tar.xz | sed 's|\./||' | gpg --batch --quiet --clearsign >sha256sums.asc)
    done
    coproc server { exec python3 "$root/tests/fixtures/kernel_org/serve.py" "$mirror"; }
    read -r port <&"${server[0]}"
    disown # `finish` ends it, without a word of bash about that
    base=http://127.0.0.1:$port
    KTSTR_KERNEL_SIGNER=$(gpg --batch --with-colons --list-keys | awk -F: '$1 == "fpr" { print $10; exit }')
    export KTSTR_KERNEL_SIGNER KTSTR_KERNEL_KEYRING=$work/keys.gpg KTSTR_KERNEL_MIRROR=$base
}
