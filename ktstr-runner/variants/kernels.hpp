// Which kernels schedulers are meant for, by their key `kernels`.
#pragma once

#include "ktstr-runner/store/store.hpp"
#include "ktstr-runner/variants/declarations.hpp"

#include <optional>
#include <span>
#include <string>

namespace ktstr::variants {

// Whether any of them is meant for some kernels and not for others.
bool are_of_some_kernels(std::span<const Scheduler* const> schedulers);

// "the scheduler `x` is meant for kernel 6.14.., and this is 6.12.3", of the first that is not
// meant for it; absent when all are. A spec that is wrong is an error on every kernel.
Result<std::optional<std::string>> why_not_on(std::span<const Scheduler* const> schedulers,
                                              const store::Entry& kernel);

} // namespace ktstr::variants
