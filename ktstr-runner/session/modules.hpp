// The modules of the kernel that a test names, for its machine.
#pragma once

#include "guest/wire/messages.hpp"
#include "ktstr-runner/machine/image/payload.hpp"
#include "ktstr-runner/store/store.hpp"

#include <span>
#include <string>

namespace ktstr::session {

// Adds these modules of the kernel, and those they need, to the payload, and to the job in the
// order in which the guest must load them. The guest gets them uncompressed.
Result<> add_modules(machine::Payload& payload,
                     const store::Entry& kernel,
                     std::span<const std::string> names,
                     wire::Job& job);

} // namespace ktstr::session
