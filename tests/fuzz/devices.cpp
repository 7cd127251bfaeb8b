// Accesses to devices, four bytes each: direction, width and space, the address's two bytes, a
// value. Nothing may be read or written beside the access, and the console's ring takes all there
// is.
#include "ktstr-runner/machine/kvm/architecture.hpp"

#include <array>
#include <memory>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace ktstr::machine::kvm;
    static const auto console = std::make_unique<ConsoleRing>();
    Devices devices(architecture::devices(), *console);
    for (std::size_t at = 0; at + 4 <= size; at += 4) {
        const auto width = std::size_t{1} << (data[at] >> 1 & 3U);
        const auto space = (data[at] & 8U) == 0 ? Space::ports : Space::memory;
        const auto address = static_cast<std::uint64_t>(data[at + 1] | data[at + 2] << 8);
        const auto bytes = std::make_unique<std::byte[]>(width); // of this size, for ASan to see
        std::fill_n(bytes.get(), width, std::byte{data[at + 3]});
        const std::span access(bytes.get(), width);
        if ((data[at] & 1U) == 0) {
            devices.read(space, address, access);
        } else {
            devices.write(space, address, access);
        }
    }
    const bool looks = size % 64 == 0; // to copy the text each time would be most of the work
    if (looks && console->text().size() > ConsoleRing::capacity) {
        __builtin_trap();
    }
    return 0;
}
