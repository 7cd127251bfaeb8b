#include "cargo-ktstr/commands/explore_seeds.hpp"

#include "cargo-ktstr/nextest/environment.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace ktstr::commands {

namespace {

namespace fs = std::filesystem;
using sidecar::Verdict;

constexpr auto word_interval = std::chrono::seconds{10};

// The signals that end an exploration, as a descriptor.
class EndSignals final {
public:
    EndSignals() {
        sigset_t wanted;
        sigemptyset(&wanted);
        for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
            sigaddset(&wanted, number);
        }
        ::sigprocmask(SIG_BLOCK, &wanted, &before_);
        fd_ = Fd(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
    }

    ~EndSignals() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

    EndSignals(const EndSignals&) = delete;
    EndSignals& operator=(const EndSignals&) = delete;

    int fd() const { return fd_.get(); }

private:
    sigset_t before_{};
    Fd fd_;
};

int next_signal(int fd) {
    signalfd_siginfo info{};
    return ::read(fd, &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

std::vector<std::string> environment_of(const SeedOrder& order, std::uint64_t index) {
    nextest::Environment environment(order.start.environment);
    environment.set("KTSTR_SEED", std::to_string(order.first + index));
    // As nextest tells of a test that it repeats: so the run's sidecars are told apart.
    environment.set("NEXTEST_STRESS_CURRENT", std::to_string(index));
    environment.set("NEXTEST_STRESS_TOTAL", std::to_string(order.count));
    return environment.entries();
}

void remove_attempt(const fs::path& sidecar, const sidecar::Record& record) {
    std::error_code ignored;
    for (const auto& beside : {record.frames, record.frames_again}) {
        if (!beside.empty()) {
            fs::remove(sidecar.parent_path() / beside, ignored);
        }
    }
    fs::remove(sidecar, ignored);
}

} // namespace

Result<Explored> SeedRuns::run() {
    const EndSignals signals;
    if (signals.fd() < 0) {
        return fail(Error::from_errno("signalfd"));
    }
    std::error_code error;
    fs::create_directories(order_.run_directory / "output", error);
    TRY(look_for_sidecars());
    while (true) {
        while (!stopping_ && begun_ < order_.count && running_.size() < order_.at_once) {
            TRY(begin_next());
        }
        if (running_.empty()) {
            return std::move(explored_);
        }
        TRY(wait(signals.fd()));
        TRY(take_ended());
        if (order_.end && Clock::now() >= *order_.end) {
            stop(Enough::budget);
        }
        tell_progress();
    }
}

Result<> SeedRuns::begin_next() {
    const auto index = begun_++;
    const auto seed = order_.first + index;
    auto output = order_.run_directory / "output" / fmt::format("seed-{}.txt", seed);
    const Fd file(::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file) {
        return fail(Error::from_errno("create " + output.string()));
    }
    std::vector<std::string> argv{order_.runner.string()};
    argv.insert(argv.end(), order_.start.argv.begin(), order_.start.argv.end());
    // A group of its own: what a terminal sends is ours, and we pass it on once.
    TRY_ASSIGN(auto child,
               Child::spawn({.argv = std::move(argv),
                             .environment = environment_of(order_, index),
                             .cwd = order_.start.cwd,
                             .out = file.get(),
                             .err = file.get(),
                             .keep = {},
                             .group = Group::own}));
    running_.push_back({.seed = seed, .output = std::move(output), .child = std::move(child)});
    return {};
}

int SeedRuns::patience_ms() const {
    auto until = last_word_ + word_interval;
    if (order_.end && !stopping_) {
        until = std::min(until, *order_.end);
    }
    return Deadline::at(until).poll_timeout();
}

Result<> SeedRuns::wait(int signals) {
    std::vector<pollfd> polls{
        {.fd = signals, .events = POLLIN, .revents = 0}
    };
    for (const auto& run : running_) {
        polls.push_back({.fd = run.child.pidfd(), .events = POLLIN, .revents = 0});
    }
    if (::poll(polls.data(), polls.size(), patience_ms()) < 0 && errno != EINTR) {
        return fail(Error::from_errno("poll"));
    }
    while (const auto number = next_signal(signals)) {
        explored_.signal = number;
        if (stopping_) { // asked twice: now
            std::ranges::for_each(running_, [](Running& run) { run.child.signal(SIGTERM); });
        }
        stop(Enough::signal);
    }
    return {};
}

// No seed begins any more, and those that run are cut off.
void SeedRuns::stop(Enough why) {
    if (stopping_) {
        return;
    }
    stopping_ = true;
    explored_.why = why;
    for (auto& run : running_) {
        run.child.signal(SIGTERM);
    }
}

Result<> SeedRuns::take_ended() {
    for (auto run = running_.begin(); run != running_.end();) {
        TRY_ASSIGN(const auto status, run->child.wait(Deadline::in(std::chrono::seconds{0})));
        if (!status) {
            ++run;
            continue;
        }
        TRY(take(*run, *status));
        run = running_.erase(run);
    }
    return {};
}

Result<> SeedRuns::look_for_sidecars() {
    TRY_ASSIGN(const auto files, sidecar::record_files(order_.run_directory));
    for (const auto& file : files) {
        if (!seen_.insert(file).second) {
            continue;
        }
        TRY_ASSIGN(const auto text, sidecar::read_record_file(file));
        TRY_ASSIGN(auto record, sidecar::from_json(text, file.string()));
        const auto seed = record.seed;
        attempts_.insert_or_assign(seed, Attempt{.file = file, .record = std::move(record)});
    }
    return {};
}

Result<> SeedRuns::take(const Running& run, const ExitStatus& status) {
    TRY(look_for_sidecars());
    const auto found = attempts_.extract(run.seed);
    std::error_code ignored;
    const bool cut_off =
        stopping_ && (!found || found.mapped().record.reason == sidecar::Reason::interrupted);
    if (cut_off) {
        fs::remove(run.output, ignored);
        if (found) {
            remove_attempt(found.mapped().file, found.mapped().record);
        }
        return {};
    }
    SeedResult result{.seed = run.seed, .verdict = {}, .headline = {}, .digest = {}, .file = {}};
    if (found) {
        const auto& [file, record] = found.mapped();
        if (!record.deterministic && record.verdict != Verdict::skip &&
            record.verdict != Verdict::inconclusive) {
            return fail(
                Error(ErrorKind::usage,
                      "it does not run on the deterministic machine, but on " + record.machine)
                    .hint("a test that is `host_only` has no seed"));
        }
        result.verdict = record.verdict;
        result.headline = record.headline;
        result.digest = record.digest;
        result.file = file;
    } else {
        result.headline = "the runner ended with " + status.describe();
        result.file = run.output;
    }
    const bool passed = result.verdict == Verdict::pass;
    const bool enough = !result.verdict || result.verdict == Verdict::fail;
    if (!passed) {
        say("seed {}: {}", result.seed, to_utf8(result.headline));
    } else {
        fs::remove(run.output, ignored);
    }
    explored_.outcomes.add(result);
    if (enough && !order_.keep_going) {
        stop(Enough::found);
    }
    return {};
}

void SeedRuns::tell_progress() {
    if (Clock::now() - last_word_ < word_interval) {
        return;
    }
    last_word_ = Clock::now();
    say("{} seeds, {} failed", explored_.outcomes.seeds(), explored_.outcomes.of(Verdict::fail));
}

} // namespace ktstr::commands
