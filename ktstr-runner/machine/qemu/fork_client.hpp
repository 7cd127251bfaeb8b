// The runner's side of a fork server: a paused QEMU that forks for each who asks, its guest and all
// that it has translated included (docs/design/fork-server.md).
#pragma once

#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/result.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ktstr::machine::qemu {

// Whether the library of a fork server is in the process behind `control`, from its start on.
bool has_library(int control);

// Has the process behind `control`, which has the library or is a fork, serve under `name` until
// the process of the pidfd `owner` has ended. `note` (4096 bytes at most) is what each who asks is
// told. An error means that it goes on as before.
Result<> begin_to_serve(int control, const std::string& name, int owner, std::string_view note);

struct Forked {
    Child child;
    std::string note;
    std::uint32_t turn = 0;      // how many were asked for for the subject; 0: nobody counts
    std::shared_ptr<Fd> control; // the fork lives as long as that is open, or serves
};

// Where a fork has its monitor, stdout and stderr.
using ForkDescriptors = std::array<int, 3>;

// A fork of the server of that name; absent when there is none. The server is of this host, network
// namespace and user. `subject`: what it is for, by a name of at most 32 bytes; empty: anything.
Result<std::optional<Forked>> ask_for_fork(const std::string& name,
                                           const ForkDescriptors& descriptors,
                                           std::string_view subject = {});

} // namespace ktstr::machine::qemu
