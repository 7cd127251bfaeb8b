#include "cargo-ktstr/kernels/distro.hpp"

#include "cargo-ktstr/kernels/apt.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/store/image_file.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <array>

namespace ktstr::kernels {

namespace {

namespace fs = std::filesystem;

constexpr auto patience = std::chrono::minutes{5};
constexpr std::size_t tries = 2; // kernels of one suite, before the next suite is looked at

struct System {
    std::string codename;
    std::string mirror;
    std::string keyring; // empty: apt's own trusted keys
    std::string arch;    // in Debian's words
};

// apt with lists and cache of its own, below the store. An empty sources file means the system's.
struct PrivateApt {
    fs::path home;
    fs::path sources;

    std::vector<std::string> argv(const std::string& program) const {
        std::vector<std::string> out{program, "-q"};
        const auto option = [&](const std::string& name, const std::string& value) {
            out.insert(out.end(), {"-o", name + "=" + value});
        };
        option("Dir::Cache", (home / "cache").string());
        if (!sources.empty()) {
            option("Dir::Etc::SourceList", sources.string());
            option("Dir::Etc::SourceParts", "/dev/null");
            option("Dir::State::Lists", (home / ("lists-" + sources.stem().string())).string());
            option("Acquire::Languages", "none");
            option("Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled", "false");
        }
        if (::getuid() == 0) { // the user _apt may not enter a home directory
            option("APT::Sandbox::User", "root");
        }
        return out;
    }
};

Result<std::string> run(std::vector<std::string> argv, const fs::path& cwd = {}) {
    const auto what = argv.front() + " " + argv.back();
    auto environment = ktstr::environment();
    std::erase_if(environment, [](const std::string& item) {
        return item.starts_with("LC_") || item.starts_with("LANG");
    });
    environment.insert(environment.end(), {"LC_ALL=C", "DEBIAN_FRONTEND=noninteractive"});
    TRY_ASSIGN(
        auto ended,
        run_captured({.argv = std::move(argv), .environment = std::move(environment), .cwd = cwd},
                     Deadline::in(patience)));
    if (!ended.status.success()) {
        Error error(ErrorKind::environment, "`" + what + "` ended with " + ended.status.describe());
        std::string first_words;
        for (const auto& line : split(ended.err, '\n')) {
            if (line.starts_with("E: ") && first_words.empty()) {
                first_words = printable(trim(line.substr(3)));
            }
        }
        return fail(std::move(error).context(first_words.empty() ? printable(trim(ended.err))
                                                                 : first_words));
    }
    return std::move(ended.out);
}

Result<System> look_at_system(const DistroOptions& options) {
    const auto not_here = [](const std::string& why) {
        return fail(Error(ErrorKind::environment, "cannot fetch a distribution kernel here: " + why)
                        .hint("build one instead with `cargo ktstr kernel build --source DIR`"));
    };
    if (!find_program("apt-get") || !find_program("apt-cache")) {
        return not_here("this system has no apt");
    }
    const auto os_release = read_file(options.os_release, std::size_t{1} << 20);
    const auto codename = os_release ? apt::codename(*os_release) : std::nullopt;
    if (!codename) {
        return not_here(options.os_release.string() + " names no release");
    }
    TRY_ASSIGN(const auto targets,
               run({"apt-get", "indextargets", "--format", apt::target_format}));
    const auto mirror = apt::mirror(targets, *codename);
    if (!mirror) {
        return not_here("apt has no Debian archive for " + *codename + " among its sources");
    }
    const auto machine = store::host_arch();
    System system{.codename = *codename,
                  .mirror = *mirror,
                  .keyring = {},
                  .arch = machine == "x86_64"    ? "amd64"
                          : machine == "aarch64" ? "arm64"
                                                 : machine};
    static constexpr std::array keyrings{"/usr/share/keyrings/debian-archive-keyring.gpg",
                                         "/usr/share/keyrings/debian-archive-keyring.pgp"};
    for (const auto* keyring : keyrings) {
        std::error_code ignored;
        if (system.keyring.empty() && fs::exists(keyring, ignored)) {
            system.keyring = keyring;
        }
    }
    return system;
}

// A release that the store has needs no download: packages of one release have the same contents.
Result<std::optional<Made>> in_store(const std::string& release) {
    TRY_ASSIGN(const auto listing, store::list());
    for (const auto& entry : listing.entries) {
        if (entry.version == release && entry.source == "deb") {
            return std::optional(Made{.entry = entry, .was_there = true});
        }
    }
    return std::optional<Made>{};
}

Result<Made> fetch(const PrivateApt& apt, const apt::Candidate& candidate, Progress& progress) {
    TRY_ASSIGN(auto there, in_store(candidate.release));
    if (there) {
        return std::move(*there);
    }
    progress.step(fmt::format("fetching {} ...", join(candidate.packages, " and ")));
    TRY_ASSIGN(const auto folder, TempDir::create("packages", apt.home));
    auto argv = apt.argv("apt-get");
    argv.push_back("download");
    argv.insert(argv.end(), candidate.packages.begin(), candidate.packages.end());
    TRY(run(std::move(argv), folder.path()));
    DebImport import;
    for (const auto& file : fs::directory_iterator(folder.path())) {
        import.packages.push_back(file.path());
    }
    return import_debs(import);
}

// The newest kernel that this apt knows of and that can be had.
Result<Made> newest_of(const PrivateApt& apt, const System& system, Progress& progress) {
    auto argv = apt.argv("apt-cache");
    argv.push_back("pkgnames");
    TRY_ASSIGN(const auto names, run(std::move(argv)));
    const auto found = apt::candidates(split(names, '\n'), system.arch);
    if (found.empty()) {
        return fail(ErrorKind::environment, "no cloud kernel for " + system.arch + " there");
    }
    for (std::size_t i = 0; i + 1 < std::min(found.size(), tries); ++i) {
        auto made = fetch(apt, found[i], progress);
        if (made) {
            return made;
        }
        progress.note("cannot have " + found[i].release + " (" + made.error().one_line() +
                      "); trying the one before");
    }
    return fetch(apt, found[std::min(found.size(), tries) - 1], progress);
}

Result<Made> from_suite(const System& system,
                        const std::string& suite,
                        const fs::path& home,
                        Progress& progress) {
    progress.step(fmt::format("looking for a kernel in {} at {} ...", suite, system.mirror));
    const PrivateApt apt{.home = home, .sources = home / (suite + ".list")};
    TRY(make_directories(home / ("lists-" + suite) / "partial"));
    TRY(write_file_atomically(apt.sources, apt::source_line(system.mirror, suite, system.keyring)));
    auto argv = apt.argv("apt-get");
    // By default a failed download is a warning and an exit code of 0.
    argv.insert(argv.end(), {"-o", "APT::Update::Error-Mode=any", "update"});
    TRY(run(std::move(argv)));
    return newest_of(apt, system, progress);
}

} // namespace

Result<Made> fetch_distro_kernel(const DistroOptions& options, Progress& progress) {
    TRY_ASSIGN(const auto system, look_at_system(options));
    TRY_ASSIGN(const auto root, store::writable_root());
    const auto home = root / ".apt";
    TRY(make_directories(home / "cache" / "archives" / "partial"));
    TRY_ASSIGN(const auto alone, FileLock::acquire(home / "lock", FileLock::Mode::exclusive));
    for (const auto& suite : apt::newer_suites(system.codename)) {
        auto made = from_suite(system, suite, home, progress);
        if (made) {
            return made;
        }
        progress.note("no kernel from " + suite + ": " + made.error().one_line());
    }
    progress.note("taking the cloud kernel of " + system.codename +
                  " itself, which may have no sched_ext");
    TRY_ASSIGN(auto made,
               from_suite(system, system.codename, home, progress),
               "cannot fetch a kernel from " + system.mirror);
    return made;
}

} // namespace ktstr::kernels
