#include "guest/agent/agent.hpp"

#include "guest/agent/bring_back.hpp"
#include "guest/agent/engine.hpp"
#include "guest/agent/health.hpp"
#include "guest/agent/prepare.hpp"
#include "guest/agent/proc_stat.hpp"
#include "guest/agent/rehearsal.hpp"
#include "guest/agent/run.hpp"
#include "guest/agent/standing.hpp"
#include "guest/base/priority.hpp"
#include "guest/wire/messages.hpp"
#include "guest/wire/random.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace ktstr::guest {

namespace {

using wire::FrameType;

wire::Hello hello() {
    utsname name{};
    ::uname(&name);
    return {.version = KTSTR_VERSION,
            .kernel = name.release,
            .cpus = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN))};
}

wire::Report not_started(std::string reason, int error = 0) {
    return {.outcome = wire::Outcome::not_started, .code = error, .reason = std::move(reason)};
}

// The report is one frame, so what it says is bounded.
constexpr std::size_t most_notes = 100;
constexpr std::size_t longest_reason = 8192;
constexpr std::size_t longest_log = 64U << 10;

// By so much the program, and a scheduler that is attached already, may find the timers of all CPUs
// elsewhere: many ticks, and parts of one.
constexpr std::uint64_t longest_phase_ns = 20'000'000;

