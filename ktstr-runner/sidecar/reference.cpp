#include "ktstr-runner/sidecar/reference.hpp"

#include "ktstr-runner/base/exit_code.hpp"
#include "ktstr-runner/sidecar/fields.hpp"
#include "ktstr-runner/sidecar/names.hpp"

#include <fmt/format.h>

namespace ktstr::sidecar {

namespace {

struct ExitCodeRow {
    ExitCode code;
    std::string_view meaning;
};

constexpr std::array exit_codes{
    ExitCodeRow{ExitCode::ok,           "the program succeeded; for a test, pass or skip"                 },
    ExitCodeRow{ExitCode::failed,       "a verdict of fail, or an unexpected error"                       },
    ExitCodeRow{ExitCode::usage,
                "the command line, an environment variable or a configuration file is wrong"              },
    ExitCodeRow{
                ExitCode::harness,
                "no verdict could be had: no kernel, no machine, no space, or a ktstr test says so itself"},
    ExitCodeRow{ExitCode::inconclusive, "the guest died or time ran out before a verdict"                 },
    ExitCodeRow{ExitCode::diverged,
                "`cargo ktstr replay`: the attempt, run again, was not the same"                          },
    ExitCodeRow{ExitCode::time_limit,
                "the program was still running when its time was up, as timeout(1) says it"               },
};

} // namespace

std::string fields_table() {
    auto out = fmt::format("| field | type | | meaning |\n|---|---|---|---|\n"
                           "| `schema` | integer | required | {} for this page |\n",
                           schema);
    for (const auto& field : fields()) {
        out += fmt::format("| `{}` | {} | {} | {} |\n",
                           field.name,
                           type_name(field),
                           field.presence == Presence::required ? "required" : "optional",
                           field.meaning);
    }
    return out;
}

std::string phases_table() {
    std::string out = "| phase | meaning |\n|---|---|\n";
    for (const auto& row : phases) {
        out += fmt::format("| `{}` | {} |\n", row.name, row.meaning);
    }
    return out;
}

std::string verdicts_table() {
    std::string out = "| verdict | meaning |\n|---|---|\n";
    for (const auto& row : verdicts) {
        out += fmt::format("| `{}` | {} |\n", row.name, row.meaning);
    }
    return out;
}

std::string reasons_table() {
    std::string out = "| reason | verdict | meaning |\n|---|---|---|\n";
    for (const auto& row : reasons) {
        out += fmt::format("| `{}` | {} | {} |\n", row.name, row.goes_with, row.meaning);
    }
    return out;
}

std::string exit_codes_table() {
    std::string out = "| code | meaning |\n|---|---|\n";
    for (const auto& row : exit_codes) {
        out += fmt::format("| {} | {} |\n", static_cast<int>(row.code), row.meaning);
    }
    return out;
}

} // namespace ktstr::sidecar
