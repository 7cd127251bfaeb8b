// What a runner tells the library in a QEMU that counts instructions.
#pragma once

namespace ktstr::machine::qemu::turns {

// In the environment, beside LD_PRELOAD: "INODE,OFFSET", the memory file that the guest's window is
// in, and where (guest/wire/window.hpp). What else is wanted stands in the window's header.
inline constexpr const char* variable = "KTSTR_TURNS";

} // namespace ktstr::machine::qemu::turns
