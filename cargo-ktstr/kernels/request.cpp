#include "cargo-ktstr/kernels/request.hpp"

#include "cargo-ktstr/cli/arguments.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

namespace ktstr::kernels {

namespace {

constexpr cli::Option build_options[] = {
    {.heading = "What to build",
     .name = "source",
     .value = "DIR",
     .help = "The top directory of a kernel source tree; the same as DIR with a `/` in it."},
    {.heading = "What to build",
     .name = "deb",
     .value = "FILE...",
     .help = "The packages of one kernel of Debian or Ubuntu: linux-image-*, or linux-binary-* and "
             "linux-base-*, and linux-modules-* where there is one."},
    {.heading = "What to build",
     .name = "no-verify",
     .help = "Take sources without a checked signature and checksum."},
    {.heading = "How",
     .name = "base",
     .value = "BASE",
     .help = "The configuration to begin with: lean, defconfig, tree (the .config of the source "
             "tree) or a file. What tests need is added to it.", .fallback = "lean"},
    {.heading = "How",
     .name = "extra-kconfig",
     .value = "FILE",
     .help = "More settings, on top of all others; may be repeated."},
    {.heading = "How",
     .name = "jobs",
     .letter = 'j',
     .value = "N",
     .help = "Jobs of make.",
     .fallback = "the CPUs this process may use"},
    {.heading = "How",
     .name = "cpu-cap",
     .value = "N",
     .help = "The most CPUs that the build may use."},
};

constexpr cli::Example build_examples[] = {
    {"The newest 6.14, and the newest of each series from 6.15 to 6.18:",
     "kernel build 6.14 6.15..6.18"                                                  },
    {"A branch, with one more setting:",
     "kernel build git+https://host/linux.git#for-next --extra-kconfig kasan.kconfig"},
};

constexpr cli::Example fetch_examples[] = {
    {"The distribution's kernel, without installing it:", "kernel fetch-distro"          },
    {"With the trace of an error:",                       "kernel fetch-distro --verbose"},
};

Result<unsigned> count_of(std::string_view option, const std::string& text) {
    constexpr unsigned most = 4096;
    const auto count = parse_u64(text);
    if (!count || *count == 0 || *count > most) {
        return fail(
            ErrorKind::usage,
            fmt::format("--{} is a number from 1 to {}, not `{}`", option, most, to_utf8(text)));
    }
    return static_cast<unsigned>(*count);
}

bool is_package(const std::string& word) {
    return word.ends_with(".deb");
}

std::vector<std::filesystem::path> paths(const std::vector<std::string>& names) {
    return {names.begin(), names.end()};
}

// One word of the command line: a kernel, or a package of the one kernel that packages make.
Result<> take(const std::string& word, BuildRequest& request) {
    if (is_package(word)) {
        request.packages.emplace_back(word);
        return {};
    }
    TRY(store::parse_kernel_spec(word));
    request.specs.push_back(word);
    return {};
}

} // namespace

Result<BuildRequest> read_build_request(std::span<const std::string> words) {
    TRY_ASSIGN(const auto arguments, cli::parse(build_spec, words));
    BuildRequest request{.packages = paths(arguments.values("deb")),
                         .extra_kconfig = paths(arguments.values("extra-kconfig"))};
    const bool debs = !request.packages.empty();
    for (const auto& word : arguments.positionals()) {
        if (debs) { // --deb takes all that follow
            request.packages.emplace_back(word);
        } else {
            TRY(take(word, request));
        }
    }
    for (const auto& tree : arguments.values("source")) {
        request.specs.push_back(tree.find('/') == std::string::npos ? "./" + tree : tree);
    }
    if (!request.packages.empty() && !request.specs.empty()) {
        return fail(
            Error(ErrorKind::usage,
                  "`kernel build` makes kernels from sources or one from packages, not both")
                .hint("see `cargo ktstr kernel build --help`"));
    }
    if (const auto jobs = arguments.value("jobs")) {
        TRY_ASSIGN(request.jobs, count_of("jobs", *jobs));
    }
    if (const auto cap = arguments.value("cpu-cap")) {
        TRY_ASSIGN(request.cpu_cap, count_of("cpu-cap", *cap));
    }
    request.base = arguments.value("base").value_or(request.base);
    if (request.base.empty()) {
        return fail(ErrorKind::usage, "--base is empty: lean, defconfig, tree or a file");
    }
    request.verify = arguments.has("no-verify") ? Verify::no : Verify::yes;
    return request;
}

const cli::Spec build_spec{
    .name = "kernel build",
    .usage = "[SPEC...] [OPTIONS]",
    .about =
        "Makes kernels of the store, from their sources or from packages, and prints their keys. "
        "A kernel that is there already is not made again.\n"
        "SPEC is a version (6.14, 7.0.13, 6.15-rc3), a range 6.12..6.14, git+URL#REF, the path of "
        "a source tree, or the packages of one kernel. Without SPEC: the newest stable or "
        "longterm kernel with eight patch releases.",
    .options = build_options,
    .positionals = cli::any_number,
    .examples = build_examples,
};

const cli::Spec fetch_distro_spec{
    .name = "kernel fetch-distro",
    .about = "Fetches the distribution's cloud kernel with apt into the store; nothing is "
             "installed, and the system's package sources stay as they are.",
    .examples = fetch_examples,
};

} // namespace ktstr::kernels
