#include "cargo-ktstr/commands/replay_look.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace ktstr::commands {

namespace {

constexpr std::string_view trace_variable = "KTSTR_TRACE";
constexpr std::string_view scheduling = "sched";

constexpr cli::Option options[] = {
    {.heading = "Looking at it",
     .name = "trace",
     .value = "sched",
     .help = "Write what the kernel did in scheduling as NAME.trace beside the sidecar, a file that "
             "https://ui.perfetto.dev opens. Its times count from the job's begin. The run is the "
             "same with it and without."},
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
    return look;
}

void put_look(nextest::Environment& environment, const Look& look) {
    environment.unset(std::string(trace_variable));
    if (look.trace) {
        environment.set(std::string(trace_variable), std::string(scheduling));
    }
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
