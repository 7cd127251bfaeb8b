// What a kernel that dies says first: the line that names the fault, and where it was. Its last
// word, "Kernel panic - not syncing: Fatal exception", tells neither.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ktstr::session {

struct Oops {
    std::string
        what; // "Oops: int3: 0000 [#1] SMP NOPTI", "BUG: kernel NULL pointer dereference, ..."
    std::string where;     // "update_rq_clock+0x3a/0x160"; empty when it does not say
    std::size_t begin = 0; // of its line, in the console
};

// The first one of a console (Documentation/admin-guide/bug-hunting.rst).
std::optional<Oops> find_oops(std::string_view console);

// "Oops: int3: 0000 [#1] SMP NOPTI, in update_rq_clock+0x3a/0x160"
std::string in_words(const Oops& oops);

// Whether it is a breakpoint of the kernel's own making. It patches its code while it runs: it puts
// a breakpoint there, and takes it away when no processor can meet it any more
// (arch/x86/kernel/alternative.c, text_poke_bp). QEMU's emulator of several threads can run code
// that is not there any more.
bool is_stale_breakpoint(const Oops& oops);

} // namespace ktstr::session
