// A machine for the tests of one program: its files are there, and it has listed its tests, so that
// its code is translated (docs/design/fork-server.md).
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/session/attempt.hpp"
#include "ktstr-runner/session/forks.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace ktstr::session {

using namespace std::chrono_literals;
using sidecar::Phase;

namespace {

// A hundred times what an emulated guest takes, and what a busy host may keep it waiting. Of the
// time that the test has left no more than a small part: it is the test's.
constexpr Clock::duration rehearsal_limit = 10s;
constexpr Clock::duration load_limit = 20s;
constexpr int rehearsal_share = 20;
constexpr int load_share = 10;

// With less it is left to another.
constexpr auto time_to_load = 30s;

// Of what the guest says is wrong.
constexpr std::size_t longest_problem = 512;

// As nextest has it list its tests: without the test's own variables, and without a profile that
// would come back.
std::vector<std::string> listing_environment(std::vector<std::string> environment) {
    constexpr std::array<std::string_view, 4> others{
        "NEXTEST_TEST_NAME=", "NEXTEST_TEST_PHASE=", "NEXTEST_ATTEMPT", "LLVM_PROFILE_FILE="};
    std::erase_if(environment, [&](std::string_view entry) {
        return std::ranges::any_of(others,
                                   [&](std::string_view name) { return entry.starts_with(name); });
    });
    environment.emplace_back("NEXTEST_TEST_PHASE=list");
    environment.emplace_back("LLVM_PROFILE_FILE=/dev/null");
    return environment;
}

// It changes nothing.
wire::Job rehearsal_of(const Request& request) {
    const auto& job = request.job;
    return {.argv = request.rehearsal,
            .environment = listing_environment(job.environment),
            .cwd = job.cwd,
            .read_only = true,
            .make_dirs = job.make_dirs,
            .kernel_config = job.kernel_config};
}

} // namespace

std::string Attempt::loaded_name(const Origin& origin) const {
    return fork_server_name(*request_.templates, origin.key + '/' + program_);
}

// Where it cannot be done, what was begun is not gone on with.
Result<> Attempt::load() {
    const auto left = request_.limits.guest
                          ? *request_.limits.guest - Clock::now()
                          : std::max(rehearsal_limit * rehearsal_share, load_limit * load_share);
    if (!std::exchange(loads_, false) || left < time_to_load ||
        !has_room_for_a_server(request_.spec.memory, ServerFor::program)) {
        return {};
    }
    auto& origin = *restored_;
    const auto loaded = load_for_others(left);
    phases_.done(Phase::save);
    if (loaded || gave_up_) {
        return {};
    }
    origin.notes.push_back("the program is not loaded for the tests behind this one: " +
                           loaded.error().one_line());
    channel_.reset();
    machine_.reset();
    paused_ = true;
    goodbye_ = false;
    lost_ = !take_fork(origin, fork_server_name(*request_.templates, origin.key), {});
    return {};
}

Result<> Attempt::load_for_others(Clock::duration left) {
    TRY(take_frames()); // nothing that was said before is an answer
    loaded_answer_.reset();
    TRY(write_payload(request_.payload));
    auto job = rehearsal_of(request_);
    job.time_limit_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                            std::min(rehearsal_limit, left / rehearsal_share))
                            .count();
    if (!fill_in(job)) {
        return fail(ErrorKind::environment, "the test's time is at its end");
    }
    TRY_ASSIGN(const bool sent, channel_->send(wire::FrameType::load, wire::dump(job)));
    if (!sent) {
        return fail(ErrorKind::environment, "its environment is too long");
    }
    TRY(go_on());
    const auto patience = Deadline::in(std::min(load_limit, left / load_share));
    while (!loaded_answer_ && !over() && !patience.expired()) {
        TRY(turn());
    }
    if (!loaded_answer_ || over()) {
        return fail(ErrorKind::guest, "the guest does not answer");
    }
    if (!loaded_answer_->problem.empty()) {
        return fail(
            ErrorKind::guest,
            printable(std::string_view(loaded_answer_->problem).substr(0, longest_problem)));
    }
    paused_ = true;
    TRY(machine_->pause());
    TRY(channel_->clear_payload(request_.payload.size()));
    if (name_of_program(request_) != program_) {
        return fail(ErrorKind::environment, "its files changed meanwhile");
    }
    TRY(serve(*restored_, loaded_name(*restored_)));
    loaded_ = true;
    outcome_.record.origin += ", loaded";
    return {};
}

} // namespace ktstr::session
