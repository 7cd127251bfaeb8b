//! The Debian packages that ktstr is built, run and checked with, and why each is needed. The build script of `cargo install` reads this file too.

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Compiling the programs: what `cargo install` needs.
    Build,
    /// Running tests in VMs: what the demo needs beside that.
    Demo,
    /// Building kernels from their sources: all that `cargo ktstr` can do.
    Kernel,
    /// What only `cargo xtask test` needs: formatting, linting, unit tests.
    Test,
}

pub struct Package {
    pub name: &'static str,
    pub scope: Scope,
    pub why: &'static str,
}

#[rustfmt::skip]
pub const PACKAGES: &[Package] = &[
    Package { name: "cmake",                scope: Scope::Build,  why: "configures the build" },
    Package { name: "ninja-build",          scope: Scope::Build,  why: "runs the build" },
    Package { name: "g++",                  scope: Scope::Build,  why: "compiles; also links Rust tests" },
    Package { name: "pkg-config",           scope: Scope::Build,  why: "finds libgit2 and toml++ for CMake" },
    Package { name: "git",                  scope: Scope::Demo,   why: "tells which files of a package are tracked" },
    Package { name: "libfmt-dev",           scope: Scope::Build,  why: "text formatting" },
    Package { name: "libexpected-dev",      scope: Scope::Build,  why: "tl::expected behind Result" },
    Package { name: "nlohmann-json3-dev",   scope: Scope::Build,  why: "sidecars, QMP, nextest's lists" },
    Package { name: "libsimdjson-dev",      scope: Scope::Build,  why: "reads sidecars by the hundred thousand" },
    Package { name: "libtomlplusplus-dev",  scope: Scope::Build,  why: ".config/ktstr.toml and nextest.toml" },
    Package { name: "libcxxopts-dev",       scope: Scope::Build,  why: "command lines" },
    Package { name: "gpgv",                 scope: Scope::Demo,   why: "verifies the checksums of kernel sources" },
    Package { name: "libarchive-dev",       scope: Scope::Build,  why: "unpacks .deb files and kernel sources" },
    Package { name: "libcurl4-openssl-dev", scope: Scope::Build,  why: "downloads; the cache of GitHub Actions" },
    Package { name: "liblzo2-dev",          scope: Scope::Build,  why: "kernel images that are compressed by LZO" },
    Package { name: "libssl-dev",           scope: Scope::Build,  why: "SHA-256 of store entries" },
    Package { name: "libgit2-dev",          scope: Scope::Build,  why: "the tracked files of a package" },
    Package { name: "libseccomp-dev",       scope: Scope::Build,  why: "the VMM's filter of system calls" },
    Package { name: "libgtest-dev",         scope: Scope::Build,  why: "unit tests; CMake looks for it at configuration" },
    Package { name: "libgmock-dev",         scope: Scope::Build,  why: "matchers of the unit tests" },
    Package { name: "busybox-static",       scope: Scope::Demo,   why: "the guest's small userland" },
    Package { name: "xz-utils",             scope: Scope::Demo,   why: "unpacks kernel packages and sources" },
    Package { name: "make",                 scope: Scope::Demo,   why: "kernel build; libbpf" },
    Package { name: "libelf-dev",           scope: Scope::Demo,   why: "kernel build: objtool and resolve_btfids; libbpf in schedulers" },
    Package { name: "zlib1g-dev",           scope: Scope::Demo,   why: "libbpf in schedulers" },
    Package { name: "clang-19",             scope: Scope::Demo,   why: "BPF programs of schedulers; the sanitizers' build, libFuzzer" },
    Package { name: "kmod",                 scope: Scope::Kernel, why: "depmod, when a kernel with modules is installed" },
    Package { name: "bc",                   scope: Scope::Kernel, why: "kernel build: time constants" },
    Package { name: "flex",                 scope: Scope::Kernel, why: "kernel build: Kconfig's lexer" },
    Package { name: "bison",                scope: Scope::Kernel, why: "kernel build: Kconfig's parser" },
    Package { name: "dwarves",              scope: Scope::Kernel, why: "kernel build: pahole makes BTF" },
    Package { name: "lz4",                  scope: Scope::Kernel, why: "kernel build: compresses the image" },
    Package { name: "python3",              scope: Scope::Test,   why: "the HTTP servers of unit tests and e2e suites" },
    Package { name: "python3-yaml",         scope: Scope::Test,   why: "reads the workflows of docs/examples, and ktstr's action, for the e2e suites" },
    Package { name: "lzop",                 scope: Scope::Test,   why: "compresses what the unit tests of kernel images unpack" },
    Package { name: "cpio",                 scope: Scope::Test,   why: "looks into boot images in the e2e suites" },
    Package { name: "gnupg",                scope: Scope::Test,   why: "signs the checksums of the look-alike of kernel.org in unit tests" },
    Package { name: "file",                 scope: Scope::Test,   why: "checks in the e2e suites that programs are static" },
    Package { name: "iproute2",             scope: Scope::Test,   why: "the network between hosts that share a kernel store, in the lab" },
    Package { name: "procps",               scope: Scope::Test,   why: "pgrep in the e2e suites: nothing may be left behind" },
    Package { name: "binutils",             scope: Scope::Test,   why: "strip, for the sizes that bench reports" },
    Package { name: "llvm-19",              scope: Scope::Test,   why: "coverage: llvm-cov and llvm-profdata that read rustc's profiles" },
    Package { name: "acpica-tools",         scope: Scope::Test,   why: "iasl, which reads our ACPI tables back in unit tests" },
    Package { name: "g++-aarch64-linux-gnu", scope: Scope::Test,   why: "compiles for aarch64 what is not x86-64's own" },
    Package { name: "libclang-rt-19-dev",   scope: Scope::Test,   why: "libFuzzer's and the sanitizers' run-time" },
    Package { name: "gdb",                  scope: Scope::Test,   why: "looks into a deterministic machine in the e2e suites" },
    Package { name: "clang-format-19",      scope: Scope::Test,   why: "formatting" },
    Package { name: "clang-tidy-19",        scope: Scope::Test,   why: "static checks" },
];

/// What a release may have too old or not at all; its backports have it then.
pub struct Newer {
    pub name: &'static str,
    pub scope: Scope,
    pub why: &'static str,
    /// The lowest version that will do, major number only; 0 when any will do.
    pub at_least: u32,
}

#[rustfmt::skip]
pub const NEWER: &[Newer] = &[
    Newer { name: "qemu-system-x86",   scope: Scope::Demo, at_least: 10, why: "runs the VMs; older ones break guests that patch their own code, unless single-threaded" },
    Newer { name: "linux-source-6.12", scope: Scope::Test, at_least: 0,  why: "the kernel that CI builds" },
];
