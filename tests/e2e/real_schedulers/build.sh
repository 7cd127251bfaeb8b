#!/usr/bin/env bash
# Builds the schedulers of the table beside it, once for each state of both, and writes their directory to stdout.
#
#   tests/e2e/real_schedulers/build.sh VMLINUX
#
# VMLINUX is a kernel with type information, which the kernel's own schedulers are compiled against. Crates and their
# dependencies are those of their lock files, from the registry that cargo is configured with.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
vmlinux=$(realpath "$1")
clang=clang-19
# Of the recipe, and what it is applied to.
key=$({ sed -e 's/#.*//' "$here/schedulers" | awk 'NF { print $1, $2 }' && cat "$here/build.sh"; } | sha256sum | cut -c1-16)
made=${XDG_CACHE_HOME:-$HOME/.cache}/ktstr/schedulers/$key

# Names, or name@version of crates, of those rows.
rows() { # kernel|crate
    sed -e 's/#.*//' "$here/schedulers" | awk -v of="$1" '
        NF && ($2 ~ /^linux-source-/) == (of == "kernel") { print of == "kernel" ? $1 : $1 "@" $2 }'
}

# Clang 19 knows instructions of BPF that the verifier of Linux 6.12 does not: they are not to be used.
clang_for_bpf() { # FILE
    cat >"$1" <<WRAPPER
#!/bin/sh
case " \$* " in
*"-target bpf "* | *"--target=bpf"*) exec $(command -v $clang) "\$@" -mcpu=v3 ;;
*) exec $(command -v $clang) "\$@" ;;
esac
WRAPPER
    chmod +x "$1"
}

crates() {
    local work=$made.work
    mkdir -p "$work/bin"
    clang_for_bpf "$work/bin/clang"
    # An interrupted build goes on where it was. In an emulated guest, libbpf's reading of the kernel's types is most of an
    # attach: it is optimised, and the rest, which takes long to compile, is not.
    # shellcheck disable=SC2046
    PATH="$work/bin:$PATH" LIBCLANG_PATH=$(llvm-config-19 --libdir) CARGO_PROFILE_DEV_DEBUG=0 \
        cargo install --quiet --debug --config profile.dev.package.libbpf-sys.opt-level=2 \
        --locked --root "$work/installed" --target-dir "$work/target" $(rows crate) >&2
    cp "$work"/installed/bin/scx_* "$1/"
}

kernels_own() {
    local source=linux-source-6.12 tree tools
    tree=$made.tools
    rm -rf "$tree"
    mkdir -p "$tree/out"
    tools=$tree/$source/tools/sched_ext
    tar -C "$tree" -xf "/usr/src/$source.tar.xz" \
        "$source"/{tools,include,scripts,kernel/bpf,arch/x86/include,arch/x86/lib,arch/x86/tools}
    # shellcheck disable=SC2046
    make --silent -j2 -C "$tools" CLANG=$clang LLVM_STRIP=llvm-strip-19 O="$tree/out" VMLINUX_BTF="$vmlinux" \
        $(rows kernel) >"$tree/log" 2>&1 || {
        tail -n 20 "$tree/log" >&2
        return 1
    }
    cp "$tree"/out/build/bin/scx_* "$1/"
}

mkdir -p "${made%/*}"
exec 9>"$made.lock"
flock 9
if [ ! -d "$made" ]; then
    draft=$made.draft
    rm -rf "$draft"
    mkdir -p "$draft"
    began=$SECONDS
    echo "real_schedulers: builds $(rows kernel | xargs) $(rows crate | xargs)" >&2
    kernels_own "$draft"
    crates "$draft"
    mv "$draft" "$made"
    rm -rf "$made.work" "$made.tools"
    echo "real_schedulers: built in $((SECONDS - began)) s" >&2
fi
echo "$made"
