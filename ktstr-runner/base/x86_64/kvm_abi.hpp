// Structures of <linux/kvm.h> that end in an array. C++ gives the header's empty struct before such
// an array a byte, so sizes, offsets and, with them, the numbers of the requests are wrong there:
// these are what C has.
#pragma once

#include <linux/kvm.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace ktstr::kvm_abi {

// kvm_cpuid2, kvm_msrs, kvm_msr_list and kvm_signal_mask begin alike. The entries follow.
struct ArrayHead {
    std::uint32_t count;
    std::uint32_t padding;
};

static_assert(sizeof(ArrayHead) == 8);

inline constexpr unsigned long get_supported_cpuid = _IOWR(KVMIO, 0x05, ArrayHead);
inline constexpr unsigned long set_cpuid2 = _IOW(KVMIO, 0x90, ArrayHead);
inline constexpr unsigned long get_msrs = _IOWR(KVMIO, 0x88, ArrayHead);
inline constexpr unsigned long set_msrs = _IOW(KVMIO, 0x89, ArrayHead);
// kvm_msr_list has no padding: its indices follow the count.
inline constexpr unsigned long get_msr_index_list = _IOWR(KVMIO, 0x02, std::uint32_t);

// kvm_xsave, which may be longer (KVM_CAP_XSAVE2).
using Xsave = std::array<std::byte, 4096>;

inline constexpr unsigned long get_xsave = _IOR(KVMIO, 0xa4, Xsave);
inline constexpr unsigned long set_xsave = _IOW(KVMIO, 0xa5, Xsave);
inline constexpr unsigned long get_xsave2 = _IOR(KVMIO, 0xcf, Xsave);

// As strace and the kernel see them.
static_assert(get_supported_cpuid == 0xc008'ae05 && set_cpuid2 == 0x4008'ae90);
static_assert(get_msrs == 0xc008'ae88 && set_msrs == 0x4008'ae89 &&
              get_msr_index_list == 0xc004'ae02);
static_assert(get_xsave == 0x9000'aea4 && set_xsave == 0x5000'aea5 && get_xsave2 == 0x9000'aecf);

// A head and its entries in one piece.
template <class Entry> class Array final {
public:
    explicit Array(std::size_t capacity)
        : words_((sizeof(ArrayHead) + capacity * sizeof(Entry) + sizeof(Word) - 1) / sizeof(Word)),
          capacity_(capacity) {
        set_count(capacity);
    }

    explicit Array(std::span<const Entry> entries) : Array(entries.size()) {
        if (!entries.empty()) {
            std::memcpy(begin(), entries.data(), entries.size_bytes());
        }
    }

    // For ioctl.
    void* get() { return words_.data(); }

    // As many as the head says, which the kernel may have changed.
    std::span<Entry> entries() {
        ArrayHead head{};
        std::memcpy(&head, words_.data(), sizeof head);
        return {begin(), head.count < capacity_ ? head.count : capacity_};
    }

private:
    using Word = unsigned long long; // as aligned as any of them wants

    Entry* begin() {
        return reinterpret_cast<Entry*>(reinterpret_cast<std::byte*>(words_.data()) +
                                        sizeof(ArrayHead));
    }

    void set_count(std::size_t count) {
        const ArrayHead head{.count = static_cast<std::uint32_t>(count), .padding = 0};
        std::memcpy(words_.data(), &head, sizeof head);
    }

    std::vector<Word> words_;
    std::size_t capacity_;
};

} // namespace ktstr::kvm_abi
