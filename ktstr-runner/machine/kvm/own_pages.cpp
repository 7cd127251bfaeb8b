#include "ktstr-runner/machine/kvm/own_pages.hpp"

#include "ktstr-runner/machine/image/ram_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace ktstr::machine::kvm {

namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t pages_at_once = 64 << 10; // 256 MiB of memory, 512 KiB of map

bool is_own(std::uint64_t entry) {
    constexpr std::uint64_t present = 1ULL << 63;
    constexpr std::uint64_t swapped = 1ULL << 62;
    constexpr std::uint64_t of_file = 1ULL << 61;
    return (entry & swapped) != 0 || (entry & (present | of_file)) == present;
}

} // namespace

Result<OwnPages> OwnPages::open() {
    TRY_ASSIGN(auto map, open_file("/proc/self/pagemap", O_RDONLY));
    return OwnPages(std::move(map));
}

Result<> OwnPages::write_to(int file, std::span<const std::byte> memory, Zeros zeros) const {
    const auto first = reinterpret_cast<std::uintptr_t>(memory.data()) / page;
    const auto count = memory.size() / page;
    std::vector<std::uint64_t> entries;
    for (std::size_t at = 0; at < count; at += entries.size()) {
        entries.resize(std::min(pages_at_once, count - at));
        const auto bytes = std::as_writable_bytes(std::span(entries));
        const auto n = ::pread(map_.get(),
                               bytes.data(),
                               bytes.size(),
                               static_cast<off_t>((first + at) * sizeof(std::uint64_t)));
        if (n != static_cast<ssize_t>(bytes.size())) {
            return fail(Error::from_errno("cannot read which pages are the machine's own"));
        }
        for (auto begin = entries.begin(); begin != entries.end();) {
            begin = std::find_if(begin, entries.end(), is_own);
            const auto end = std::find_if_not(begin, entries.end(), is_own);
            const auto offset = (at + static_cast<std::size_t>(begin - entries.begin())) * page;
            const auto run = memory.subspan(offset, static_cast<std::size_t>(end - begin) * page);
            TRY(zeros == Zeros::left_out ? write_pages(file, run, offset)
                                         : write_at(file, run, offset));
            begin = end;
        }
    }
    return {};
}

} // namespace ktstr::machine::kvm
