#include "cargo-ktstr/commands/kernel.hpp"

#include "cargo-ktstr/kernels/build.hpp"
#include "cargo-ktstr/kernels/distro.hpp"
#include "cargo-ktstr/kernels/listing.hpp"
#include "ktstr-runner/base/exit_code.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/text.hpp"

#include <cxxopts.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace ktstr::commands {

namespace {

using Arguments = std::span<const std::string>;

constexpr std::string_view usage = R"text(Usage: cargo ktstr kernel <command> [options]

Makes, lists and finds the kernels that tests boot.

Commands:
  build --source DIR   build a kernel from its sources, by the lean recipe
  build --deb FILE...  make a store entry from Debian packages of one kernel
  fetch-distro         fetch the distribution's cloud kernel with apt; nothing is installed
  list                 show what the store holds
  path [SPEC]          print the path of the image that SPEC means

Options of build:
  --source DIR         the top directory of a kernel source tree
  --extra-kconfig FILE more settings, on top of the recipe's; may be given again
  -j, --jobs N         jobs of make [default: the CPUs this process may use]
  --deb FILE...        linux-image-*, or linux-binary-* and linux-base-* [and linux-modules-*]
Options of list:
  --json               as JSON, on stdout
  --verify             also read every file and compare its digest

The store is $KTSTR_CACHE_DIR, else $XDG_CACHE_HOME/ktstr/kernels, else ~/.cache/ktstr/kernels.
SPEC is a path (image, built source tree, package), a version or its beginning, or a key of the store
[default: $KTSTR_KERNEL, else the newest kernel, one with sched_ext before one without].

Examples:
  cargo ktstr kernel build --source ~/linux
  cargo ktstr test --kernel "$(cargo ktstr kernel path 6.12)"
)text";

Error misuse(std::string message) {
    return Error(ErrorKind::usage, std::move(message)).hint("see `cargo ktstr kernel --help`");
}

void print(std::string_view text) {
    static_cast<void>(std::fwrite(text.data(), 1, text.size(), stdout));
    static_cast<void>(std::fflush(stdout));
}

// Unknown long options, with the nearest known one. Values of options do not begin with dashes.
Result<> check_options(Arguments arguments, std::span<const std::string_view> known) {
    for (const auto& argument : arguments) {
        const auto name = std::string_view(argument).substr(0, argument.find('='));
        if (!name.starts_with("--") || std::ranges::find(known, name) != known.end()) {
            continue;
        }
        auto error = Error(ErrorKind::usage, "unknown option `" + to_utf8(name) + "`");
        const auto near = nearest(name, known);
        return fail(std::move(error).hint(near ? "did you mean `" + *near + "`?"
                                               : "see `cargo ktstr kernel --help`"));
    }
    return {};
}

// cxxopts throws; here is where it ends.
Result<cxxopts::ParseResult>
parse(cxxopts::Options& options, Arguments arguments, std::span<const std::string_view> known) {
    TRY(check_options(arguments, known));
    std::vector<const char*> argv{"kernel"};
    for (const auto& argument : arguments) {
        argv.push_back(argument.c_str());
    }
    try {
        auto parsed = options.parse(static_cast<int>(argv.size()), argv.data());
        if (!parsed.unmatched().empty()) {
            return fail(
                misuse("unexpected argument `" + to_utf8(parsed.unmatched().front()) + "`"));
        }
        return parsed;
    } catch (const cxxopts::exceptions::exception& error) {
        return fail(misuse(to_utf8(error.what())));
    }
}

Result<int> report(const kernels::Made& made, std::chrono::nanoseconds took) {
    const auto& entry = made.entry;
    say("{} {} ({}, {}, {}sched_ext), {}",
        made.was_there ? "the store has" : "made",
        entry.key,
        entry.version,
        human_bytes(entry.size),
        entry.sched_ext ? "" : "no ",
        human_time(took));
    return 0;
}

std::vector<std::filesystem::path> paths(const std::vector<std::string>& names) {
    return {names.begin(), names.end()};
}

