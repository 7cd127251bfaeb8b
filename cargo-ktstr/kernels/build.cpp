#include "cargo-ktstr/kernels/build.hpp"

#include "cargo-ktstr/kernels/build_tools.hpp"
#include "cargo-ktstr/kernels/kbuild.hpp"
#include "cargo-ktstr/kernels/source_tree.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/store/image_file.hpp"

#include <fmt/format.h>

#include <sched.h>

#include <algorithm>
#include <array>

namespace ktstr::kernels {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t config_limit = std::size_t{16} << 20;

// What differs between architectures: uname's word, kbuild's target and where its result lies.
struct Arch {
    std::string_view name;
    const char* target;
    const char* image;
};

constexpr std::array arches{
    Arch{"x86_64",  "bzImage", "arch/x86/boot/bzImage"},
    Arch{"aarch64", "Image",   "arch/arm64/boot/Image"},
};

unsigned usable_cpus() {
    cpu_set_t set;
    CPU_ZERO(&set);
    return ::sched_getaffinity(0, sizeof set, &set) == 0
               ? static_cast<unsigned>(std::max(CPU_COUNT(&set), 1))
               : 1;
}

void ignore_line(std::string_view) {}

Result<std::string> configure(const Kbuild& kbuild, const Kconfig& requested) {
    TRY(kbuild.run({"tinyconfig"}, ignore_line), "cannot configure the kernel");
    const auto path = kbuild.build() / ".config";
    TRY_ASSIGN(const auto tiny, read_file(path, config_limit));
    TRY(write_file_atomically(path, merge_kconfig(tiny, requested)));
    TRY(kbuild.run({"olddefconfig"}, ignore_line), "cannot configure the kernel");
    TRY_ASSIGN(auto config, read_file(path, config_limit));
    const auto lost = lost_settings(requested, parse_kconfig(config).settings);
    if (!lost.empty()) {
        return fail(
            Error(ErrorKind::usage, join(lost, "\n  "))
                .context(fmt::format("the kernel's configuration does not keep {} requested line{}",
                                     lost.size(),
                                     lost.size() == 1 ? "" : "s"))
                .hint("each needs other options, which `make menuconfig` (search with /) names, or "
                      "is unknown to "
                      "this kernel; the rest of the configuration is in " +
                      path.string()));
    }
    return config;
}

Result<> compile(const Kbuild& kbuild,
                 const Arch& arch,
                 unsigned jobs,
                 const std::string& release,
                 Progress& progress) {
    progress.step(
        fmt::format("building {} with {} jobs, log in {}", release, jobs, kbuild.log().string()));
    MakeOutput output;
    TRY(kbuild.run({fmt::format("-j{}", jobs), arch.target, "vmlinux"},
                   [&](std::string_view line) {
                       output.line(line);
                       progress.update(fmt::format(
                           "{}: {} steps, at {}", release, output.objects(), output.latest()));
                   }),
        "cannot build " + release);
    progress.note(fmt::format(
        "built {}: {} steps in {}", release, output.objects(), human_time(progress.elapsed())));
    return {};
}

Result<> take(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::copy_file(from, to, error);
    if (error) {
        return fail(ErrorKind::environment,
                    "copy " + from.string() + " to " + to.string() + ": " + error.message());
    }
    return {};
}

Result<> strip_debug(const fs::path& from, const fs::path& to) {
    TRY_ASSIGN(const auto ended,
               run_captured({
                   .argv = {"objcopy", "--strip-debug", from.string(), to.string()}
    }));
    if (!ended.status.success()) {
        return fail(ErrorKind::environment, "objcopy: " + to_utf8(trim(ended.err)));
    }
    return {};
}

Result<FileLock> lock_build(const fs::path& build, const fs::path& tree) {
    const auto path = build / "ktstr.lock";
    TRY_ASSIGN(auto held, FileLock::try_acquire(path, FileLock::Mode::exclusive));
    if (held) {
        return std::move(*held);
    }
    say("another ktstr is building {}; waiting for it", tree.string());
    return FileLock::acquire(path, FileLock::Mode::exclusive);
}

struct Plan {
    Kbuild kbuild;
    const Arch* arch;
    fs::path tree;
    SourceIdentity source;
    std::string release;
    std::string config;
    std::string key;
};

// Everything up to the key: configured, nothing compiled.
Result<Plan> plan(const BuildOptions& options, Kbuild kbuild, fs::path tree, Progress& progress) {
    const auto host = store::host_arch();
    const auto* arch = std::ranges::find(arches, host, &Arch::name);
    if (arch == arches.end()) {
        return fail(ErrorKind::environment, "there is no recipe for a kernel of " + host);
    }
    TRY_ASSIGN(const auto requested, requested_settings(tree, host, options.extra_kconfig));
    progress.step("configuring " + tree.string() + " ...");
    TRY_ASSIGN(auto config, configure(kbuild, requested));
    // kernelrelease reads CONFIG_LOCALVERSION where syncconfig, the build's first step, writes it.
    TRY(kbuild.run({"syncconfig"}, ignore_line), "cannot configure the kernel");
    TRY_ASSIGN(auto release, kbuild.ask("kernelrelease"));
    TRY_ASSIGN(auto source, identify_source(tree), "cannot tell which source this is");
    const auto settings = parse_kconfig(config).settings;
    const auto compiler = settings.find("CONFIG_CC_VERSION_TEXT");
    auto key = entry_key(
        release, host, source.digest, config, compiler == settings.end() ? "" : compiler->second);
    return Plan{std::move(kbuild),
                arch,
                std::move(tree),
                std::move(source),
                std::move(release),
                std::move(config),
                std::move(key)};
}

Result<store::Entry>
make_entry(const Plan& plan, store::Draft& draft, unsigned jobs, Progress& progress) {
    TRY(compile(plan.kbuild, *plan.arch, jobs, plan.release, progress));
    // The key speaks of the source as it was before; a file saved meanwhile may or may not be in
    // the image.
    TRY_ASSIGN(const auto now, identify_source(plan.tree));
    if (now.digest != plan.source.digest) {
        return fail(Error(ErrorKind::environment, "the source changed while it was being built")
                        .hint("run the command again; it builds only what changed"));
    }
    const auto& build = plan.kbuild.build();
    TRY_ASSIGN(const auto image, store::read_image_file(build / plan.arch->image));
    if (!image.release.empty() && image.release != plan.release) {
        return fail(
            ErrorKind::internal,
            fmt::format("the image is of release {} instead of {}", image.release, plan.release));
    }
    TRY(take(build / plan.arch->image, draft.directory() / "image"));
    TRY(strip_debug(build / "vmlinux", draft.directory() / "vmlinux"));
    TRY(write_file_atomically(draft.directory() / "config", plan.config));
    store::Entry entry;
    entry.version = plan.release;
    entry.arch = plan.arch->name;
    entry.source = "source-tree";
    entry.origin = plan.source.words;
    return draft.commit(std::move(entry));
}

} // namespace

