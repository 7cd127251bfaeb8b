// What a fork server can get wrong about a process, in a small one: threads that wait in several
// ways, memory that is shared, locks that know their owner. It obeys lines on its monitor (a
// descriptor) and answers each with a line.
//   fork_subject MONITOR RAM
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>

namespace {

constexpr std::size_t ram_size = 1 << 20;

struct Worker {
    int event = ::eventfd(0, EFD_NONBLOCK);
    std::mutex mutex;
    std::condition_variable wake;
    bool called = false;
    std::atomic<int> rounds{0};
};

Worker polling;
Worker waiting;
sem_t turns;
std::atomic<int> spins{0};
thread_local double mine = 0; // of each thread its own, in a register of the floating-point unit

void block_all_signals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

void poll_for_events() {
    block_all_signals();
    mine = 1.5;
    for (;;) {
        pollfd event{.fd = polling.event, .events = POLLIN, .revents = 0};
        std::uint64_t value = 0;
        if (::poll(&event, 1, -1) > 0 && ::read(polling.event, &value, sizeof value) > 0) {
            mine *= 2;
            polling.rounds = static_cast<int>(mine / 1.5);
        }
    }
}

void wait_for_calls() {
    block_all_signals();
    std::unique_lock lock(waiting.mutex);
    for (;;) {
        waiting.wake.wait(lock, [] { return waiting.called; });
        waiting.called = false;
        waiting.rounds += 1;
    }
}

void spin() {
    block_all_signals();
    for (;;) {
        spins += 1;
    }
}

void take_turns() {
    for (;;) {
        if (::sem_wait(&turns) == 0) {
            mine += 1;
        }
    }
}

void await(const std::atomic<int>& value, int beyond) {
    while (value.load() <= beyond) {
        ::sched_yield();
    }
}

// Each thread must do something that it can do only when it goes on.
std::string call_all() {
    const int polled = polling.rounds;
    const int waited = waiting.rounds;
    const int spun = spins;
    const std::uint64_t one = 1;
    if (::write(polling.event, &one, sizeof one) < 0) {
        return "no event";
    }
    {
        const std::scoped_lock lock(waiting.mutex);
        waiting.called = true;
    }
    waiting.wake.notify_all();
    ::sem_post(&turns);
    await(polling.rounds, polled);
    await(waiting.rounds, waited);
    await(spins, spun);
    return std::to_string(polling.rounds.load()) + " " + std::to_string(waiting.rounds.load());
}

// A lock that looks its owner up in the thread's own memory.
std::string lock_twice() {
    pthread_mutexattr_t kind;
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_t mutex;
    pthread_mutex_init(&mutex, &kind);
    const int first = pthread_mutex_lock(&mutex);
    const int second = pthread_mutex_lock(&mutex);
    const int released = pthread_mutex_unlock(&mutex);
    const bool known = pthread_kill(pthread_self(), 0) == 0;
    return first == 0 && second == EDEADLK && released == 0 && known ? "mine" : "not mine";
}

std::string obey(const std::string& line, char* ram) {
    const auto word = line.substr(0, line.find(' '));
    const auto rest = line.size() > word.size() ? line.substr(word.size() + 1) : "";
    if (word == "call") {
        return call_all();
    }
    if (word == "write") {
        std::strncpy(ram, rest.c_str(), ram_size - 1);
        return "written";
    }
    if (word == "read") {
        return ram;
    }
    if (word == "lock") {
        return lock_twice();
    }
    if (word == "timer") {
        return ::timerfd_create(CLOCK_MONOTONIC, 0) >= 0 ? "made" : "none";
    }
    if (word == "say") {
        return ::write(STDOUT_FILENO, rest.data(), rest.size()) > 0 ? "said" : "not said";
    }
    if (word == "exit") {
        ::_exit(std::atoi(rest.c_str()));
    }
    if (word == "abort") {
        std::abort();
    }
    return "?";
}

} // namespace

int main(int, char** argv) {
    const int monitor = std::atoi(argv[1]);
    auto* const ram = static_cast<char*>(
        ::mmap(nullptr, ram_size, PROT_READ | PROT_WRITE, MAP_SHARED, std::atoi(argv[2]), 0));
    ::madvise(ram, ram_size, MADV_DONTFORK);
    ::sem_init(&turns, 0, 0);
    for (auto* const body : {poll_for_events, wait_for_calls, spin, take_turns}) {
        std::thread(body).detach();
    }
    std::string line;
    for (char byte = 0;;) {
        const auto n = ::read(monitor, &byte, 1);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return 0;
        }
        if (byte != '\n') {
            line += byte;
            continue;
        }
        const auto answer = obey(line, ram) + '\n';
        line.clear();
        if (::write(monitor, answer.data(), answer.size()) < 0) {
            return 1;
        }
    }
}
