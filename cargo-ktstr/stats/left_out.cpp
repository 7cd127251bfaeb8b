#include "cargo-ktstr/stats/left_out.hpp"

#include "cargo-ktstr/stats/attempt.hpp"
#include "cargo-ktstr/stats/run_files.hpp"
#include "ktstr-runner/base/json_view.hpp"
#include "ktstr-runner/base/text.hpp"

namespace ktstr::stats {

namespace {

using Names = std::set<std::string, std::less<>>;

std::string plain(std::string_view binary, std::string_view name) {
    return std::string(binary) + " " + std::string(without_kernel(name));
}

// What a budget has chosen: "binary test" a line.
Names chosen_in(std::string_view selection) {
    Names out;
    for (const auto& line : split(selection, '\n')) {
        if (const auto blank = line.find(' '); blank != std::string::npos) {
            out.insert(plain(std::string_view(line).substr(0, blank),
                             std::string_view(line).substr(blank + 1)));
        }
    }
    return out;
}

} // namespace

LeftOut left_out_of(std::span<const std::filesystem::path> run_directories) {
    LeftOut out;
    JsonParser parser;
    Names ran;
    for (const auto& directory : run_directories) {
        const auto text = read_run_file(directory / "plan.json");
        const auto plan =
            text && *text ? parser.parse(**text) : Result<JsonView>(parser.parse("{}"));
        const auto selection = read_run_file(directory / "selection");
        for (const auto* const wrong : {text ? nullptr : &text.error(),
                                        plan ? nullptr : &plan.error(),
                                        selection ? nullptr : &selection.error()}) {
            if (wrong != nullptr) {
                out.damaged.push_back(directory.string() + ": " + wrong->one_line());
            }
        }
        if (!plan) {
            continue;
        }
        const bool chooses = selection && *selection;
        const auto chosen = chooses ? chosen_in(**selection) : Names{};
        for_each(*plan, "tests", [&](JsonView test) {
            const auto binary = member(test, "binary_id");
            const auto name = member(test, "name");
            const auto matches = member(test, "matches");
            if (!binary || !name || !as_text(*binary) || !as_text(*name)) {
                return;
            }
            bool wanted = true;
            if (matches && matches->get(wanted) != simdjson::SUCCESS) {
                wanted = true;
            }
            auto which = plain(*as_text(*binary), *as_text(*name));
            wanted = wanted && (!chooses || chosen.contains(which));
            (wanted ? ran : out.tests).insert(std::move(which));
        });
    }
    for (const auto& test : ran) { // in another part, or on another kernel
        out.tests.erase(test);
    }
    return out;
}

} // namespace ktstr::stats
