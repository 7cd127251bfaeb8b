// What the guest says, taken in.
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/session/attempt.hpp"
#include "ktstr-runner/session/frame_name.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::session {

using sidecar::Phase;

namespace {

// Of a setup that failed, for people.
constexpr std::size_t most_said = 256 << 10;

template <class Body>
Result<> read_into(std::optional<Body>& body, const wire::Frame& frame, std::string_view what) {
    body = wire::parse<Body>(frame.body);
    return body ? Result<>{} : fail(ErrorKind::guest, std::string(what) + " cannot be read");
}

} // namespace

// What the ring can hold and no more: a guest that fills it faster than we read has no more of our
// time than that before signals and limits are looked at.
Result<> Attempt::take_frames() {
    const auto begin = channel_->position().received;
    while (!goodbye_ && channel_->position().received - begin < machine::Channel::most_held) {
        TRY_ASSIGN(const auto frame, channel_->receive());
        if (!frame) {
            return {};
        }
        TRY(take(*frame));
    }
    return {};
}

// What is only sent to who asks is not of the run.
void Attempt::log(const wire::Frame& frame) {
    if (!said_ || frame.type == wire::FrameType::trace || frame.type == wire::FrameType::traced) {
        return;
    }
    std::optional<std::int64_t> time;
    if (frame.type == wire::FrameType::report) {
        if (const auto report = wire::parse<wire::Report>(frame.body)) {
            time = report->wall_ns;
        }
    }
    said_->add(frame_name(frame.type), frame.body, time);
}

Result<> Attempt::take_hello(const wire::Frame& frame) {
    const auto hello = wire::parse<wire::Hello>(frame.body);
    if (!hello || hello->version != KTSTR_VERSION) {
        return fail(ErrorKind::guest,
                    fmt::format("the guest's agent is version {}, this is {}",
                                hello ? hello->version : "unknown",
                                KTSTR_VERSION));
    }
    outcome_.record.kernel_release = to_utf8(hello->kernel);
    return {};
}

Result<> Attempt::take_started(const wire::Frame& frame) {
    host_share_.begin(Clock::now());
    if (facts_.stage == Stage::setting_up) {
        setup_started_ = true;
        return {};
    }
    facts_.stage = Stage::started;
    phases_.done(Phase::unpack);
    return read_into(begun_, frame, "what the guest says of the job's begin");
}

Result<> Attempt::take(const wire::Frame& frame) {
    log(frame);
    switch (frame.type) {
    case wire::FrameType::hello:
        return take_hello(frame);
    case wire::FrameType::ready:
        facts_.stage = std::max(facts_.stage, Stage::ready);
        console_at_ready_ = machine_->console_bytes();
        return {};
    case wire::FrameType::standing:
        standing_ = true;
        return {};
    case wire::FrameType::loaded:
        return read_into(loaded_answer_, frame, "what the guest says of the program's loading");
    case wire::FrameType::attached:
        return read_into(setup_report_, frame, "the report of the setup");
    case wire::FrameType::started:
        return take_started(frame);
    case wire::FrameType::launched:
        return read_into(launched_, frame, "where the guest says that the program is");
    case wire::FrameType::out:
        return out_.add(frame.body);
    case wire::FrameType::err:
        if (facts_.stage == Stage::setting_up && facts_.attaches) { // the headline goes first
            setup_said_.append(frame.body, 0, most_said - std::min(most_said, setup_said_.size()));
            return {};
        }
        return err_.add(frame.body);
    case wire::FrameType::file_begin:
        return files_.begin(frame.body);
    case wire::FrameType::file_data:
        return files_.data(frame.body);
    case wire::FrameType::file_end:
        live_files_.forget(files_.name());
        return files_.end();
    case wire::FrameType::file_pages:
        return request_.place_file ? live_files_.add(frame.body) : Result<>{};
    case wire::FrameType::log:
        say_verbose("guest: " + to_utf8(frame.body));
        return {};
    case wire::FrameType::ask_time: {
        const wire::Time time{.wall_time_ns = wall_clock_ns()};
        const auto sent = channel_->send(wire::FrameType::time, wire::dump(time));
        return sent ? Result<>{} : fail(sent.error());
    }
    case wire::FrameType::diagnosis:
        outcome_.diagnosis = wire::parse<wire::Diagnosis>(frame.body);
        return {};
    case wire::FrameType::facts:
        measurements_.add(frame.body);
        return {};
    case wire::FrameType::story:
        return read_into(facts_.story, frame, "what the guest's engine says");
    case wire::FrameType::report:
        TRY(read_into(facts_.report, frame, "the guest's report"));
        phases_.done(Phase::body);
        return {};
    case wire::FrameType::trace:
        take_trace(frame.body);
        return {};
    case wire::FrameType::traced:
        return end_trace(frame);
    case wire::FrameType::goodbye:
        goodbye_ = true;
        return {};
    default:
        return fail(ErrorKind::guest,
                    fmt::format("the guest sent a frame of unknown type {}",
                                static_cast<unsigned>(frame.type)));
    }
}

} // namespace ktstr::session
