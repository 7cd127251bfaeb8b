// What of the kernel is asked without the C library's buffers and locks, which a parked thread may
// hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ktstr::machine::qemu::fork_server {

std::uint64_t now_ns(); // CLOCK_MONOTONIC

using EachNumber = void (*)(void* context, int number);
bool for_each_number(const char* directory, EachNumber each, void* context);

// The entries of a directory whose names are numbers; those that come and go meanwhile or not.
// False: it cannot be read.
template <class Each> bool for_each_number(const char* directory, Each each) {
    return for_each_number(
        directory,
        [](void* context, int number) { (*static_cast<Each*>(context))(number); },
        &each);
}

using EachLine = bool (*)(void* context, std::string_view line);
bool for_each_line(const char* path, EachLine each, void* context);

// The lines of a file, without their ends, until `each` says no; lines of more than 4 KiB are cut.
// False: it cannot be read, or `each` said no.
template <class Each> bool for_each_line(const char* path, Each each) {
    return for_each_line(
        path,
        [](void* context, std::string_view line) { return (*static_cast<Each*>(context))(line); },
        &each);
}

// Takes a hexadecimal, or decimal, number from the front of `text`; 0 when there is none.
std::uint64_t take_number(std::string_view& text, unsigned base);

// "/proc/self/<folder>/<number>"
struct ProcPath {
    ProcPath(std::string_view folder, int number);

    const char* c_str() const { return static_cast<const char*>(text); }

    char text[64];
};

} // namespace ktstr::machine::qemu::fork_server
