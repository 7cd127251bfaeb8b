// What is for those who look at a deterministic run: when it began and failed, and its trace.
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/mapped_file.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/machine/image/elf.hpp"
#include "ktstr-runner/session/attempt.hpp"
#include "ktstr-runner/session/gdb.hpp"
#include "ktstr-runner/session/scheduler_end.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::session {

namespace {

// Of a file that is not moved when it is loaded its own addresses hold.
bool is_moved(const std::filesystem::path& program) {
    const auto file = MappedFile::open(program);
    const auto elf = file ? machine::Elf::parse(file->bytes())
                          : Result<machine::Elf>(tl::unexpected(file.error()));
    return !elf || elf->type() != ET_EXEC;
}

} // namespace

bool Attempt::stands_where_asked() const {
    return request_.looking && machine_ && !machine_->ending() &&
           machine_->standstill() == machine::Standstill::at_time;
}

// What was asked for: the guest's end is not awaited.
Result<> Attempt::look() {
    const auto& looking = *request_.looking;
    TRY(take_frames()); // what it said before
    facts_.looked_at = "stopped at " + guest_time(looking.since_ns) + " of guest time, as asked";
    const bool as_recorded = begun_ && begun_->time_stamp == looking.job_at_ns;
    if (!as_recorded) {
        outcome_.record.notes.push_back(fmt::format(
            "the job began at {} of the machine's clock, not at {} as then: it is not the same run "
            "(`cargo ktstr replay` alone says what is not the same)",
            begun_ ? std::to_string(begun_->time_stamp) : "no time so far",
            looking.job_at_ns));
    }
    auto symbols = looking.vmlinux.empty() ? Result<KernelSymbols>(KernelSymbols())
                                           : KernelSymbols::read(looking.vmlinux);
    if (!symbols || symbols->empty()) {
        outcome_.record.notes.emplace_back("the kernel's symbols are not known: its vmlinux in the "
                                           "store is stripped of them, or not there");
    }
    const auto names = symbols.value_or(KernelSymbols());
    TRY_ASSIGN(const auto places, machine_->places());
    say("{}\n{}", facts_.looked_at, describe_places(places, names));
    if (looking.gdb) {
        TRY(look_with_gdb(names));
    }
    gave_up_ = true;
    return {};
}

// Until gdb has gone, the guest has ended, or the person wants no more.
Result<> Attempt::look_with_gdb(const KernelSymbols& symbols) {
    TRY_ASSIGN(const auto folder, TempDir::create("ktstr-gdb"));
    GdbTarget target{.vmlinux = request_.looking->vmlinux,
                     .socket = folder.path() / "gdb",
                     .program = request_.job.argv.at(0),
                     .program_base = {}};
    if (launched_ && launched_->base != 0) {
        target.program_base = is_moved(target.program) ? launched_->base : 0;
    }
    TRY_ASSIGN(const bool open, machine_->let_debugger_in(target.socket));
    if (!open) {
        return fail(ErrorKind::environment, "this machine lets no debugger in");
    }
    say("it stands still for gdb (`apt install gdb`), in another terminal:\n  {}",
        gdb_command(target));
    if (const auto places = places_of_failure(symbols); !places.empty()) {
        say("where failures can be seen happening: break {}; continue", join(places, "; break "));
    }
    say("detach in gdb, or Ctrl-C here, ends it");
    bool was_there = false;
    while (!over()) {
        TRY(turn());
        TRY_ASSIGN(const bool is_there, machine_->has_debugger());
        if (was_there && !is_there) {
            return {};
        }
        was_there = is_there;
    }
    return {};
}

// The verdict does not depend on it.
void Attempt::no_trace(std::string_view why) {
    trace_.reset();
    if (!std::exchange(trace_is_told_, true)) {
        outcome_.record.notes.push_back(fmt::format("there is no trace: {}", why));
    }
}

void Attempt::take_trace(std::string_view text) {
    if (!request_.trace || !begun_ || trace_is_told_) {
        return;
    }
    if (!trace_) {
        auto file = TraceFile::create(*request_.trace, begun_->at_ns);
        if (!file) {
            no_trace(file.error().one_line());
            return;
        }
        trace_.emplace(std::move(*file));
    }
    if (const auto added = trace_->add(text); !added) {
        no_trace(added.error().one_line());
    }
}

Result<> Attempt::end_trace(const wire::Frame& frame) {
    const auto traced = wire::parse<wire::Traced>(frame.body);
    if (!traced) {
        return fail(ErrorKind::guest, "what the guest says of its trace cannot be read");
    }
    if (!traced->problem.empty()) {
        no_trace(printable(traced->problem));
    }
    if (!trace_) {
        return {};
    }
    const auto written = trace_->finish();
    if (!written) {
        no_trace(written.error().one_line());
        return {};
    }
    trace_.reset();
    trace_is_told_ = true;
    outcome_.trace = *written;
    return {};
}

void Attempt::count_trace() {
    if (request_.trace && !trace_is_told_) {
        no_trace("the guest died before it could send it");
    }
}

// A scheduler that left comes first, as in the verdict.
std::int64_t Attempt::failed_at() const {
    const bool good = outcome_.record.verdict == sidecar::Verdict::pass ||
                      outcome_.record.verdict == sidecar::Verdict::skip;
    if (good || !begun_) {
        return 0;
    }
    const auto* left = facts_.story ? first_in_trouble(*facts_.story) : nullptr;
    const auto at = left != nullptr && left->ended_ns != 0 ? left->ended_ns
                    : facts_.report                        ? facts_.report->ended_ns
                                                           : 0;
    return std::max<std::int64_t>(at - begun_->at_ns, 0);
}

} // namespace ktstr::session
