// Fork servers of a run: machines that stand where a template was saved, and of which the run's
// other tests take forks (docs/design/fork-server.md). Like templates a gain in time and no more.
#pragma once

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/lock.hpp"
#include "ktstr-runner/session/session.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace ktstr::session {

// The one of this run for the template of that key.
std::string fork_server_name(const Templates& templates, const std::string& key);

// The pidfd of the process that ends when the run does; absent when it is gone.
std::optional<Fd> run_owner(const Templates& templates);

// Whether there is memory to spare, of the host's and within the limits of this process's cgroups:
// a server keeps a guest's and an emulator's. Of programs there are many, so they leave more free.
enum class ServerFor { machine, program };
bool has_room_for_a_server(std::uint64_t guest_memory, ServerFor what = ServerFor::machine);

// Counts a use of the template in this run. Once, when it has been used so often that a machine
// that must be made first is likely to be worth it, the answer is a lock: its holder makes the
// server.
std::optional<FileLock> turn_to_serve(const Templates& templates, const std::string& key);

// What the tests of one program have in common, as 32 hexadecimal digits: the files that they are
// given, and what is rehearsed. Empty: a file was changed within the last second, and could be
// again without anybody being able to tell.
std::string name_of_program(const Request& request);

// What a server is told for those who take forks of it.
struct ForkNote {
    std::string kernel_release;
    std::uint64_t received = 0; // as in templates::Meta
    std::uint64_t sent = 0;

    std::string text() const;
    static Result<ForkNote> parse(std::string_view text);
};

} // namespace ktstr::session
