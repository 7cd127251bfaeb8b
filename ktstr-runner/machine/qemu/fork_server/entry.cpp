// How the library comes into QEMU (LD_PRELOAD): a constructor that starts the server's thread, and
// functions that QEMU shall take from here.
#include "ktstr-runner/machine/qemu/fork_server/kernel.hpp"
#include "ktstr-runner/machine/qemu/fork_server/protocol.hpp"
#include "ktstr-runner/machine/qemu/fork_server/serve.hpp"
#include "ktstr-runner/machine/qemu/fork_server/threads.hpp"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string_view>

#define KTSTR_INTERPOSED extern "C" __attribute__((visibility("default")))

namespace ktstr::machine::qemu::fork_server {

namespace {

constexpr std::size_t kernel_sigset_size = 8;

struct Descriptors {
    int control;
    int monitor;
};

Descriptors descriptors;

void* run(void*) {
    serve(descriptors.control, descriptors.monitor);
    return nullptr;
}

__attribute__((constructor)) void start() {
    const char* const told = ::getenv(variable);
    if (told == nullptr) {
        return;
    }
    std::string_view text(told);
    descriptors.control = static_cast<int>(take_number(text, 10));
    text.remove_prefix(text.empty() ? 0 : 1);
    descriptors.monitor = static_cast<int>(take_number(text, 10));
    ::unsetenv("LD_PRELOAD");
    ::unsetenv(variable);
    prepare_to_park();
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, kernel_sigset_size);
    pthread_t thread{};
    if (::pthread_create(&thread, nullptr, run, nullptr) == 0) {
        ::pthread_detach(thread);
        // Here, for who looks for it when QEMU is up does not wait for our thread.
        const char hello = 'h';
        ::send(descriptors.control, &hello, sizeof hello, MSG_NOSIGNAL);
    }
    ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, nullptr, kernel_sigset_size);
}

int change_mask(int how, const sigset_t* set, sigset_t* old) {
    sigset_t ours;
    if (set != nullptr && how != SIG_UNBLOCK) {
        ours = *set;
        sigdelset(&ours, park_signal);
        set = &ours;
    }
    return ::syscall(SYS_rt_sigprocmask, how, set, old, kernel_sigset_size) == 0 ? 0 : errno;
}

// Forks must not go on with one generator's state.
int random_bytes(void* into, std::size_t size) {
    auto* at = static_cast<char*>(into);
    while (size > 0) {
        const auto n = ::getrandom(at, size, 0);
        if (n < 0 && errno != EINTR) {
            return -1;
        }
        if (n > 0) {
            at += n;
            size -= static_cast<std::size_t>(n);
        }
    }
    return 0;
}

} // namespace

} // namespace ktstr::machine::qemu::fork_server

// QEMU blocks all signals in its threads; the one that parks them must get through.
KTSTR_INTERPOSED int pthread_sigmask(int how, const sigset_t* set, sigset_t* old) noexcept {
    return ktstr::machine::qemu::fork_server::change_mask(how, set, old);
}

KTSTR_INTERPOSED int sigprocmask(int how, const sigset_t* set, sigset_t* old) noexcept {
    const int error = ktstr::machine::qemu::fork_server::change_mask(how, set, old);
    errno = error == 0 ? errno : error;
    return error == 0 ? 0 : -1;
}

// QEMU's source of random numbers, RDRAND's included, is one of these where it was built with it.
KTSTR_INTERPOSED int gnutls_rnd(int, void* into, std::size_t size) noexcept {
    return ktstr::machine::qemu::fork_server::random_bytes(into, size);
}

KTSTR_INTERPOSED void gcry_randomize(void* into, std::size_t size, int) noexcept {
    if (ktstr::machine::qemu::fork_server::random_bytes(into, size) != 0) {
        ::abort();
    }
}