void append(std::vector<std::string>& notes, std::vector<std::string> more) {
    if (notes.size() + more.size() > most_notes) {
        more.resize(most_notes - std::min(notes.size(), most_notes));
        notes.emplace_back("and more, left out here");
    }
    notes.insert(
        notes.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

wire::Report not_attached(AttachFailure failure, Channel& channel, bool is_setup) {
    if (is_setup) {
        constexpr std::size_t piece = 256U << 10;
        channel.send(FrameType::err, std::string_view(failure.log).substr(0, piece));
    }
    return not_started(std::move(failure.reason));
}

void return_files(const wire::Job& job, Channel& channel, wire::Report& report) {
    auto not_sent = bring_back(absolute(job.bring_back, job.cwd), channel);
    report.files_lost += not_sent.size();
    append(report.notes, std::move(not_sent));
}

std::uint64_t load_base(pid_t pid) {
    return lowest_mapping(read_file("/proc/" + std::to_string(pid) + "/maps").value_or(""));
}

// Runs the program, and says how it ended.
wire::Report run_program(const wire::Job& job,
                         Channel& channel,
                         Standing& standing,
                         LiveFiles& files,
                         std::int64_t limit_at_ns,
                         Leftovers leftovers) {
    const bool is_setup = leftovers == Leftovers::keep;
    const auto& cgroup = is_setup ? standing.setup_cgroup : standing.test_cgroup;
    auto& starter = standing.starter;
    if (job.terminal) {
        starter = Starter(cgroup.path(), job.terminal);
    }
    auto launched = is_setup ? Starter(cgroup.path()).start(job) : starter.start(job);
    if (launched.pid < 0) {
        return not_started(std::move(launched.failure), launched.error);
    }
    const Terms terms{.limit_at_ns = limit_at_ns, .leftovers = leftovers};
    if (leftovers == Leftovers::clear && job.clock_is_given) {
        channel.send(
            FrameType::launched,
            wire::dump(wire::Launched{.pid = launched.pid, .base = load_base(launched.pid)}));
    }
    standing.trace.mark("B|1|program");
    auto report = Run(job, std::move(launched), standing, channel, files, terms).finish();
    standing.trace.mark("E|1");
    return report;
}

// Where the engine is, and the process of the scheduler that the test begins with.
void tell_of_engine(const Standing& standing, std::vector<std::string>& environment) {
    if (standing.engine) {
        environment.push_back(std::string("KTSTR_ENGINE=") + wire::engine_socket);
    }
    if (standing.scheduler_pid > 0) {
        environment.push_back("KTSTR_SCHEDULER_PID=" + std::to_string(standing.scheduler_pid));
    }
}

// What a seed varies of a guest that was restored, and so begins as all others do.
void vary(const wire::Job& job, Standing& standing) {
    const auto own = wire::seed_of(job.varied, wire::Varied::program);
    if (own == 0) {
        return;
    }
    sleep_ns(wire::Random(own).below(longest_phase_ns));
    if (standing.engine) {
        standing.engine->vary(wire::seed_of(job.varied, wire::Varied::engine));
    }
}

// A scheduler is attached before a job's program, and behind a setup's, which makes what it needs.
wire::Report run_in_order(wire::Job& job,
                          Channel& channel,
                          Standing& standing,
                          LiveFiles& files,
                          std::int64_t limit_at_ns,
                          Leftovers leftovers) {
    const bool is_setup = leftovers == Leftovers::keep;
    if (job.scheduler || job.engine) {
        if (auto problem = have_engine(standing)) {
            return not_started(std::move(*problem));
        }
    }
    vary(job, standing);
    const auto attach = [&]() -> std::optional<wire::Report> {
        if (!job.scheduler) {
            return std::nullopt;
        }
        auto failure = attach_scheduler(*job.scheduler, standing, channel, limit_at_ns, is_setup);
        return failure ? std::optional(not_attached(std::move(*failure), channel, is_setup))
                       : std::nullopt;
    };
    if (!is_setup) {
        if (auto failure = attach()) {
            return *failure;
        }
        if (leftovers == Leftovers::clear) {
            tell_of_engine(standing, job.environment);
        }
        return run_program(job, channel, standing, files, limit_at_ns, leftovers);
    }
    wire::Report report{.outcome = wire::Outcome::exited};
    if (!job.argv.empty()) {
        report = run_program(job, channel, standing, files, limit_at_ns, leftovers);
    }
    if (report.outcome == wire::Outcome::exited && report.code == 0) {
        if (auto failure = attach()) {
            return *failure;
        }
    }
    return report;
}

// Prepares the guest for the program, and does the rest.
wire::Report run(wire::Job& job,
                 std::span<const std::byte> payload,
                 Channel& channel,
                 Standing& standing,
                 Leftovers leftovers) {
    const bool is_setup = leftovers == Leftovers::keep;
    auto prepared = prepare(job, payload, channel);
    if (prepared.problem) {
        auto report = not_started(std::move(*prepared.problem));
        append(report.notes, std::move(prepared.notes));
        return report;
    }
    const auto& cgroup = is_setup ? standing.setup_cgroup : standing.test_cgroup;
    if (cgroup.problem() && is_setup) { // what it leaves would be taken for the test's
        return not_started(*cgroup.problem());
    }
    if (cgroup.problem()) {
        prepared.notes.push_back(*cgroup.problem());
    }
    channel.send(FrameType::started,
                 wire::dump(wire::Started{.unpack_ns = prepared.unpack_ns,
                                          .at_ns = monotonic_ns(),
                                          .time_stamp = time_stamp()}));
    if (leftovers == Leftovers::clear) {
        standing.trace.begin();
    }
    // Of a rehearsal, whose clock may not be right yet, it counts from now.
    const auto begun = leftovers == Leftovers::forget ? monotonic_ns() : prepared.written_ns;
    const auto limit_at = job.time_limit_ms > 0 ? begun + job.time_limit_ms * 1'000'000 : 0;
    LiveFiles files(absolute(job.bring_back, job.cwd), channel); // until they are back
    auto report = run_in_order(job, channel, standing, files, limit_at, leftovers);
    if (leftovers == Leftovers::clear) {
        end_engine(standing, channel); // a scheduler's files are whole when it has ended
        return_files(job, channel, report);
    }
    append(report.notes, std::move(prepared.notes));
    report.reason.resize(std::min(report.reason.size(), longest_reason));
    return report;
}

// Nothing when the machine is not what it was saved as: a scheduler may have ended between the
// answer that it is attached and the saving.
std::optional<wire::Report> take(const std::string& text,
                                 Window& window,
                                 Channel& channel,
                                 Standing& standing,
                                 Leftovers leftovers) {
    auto job = wire::parse<wire::Job>(text);
    if (!job) {
        return not_started("the job in the window cannot be read");
    }
    if (job->saved_with_scheduler && health(standing) != standing.set_up_health) {
        channel.send(FrameType::log,
                     "the machine was saved with " + standing.set_up_health +
                         ", and now: " + health(standing));
        return std::nullopt;
    }
    const bool may_be_without = leftovers == Leftovers::keep && job->scheduler;
    if (job->argv.empty() && !may_be_without) {
        return not_started("the job has no program");
    }
    return run(*job, window.payload(), channel, standing, leftovers);
}

// What makes the machine the one that many tests begin on. What it said is of interest only when it
// failed.
wire::Report set_up(Window& window, Channel& channel, Standing& standing) {
    auto report = take(window.setup(), window, channel, standing, Leftovers::keep)
                      .value_or(not_started("the setup is of a saved machine"));
    if (report.outcome != wire::Outcome::exited || report.code != 0) {
        channel.send(FrameType::err, read_end(wire::setup_log, longest_log));
        end_engine(standing, channel); // its story tells more
        if (const auto job = wire::parse<wire::Job>(window.setup())) {
            return_files(*job, channel, report); // there will be no other
        }
    }
    standing.renew();
    standing.set_up_health = health(standing);
    return report;
}

// Goes the way of a job, without a word to the host. What is wrong with the machine now, or with
// the program; nothing when it is as before.
Problem
rehearse(wire::Job job, std::span<const std::byte> payload, Channel& channel, Standing& standing) {
    const auto before = health(standing);
    channel.be_quiet();
    auto report = run(job, payload, channel, standing, Leftovers::forget);
    report = wire::parse<wire::Report>(wire::dump(report)).value_or(report); // as of a job: written
    const auto last_words = channel.speak_again();
    const auto after = health(standing);
    standing.renew();
    if (report.outcome != wire::Outcome::exited || report.code != 0) {
        return "it ended with " +
               (report.reason.empty() ? "exit code " + std::to_string(report.code)
                                      : report.reason) +
               (last_words.empty() ? "" : ": " + last_words);
    }
    if (!report.leaked.empty()) {
        return "it leaves processes that do not die: " + report.leaked.front();
    }
    if (before != after) {
        return "it has changed the machine: " + after + ", before: " + before;
    }
    return std::nullopt;
}

// What the tests of one program have in common: its files, and a machine that knows its code.
wire::Loaded load(const std::string& text, Window& window, Channel& channel, Standing& standing) {
    auto job = wire::parse<wire::Job>(text);
    if (!job || job->argv.empty()) {
        return {.problem = "the order to load a program cannot be read"};
    }
    if (const auto& problem = standing.test_cgroup.problem()) {
        return {.problem = *problem};
    }
    return {.problem = rehearse(std::move(*job), window.payload(), channel, standing).value_or("")};
}

// A restored machine begins where it was saved. Saved in its sleep it would first have to wake:
// tens of milliseconds where every path of the kernel is translated anew. So it is saved while it
// looks for what to do without rest.
void await_job(Window& window, Channel& channel, Standing& standing) {
    bool may_sleep = true;
    bool is_set_up = false;
    while (!window.job_is_there()) {
        if (!is_set_up && window.setup_is_there()) {
            is_set_up = true;
            may_sleep = false;
            channel.send(FrameType::attached, wire::dump(set_up(window, channel, standing)));
        }
        const auto frame = channel.receive();
        if (frame && frame->type == FrameType::stand_by) {
            may_sleep = false;
            await_clocksource();
            if (const auto problem =
                    rehearse(rehearsal(window.is_lockstep()), {}, channel, standing)) {
                channel.send(FrameType::log, "the rehearsal: " + *problem);
            }
            channel.send(FrameType::standing, {});
        } else if (frame && frame->type == FrameType::load) {
            may_sleep = false;
            channel.send(FrameType::loaded,
                         wire::dump(load(frame->body, window, channel, standing)));
        } else if (!channel.await_host(wire::Waiting::answer) && may_sleep) {
            sleep_ms(1);
        }
    }
}

} // namespace

void serve(Window& window, const std::vector<std::string>& boot_notes) {
    Channel channel(window);
    rise_above_tests();
    channel.send(FrameType::hello, wire::dump(hello()));
    for (const auto& note : boot_notes) {
        channel.send(FrameType::log, note);
    }
    for (const auto& note : make_ready()) {
        channel.send(FrameType::log, note);
    }
    Standing standing;
    channel.send(FrameType::ready, {});
    await_job(window, channel, standing);
    const auto report = take(window.job(), window, channel, standing, Leftovers::clear);
    if (!report) {
        return; // to the machine's end, from which the host sees that it must boot another
    }
    end_engine(standing, channel); // of a job that could not be prepared
    standing.trace.end();
    channel.send(FrameType::report, wire::dump(*report));
    if (window.wants_trace()) {
        const auto problem = standing.trace.send(channel);
        channel.send(FrameType::traced, wire::dump(wire::Traced{.problem = problem.value_or("")}));
    }
    channel.send(FrameType::goodbye, {});
}

} // namespace ktstr::guest
