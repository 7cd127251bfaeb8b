#include "cargo-ktstr/planner/run_directory.hpp"

#include "ktstr-runner/base/atomic_file.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <sys/random.h>

namespace ktstr::planner {

namespace fs = std::filesystem;

namespace {

Result<std::uint32_t> random_tag() {
    std::uint32_t tag = 0;
    if (::getrandom(&tag, sizeof tag, 0) != sizeof tag) {
        return fail(Error::from_errno("getrandom"));
    }
    return tag;
}

// A symlink cannot be replaced in place: a new one is made beside it and renamed over it.
Result<> point_latest_at(const fs::path& base, const std::string& name) {
    const auto temporary = base / (".latest-" + name);
    std::error_code error;
    fs::create_symlink(fs::path("runs") / name, temporary, error);
    if (!error) {
        fs::rename(temporary, base / "latest", error);
    }
    if (error) {
        return fail(ErrorKind::environment,
                    "cannot point " + (base / "latest").string() +
                        " at the run: " + error.message());
    }
    return {};
}

} // namespace

std::string run_name(std::chrono::system_clock::time_point now, std::uint32_t tag) {
    return fmt::format(
        "{:%Y%m%dT%H%M%SZ}-{:08x}", fmt::gmtime(std::chrono::system_clock::to_time_t(now)), tag);
}

namespace {

// Below `kind`, with a name of its own.
Result<fs::path> make_directory(const fs::path& base, const char* kind) {
    TRY_ASSIGN(const auto tag, random_tag());
    const auto directory = base / kind / run_name(std::chrono::system_clock::now(), tag);
    TRY(make_directories(directory), "cannot make the directory of the run");
    return fs::absolute(directory);
}

} // namespace

Result<fs::path> make_run_directory(const fs::path& target) {
    const auto base = target / "ktstr";
    TRY_ASSIGN(auto directory, make_directory(base, "runs"));
    TRY(point_latest_at(base, directory.filename().string()));
    return directory;
}

Result<fs::path> make_replay_directory(const fs::path& target) {
    return make_directory(target / "ktstr", "replays");
}

} // namespace ktstr::planner
