// Memory mapped from a descriptor, for as long as this lives.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace ktstr::machine::kvm {

class Mapping final {
public:
    enum class Kind { shared, private_copy };

    static Result<Mapping> of(int fd, std::size_t size, Kind kind) {
        const int flags = (kind == Kind::shared ? MAP_SHARED : MAP_PRIVATE) | MAP_NORESERVE;
        void* const at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, flags, fd, 0);
        if (at == MAP_FAILED) {
            return fail(Error::from_errno("cannot map the machine's memory"));
        }
        return Mapping(at, size);
    }

    // Zeros, of this process alone, in large pages where the system has them: each is one fault
    // instead of 512, in the guest too, whose addresses are those of the mapping from a multiple of
    // 2 MiB on.
    static Result<Mapping> large_pages(std::size_t size) {
        constexpr std::size_t large = 2 << 20;
        const auto reserved = size + large;
        void* const at = ::mmap(nullptr,
                                reserved,
                                PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                                -1,
                                0);
        if (at == MAP_FAILED) {
            return fail(Error::from_errno("cannot get the machine's memory"));
        }
        auto* const begin = static_cast<std::byte*>(at);
        const auto skip = (large - reinterpret_cast<std::uintptr_t>(at) % large) % large;
        if (skip > 0) {
            ::munmap(begin, skip);
        }
        if (skip < large) {
            ::munmap(begin + skip + size, large - skip);
        }
        Mapping mapping(begin + skip, size);
        // A system without large pages says so, and does as well as it can.
        static_cast<void>(::madvise(mapping.data(), size, MADV_HUGEPAGE));
        return mapping;
    }

    // Zeros, shared with children that are forked.
    static Result<Mapping> shared_anonymous(std::size_t size) {
        void* const at =
            ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED) {
            return fail(Error::from_errno("cannot get shared memory"));
        }
        return Mapping(at, size);
    }

    Mapping(Mapping&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

    Mapping& operator=(Mapping&&) = delete;

    ~Mapping() {
        if (data_ != nullptr) {
            ::munmap(data_, size_);
        }
    }

    void* data() const { return data_; }

    std::span<std::byte> bytes() const { return {static_cast<std::byte*>(data_), size_}; }

private:
    Mapping(void* data, std::size_t size) : data_(data), size_(size) {}

    void* data_;
    std::size_t size_;
};

} // namespace ktstr::machine::kvm
