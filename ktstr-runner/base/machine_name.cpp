#include "ktstr-runner/base/machine_name.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ktstr {

namespace {

constexpr std::array<std::string_view, 6> names{
    "auto", "kvm", "qemu", "qemu-kvm", "qemu-tcg", "det"};

} // namespace

Result<MachineName> parse_machine_name(std::string_view name) {
    const auto found = std::ranges::find(names, name);
    if (found != names.end()) {
        return static_cast<MachineName>(found - names.begin());
    }
    const auto near = nearest(name, names);
    return fail(Error(ErrorKind::usage, fmt::format("unknown machine `{}`", name))
                    .hint(near ? fmt::format("did you mean `{}`?", *near)
                               : fmt::format("known are {}", fmt::join(names, ", "))));
}

} // namespace ktstr
