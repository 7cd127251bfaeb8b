#include "ktstr-runner/machine/spec.hpp"

#include "guest/wire/window.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ktstr::machine {

namespace {

constexpr std::uint64_t mib = 1ULL << 20;
constexpr std::uint64_t gib = 1ULL << 30;
constexpr std::uint64_t least_node =
    32 * mib; // the kernel's own floor is 4 MiB; page tables want more
constexpr std::uint64_t most_memory = 1024 * gib; // a 40-bit physical address

constexpr std::array<std::string_view, 9> own_arguments{
    "console", "earlycon", "earlyprintk", "init", "loglevel", "mem", "memmap", "rdinit", "--"};

bool is_plain(char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f;
}

} // namespace

Result<> check_kernel_argument(std::string_view argument) {
    if (argument.empty() || !std::ranges::all_of(argument, is_plain)) {
        return fail(
            Error(ErrorKind::usage,
                  fmt::format("the kernel argument `{}` is not one word", to_utf8(argument)))
                .hint("each argument is a string of its own, without spaces"));
    }
    const auto name = argument.substr(0, argument.find('='));
    if (name.starts_with("ktstr.") ||
        std::ranges::find(own_arguments, name) != own_arguments.end()) {
        return fail(ErrorKind::usage,
                    fmt::format("the kernel argument `{}` cannot be given: the machine needs `{}` "
                                "for itself",
                                argument,
                                name));
    }
    return {};
}

Result<> check_memory(const MachineSpec& spec) {
    const auto nodes = spec.topology.nodes;
    if (spec.memory < minimum_memory) {
        return fail(
            Error(ErrorKind::usage,
                  fmt::format("{} of memory is too little for a machine", human_bytes(spec.memory)))
                .hint("give it " + human_bytes(minimum_memory) + " or more"));
    }
    if (spec.memory / nodes < least_node) {
        return fail(Error(ErrorKind::usage,
                          fmt::format("{} of memory is too little for {} NUMA nodes",
                                      human_bytes(spec.memory),
                                      nodes))
                        .hint("give it " + human_bytes(nodes * least_node) + " or more"));
    }
    if (spec.memory > most_memory) {
        return fail(ErrorKind::usage,
                    fmt::format("{} of memory is more than a machine can have ({})",
                                human_bytes(spec.memory),
                                human_bytes(most_memory)));
    }
    if (spec.memory % mib != 0 || spec.window % mib != 0) {
        return fail(ErrorKind::usage,
                    fmt::format("memory and window must be whole MiB, they are {} and {} bytes",
                                spec.memory,
                                spec.window));
    }
    if (spec.window < wire::layout::payload + mib || spec.window > most_memory) {
        return fail(ErrorKind::usage,
                    fmt::format("a window of {} cannot be: it takes {} or more",
                                human_bytes(spec.window),
                                human_bytes(wire::layout::payload + mib)));
    }
    return {};
}

} // namespace ktstr::machine
