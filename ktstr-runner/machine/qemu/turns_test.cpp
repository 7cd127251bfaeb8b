// Two threads as QEMU has them: one runs vCPUs and takes the big lock now and then, the other waits
// for events, takes the big lock, and leaves a mark. Where its marks are must not depend on how
// fast either is.
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/machine/qemu/turns/turns.hpp"

#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <thread>

namespace ktstr::machine::qemu::turns {

namespace {

unsigned times_locked; // by the vCPUs, as it is said to them

constexpr Real real{.lock = ::pthread_mutex_lock,
                    .unlock = ::pthread_mutex_unlock,
                    .wait = ::pthread_cond_wait,
                    .signal = ::pthread_cond_signal,
                    .broadcast = ::pthread_cond_broadcast,
                    .poll = ::ppoll,
                    .awoken = [] {},
                    .locked = [] { ++times_locked; },
                    .looking = [] { return false; }};

void dawdle(std::minstd_rand& random) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 200);
    while (std::chrono::steady_clock::now() < until) {
    }
}

// In a process of its own, whose first thread is the main loop.
class Emulator {
public:
    explicit Emulator(int result) : result_(result) {}

    // Writes what was done, in order, and ends the process: "." the vCPUs' work, "e" they made an
    // event, "i" they are idle, "M" the main loop's work.
    [[noreturn]] void run(unsigned seed) {
        std::thread([this, seed] { run_vcpus(seed); }).detach();
        run_main_loop(seed + 1);
    }

private:
    static constexpr int rounds = 1000;

    void run_vcpus(unsigned seed) {
        std::minstd_rand random(seed);
        become_vcpus();
        turns::lock(real, &big_lock_);
        is_there_ = true;
        turns::signal(real, &created_);
        wait_while(stopped_);
        ::pthread_mutex_unlock(&big_lock_);
        for (int round = 0; round < rounds; ++round) {
            turns::lock(real, &big_lock_);
            said_ += '.';
            if (round % 7 == 3) {
                said_ += 'e';
                notify();
            }
            if (round % 50 == 20) {
                said_ += 'i';
                idle_ = true;
                notify();
                wait_while(idle_);
            }
            ::pthread_mutex_unlock(&big_lock_);
            if (random() % 16 == 0) {
                dawdle(random);
            }
        }
        const bool written = write_all(result_, std::as_bytes(std::span(said_))).has_value();
        ::_exit(written && times_locked == rounds ? 0 : 1);
    }

    [[noreturn]] void run_main_loop(unsigned seed) {
        std::minstd_rand random(seed);
        turns::lock(real, &big_lock_);
        while (!is_there_) {
            turns::wait(real, &created_, &big_lock_);
        }
        stopped_ = false;
        turns::broadcast(real, &halt_);
        for (;;) {
            ::pthread_mutex_unlock(&big_lock_);
            pollfd entry{.fd = event_.get(), .events = POLLIN, .revents = 0};
            turns::poll(real, &entry, 1, nullptr, nullptr);
            dawdle(random);
            turns::lock(real, &big_lock_);
            if ((entry.revents & POLLIN) == 0) {
                continue;
            }
            std::uint64_t count = 0;
            [[maybe_unused]] const auto n = ::read(event_.get(), &count, sizeof count);
            said_ += 'M';
            if (idle_) {
                idle_ = false;
                turns::broadcast(real, &halt_);
            }
        }
    }

    void wait_while(const bool& condition) {
        while (condition) {
            turns::wait(real, &halt_, &big_lock_);
        }
    }

    void notify() const {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto n = ::write(event_.get(), &one, sizeof one);
    }

    int result_;
    pthread_mutex_t big_lock_ = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t halt_ = PTHREAD_COND_INITIALIZER;
    Fd event_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    pthread_cond_t created_ = PTHREAD_COND_INITIALIZER;
    bool is_there_ = false;
    bool stopped_ = true;
    bool idle_ = false;
    std::string said_; // under the big lock
};

std::string order_with(unsigned seed) {
    auto pipe = make_pipe();
    EXPECT_THAT(pipe, IsOk());
    const pid_t child = ::fork();
    if (child == 0) {
        Emulator(pipe->write.get()).run(seed);
    }
    pipe->write.reset();
    auto said = read_to_end(pipe->read.get(), 1 << 20);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    return said ? *said : "";
}

TEST(Turns, DoNotDependOnWhoIsFast) {
    const auto first = order_with(1);
    EXPECT_GT(std::ranges::count(first, 'M'), 20);
    EXPECT_EQ(std::ranges::count(first, '.'), 1000);
    for (unsigned seed = 2; seed < 40; ++seed) {
        EXPECT_EQ(order_with(seed), first) << "seed " << seed;
    }
}

} // namespace

} // namespace ktstr::machine::qemu::turns
