// The kernel's log as it grows (/dev/kmsg, Documentation/ABI/testing/dev-kmsg).
#pragma once

#include "guest/base/os.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::guest {

// The message of a record "priority,sequence,microseconds,flags[,...];message\n[ KEY=value\n...]".
std::optional<std::string> message_of_record(std::string_view record);

class KernelLog final {
public:
    // From now on; one that cannot be opened has no lines.
    explicit KernelLog(const std::string& path = "/dev/kmsg");

    // To be polled for reading; -1 when there is no log.
    int fd() const { return fd_.get(); }

    // The messages that have come since the last call, at most 1000: a flood is read in pieces.
    std::vector<std::string> take();

private:
    Fd fd_;
};

} // namespace ktstr::guest