Result<Kconfig> requested_settings(const fs::path& tree,
                                   const std::string& arch,
                                   const std::vector<fs::path>& extra) {
    Kconfig requested;
    const auto add = [&](const ParsedKconfig& parsed) {
        for (const auto& [name, value] : parsed.settings) {
            requested.insert_or_assign(name, value);
        }
    };
    std::error_code ignored;
    const bool has_sched_ext = fs::exists(tree / "kernel/sched/ext.c", ignored) ||
                               fs::exists(tree / "kernel/sched/ext", ignored);
    for (const auto& fragment : builtin_fragments()) {
        if (fragment.name == "base" || fragment.name == arch ||
            (fragment.name == "sched_ext" && has_sched_ext)) {
            add(parse_kconfig(fragment.text));
        }
    }
    for (const auto& path : extra) {
        TRY_ASSIGN(
            const auto text, read_file(path, config_limit), "cannot read the extra configuration");
        const auto parsed = parse_kconfig(text);
        if (!parsed.nonsense.empty()) {
            return fail(
                Error(ErrorKind::usage,
                      path.string() + ": not a kernel setting: " + to_utf8(parsed.nonsense.front()))
                    .hint("lines are `CONFIG_X=y` or `# CONFIG_X is not set`"));
        }
        add(parsed);
    }
    return requested;
}

std::string entry_key(const std::string& release,
                      const std::string& arch,
                      const std::string& source_digest,
                      const std::string& config,
                      const std::string& compiler) {
    const auto identity = sha256_of(source_digest + "\n" + sha256_of(config) + "\n" + compiler);
    return fmt::format("{}-{}-{}", release, arch, identity.substr(0, 12));
}

Result<Made> build_kernel(const BuildOptions& options, Progress& progress) {
    TRY_ASSIGN(auto tree, check_source_tree(options.source));
    TRY(check_build_tools());
    TRY_ASSIGN(const auto root, store::writable_root());
    // One build directory for each tree, kept, so that the next build compiles only what changed.
    const auto build = root / ".build" / sha256_of(tree.string()).substr(0, 12);
    TRY(make_directories(build));
    TRY_ASSIGN(const auto alone, lock_build(build, tree));
    TRY(write_file_atomically(build / "ktstr-build.log", ""));
    TRY_ASSIGN(const auto planned, plan(options, Kbuild(tree, build), tree, progress));
    TRY_ASSIGN(auto draft, store::Draft::begin(planned.key));
    if (draft.existing()) {
        return Made{.entry = *draft.existing(), .was_there = true};
    }
    TRY_ASSIGN(
        auto entry,
        make_entry(planned, draft, options.jobs != 0 ? options.jobs : usable_cpus(), progress));
    return Made{.entry = std::move(entry), .was_there = false};
}

} // namespace ktstr::kernels
