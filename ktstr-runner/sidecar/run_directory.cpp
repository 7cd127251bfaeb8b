#include "ktstr-runner/sidecar/run_directory.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/lock.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>

namespace ktstr::sidecar {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view run_id_digits = "0123456789abcdef";
constexpr std::size_t id_length = 8;
constexpr std::string_view id_file = "run-id"; // the whole id: eight digits may belong to two runs

fs::path root_of(const fs::path& target) {
    return target / "ktstr";
}

// nextest's ids are random UUIDs, whose first digits people see and compare; any other id is
// hashed.
std::string short_id(const std::string& run_id) {
    const bool uuid =
        run_id.size() == 36 && run_id[8] == '-' &&
        std::string_view(run_id).substr(0, id_length).find_first_not_of(run_id_digits) ==
            std::string_view::npos;
    return (uuid ? run_id : sha256_of(run_id)).substr(0, id_length);
}

// 20261004T110203.123Z: sorts by time.
std::string time_stamp(std::chrono::system_clock::time_point now) {
    const auto ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() %
        1000;
    return fmt::format(
        "{:%Y%m%dT%H%M%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)), ms);
}

bool is_run_name(std::string_view name) {
    const auto dash = name.rfind('-');
    return dash != std::string_view::npos && !name.starts_with('.') &&
           name.size() - dash - 1 == id_length &&
           name.substr(dash + 1).find_first_not_of(run_id_digits) == std::string_view::npos;
}

bool belongs_to(const fs::path& directory, const std::string& run_id) {
    const auto id = read_file(directory / id_file, 4096);
    return id && *id == run_id;
}

Result<std::optional<fs::path>> find_run(const fs::path& target, const std::string& run_id) {
    TRY_ASSIGN(const auto runs, all_runs(target));
    const auto suffix = "-" + short_id(run_id);
    const auto found = std::find_if(runs.rbegin(), runs.rend(), [&](const fs::path& run) {
        return run.filename().string().ends_with(suffix) && belongs_to(run, run_id);
    });
    return found == runs.rend() ? std::nullopt : std::optional(*found);
}

// A new symbolic link renamed over the old one, so that `latest` always points somewhere.
Result<> point_latest(const fs::path& root, const fs::path& run) {
    const auto latest = root / "latest";
    const auto fresh = root / fmt::format(".latest-{}", ::getpid());
    ::unlink(fresh.c_str()); // of a process with our number that was killed; we hold the lock
    if (::symlink((fs::path("runs") / run.filename()).c_str(), fresh.c_str()) != 0) {
        return fail(Error::from_errno("make the link " + latest.string()));
    }
    if (::rename(fresh.c_str(), latest.c_str()) != 0) {
        const auto error = Error::from_errno("replace the link " + latest.string());
        ::unlink(fresh.c_str());
        return fail(error);
    }
    return {};
}

Result<fs::path> make_run(const fs::path& root, const std::string& run_id) {
    const auto runs = root / "runs";
    TRY(make_directories(runs));
    // Made under another name first: a run directory without its id is never seen.
    TRY_ASSIGN(const auto fresh, TempDir::create(".run", runs));
    TRY(write_file_atomically(fresh.path() / id_file, run_id));
    ::chmod(fresh.path().c_str(), 0755);
    // Another run with the same digits may have begun in this millisecond: then the next one is
    // taken.
    for (auto time = std::chrono::system_clock::now();; time += std::chrono::milliseconds{1}) {
        const auto run = runs / (time_stamp(time) + "-" + short_id(run_id));
        if (::rename(fresh.path().c_str(), run.c_str()) == 0) {
            TRY(point_latest(root, run));
            return run;
        }
        if (errno != EEXIST && errno != ENOTEMPTY) {
            return fail(Error::from_errno("make the run directory " + run.string()));
        }
    }
}

Result<fs::path> find_or_make(const fs::path& target, const std::string& run_id) {
    const auto root = root_of(target);
    TRY(make_directories(root));
    TRY_ASSIGN(const auto lock, FileLock::acquire(root / ".lock", FileLock::Mode::exclusive));
    TRY_ASSIGN(auto found, find_run(target, run_id));
    return found ? std::move(*found) : make_run(root, run_id);
}

} // namespace

Result<fs::path> run_directory(const fs::path& target, const std::string& run_id) {
    if (run_id.empty()) {
        return fail(ErrorKind::usage, "the id of the run (NEXTEST_RUN_ID) is empty");
    }
    // Most calls come from the many tests of the latest run: no lock for them.
    if (const auto latest = latest_run(target); latest && belongs_to(*latest, run_id)) {
        return *latest;
    }
    auto run = find_or_make(target, run_id);
    if (!run) {
        return fail(std::move(run.error())
                        .context("cannot have a run directory in " + target.string())
                        .hint("results go below the target directory: make it writable, or set "
                              "CARGO_TARGET_DIR"));
    }
    return run;
}

Result<fs::path> latest_run(const fs::path& target) {
    const auto latest = root_of(target) / "latest";
    std::error_code error;
    const auto points_to = fs::read_symlink(latest, error);
    if (error) {
        return fail(Error(ErrorKind::environment, "there is no run in " + root_of(target).string())
                        .hint("run `cargo ktstr test` first"));
    }
    const auto run = points_to.is_absolute() ? points_to : latest.parent_path() / points_to;
    if (!fs::is_directory(run, error)) {
        return fail(
            Error(ErrorKind::environment,
                  fmt::format("{} points to {}, which is gone", latest.string(), run.string()))
                .hint("name another run with --run or --dir, or run `cargo ktstr test`"));
    }
    return run;
}

Result<std::vector<fs::path>> all_runs(const fs::path& target) {
    const auto folder = root_of(target) / "runs";
    std::vector<fs::path> runs;
    std::error_code error;
    fs::directory_iterator entries(folder, error);
    if (error == std::errc::no_such_file_or_directory) {
        return runs;
    }
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
        if (is_run_name(entries->path().filename().string()) && entries->is_directory()) {
            runs.push_back(entries->path());
        }
    }
    if (error) {
        return fail(ErrorKind::environment,
                    "cannot read " + folder.string() + ": " + error.message());
    }
    std::ranges::sort(runs);
    return runs;
}

} // namespace ktstr::sidecar
