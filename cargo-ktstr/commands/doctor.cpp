#include "cargo-ktstr/commands/doctor.hpp"

#include "cargo-ktstr/cli/arguments.hpp"
#include "cargo-ktstr/commands/checks.hpp"
#include "ktstr-runner/base/exit_code.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <iterator>

namespace ktstr::commands {

namespace {

constexpr cli::Option options[] = {
    {.heading = "Output options", .name = "json", .help = "Print the findings as JSON."},
};

constexpr cli::Example examples[] = {
    {"What works here:",                         "doctor"       },
    {"Only what needs attention, for a script:",
     "doctor --json | jq '.checks[] | select(.state != \"ok\")'"},
};

struct Row {
    Check check;
    Finding finding;
};

std::vector<Row> examine() {
    std::vector<Row> rows;
    for (const auto group : {rust_checks, machine_checks, kernel_checks, host_checks}) {
        for (auto& check : group()) {
            auto finding = check.look();
            rows.push_back({std::move(check), std::move(finding)});
        }
    }
    return rows;
}

bool tests_can_run(const std::vector<Row>& rows) {
    return std::ranges::none_of(rows, [](const Row& row) {
        return row.check.need == Need::tests && row.finding.state == State::missing;
    });
}

std::string as_table(const std::vector<Row>& rows) {
    std::size_t width = 0;
    for (const auto& row : rows) {
        width = std::max(width, row.check.name.size());
    }
    std::string out;
    for (const auto& [check, finding] : rows) {
        out += fmt::format(
            "{:<8}  {:<{}}  {}\n", name(finding.state), check.name, width, finding.what);
        if (!finding.remedy.empty()) {
            out += fmt::format("{:<8}  {:<{}}  -> {}\n", "", "", width, finding.remedy);
        }
    }
    return out + (tests_can_run(rows) ? "\nTests can run here.\n"
                                      : "\nTests cannot run here yet: see what is missing.\n");
}

std::string as_json(const std::vector<Row>& rows) {
    auto checks = Json::array();
    for (const auto& [check, finding] : rows) {
        checks.push_back({
            {"name",       check.name             },
            {"needed_for", name(check.need)       },
            {"state",      name(finding.state)    },
            {"what",       to_utf8(finding.what)  },
            {"remedy",     to_utf8(finding.remedy)}
        });
    }
    const Json json{
        {"schema",        1                  },
        {"tests_can_run", tests_can_run(rows)},
        {"checks",        checks             }
    };
    return print_json(json, 1) + "\n";
}

} // namespace

const cli::Spec doctor_spec{
    .name = "doctor",
    .usage = "[--json]",
    .about = "Says what works on this machine, and what to do about the rest.\n"
             "The exit code is 0 when tests can run here, and 3 when they cannot.",
    .options = options,
    .examples = examples,
};

Result<int> doctor_command(std::span<const std::string> arguments) {
    TRY_ASSIGN(const auto parsed, cli::parse(doctor_spec, arguments));
    const auto rows = examine();
    TRY(write_all(STDOUT_FILENO, parsed.has("json") ? as_json(rows) : as_table(rows)));
    return static_cast<int>(tests_can_run(rows) ? ExitCode::ok : ExitCode::harness);
}

} // namespace ktstr::commands
