#include "ktstr-runner/session/forks.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/base/time_stamp.hpp"
#include "ktstr-runner/host/file_digest.hpp"
#include "ktstr-runner/host/memory.hpp"
#include "ktstr-runner/templates/paths.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ktstr::session {

namespace {

constexpr std::size_t name_digits = 32;

// A boot, or an attach, costs what so many forks save.
constexpr std::uint64_t uses_before_a_server = 6;

constexpr std::size_t most_count = 256; // bytes of a file of uses

// Times of files are those of the kernel's last tick, so what follows at once may look the same.
constexpr std::int64_t settled_after_ns = 1'000'000'000;

Result<std::string> settled_identity(const std::filesystem::path& path) {
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0) {
        return fail(Error::from_errno(path.string()));
    }
    const auto changed = info.st_ctim.tv_sec * std::int64_t{1'000'000'000} + info.st_ctim.tv_nsec;
    if (wall_clock_ns() - changed < settled_after_ns) {
        return fail(ErrorKind::environment, path.string() + " was changed a moment ago");
    }
    return host::file_identity(path);
}

} // namespace

std::string fork_server_name(const Templates& templates, const std::string& key) {
    // Containers may share a network namespace, and with it these names, but not process ids.
    std::error_code ignored;
    const auto processes = std::filesystem::read_symlink("/proc/self/ns/pid", ignored);
    const auto identity = fmt::format("{}\n{}\n{}\n{}\n{}",
                                      templates.run,
                                      ::geteuid(),
                                      processes.string(),
                                      templates.root.string(),
                                      key);
    return "ktstr-fork-server/" + sha256_of(identity).substr(0, name_digits);
}

std::optional<Fd> run_owner(const Templates& templates) {
    const auto parent = ::getppid();
    const auto pid = templates.run_owner != 0 ? templates.run_owner : parent;
    Fd owner(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    // Process 1 takes the children of those that are gone.
    if (pid <= 1 || !owner || ::getppid() != parent) {
        return std::nullopt;
    }
    return owner;
}

bool has_room_for_a_server(std::uint64_t guest_memory, ServerFor what) {
    const auto memory = host::memory();
    if (!memory) {
        return false;
    }
    const auto kept_free = memory->total / (what == ServerFor::machine ? 4 : 2);
    return memory->available > guest_memory && memory->available - guest_memory > kept_free;
}

// The file has the run and the number: of another run it says nothing.
std::optional<FileLock> turn_to_serve(const Templates& templates, const std::string& key) {
    if (templates.run.empty()) {
        return std::nullopt;
    }
    const auto path = templates::uses_path(templates.root, key);
    auto lock = FileLock::try_acquire(path, FileLock::Mode::exclusive);
    if (!lock || !*lock) {
        return std::nullopt;
    }
    const auto text = read_file(path, most_count).value_or("");
    const auto space = text.rfind(' ');
    const auto counted = text.substr(0, space) == templates.run && space != std::string::npos
                             ? parse_u64(std::string_view(text).substr(space + 1)).value_or(0)
                             : 0;
    const auto now = fmt::format("{} {}", templates.run, counted + 1);
    if (::ftruncate((*lock)->fd(), 0) != 0 ||
        ::pwrite((*lock)->fd(), now.data(), now.size(), 0) != static_cast<ssize_t>(now.size()) ||
        counted + 1 != uses_before_a_server) {
        return std::nullopt;
    }
    return std::move(*lock);
}

std::string name_of_program(const Request& request) {
    const auto files = request.payload.identity(settled_identity, machine::Payload::Times::all);
    const auto rest = join(request.rehearsal, "\n") + '\n' + join(request.job.make_dirs, "\n");
    return files ? sha256_of(rest + '\n' + *files).substr(0, name_digits) : "";
}

std::string ForkNote::text() const {
    return Json::object({
                            {"kernel_release", to_utf8(kernel_release)},
                            {"received",       received               },
                            {"sent",           sent                   }
    })
        .dump();
}

Result<ForkNote> ForkNote::parse(std::string_view text) {
    const auto document = Json::parse(text, nullptr, false);
    const auto number = [&](const char* name) {
        const auto at = document.find(name);
        return at != document.end() && at->is_number_unsigned()
                   ? std::optional(at->get<std::uint64_t>())
                   : std::nullopt;
    };
    if (!document.is_object() || !document.contains("kernel_release") ||
        !document["kernel_release"].is_string() || !number("received") || !number("sent")) {
        return fail(ErrorKind::internal, "a fork server says nonsense of itself");
    }
    return ForkNote{.kernel_release = document["kernel_release"].get<std::string>(),
                    .received = *number("received"),
                    .sent = *number("sent")};
}

} // namespace ktstr::session
