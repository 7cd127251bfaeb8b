// What of the process's memory a fork would share or leave out.
#pragma once

namespace ktstr::machine::qemu::fork_server {

// The guest's RAM, a shared mapping of memory files, becomes a private one of the same files, so
// that each fork has its own; what QEMU keeps from forks (MADV_DONTFORK) is given to them. The
// other threads must be parked: nobody may write meanwhile. False: not all of it is so.
bool keep_memory_for_forks();

} // namespace ktstr::machine::qemu::fork_server
