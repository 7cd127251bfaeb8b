// The guest's memory as the host reads it.
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/machine/qemu/qemu_machine.hpp"

#include <fmt/format.h>

#include <cstring>

namespace ktstr::machine::qemu {

// The last node's RAM, which is all of most machines, is the mapping that the window is in. Of the
// others QEMU alone knows where they are: by way of a file.
Result<>
QemuMachine::read_memory(std::uint64_t physical, std::span<std::byte> into, Deadline deadline) {
    const auto offset = layout_.offset_in_ram(physical, into.size());
    if (!offset) { // QEMU would ask devices, or give nought
        return fail(
            ErrorKind::guest,
            fmt::format("{} bytes at {:#x} are not in the guest's memory", into.size(), physical));
    }
    const auto last_node = layout_.total() - layout_.node_size.back();
    if (*offset >= last_node) {
        return window_->read_process(
            window_->address() - layout_.window_offset + (*offset - last_node), into);
    }
    TRY_ASSIGN(const auto folder, TempDir::create("ktstr-memory"));
    const auto path = folder.path() / "piece";
    TRY(monitor_.execute(
        "pmemsave",
        Json::object({
            {"val",      physical     },
            {"size",     into.size()  },
            {"filename", path.string()}
    }),
        deadline));
    TRY_ASSIGN(const auto text, read_file(path, into.size()));
    if (text.size() != into.size()) {
        return fail(ErrorKind::environment,
                    fmt::format("QEMU has saved {} of {} bytes of the guest's memory",
                                text.size(),
                                into.size()));
    }
    std::memcpy(into.data(), text.data(), text.size());
    return {};
}

} // namespace ktstr::machine::qemu
