// Where a member lies in a struct of the kernel, from the kernel's BTF
// (Documentation/bpf/btf.rst, /sys/kernel/btf/vmlinux).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ktstr::guest {

struct BtfMember {
    std::uint32_t struct_id = 0; // the type's number
    std::uint32_t offset = 0;    // bytes
};

// Of the first struct of that name. Absent when there is none, it has no such member, the member is
// a bit field, or the text is no BTF.
std::optional<BtfMember>
find_member(std::string_view btf, std::string_view structure, std::string_view member);

} // namespace ktstr::guest
