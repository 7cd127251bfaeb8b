// The thread in QEMU that makes it a fork server.
#pragma once

namespace ktstr::machine::qemu::fork_server {

// Waits on `control` for the request to serve; returns when its other end is closed. With the
// request all other threads are parked for good, and it forks for each who asks, until the owner
// has ended, or nobody has asked and no fork has lived for five minutes; then the process ends. In
// a fork it waits for the end of the connection, and ends the process, or for the request to serve
// in its turn.
void serve(int control, int monitor);

} // namespace ktstr::machine::qemu::fork_server
