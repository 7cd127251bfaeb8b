#include "ktstr-runner/machine/kvm/x86_64/vcpu_state.hpp"

#include "ktstr-runner/base/x86_64/kvm_abi.hpp"
#include "ktstr-runner/machine/kvm/call.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::machine::kvm::x86_64 {

namespace {

Result<std::vector<std::uint32_t>> listed_msrs(int system) {
    constexpr std::size_t most = 1024;
    std::vector<std::uint32_t> list(most + 1); // the count, then the indices
    list[0] = most;
    TRY(call(system, kvm_abi::get_msr_index_list, list.data(), "KVM_GET_MSR_INDEX_LIST"));
    const auto count = std::min<std::size_t>(list[0], most);
    list.erase(list.begin());
    list.resize(count);
    return list;
}

// The MTRRs (SDM volume 3, table 12-5): the default, the fixed ranges, the variable ones; PAT is in
// KVM's list.
std::vector<std::uint32_t> memory_type_msrs() {
    std::vector<std::uint32_t> out{0x250, 0x258, 0x259};
    for (std::uint32_t fixed_4k = 0x268; fixed_4k <= 0x26f; ++fixed_4k) {
        out.push_back(fixed_4k);
    }
    for (std::uint32_t variable = 0x200; variable < 0x210; ++variable) {
        out.push_back(variable);
    }
    out.push_back(0x2ff); // enables the others
    return out;
}

// KVM stops at the first MSR that it does not take, and says how many it did.
Result<std::size_t> transfer(int vcpu,
                             unsigned long request,
                             kvm_abi::Array<kvm_msr_entry>& msrs,
                             std::string_view name) {
    TRY_ASSIGN(const auto done, call(vcpu, request, msrs.get(), name));
    return static_cast<std::size_t>(done);
}

} // namespace

Result<std::vector<std::uint32_t>> readable_msrs(int system, int vcpu) {
    TRY_ASSIGN(auto indices, listed_msrs(system));
    for (const auto index : memory_type_msrs()) {
        if (std::ranges::find(indices, index) == indices.end()) {
            indices.push_back(index);
        }
    }
    std::erase_if(indices,
                  [](auto index) { return index == msr_tsc || index == msr_tsc_deadline; });
    std::erase_if(indices, [vcpu](auto index) { return !read_msr(vcpu, index); });
    return indices;
}

Result<std::size_t> xsave_size(int vm) {
    TRY_ASSIGN(const auto size, KTSTR_KVM(vm, KVM_CHECK_EXTENSION, KVM_CAP_XSAVE2));
    return std::max(static_cast<std::size_t>(size), sizeof(kvm_abi::Xsave));
}

Result<VcpuState> read_vcpu(int vcpu, std::size_t xsave_size, std::span<const std::uint32_t> msrs) {
    VcpuState state{};
    TRY(KTSTR_KVM(vcpu, KVM_GET_MP_STATE, &state.mp_state));
    TRY(KTSTR_KVM(vcpu, KVM_GET_VCPU_EVENTS, &state.events));
    TRY(KTSTR_KVM(vcpu, KVM_GET_REGS, &state.regs));
    TRY(KTSTR_KVM(vcpu, KVM_GET_SREGS, &state.sregs));
    state.xsave.resize(xsave_size);
    const auto get = xsave_size > sizeof(kvm_abi::Xsave) ? kvm_abi::get_xsave2 : kvm_abi::get_xsave;
    TRY(call(vcpu, get, state.xsave.data(), "KVM_GET_XSAVE"));
    TRY(KTSTR_KVM(vcpu, KVM_GET_XCRS, &state.xcrs));
    TRY(KTSTR_KVM(vcpu, KVM_GET_DEBUGREGS, &state.debugregs));
    TRY(KTSTR_KVM(vcpu, KVM_GET_LAPIC, &state.lapic));
    std::ranges::transform(msrs, std::back_inserter(state.msrs), [](std::uint32_t index) {
        return kvm_msr_entry{.index = index, .reserved = 0, .data = 0};
    });
    kvm_abi::Array<kvm_msr_entry> array{std::span<const kvm_msr_entry>(state.msrs)};
    TRY_ASSIGN(const auto read, transfer(vcpu, kvm_abi::get_msrs, array, "KVM_GET_MSRS"));
    if (read != msrs.size()) {
        return fail(ErrorKind::environment,
                    fmt::format("KVM does not give the MSR {:#x}", msrs[read]));
    }
    std::ranges::copy(array.entries(), state.msrs.begin());
    return state;
}

Result<> write_vcpu(int vcpu, const VcpuState& state) {
    TRY(KTSTR_KVM(vcpu, KVM_SET_MP_STATE, &state.mp_state));
    TRY(KTSTR_KVM(vcpu, KVM_SET_REGS, &state.regs));
    TRY(KTSTR_KVM(vcpu, KVM_SET_SREGS, &state.sregs));
    TRY(call(vcpu, kvm_abi::set_xsave, state.xsave.data(), "KVM_SET_XSAVE"));
    TRY(KTSTR_KVM(vcpu, KVM_SET_XCRS, &state.xcrs));
    TRY(KTSTR_KVM(vcpu, KVM_SET_DEBUGREGS, &state.debugregs));
    TRY(KTSTR_KVM(vcpu, KVM_SET_LAPIC, &state.lapic));
    kvm_abi::Array<kvm_msr_entry> array{std::span<const kvm_msr_entry>(state.msrs)};
    TRY_ASSIGN(const auto written, transfer(vcpu, kvm_abi::set_msrs, array, "KVM_SET_MSRS"));
    if (written != state.msrs.size()) {
        return fail(
            ErrorKind::environment,
            fmt::format("KVM does not take the MSR {:#x} that it gave", state.msrs[written].index));
    }
    TRY(KTSTR_KVM(vcpu, KVM_SET_VCPU_EVENTS, &state.events));
    return {};
}

Result<std::uint64_t> read_msr(int vcpu, std::uint32_t index) {
    const kvm_msr_entry entry{.index = index, .reserved = 0, .data = 0};
    kvm_abi::Array<kvm_msr_entry> one{std::span(&entry, 1)};
    TRY_ASSIGN(const auto read, transfer(vcpu, kvm_abi::get_msrs, one, "KVM_GET_MSRS"));
    if (read != 1) {
        return fail(ErrorKind::environment, fmt::format("KVM does not give the MSR {:#x}", index));
    }
    return one.entries()[0].data;
}

Result<> write_msr(int vcpu, std::uint32_t index, std::uint64_t value) {
    const kvm_msr_entry entry{.index = index, .reserved = 0, .data = value};
    kvm_abi::Array<kvm_msr_entry> one{std::span(&entry, 1)};
    TRY_ASSIGN(const auto written, transfer(vcpu, kvm_abi::set_msrs, one, "KVM_SET_MSRS"));
    if (written != 1) {
        return fail(ErrorKind::environment, fmt::format("KVM does not take the MSR {:#x}", index));
    }
    return {};
}

} // namespace ktstr::machine::kvm::x86_64
