#include "ktstr-runner/machine/kvm/counters.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/machine/kvm/call.hpp"

#include <linux/kvm.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string_view>
#include <vector>

namespace ktstr::machine::kvm {

namespace {

struct Wanted {
    std::string_view name;
    std::uint64_t VcpuCounters::* counter;
};

constexpr std::array wanted{
    Wanted{"exits",               &VcpuCounters::exits       },
    Wanted{"halt_exits",          &VcpuCounters::halts       },
    Wanted{"halt_wait_ns",        &VcpuCounters::halt_wait_ns},
    Wanted{"preemption_reported", &VcpuCounters::preemptions },
    Wanted{"signal_exits",        &VcpuCounters::signals     },
};

// kvm_stats_desc as C lays it out (kvm_abi.hpp says why not the header's): a name of
// header.name_size follows.
struct Description {
    std::uint32_t flags;
    std::int16_t exponent;
    std::uint16_t size;
    std::uint32_t offset;
    std::uint32_t bucket_size;
};

static_assert(sizeof(Description) == 16);

Result<> read_at(int fd, std::uint64_t offset, std::span<std::byte> into) {
    const auto n = ::pread(fd, into.data(), into.size(), static_cast<off_t>(offset));
    if (n != static_cast<ssize_t>(into.size())) {
        return fail(Error::from_errno("cannot read KVM's statistics"));
    }
    return {};
}

template <class T> Result<T> read_at(int fd, std::uint64_t offset) {
    T value{};
    TRY(read_at(fd, offset, std::as_writable_bytes(std::span(&value, 1))));
    return value;
}

} // namespace

Result<VcpuCounters> read_counters(int vcpu) {
    TRY_ASSIGN(const auto number, KTSTR_KVM(vcpu, KVM_GET_STATS_FD, 0));
    const Fd fd(number);
    TRY_ASSIGN(const auto header, read_at<kvm_stats_header>(fd.get(), 0));
    const auto entry_size = sizeof(Description) + header.name_size;
    std::vector<std::byte> table(entry_size * header.num_desc);
    TRY(read_at(fd.get(), header.desc_offset, table));
    VcpuCounters counters;
    for (std::size_t at = 0; at < table.size(); at += entry_size) {
        Description description{};
        std::memcpy(&description, table.data() + at, sizeof description);
        const auto* const text =
            reinterpret_cast<const char*>(table.data() + at + sizeof description);
        const std::string_view name(text, ::strnlen(text, header.name_size));
        for (const auto& want : wanted) {
            if (want.name == name) {
                TRY_ASSIGN(
                    counters.*want.counter,
                    read_at<std::uint64_t>(fd.get(), header.data_offset + description.offset));
            }
        }
    }
    return counters;
}

} // namespace ktstr::machine::kvm
