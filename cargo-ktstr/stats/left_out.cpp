#include "cargo-ktstr/stats/left_out.hpp"

#include "cargo-ktstr/stats/run_files.hpp"
#include "ktstr-runner/base/json_view.hpp"
#include "ktstr-runner/base/text.hpp"

#include <algorithm>
#include <map>

namespace ktstr::stats {

namespace {

using Names = std::set<std::string, std::less<>>;

// The keys of a run's kernels by the labels that its tests have.
using Labels = std::map<std::string, std::string, std::less<>>;

Labels labels_in(JsonView plan) {
    Labels out;
    for_each(plan, "kernels", [&](JsonView kernel) {
        const auto label = member(kernel, "label");
        const auto key = member(kernel, "key");
        if (label && key && as_text(*label) && as_text(*key) && !as_text(*label)->empty()) {
            out.emplace(*as_text(*label), *as_text(*key));
        }
    });
    return out;
}

// Whether a name ends with a label is what the run's kernels say.
std::string name_of(std::string_view binary, std::string_view name, const Labels& labels) {
    const auto slash = name.rfind('/');
    const auto key =
        slash == std::string_view::npos ? labels.end() : labels.find(name.substr(slash + 1));
    const bool labelled = key != labels.end();
    const auto plain = labelled ? name.substr(0, slash) : name;
    return left_out_name(std::string(binary) + " " + std::string(plain),
                         labelled ? key->second : "");
}

// What a budget has chosen: "binary test" a line.
Names chosen_in(std::string_view selection, const Labels& labels) {
    Names out;
    for (const auto& line : split(selection, '\n')) {
        if (const auto blank = line.find(' '); blank != std::string::npos) {
            out.insert(name_of(std::string_view(line).substr(0, blank),
                               std::string_view(line).substr(blank + 1),
                               labels));
        }
    }
    return out;
}

} // namespace

std::string left_out_name(std::string_view test, std::string_view kernel_key) {
    auto out = std::string(test);
    return kernel_key.empty() ? out : out.append(" on ").append(kernel_key);
}

LeftOut left_out_of(std::span<const std::filesystem::path> run_directories,
                    std::span<const Names> not_begun) {
    LeftOut out;
    JsonParser parser;
    Names ran;
    for (std::size_t i = 0; i < run_directories.size(); ++i) {
        const auto& directory = run_directories[i];
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
        const auto labels = labels_in(*plan);
        const auto chosen = chooses ? chosen_in(**selection, labels) : Names{};
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
            auto which = name_of(*as_text(*binary), *as_text(*name), labels);
            const auto as_listed =
                std::string(*as_text(*binary)).append(" ").append(*as_text(*name));
            const bool began = i >= not_begun.size() || !not_begun[i].contains(as_listed);
            wanted = wanted && (!chooses || chosen.contains(which)) && began;
            (wanted ? ran : out.tests).insert(std::move(which));
        });
    }
    for (const auto& test : ran) { // in another part
        out.tests.erase(test);
    }
    return out;
}

} // namespace ktstr::stats
