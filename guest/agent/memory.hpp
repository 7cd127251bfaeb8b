// What the kernel says about memory that ran out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ktstr::guest {

// Counts the processes that the kernel kills for want of the machine's own memory, from the
// construction on. A limit that a test has set on a cgroup does not count: then the kill is what
// the test wanted.
class OutOfMemory final {
public:
    OutOfMemory();

    std::uint64_t kills() const;

private:
    std::uint64_t before_;
    std::uint64_t before_in_log_;
};

// The number behind `name ` at the start of a line, as in /proc/vmstat; 0 when it is not there.
std::uint64_t counter(std::string_view text, std::string_view name);

// True for a record of /dev/kmsg that reports such a kill.
bool tells_of_machine_kill(std::string_view record);

// What the kernel has to give, and the same as "478 MiB".
std::uint64_t memory_bytes();
std::string memory_size();

} // namespace ktstr::guest
