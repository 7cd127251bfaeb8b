// QEMU that counts instructions has two threads that touch the guest: one runs all vCPUs in turn,
// and the main loop runs timers that are due, whenever the host wakes it. Here they take turns at
// points that the guest alone decides, so that the host's timing decides nothing
// (docs/design/deterministic.md).
//
// The vCPUs give way when they are idle, and at every so many-th time that they take the big lock.
// They go on when the main loop waits and nothing is there that it waits for. The main loop takes
// the big lock only while they have given way.
#pragma once

#include <poll.h>
#include <pthread.h>
#include <signal.h>

namespace ktstr::machine::qemu::turns {

// What the C library does under these names; and what is done besides, by the vCPUs' thread, at
// points that the guest decides.
struct Real {
    int (*lock)(pthread_mutex_t*);
    int (*unlock)(pthread_mutex_t*);
    int (*wait)(pthread_cond_t*, pthread_mutex_t*);
    int (*signal)(pthread_cond_t*);
    int (*broadcast)(pthread_cond_t*);
    int (*poll)(pollfd*, nfds_t, const timespec*, const sigset_t*);
    void (*awoken)();  // with the big lock, when the vCPUs have waited
    void (*locked)();  // with the big lock, when they have taken it
    bool (*looking)(); // before they take the big lock; true: the main loop has something to do
};

// The calling thread runs the vCPUs.
void become_vcpus();

int lock(const Real& real, pthread_mutex_t* mutex);
int wait(const Real& real, pthread_cond_t* condition, pthread_mutex_t* mutex);
int signal(const Real& real, pthread_cond_t* condition);
int broadcast(const Real& real, pthread_cond_t* condition);
int poll(
    const Real& real, pollfd* entries, nfds_t count, const timespec* timeout, const sigset_t* mask);

} // namespace ktstr::machine::qemu::turns
