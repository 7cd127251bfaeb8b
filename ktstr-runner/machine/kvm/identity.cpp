#include "ktstr-runner/machine/kvm/identity.hpp"

#include "ktstr-runner/machine/image/kernel_arguments.hpp"
#include "ktstr-runner/machine/kvm/architecture.hpp"

#include <fmt/format.h>

namespace ktstr::machine::kvm {

Result<std::string> identity(const MachineSpec& spec, std::uint64_t tsc_khz) {
    TRY_ASSIGN(const auto map, architecture::memory_map(spec));
    const KernelFacts facts{.window_base = map.window.base,
                            .window_size = map.window.size,
                            .tsc_khz = tsc_khz,
                            .words = {}};
    return fmt::format("topology {}\nmemory {}\nreal time {}\narguments {}",
                       spec.topology.text(),
                       spec.memory,
                       spec.real_time,
                       kernel_arguments(spec, facts));
}

} // namespace ktstr::machine::kvm
