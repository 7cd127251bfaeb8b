#include "cargo-ktstr/stats/planned.hpp"

#include "cargo-ktstr/stats/attempt.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/json_view.hpp"

namespace ktstr::stats {

std::set<std::string, std::less<>>
planned_tests(std::span<const std::filesystem::path> run_directories) {
    constexpr std::size_t largest_plan = std::size_t{256} << 20;
    std::set<std::string, std::less<>> out;
    JsonParser parser;
    for (const auto& directory : run_directories) {
        const auto text = read_file(directory / "plan.json", largest_plan);
        const auto plan = text ? parser.parse(*text) : Result<JsonView>(JsonView());
        if (!text || !plan) {
            continue;
        }
        for_each(*plan, "tests", [&](JsonView test) {
            const auto binary = member(test, "binary_id");
            const auto name = member(test, "name");
            if (binary && name && as_text(*binary) && as_text(*name)) {
                out.insert(std::string(*as_text(*binary)) + " " +
                           std::string(without_kernel(*as_text(*name))));
            }
        });
    }
    return out;
}

} // namespace ktstr::stats
