// The runner's side of a fork server: a paused QEMU that forks for each who asks, its guest and all
// that it has translated included (docs/design/fork-server.md).
#pragma once

#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/result.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace ktstr::machine::qemu {

// Has the process behind `control` serve under `name` until the process of the pidfd `owner` has
// ended. `note` (4096 bytes at most) is what each who asks is told. An error means that it goes on
// as before.
Result<> begin_to_serve(int control, const std::string& name, int owner, std::string_view note);

struct Forked {
    Child child;
    std::string note;
};

// Where a fork has its monitor, stdout and stderr.
using ForkDescriptors = std::array<int, 3>;

// A fork of the server of that name; absent when there is none. The server is of this host, network
// namespace and user.
Result<std::optional<Forked>> ask_for_fork(const std::string& name,
                                           const ForkDescriptors& descriptors);

} // namespace ktstr::machine::qemu
