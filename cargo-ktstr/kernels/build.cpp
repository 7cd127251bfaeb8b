#include "cargo-ktstr/kernels/build.hpp"

#include "cargo-ktstr/kernels/build_steps.hpp"
#include "cargo-ktstr/kernels/build_tools.hpp"
#include "cargo-ktstr/kernels/clean_copy.hpp"
#include "cargo-ktstr/kernels/configure.hpp"
#include "cargo-ktstr/kernels/kbuild.hpp"
#include "cargo-ktstr/kernels/source_tree.hpp"
#include "cargo-ktstr/kernels/stale.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/cache/maker_lock.hpp"
#include "ktstr-runner/host/cpus.hpp"
#include "ktstr-runner/store/image_file.hpp"

#include <fmt/format.h>

#include <sched.h>

#include <algorithm>
#include <array>

namespace ktstr::kernels {

namespace {

namespace fs = std::filesystem;

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

// This process, and so make, is kept to the first `cap` of the CPUs that it may use.
Result<> keep_to(unsigned cap) {
    cpu_set_t all;
    cpu_set_t kept;
    CPU_ZERO(&all);
    CPU_ZERO(&kept);
    if (cap == 0) {
        return {};
    }
    if (::sched_getaffinity(0, sizeof all, &all) != 0) {
        return fail(Error::from_errno("ask which CPUs may be used"));
    }
    for (int cpu = 0; cpu < CPU_SETSIZE && static_cast<unsigned>(CPU_COUNT(&kept)) < cap; ++cpu) {
        if (CPU_ISSET(cpu, &all)) {
            CPU_SET(cpu, &kept);
        }
    }
    return ::sched_setaffinity(0, sizeof kept, &kept) == 0
               ? Result<>{}
               : fail(Error::from_errno("keep to " + std::to_string(cap) + " CPUs"));
}

// A compiler's cache, where there is one: a second build of nearly the same costs a fraction.
std::vector<std::string> cached_compiler() {
    for (const auto* cache : {"ccache", "sccache"}) {
        if (find_program(cache)) {
            return {fmt::format("CC={} gcc", cache), fmt::format("HOSTCC={} gcc", cache)};
        }
    }
    return {};
}

Result<> compile(const Kbuild& kbuild,
                 const Arch& arch,
                 const BuildOptions& options,
                 const std::string& release,
                 Progress& progress) {
    const auto jobs = options.jobs != 0 ? options.jobs : host::usable_cpus();
    progress.step(
        fmt::format("building {} with {} jobs, log in {}", release, jobs, kbuild.log().string()));
    BuildSteps steps(kbuild.build().parent_path(), options.base);
    MakeOutput output;
    const auto make = [&](std::vector<std::string> targets) {
        targets.insert(targets.begin(), fmt::format("-j{}", jobs));
        return kbuild.run(targets, [&](std::string_view line) {
            output.line(line);
            progress.update(fmt::format(
                "{}: {}, at {}", release, steps.words(output.objects()), output.latest()));
        });
    };
    const auto failed = "cannot build " + release;
    if (!steps.expected()) { // make counts when the tools that it builds first are there
        TRY(make({"prepare"}), failed);
        TRY_ASSIGN(const auto left, kbuild.count_steps({arch.target, "vmlinux"}), failed);
        steps.expect(output.objects() + left);
    }
    TRY(make({arch.target, "vmlinux"}), failed);
    steps.keep(output.objects());
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
        return fail(ErrorKind::environment, "objcopy: " + printable(trim(ended.err)));
    }
    return {};
}

struct Plan {
    Kbuild kbuild;
    const Arch* arch;
    fs::path tree;
    SourceIdentity source;
    std::string release;
    std::string config;
    std::string key;
    std::string recipe; // Entry::recipe
};

Result<SourceIdentity> identity_of(const BuildOptions& options, const fs::path& tree) {
    if (const auto& from = options.provenance) {
        return SourceIdentity{.digest = from->identity, .words = from->words};
    }
    TRY_ASSIGN(auto source, identify_source(tree), "cannot tell which source this is");
    return source;
}

// Everything up to the key: configured, nothing compiled.
Result<Plan> plan(const BuildOptions& options,
                  Kbuild kbuild,
                  fs::path tree,
                  SourceIdentity source,
                  Progress& progress) {
    const auto host = store::host_arch();
    const auto* arch = std::ranges::find(arches, host, &Arch::name);
    if (arch == arches.end()) {
        return fail(ErrorKind::environment, "there is no recipe for a kernel of " + host);
    }
    TRY_ASSIGN(const auto recipe, make_recipe(tree, host, options.base, options.extra_kconfig));
    progress.step("configuring " + tree.string() + " ...");
    TRY_ASSIGN(auto configured, configure(kbuild, tree, host, recipe));
    if (!configured.notes.empty()) {
        progress.note("this kernel has no " + join(configured.notes, ", "));
    }
    // kernelrelease reads CONFIG_LOCALVERSION where syncconfig, the build's first step, writes it.
    TRY(kbuild.run({"syncconfig"}), "cannot configure the kernel");
    TRY_ASSIGN(auto release, kbuild.ask("kernelrelease"));
    const auto settings = parse_kconfig(configured.config).settings;
    const auto compiler = settings.find("CONFIG_CC_VERSION_TEXT");
    auto key = entry_key(release,
                         host,
                         source.digest,
                         configured.config,
                         compiler == settings.end() ? "" : compiler->second);
    return Plan{std::move(kbuild),
                arch,
                std::move(tree),
                std::move(source),
                std::move(release),
                std::move(configured.config),
                std::move(key),
                recipe_digest(recipe.ours)};
}

// The key speaks of the source as it was before; a file saved meanwhile may or may not be in the
// image.
Result<> check_unchanged(const BuildOptions& options, const Plan& plan) {
    TRY_ASSIGN(const auto now, identity_of(options, plan.tree));
    if (now.digest != plan.source.digest) {
        return fail(Error(ErrorKind::environment, "the source changed while it was being built")
                        .hint("run the command again; it builds only what changed"));
    }
    return {};
}

Result<store::Entry>
make_entry(const BuildOptions& options, const Plan& plan, store::Draft& draft, Progress& progress) {
    TRY(compile(plan.kbuild, *plan.arch, options, plan.release, progress));
    TRY(check_unchanged(options, plan));
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
    const auto provenance =
        options.provenance.value_or(Provenance{.kind = "source-tree", .words = {}, .identity = {}});
    store::Entry entry;
    entry.version = plan.release;
    entry.arch = plan.arch->name;
    entry.source = provenance.kind;
    entry.origin = plan.source.words;
    entry.recipe = plan.recipe;
    return draft.commit(std::move(entry));
}

} // namespace

