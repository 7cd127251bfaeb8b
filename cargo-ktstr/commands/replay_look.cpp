#include "cargo-ktstr/commands/replay_look.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace ktstr::commands {

namespace {

constexpr std::string_view trace_variable = "KTSTR_TRACE";
constexpr std::string_view stop_variable = "KTSTR_STOP_AT";
constexpr std::string_view gdb_variable = "KTSTR_GDB";

// By so much the agent may see late what the kernel did.
constexpr std::int64_t before_failure_ns = 50'000'000;

// Of the runner's, when the machine was stopped (session/attempt_look.cpp).
constexpr std::string_view stopped = "stopped at ";
constexpr std::string_view scheduling = "sched";

constexpr cli::Option options[] = {
    {.heading = "Looking at it",
     .name = "trace",
     .value = "sched",
     .help =
         "Write what the kernel did in scheduling as NAME.trace beside the sidecar, a file that "
         "https://ui.perfetto.dev opens. Its times count from the job's begin. The run is the "
         "same with it and without."},
    {.heading = "Looking at it",
     .name = "until",
     .value = "TIME",
     .help =
         "Stop the machine at this guest time, such as `3.2s` or `250ms`, counted from the job's "
         "begin as in the trace, and say where its vCPUs are."},
    {.heading = "Looking at it",
     .name = "gdb",
     .help =
         "Stop it there, or without --until 50 ms before the attempt failed, and let gdb in: its "
         "command line is printed, with the symbols of the kernel and of the test. Ends when gdb "
         "has gone, or by Ctrl-C."},
};

} // namespace

std::span<const cli::Option> look_options() {
    return options;
}

Result<Look> look_from(const cli::Arguments& arguments) {
    Look look;
    if (const auto what = arguments.value("trace")) {
        if (*what != scheduling) {
            return fail(Error(ErrorKind::usage,
                              fmt::format("--trace is `{}`, and nothing that is traced", *what))
                            .hint("--trace sched"));
        }
        look.trace = true;
    }
    if (const auto until = arguments.value("until")) {
        look.until_ns = parse_guest_time(*until);
        if (!look.until_ns) {
            return fail(Error(ErrorKind::usage,
                              fmt::format("--until is `{}`, and not a guest time", *until))
                            .hint("such as 3.2s, 250ms or 40ns"));
        }
    }
    look.gdb = arguments.has("gdb");
    if (look.trace && look.stops()) {
        return fail(Error(ErrorKind::usage, "a run that stops on its way has no trace")
                        .hint("replay it twice: with --trace first, to see where to stop"));
    }
    return look;
}

std::optional<std::uint64_t> parse_guest_time(std::string_view text) {
    struct Unit {
        std::string_view name;
        std::size_t digits; // behind the point that are whole nanoseconds
    };

    constexpr std::array units{
        Unit{"ms", 6},
        Unit{"us", 3},
        Unit{"ns", 0},
        Unit{"s",  9}
    };
    const auto* const unit =
        std::ranges::find_if(units, [&](const Unit& one) { return text.ends_with(one.name); });
    if (unit == units.end()) {
        return std::nullopt;
    }
    text.remove_suffix(unit->name.size());
    const auto point = std::min(text.find('.'), text.size());
    std::string fraction(text.substr(std::min(point + 1, text.size())));
    if (point == 0 || fraction.size() > unit->digits || (point < text.size() && fraction.empty())) {
        return std::nullopt;
    }
    fraction.resize(unit->digits, '0');
    return parse_u64(std::string(text.substr(0, point)) + fraction);
}

Result<std::uint64_t> stop_of(const Look& look, const sidecar::Record& record) {
    if (record.job_at_ns == 0) {
        return fail(
            Error(ErrorKind::environment,
                  "the sidecar does not tell when the attempt's job began, so no guest time "
                  "can be found in it")
                .hint("run the test again on the deterministic machine"));
    }
    if (look.until_ns) {
        return *look.until_ns;
    }
    if (record.verdict == sidecar::Verdict::pass) {
        return fail(Error(ErrorKind::usage, "the attempt passed: there is no failure to stop at")
                        .hint("say where it shall stop, such as --until 3.2s"));
    }
    // Of a guest that died nobody knows: then from the begin on.
    return static_cast<std::uint64_t>(
        std::max<std::int64_t>(record.failed_at_ns - before_failure_ns, 0));
}

Result<>
put_look(nextest::Environment& environment, const Look& look, const sidecar::Record& record) {
    for (const auto variable : {trace_variable, stop_variable, gdb_variable}) {
        environment.unset(variable); // of whoever called
    }
    if (look.trace) {
        environment.set(trace_variable, scheduling);
    }
    if (look.stops()) {
        TRY_ASSIGN(const auto stop, stop_of(look, record));
        environment.set(stop_variable, fmt::format("{}+{}", record.job_at_ns, stop));
        environment.set(gdb_variable, look.gdb ? "1" : "0");
    }
    return {};
}

bool has_stopped(const Look& look, const Recorded& again) {
    return look.stops() && again.record.verdict == sidecar::Verdict::skip &&
           again.record.headline.starts_with(stopped);
}

Result<std::string> tell_of_look(const Look& look, const Recorded& again) {
    if (!look.trace) {
        return std::string();
    }
    auto trace = again.file;
    trace.replace_extension(".trace");
    std::error_code error;
    if (!std::filesystem::is_regular_file(trace, error)) {
        auto why = fmt::format("there is no trace beside {}", again.file.string());
        for (const auto& note : again.record.notes) {
            why += note.find("trace") == std::string::npos ? "" : ": " + printable(note);
        }
        return fail(ErrorKind::environment, why);
    }
    return fmt::format("trace: {}\n  open it in https://ui.perfetto.dev\n", trace.string());
}

} // namespace ktstr::commands
