#include "ktstr-runner/session/attempt.hpp"

#include "guest/wire/random.hpp"
#include "ktstr-runner/base/cache_dir.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/host/cpus.hpp"
#include "ktstr-runner/session/diagnosis.hpp"
#include "ktstr-runner/session/inputs.hpp"

#include <fmt/format.h>

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace ktstr::session {

using namespace std::chrono_literals;
using sidecar::Phase;

namespace {

// How often the window is looked at. A look is one pread of 8 bytes.
constexpr auto poll_interval = 1ms;
// Of a machine that rings: what is looked at in between, of a verdict's limit aside, takes seconds.
constexpr auto long_poll_interval = 250ms;

// A boot takes 1 to 2 s of CPU, emulated. What the host keeps the machine waiting for a CPU does
// not count, up to a point: at a load of ten a CPU a boot was seen to take 40 s. One that does not
// come up at all must not cost a run its time.
struct BootLimit {
    Clock::duration fair;  // without the time in which the host gave no CPU
    Clock::duration total; // with it
};

BootLimit boot_limit(const machine::Choice& machine, unsigned vcpus) {
    const auto per_vcpu = machine.acceleration == machine::Acceleration::tcg ? 3s : 1s;
    return {.fair = 10s + vcpus * per_vcpu, .total = 180s + vcpus * per_vcpu};
}

// It is at the end of what it does; a busy host may keep it waiting.
constexpr auto standstill_limit = 60s;

// The clock of a deterministic guest begins a program here: 2026-01-01, UTC.
constexpr std::int64_t first_moment_ns = 1'767'225'600'000'000'000;

std::string random_seed() {
    std::array<unsigned char, 32> bytes{};
    [[maybe_unused]] const auto n = ::getrandom(bytes.data(), bytes.size(), 0);
    return fmt::format("{:02x}", fmt::join(bytes, ""));
}

} // namespace

Attempt::Attempt(Request request)
    : request_(std::move(request)), phases_(outcome_.record),
      out_(request_.silent ? -1 : STDOUT_FILENO, request_.output),
      err_(request_.silent ? -1 : STDERR_FILENO, request_.output),
      files_(request_.place_file, request_.check_file), host_share_(host::usable_cpus()) {
    facts_.leak_fails = request_.limits.leak_fails;
    facts_.expectations = request_.expectations;
    facts_.attaches = request_.setup && request_.setup->job.scheduler;
    outcome_.record.payload_bytes = request_.payload.size();
}

bool Attempt::over() const {
    return goodbye_ || gave_up_ || lost_ || (machine_ && machine_->ending().has_value());
}

Result<> Attempt::boot() {
    if (facts_.stage != Stage::created) {
        return {};
    }
    begin_boot();
    TRY(machine_->resume());
    paused_ = false;
    while (facts_.stage == Stage::created && !over()) {
        TRY(turn());
        if (facts_.stage == Stage::created && boot_is_late()) {
            facts_.boot_limit =
                "the guest did not come up within " + human_time(Clock::now() - boot_begun_);
            gave_up_ = true;
        }
    }
    if (facts_.stage != Stage::created) {
        TRY(await_standstill());
    }
    phases_.done(Phase::boot);
    return {};
}

// A deterministic guest that has nothing to do stops its machine: what it is given reaches it at a
// time that is always the same.
Result<> Attempt::await_standstill() {
    if (!request_.machine.deterministic) {
        return {};
    }
    const auto patience = Deadline::in(standstill_limit);
    while (!over() && !machine_->standstill()) {
        TRY(turn());
        if (patience.expired()) {
            return fail(ErrorKind::guest, "the guest does not wait for its host");
        }
    }
    paused_ = paused_ || machine_->standstill();
    return {};
}

void Attempt::begin_boot() {
    boot_begun_ = Clock::now();
    boot_deadline_ =
        boot_begun_ + boot_limit(request_.machine, request_.spec.topology.vcpus()).fair;
}

// Where the host keeps no count of what it gave, it gets the benefit of the doubt.
bool Attempt::boot_is_late() {
    const auto now = Clock::now();
    if (now < boot_deadline_) {
        return false;
    }
    const auto limit = boot_limit(request_.machine, request_.spec.topology.vcpus());
    const auto time = machine_->cpu_time();
    const auto allowed =
        time ? std::min<Clock::duration>(limit.fair + time->waited, limit.total) : limit.total;
    boot_deadline_ = boot_begun_ + allowed;
    return now >= boot_deadline_;
}

Result<> Attempt::write_payload(const machine::Payload& payload) {
    if (payload.size() > channel_->payload_capacity()) {
        return fail(ErrorKind::environment,
                    fmt::format("the payload has {}, the window has room for {}",
                                human_bytes(payload.size()),
                                human_bytes(channel_->payload_capacity())));
    }
    TRY(payload.emit([&](std::uint64_t offset, std::span<const std::byte> bytes) {
        return channel_->write_payload(offset, bytes);
    }),
        "cannot hand the payload over");
    return channel_->set_payload_size(payload.size());
}

// What only now is known; false when no time is left.
bool Attempt::fill_in(wire::Job& job) {
    if (request_.machine.deterministic) {
        return fill_in_what_is_fixed(job);
    }
    if (const auto stamp = machine_->time_stamp()) {
        job.time_stamp = stamp->counter;
        job.time_stamp_khz = request_.machine.tsc_khz;
        job.wall_time_ns = stamp->wall_time_ns;
    } else {
        job.wall_time_ns = wall_clock_ns();
    }
    job.seed = job.seed.empty() ? random_seed() : job.seed;
    if (!request_.limits.guest) {
        return true;
    }
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(*request_.limits.guest - Clock::now())
            .count();
    job.time_limit_ms = job.time_limit_ms > 0 ? std::min(job.time_limit_ms, left) : left;
    return left > 0;
}

// Nothing of this hour or this host enters the guest. Its limit is in its own time, which may pass
// faster or slower than ours.
bool Attempt::fill_in_what_is_fixed(wire::Job& job) {
    job.wall_time_ns = first_moment_ns;
    job.clock_is_given = true;
    const bool is_setup = request_.setup && &job == &request_.setup->job; // for many seeds
    const auto seed = request_.seed.value_or(0);
    job.seed =
        sha256_of(is_setup ? std::string("ktstr setup") : fmt::format("ktstr seed {}", seed));
    job.varied = is_setup ? 0 : seed;
    const auto& limits = request_.limits;
    if (!limits.guest) {
        return true;
    }
    const auto whole =
        std::chrono::duration_cast<std::chrono::milliseconds>(*limits.guest - limits.begun);
    job.time_limit_ms =
        job.time_limit_ms > 0 ? std::min(job.time_limit_ms, whole.count()) : whole.count();
    return *limits.guest > Clock::now();
}

// Lets the guest do what it was given.
Result<> Attempt::go_on() {
    begin_boot(); // of a restored machine this is all of it
    if (paused_) {
        TRY(machine_->resume());
        paused_ = false;
    }
    return {};
}

Result<> Attempt::hand_over() {
    auto& job = request_.job;
    TRY(loaded_ ? channel_->set_payload_size(0) : write_payload(request_.payload));
    job.leak_timeout_ms = request_.limits.leak_timeout.count();
    job.standard_input = request_.input == StandardInput::relay;
    job.saved_with_scheduler = restored_ == &set_up_ && facts_.attaches;
    if (!fill_in(job)) {
        facts_.out_of_time = true;
        gave_up_ = true;
        return {};
    }
    const auto spent = Clock::now() - request_.limits.begun;
    if (job.time_limit_ms > 0 && spent > std::chrono::milliseconds(job.time_limit_ms)) {
        facts_.time_before = human_time(spent);
    }
    if (request_.trace) {
        TRY(channel_->want_trace(), "cannot ask for the trace");
    }
    if (const auto& looking = request_.looking) {
        TRY(channel_->stop_at(looking->job_at_ns + looking->since_ns));
    }
    TRY(channel_->submit_job(wire::dump(job)), "cannot hand the job over");
    if (request_.machine.deterministic) {
        TRY(channel_->set_turn_seed(wire::seed_of(request_.seed.value_or(0), wire::Varied::turns)));
        said_.emplace();
        record_inputs();
    }
    TRY(go_on());
    facts_.stage = Stage::handed_over;
    phases_.done(Phase::hand_over);
    return {};
}

// A digest stands without them; a replay then cannot say why another is not the same.
void Attempt::record_inputs() {
    const bool from_template = restored_ != nullptr && restored_->use;
    const auto cache = cache_dir();
    auto inputs = cache
                      ? inputs_of(request_, from_template ? &restored_->use->meta : nullptr, *cache)
                      : tl::unexpected(cache.error());
    if (inputs) {
        outcome_.record.inputs = std::move(*inputs);
    } else {
        outcome_.record.notes.push_back("what decided this run cannot be told: " +
                                        inputs.error().one_line());
    }
}

Result<> Attempt::follow() {
    while (!over() && !stuck_ && !stands_where_asked()) {
        TRY(turn());
        stuck_ = restored_ != nullptr && facts_.stage == Stage::handed_over && boot_is_late();
    }
    if (stands_where_asked()) {
        return look();
    }
    TRY(take_frames()); // a machine that ended may have left frames behind
    phases_.done(facts_.report                    ? Phase::collect
                 : facts_.stage == Stage::started ? Phase::body
                                                  : Phase::unpack);
    return {};
}

Result<> Attempt::turn() {
    auto descriptors = machine_->descriptors();
    std::vector<pollfd> polls;
    for (const int fd : descriptors) {
        polls.push_back({.fd = fd, .events = POLLIN, .revents = 0});
    }
    polls.push_back({.fd = signals_->fd(), .events = POLLIN, .revents = 0});
    if (wants_input()) {
        polls.push_back({.fd = STDIN_FILENO, .events = POLLIN, .revents = 0});
    }
    if (::poll(polls.data(), polls.size(), poll_timeout_ms()) < 0 && errno != EINTR) {
        return fail(Error::from_errno("poll"));
    }
    TRY(machine_->service());
    TRY(take_frames());
    if (machine_->standstill() == machine::Standstill::ring_full) {
        TRY(take_frames()); // all: it says no more meanwhile
        TRY(machine_->resume());
    }
    TRY(take_signals());
    if (wants_input() && polls.back().revents != 0) {
        TRY(feed_input());
    }
    watch_host();
    return watch_time();
}

int Attempt::poll_timeout_ms() const {
    if (!machine_->rings() || !pending_input_.empty()) {
        return static_cast<int>(poll_interval.count());
    }
    Clock::duration left = long_poll_interval;
    for (const auto& limit : {request_.limits.verdict, stop_deadline_}) {
        left = limit ? std::min(left, *limit - Clock::now()) : left;
    }
    return static_cast<int>(
        std::max(std::chrono::ceil<std::chrono::milliseconds>(left), poll_interval).count());
}

Result<> Attempt::take_signals() {
    while (const auto number = signals_->next()) {
        if (*number == SIGTSTP) {
            suspend();
        } else if (*number == SIGWINCH) {
            winsize size{};
            // Before that nobody would listen, and a saved machine must not remember it.
            if (facts_.stage == Stage::started && request_.job.terminal &&
                ::ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) {
                TRY(channel_->send(
                    wire::FrameType::resize,
                    wire::dump(wire::Terminal{.rows = size.ws_row, .columns = size.ws_col})));
            }
        } else {
            facts_.signal = *number;
            if (facts_.stage != Stage::started) {
                gave_up_ = true; // nothing runs yet that could be asked
            } else {
                TRY(request_stop(::strsignal(*number)));
            }
        }
    }
    return {};
}

bool Attempt::wants_input() const {
    return request_.input == StandardInput::relay && facts_.stage == Stage::started &&
           !facts_.report && !input_ended_;
}

Result<> Attempt::feed_input() {
    if (pending_input_.empty()) {
        std::array<char, 16384> buffer{};
        const auto n = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (n < 0) {
            return errno == EINTR || errno == EAGAIN ? Result<>{}
                                                     : fail(Error::from_errno("read stdin"));
        }
        pending_input_.assign(buffer.data(), static_cast<std::size_t>(n));
    }
    const auto type = pending_input_.empty() ? wire::FrameType::in_end : wire::FrameType::in;
    TRY_ASSIGN(const bool sent, channel_->send(type, pending_input_));
    if (sent) {
        input_ended_ = type == wire::FrameType::in_end;
        pending_input_.clear();
    }
    return {};
}

Result<> Attempt::request_stop(const std::string& reason) {
    if (stop_deadline_) {
        gave_up_ = true; // asked twice: now
        return {};
    }
    stop_deadline_ = Clock::now() + 3s;
    TRY(channel_->send(wire::FrameType::stop, wire::dump(wire::Stop{.reason = reason})));
    return {};
}

void Attempt::watch_host() {
    const auto now = Clock::now();
    const bool runs = facts_.stage == Stage::setting_up ? setup_started_ && !setup_report_
                                                        : facts_.stage == Stage::started;
    if (!runs || facts_.report || !host_share_.wants_look(now)) {
        return;
    }
    if (const auto time = machine_->cpu_time()) {
        host_share_.look(now, *time);
    }
}

Result<> Attempt::watch_time() {
    const auto now = Clock::now();
    const auto& limits = request_.limits;
    if (stop_deadline_ && now >= *stop_deadline_ && !facts_.report) {
        gave_up_ = true;
    }
    if (limits.verdict && now >= *limits.verdict && !goodbye_) {
        facts_.out_of_time = true;
        gave_up_ = true;
    }
    return {};
}

// Ctrl-Z: the guest stands still with us, and no limit runs meanwhile (nextest stops its timers
// too).
void Attempt::suspend() {
    const auto before = Clock::now();
    booted_.maker.reset(); // others must not wait for one who stands still
    set_up_.maker.reset();
    serving_.reset();
    const bool runs = machine_ && !paused_;
    const auto paused = runs ? machine_->pause() : Result<>{};
    stop_self();
    const auto resumed = runs && paused ? machine_->resume() : paused;
    if (!resumed) {
        say("the machine could not be stopped and continued: {}", resumed.error().one_line());
    }
    shift_deadlines(Clock::now() - before);
}

void Attempt::shift_deadlines(Clock::duration by) {
    for (auto* limit :
         {&request_.limits.guest, &request_.limits.verdict, &stop_deadline_, &setup_deadline_}) {
        if (*limit) {
            **limit += by;
        }
    }
    request_.limits.begun += by;
    boot_begun_ += by;
    boot_deadline_ += by;
    host_share_.forget_last();
    outcome_.stopped += by;
}

} // namespace ktstr::session