Result<int> build(Arguments arguments) {
    cxxopts::Options options("build");
    options.add_options()("source", "", cxxopts::value<std::string>())(
        "extra-kconfig", "", cxxopts::value<std::vector<std::string>>())(
        "j,jobs", "", cxxopts::value<std::string>())(
        "deb", "", cxxopts::value<std::vector<std::string>>())(
        "files", "", cxxopts::value<std::vector<std::string>>());
    options.parse_positional({"files"});
    static constexpr std::array<std::string_view, 4> known{
        "--source", "--extra-kconfig", "--jobs", "--deb"};
    TRY_ASSIGN(const auto given, parse(options, arguments, known));
    const auto many = [&](const char* name) {
        return given.count(name) != 0 ? given[name].as<std::vector<std::string>>()
                                      : std::vector<std::string>{};
    };
    auto packages = many("deb");
    const auto files = many("files"); // --deb takes all that follow
    const auto begun = Clock::now();
    if (!packages.empty() && given.count("source") == 0) {
        packages.insert(packages.end(), files.begin(), files.end());
        TRY_ASSIGN(const auto made, kernels::import_debs({.packages = paths(packages)}));
        return report(made, Clock::now() - begun);
    }
    if (given.count("source") != 1 || !packages.empty() || !files.empty()) {
        return fail(misuse("`kernel build` takes either --source DIR or --deb FILE..."));
    }
    kernels::BuildOptions recipe{.source = given["source"].as<std::string>(),
                                 .extra_kconfig = paths(many("extra-kconfig"))};
    if (given.count("jobs") != 0) {
        const auto text = given["jobs"].as<std::string>();
        const auto jobs = parse_u64(text);
        if (!jobs || *jobs == 0 || *jobs > 4096) {
            return fail(misuse("--jobs is a number from 1 to 4096, not `" + to_utf8(text) + "`"));
        }
        recipe.jobs = static_cast<unsigned>(*jobs);
    }
    kernels::Progress progress;
    TRY_ASSIGN(const auto made, kernels::build_kernel(recipe, progress));
    return report(made, Clock::now() - begun);
}

Result<int> fetch_distro(Arguments arguments) {
    cxxopts::Options options("fetch-distro");
    TRY(parse(options, arguments, {}));
    const auto begun = Clock::now();
    kernels::Progress progress;
    TRY_ASSIGN(const auto made, kernels::fetch_distro_kernel({}, progress));
    return report(made, Clock::now() - begun);
}

Result<int> list(Arguments arguments) {
    cxxopts::Options options("list");
    options.add_options()("json", "")("verify", "");
    static constexpr std::array<std::string_view, 2> known{"--json", "--verify"};
    TRY_ASSIGN(const auto given, parse(options, arguments, known));
    TRY_ASSIGN(auto listing, store::list());
    if (given.count("verify") != 0) {
        TRY(kernels::verify_all(listing));
    }
    if (given.count("json") != 0) {
        print(kernels::listing_json(listing));
    } else {
        TRY_ASSIGN(const auto root, store::root());
        print(kernels::listing_table(listing, root, std::chrono::system_clock::now()));
    }
    return listing.damaged.empty() ? 0 : static_cast<int>(ExitCode::failed);
}

Result<int> path(Arguments arguments) {
    if (arguments.size() > 1) {
        return fail(misuse("`kernel path` takes one SPEC"));
    }
    if (!arguments.empty() && arguments[0].starts_with('-')) {
        return fail(misuse("unknown option `" + to_utf8(arguments[0]) + "`"));
    }
    TRY_ASSIGN(const auto entry, store::resolve(arguments.empty() ? "" : arguments[0]));
    print(entry.image.string() + "\n");
    return 0;
}

struct Command {
    std::string_view name;
    Result<int> (*run)(Arguments);
};

constexpr std::array commands{
    Command{"build",        build       },
    Command{"fetch-distro", fetch_distro},
    Command{"list",         list        },
    Command{"path",         path        },
};

} // namespace

Result<int> kernel_command(Arguments arguments) {
    if (arguments.empty()) {
        return fail(misuse("`kernel` needs a command: build, fetch-distro, list or path"));
    }
    for (const auto& argument : arguments) {
        if (argument == "--help" || argument == "-h") {
            print(usage);
            return 0;
        }
    }
    std::vector<std::string_view> names;
    for (const auto& command : commands) {
        if (command.name == arguments[0]) {
            return command.run(arguments.subspan(1));
        }
        names.push_back(command.name);
    }
    auto error = misuse("unknown command `kernel " + to_utf8(arguments[0]) + "`");
    if (const auto near = nearest(arguments[0], names)) {
        return fail(
            Error(ErrorKind::usage, error.message()).hint("did you mean `kernel " + *near + "`?"));
    }
    return fail(std::move(error));
}

} // namespace ktstr::commands
