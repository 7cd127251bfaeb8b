#include "ktstr-runner/variants/kernels.hpp"

#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/store/kernel_fits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::variants {

bool are_of_some_kernels(std::span<const Scheduler* const> schedulers) {
    return std::ranges::any_of(
        schedulers, [](const Scheduler* scheduler) { return !scheduler->kernels.empty(); });
}

Result<std::optional<std::string>> why_not_on(std::span<const Scheduler* const> schedulers,
                                              const store::Entry& kernel) {
    std::optional<std::string> why;
    for (const auto* scheduler : schedulers) {
        bool meant = scheduler->kernels.empty();
        for (const auto& spec : scheduler->kernels) { // all of them: a wrong one is wrong anywhere
            TRY_ASSIGN(const bool fits,
                       store::kernel_fits(spec, kernel),
                       "the scheduler `" + scheduler->name + "` declares `kernels`");
            meant = meant || fits;
        }
        if (!meant && !why) {
            why = fmt::format("the scheduler `{}` is meant for {} {}, and this is {}",
                              scheduler->name,
                              scheduler->kernels.size() == 1 ? "kernel" : "kernels",
                              join(scheduler->kernels, ", "),
                              kernel.version);
        }
    }
    return why;
}

} // namespace ktstr::variants
