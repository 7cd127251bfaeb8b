// How the library comes into QEMU (LD_PRELOAD): functions that QEMU shall take from here.
#include "ktstr-runner/machine/qemu/turns/emulator.hpp"
#include "ktstr-runner/machine/qemu/turns/protocol.hpp"
#include "ktstr-runner/machine/qemu/turns/turns.hpp"
#include "ktstr-runner/machine/qemu/turns/window.hpp"
#include "ktstr-runner/machine/qemu/turns/wishes.hpp"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <string_view>

#define KTSTR_INTERPOSED extern "C" __attribute__((visibility("default")))

namespace ktstr::machine::qemu::turns {

namespace {

// QEMU's name of the thread (tcg-accel-ops-rr.c); it gives names with `-name debug-threads=on`.
constexpr std::string_view vcpu_thread = "ALL CPUs/TCG";

Window window(nullptr);

__attribute__((constructor)) void start() {
    const char* const told = ::getenv(variable);
    if (told == nullptr) {
        return;
    }
    if (const char* const name = find_emulator()) {
        ::dprintf(STDERR_FILENO,
                  "this QEMU has no symbol %s, without which it cannot be a deterministic machine "
                  "(one that is built with modules, as distributions do, has)\n",
                  name);
        ::_exit(1);
    }
    window = Window(::strdup(told));
    ::unsetenv("LD_PRELOAD");
    ::unsetenv(variable);
}

template <class Function> void find(Function& function, const char* name, const char* version) {
    void* const found =
        version != nullptr ? ::dlvsym(RTLD_NEXT, name, version) : ::dlsym(RTLD_NEXT, name);
    if (found == nullptr) {
        ::abort();
    }
    function = reinterpret_cast<Function>(found);
}

const Real& real() {
    static Real functions{};
    if (functions.poll == nullptr) { // the first to come is the only thread
        find(functions.lock, "pthread_mutex_lock", nullptr);
        find(functions.unlock, "pthread_mutex_unlock", nullptr);
        find(functions.wait, "pthread_cond_wait", "GLIBC_2.3.2"); // older programs have another
        find(functions.signal, "pthread_cond_signal", "GLIBC_2.3.2");
        find(functions.broadcast, "pthread_cond_broadcast", "GLIBC_2.3.2");
        find(functions.poll, "ppoll", nullptr);
        functions.awoken = [] { look_at_wishes(window); };
        functions.locked = end_turn_by_chance;
        functions.looking = [] {
            const bool stops = is_to_stop(window);
            if (stops) {
                request_stop();
            }
            return stops;
        };
    }
    return functions;
}

} // namespace

} // namespace ktstr::machine::qemu::turns

namespace turns = ktstr::machine::qemu::turns;

KTSTR_INTERPOSED int pthread_setname_np(pthread_t thread, const char* name) noexcept {
    static int (*set)(pthread_t, const char*) = nullptr;
    if (set == nullptr) {
        turns::find(set, "pthread_setname_np", nullptr);
    }
    if (name == turns::vcpu_thread && ::pthread_equal(thread, ::pthread_self())) {
        turns::become_vcpus();
    }
    return set(thread, name);
}

KTSTR_INTERPOSED int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
    return turns::lock(turns::real(), mutex);
}

KTSTR_INTERPOSED int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
    return turns::wait(turns::real(), condition, mutex);
}

KTSTR_INTERPOSED int pthread_cond_signal(pthread_cond_t* condition) noexcept {
    return turns::signal(turns::real(), condition);
}

KTSTR_INTERPOSED int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
    return turns::broadcast(turns::real(), condition);
}

KTSTR_INTERPOSED int
ppoll(pollfd* entries, nfds_t count, const timespec* timeout, const sigset_t* mask) {
    return turns::poll(turns::real(), entries, count, timeout, mask);
}
