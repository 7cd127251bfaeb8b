// The threads of a process, stopped where they are so that a copy of the process can go on with all
// of them. fork(2) copies the memory of all threads, but only the thread that calls it.
#pragma once

#include <sys/types.h>
#include <ucontext.h>

#include <cstddef>

namespace ktstr::machine::qemu::fork_server {

// Stops a thread; entry.cpp keeps it from being blocked.
inline constexpr int park_signal = 62;

inline constexpr std::size_t most_threads = 1024;

// What of a parked thread is not in memory, or is where nobody else would find it.
struct Parked {
    ucontext_t* context = nullptr; // in the signal's frame, on the thread's own stack
    void* tls = nullptr;           // what FS points to
    int* tid = nullptr;            // where the C library keeps the thread's id (set_tid_address(2))
    void* robust_list = nullptr;   // get_robust_list(2)
    std::size_t robust_list_size = 0;
    int death_signal = 0; // PR_SET_PDEATHSIG
    int error = 0;        // errno
    char name[16] = {};
};

// Before anything else: from the constructor of this library.
void prepare_to_park();

// Stops all threads but the calling one. False: one of them cannot be stopped within a second, or
// not be made again; then all go on.
bool park_others();

// They go on where they were.
void unpark_others();

// In a copy of the process that has this thread alone: makes the others again, which go on where
// they were parked. False: the kernel makes no more threads.
bool revive_others();

// Makes a thread that goes on as `parked`; the processor's own part. Returns its id, or -errno.
// `stack_top`: of a small stack that nobody else uses.
long revive(Parked& parked, void* stack_top);

} // namespace ktstr::machine::qemu::fork_server
