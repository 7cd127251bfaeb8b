// The descriptors of the process that its forks must not share with it.
#pragma once

namespace ktstr::machine::qemu::fork_server {

// Looks at all of them. False: there is one that a fork can neither share nor make again (KVM's,
// io_uring's, a timer's, an epoll set that is in use, more events than are known here).
bool know_descriptors();

// In a fork: each eventfd(2) becomes one of its own with the same value, and each epoll set an
// empty one of its own.
bool renew_descriptors();

} // namespace ktstr::machine::qemu::fork_server