fs::path build_directory(const fs::path& root, const fs::path& tree) {
    return root / ".build" / sha256_of(tree.string()).substr(0, 12);
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
    const auto build = build_directory(root, tree);
    TRY(make_directories(build));
    TRY_ASSIGN(const auto alone,
               cache::MakerLock::acquire(build / "ktstr.lock", "a build of " + tree.string()));
    TRY(write_file_atomically(build / "ktstr-build.log", ""));
    TRY(keep_to(options.cpu_cap));
    // Before anything is read of it: what is saved from now on shows in the end.
    TRY_ASSIGN(auto source, identity_of(options, tree));
    auto sources = tree;
    if (is_configured_in_place(tree)) {
        progress.step("copying the sources of " + tree.string() + " ...");
        sources = build / "ktstr-tree"; // `source` is a name of kbuild's
        TRY(clean_copy(tree, sources));
    }
    TRY_ASSIGN(
        const auto planned,
        plan(
            options, Kbuild(sources, build, cached_compiler()), tree, std::move(source), progress));
    TRY_ASSIGN(auto draft, store::Draft::begin(planned.key));
    if (draft.existing()) {
        return Made{.entry = *draft.existing(), .was_there = true};
    }
    TRY_ASSIGN(auto entry, make_entry(options, planned, draft, progress));
    return Made{.entry = std::move(entry), .was_there = false};
}

} // namespace ktstr::kernels
