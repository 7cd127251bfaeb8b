#include "ktstr-runner/machine/kvm/machine_state.hpp"

#include <cstring>
#include <type_traits>

namespace ktstr::machine::kvm {

namespace {

constexpr std::uint64_t magic = 0x3154'4154'5354'534b; // "KSTSTAT1" in memory order

class Writer final {
public:
    template <class T>
        requires std::is_trivially_copyable_v<T>
    void put(const T& value) {
        append(std::as_bytes(std::span(&value, 1)));
    }

    template <class T>
        requires std::is_trivially_copyable_v<T>
    void put(const std::vector<T>& values) {
        put(std::uint64_t{values.size()});
        append(std::as_bytes(std::span(values)));
    }

    std::vector<std::byte> take() && { return std::move(bytes_); }

private:
    void append(std::span<const std::byte> bytes) {
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    }

    std::vector<std::byte> bytes_;
};

class Reader final {
public:
    explicit Reader(std::span<const std::byte> bytes) : rest_(bytes) {}

    template <class T>
        requires std::is_trivially_copyable_v<T>
    Result<> get(T& value) {
        return copy(std::as_writable_bytes(std::span(&value, 1)));
    }

    template <class T>
        requires std::is_trivially_copyable_v<T>
    Result<> get(std::vector<T>& values) {
        std::uint64_t count = 0;
        TRY(get(count));
        if (count > rest_.size() / sizeof(T)) {
            return cut();
        }
        values.resize(count);
        return copy(std::as_writable_bytes(std::span(values)));
    }

    bool at_end() const { return rest_.empty(); }

    static tl::unexpected<Error> cut() {
        return fail(ErrorKind::environment, "the machine's saved state is cut or not one");
    }

private:
    Result<> copy(std::span<std::byte> into) {
        if (into.size() > rest_.size()) {
            return cut();
        }
        if (!into.empty()) {
            std::memcpy(into.data(), rest_.data(), into.size());
        }
        rest_ = rest_.subspan(into.size());
        return {};
    }

    std::span<const std::byte> rest_;
};

// One list of what there is, for both directions.
template <class State, class Each> void for_each_part(State& vcpu, Each each) {
    each(vcpu.mp_state);
    each(vcpu.regs);
    each(vcpu.sregs);
    each(vcpu.xcrs);
    each(vcpu.debugregs);
    each(vcpu.lapic);
    each(vcpu.events);
    each(vcpu.xsave);
    each(vcpu.msrs);
}

} // namespace

std::vector<std::byte> to_bytes(const MachineState& state) {
    Writer out;
    out.put(magic);
    out.put(state.clocks.tsc);
    out.put(state.clocks.kvmclock_ns);
    out.put(state.clocks.deadlines);
    out.put(state.uart);
    for (const auto& vcpu : state.vcpus) {
        for_each_part(vcpu, [&out](const auto& part) { out.put(part); });
    }
    return std::move(out).take();
}

Result<MachineState> machine_state(std::span<const std::byte> bytes) {
    Reader in(bytes);
    std::uint64_t mark = 0;
    TRY(in.get(mark));
    if (mark != magic) {
        return Reader::cut();
    }
    MachineState state;
    TRY(in.get(state.clocks.tsc));
    TRY(in.get(state.clocks.kvmclock_ns));
    TRY(in.get(state.clocks.deadlines));
    TRY(in.get(state.uart));
    constexpr std::size_t most_vcpus = 1024;
    if (state.clocks.deadlines.empty() || state.clocks.deadlines.size() > most_vcpus) {
        return Reader::cut();
    }
    state.vcpus.resize(state.clocks.deadlines.size()); // one of each
    for (auto& vcpu : state.vcpus) {
        Result<> got;
        for_each_part(vcpu, [&](auto& part) {
            if (got) {
                got = in.get(part);
            }
        });
        TRY(std::move(got));
    }
    if (!in.at_end()) {
        return Reader::cut();
    }
    return state;
}

} // namespace ktstr::machine::kvm
