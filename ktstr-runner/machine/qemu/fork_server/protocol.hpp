// What a runner and the fork server in a QEMU process say to each other
// (docs/design/fork-server.md). Both are of one build. Sequenced packets of a Unix socket, numbers
// in the host's order.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ktstr::machine::qemu::fork_server {

// In the environment of a QEMU that may become one, beside LD_PRELOAD: "CONTROL,MONITOR", the
// numbers of its descriptors of the control socket and of the monitor.
inline constexpr const char* variable = "KTSTR_FORK_SERVER";

inline constexpr const char* library = "libktstr-fork-server.so";

// The name of the memory files of a guest's RAM, as /proc/<pid>/maps shows it.
inline constexpr const char* ram_name = "/memfd:ktstr-ram";

inline constexpr std::uint32_t version = 2;

enum class Ask : std::uint32_t {
    // By the control socket, or the connection that a fork was asked for by: it becomes a server
    // itself. With a listening socket and a pidfd of the owner; Note behind.
    serve = 1,
    // By a connection; with the new process's monitor, stdout and stderr.
    fork = 2,
};

// What a fork is for: forks for the same are counted. Zeros: they are not.
using Subject = std::array<char, 32>;

// The control socket's first packet is one byte of the library's: it is there.
struct Request {
    std::uint32_t version;
    Ask ask;
    Subject subject; // of `fork`
};

// To `serve` by the server; to `fork` by the new process once it runs, with its pidfd, Note behind.
struct Reply {
    std::int32_t error; // errno, 0 for none
    std::int32_t pid;
    std::uint32_t turn; // how many were asked for for the subject, this one too; 0: nobody counts
};

// Later by the server, on the connection of `fork`: how the process has ended.
struct Ended {
    std::int32_t wait_status; // of wait(2)
};

// Whatever the runner that makes the server wants those to know that ask it; bytes.
inline constexpr std::size_t most_note = 4096;

inline constexpr std::size_t serve_descriptors = 2;
inline constexpr std::size_t fork_descriptors = 3;

} // namespace ktstr::machine::qemu::fork_server
