#include "ktstr-runner/machine/qemu/turns/turns.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

namespace ktstr::machine::qemu::turns {

namespace {

// A guest that computes takes the lock some thousand times a second of its time: for every timer,
// and for devices.
constexpr unsigned locks_between_turns = 32;

// What one thread does, for another to wait until it does something else. Each time counts: who
// does the same again has done something else.
template <class State> class Doing {
public:
    explicit constexpr Doing(State state) : value_(static_cast<std::uint32_t>(state)) {}

    std::uint32_t time() const { return value_.load(); }

    static State at(std::uint32_t time) { return static_cast<State>(time % states); }

    State now() const { return at(time()); }

    // By the thread itself.
    void set(State state) {
        value_.store(after(time(), state));
        ::syscall(SYS_futex, &value_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
    }

    // By another: it is known to be about to do something else.
    void change(State from, State to) {
        auto now = time();
        if (at(now) == from) {
            value_.compare_exchange_strong(now, after(now, to));
        }
    }

    void await_change_from(std::uint32_t time) {
        ::syscall(SYS_futex, &value_, FUTEX_WAIT_PRIVATE, time, nullptr, nullptr, 0);
    }

private:
    static constexpr std::uint32_t states = 4;

    static std::uint32_t after(std::uint32_t time, State state) {
        return (time / states + 1) * states + static_cast<std::uint32_t>(state);
    }

    std::atomic<std::uint32_t> value_;
};

enum class MainLoop : std::uint32_t {
    awake,
    polling, // `polled` is what it waits for
    wanting, // its turn
    asleep,  // until another thread wakes it by `awaited`
};

enum class Vcpus : std::uint32_t {
    running,
    aside, // they have given way
};

Doing<MainLoop> main_loop(MainLoop::awake);
Doing<Vcpus> vcpus(Vcpus::aside);

constexpr nfds_t most_polled = 64; // QEMU has ten
pollfd polled[most_polled];
nfds_t polled_count;

std::atomic<pthread_cond_t*> awaited;

std::atomic<pthread_mutex_t*> big_lock; // known once the vCPUs wait with it for the first time
unsigned locks;

__thread bool is_vcpus;

bool is_main_loop() {
    static const pid_t process = ::getpid();
    return ::syscall(SYS_gettid) == process;
}

bool something_is_there() {
    pollfd copy[most_polled];
    for (nfds_t i = 0; i < polled_count; ++i) {
        copy[i] = polled[i];
        copy[i].revents = 0;
    }
    const timespec at_once{};
    return ::syscall(SYS_ppoll, copy, polled_count, &at_once, nullptr, 0) > 0;
}

// By the vCPUs' thread, without the big lock: the main loop does all that it finds to do.
void give_way() {
    vcpus.set(Vcpus::aside);
    for (;;) {
        const auto time = main_loop.time();
        const auto state = main_loop.at(time);
        if (state == MainLoop::asleep ||
            (state == MainLoop::polling && !something_is_there() && main_loop.time() == time)) {
            break;
        }
        main_loop.await_change_from(time);
    }
    vcpus.set(Vcpus::running);
}

int lock_for_main_loop(const Real& real, pthread_mutex_t* mutex) {
    for (;;) {
        for (auto time = vcpus.time(); vcpus.at(time) == Vcpus::running; time = vcpus.time()) {
            main_loop.set(MainLoop::wanting);
            vcpus.await_change_from(time);
        }
        main_loop.set(MainLoop::awake);
        const int result = real.lock(mutex);
        if (vcpus.now() == Vcpus::aside) { // and they stay so: they need the lock first
            return result;
        }
        real.unlock(mutex);
    }
}

// Who is woken by the vCPUs wants its turn, even before it knows.
void wake_main_loop(const pthread_cond_t* condition) {
    if (is_vcpus && awaited.load() == condition) {
        main_loop.change(MainLoop::asleep, MainLoop::wanting);
    }
}

} // namespace

void become_vcpus() {
    is_vcpus = true;
}

int lock(const Real& real, pthread_mutex_t* mutex) {
    if (mutex != big_lock.load(std::memory_order_relaxed)) {
        return real.lock(mutex);
    }
    if (is_vcpus) {
        if (real.looking() || ++locks % locks_between_turns == 0) {
            give_way();
        }
        const int result = real.lock(mutex);
        real.locked();
        return result;
    }
    return is_main_loop() ? lock_for_main_loop(real, mutex) : real.lock(mutex);
}

int wait(const Real& real, pthread_cond_t* condition, pthread_mutex_t* mutex) {
    if (is_vcpus) {
        if (big_lock.load() == nullptr) {
            big_lock.store(mutex);
        }
        if (mutex != big_lock.load()) {
            return real.wait(condition, mutex);
        }
        vcpus.set(Vcpus::aside);
        const int result = real.wait(condition, mutex);
        real.unlock(mutex);
        give_way();
        real.lock(mutex);
        locks = 0; // how often it has waited in vain is for the host's timing to decide
        real.awoken();
        return result;
    }
    if (big_lock.load() == nullptr || mutex != big_lock.load() || !is_main_loop()) {
        return real.wait(condition, mutex);
    }
    awaited = condition;
    main_loop.set(MainLoop::asleep);
    const int result = real.wait(condition, mutex);
    real.unlock(mutex);
    lock_for_main_loop(real, mutex);
    return result;
}

int signal(const Real& real, pthread_cond_t* condition) {
    wake_main_loop(condition);
    return real.signal(condition);
}

int broadcast(const Real& real, pthread_cond_t* condition) {
    wake_main_loop(condition);
    return real.broadcast(condition);
}

int poll(const Real& real,
         pollfd* entries,
         nfds_t count,
         const timespec* timeout,
         const sigset_t* mask) {
    if (big_lock.load() == nullptr || !is_main_loop()) {
        return real.poll(entries, count, timeout, mask);
    }
    if (timeout != nullptr && timeout->tv_sec == 0 && timeout->tv_nsec == 0) { // it has work left
        return real.poll(entries, count, timeout, mask);
    }
    polled_count = count < most_polled ? count : most_polled;
    for (nfds_t i = 0; i < polled_count; ++i) {
        polled[i] = entries[i];
    }
    main_loop.set(MainLoop::polling);
    const int result = real.poll(entries, count, timeout, mask);
    main_loop.set(MainLoop::awake);
    return result;
}

} // namespace ktstr::machine::qemu::turns
