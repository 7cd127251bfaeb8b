// A machine's state as bytes, in the host's own layout: a template never leaves the host whose
// processor is in its key.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

namespace ktstr::machine::kvm {

class StateWriter final {
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

class StateReader final {
public:
    explicit StateReader(std::span<const std::byte> bytes) : rest_(bytes) {}

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

    // Refuses what lies behind the last part.
    Result<> end() const { return rest_.empty() ? Result<>() : cut(); }

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

} // namespace ktstr::machine::kvm
