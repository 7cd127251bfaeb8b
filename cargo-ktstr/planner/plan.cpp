#include "cargo-ktstr/planner/plan.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace ktstr::planner {

namespace {

Json kernels(const std::vector<PlannedKernel>& planned) {
    Json out = Json::array();
    for (const auto& kernel : planned) {
        out.push_back({
            {"spec",    to_utf8(kernel.spec)                },
            {"label",   kernel.label                        },
            {"key",     kernel.entry.key                    },
            {"version", kernel.entry.version                },
            {"image",   to_utf8(kernel.entry.image.native())},
            {"tests",   kernel.tests                        }
        });
    }
    return out;
}

Json tests(const nextest::TestList& list, const ExpectedTimes& expected) {
    Json out = Json::array();
    for (const auto& suite : list.suites) {
        for (const auto& test : suite.tests) {
            Json one{
                {"binary_id", suite.binary_id},
                {"name",      test.name      },
                {"ignored",   test.ignored   },
                {"matches",   test.matches   }
            };
            if (!test.matches) {
                one["reason"] = test.mismatch;
            }
            if (const auto found = expected.find({suite.binary_id, test.name});
                found != expected.end()) {
                one["expected_ns"] = found->second.time.count();
                one["learned"] = found->second.learned;
            }
            out.push_back(std::move(one));
        }
    }
    return out;
}

Json source(const Result<git::Commit>& commit) {
    return {
        {"commit",  commit ? Json(commit->id) : Json()                        },
        {"dirty",   commit ? Json(commit->dirty) : Json()                     },
        {"unknown", commit ? Json() : Json(to_utf8(commit.error().one_line()))}
    };
}

} // namespace

ExpectedTimes expected_times(const Times& times, const Variants& variants) {
    ExpectedTimes out;
    for (const auto& variant : variants.all) {
        if (variant.left == Left::runs) {
            const auto& suite = times.list.suites[variants.test_of(variant).suite];
            out.emplace(std::pair(suite.binary_id, variants.name_of(variant, times.kernels)),
                        times.of(variants, variant));
        }
    }
    return out;
}

std::string to_json(const Plan& plan) {
    Json words = Json::array();
    for (const auto& word : plan.command_line) {
        words.push_back(to_utf8(word));
    }
    Json json{
        {"schema", plan_schema},
        {"created_at",
         fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
         fmt::gmtime(std::chrono::system_clock::to_time_t(plan.created_at)))},
        {"command_line", std::move(words)},
        {"source", source(plan.commit)},
        {"nextest_profile", to_utf8(plan.nextest_profile)},
        {"machine", to_utf8(plan.machine)},
        {"kernels", kernels(plan.kernels)},
        {"nextest_config",
         plan.nextest_config ? Json(to_utf8(*plan.nextest_config)) : Json(nullptr)},
        {"tool_config", to_utf8(plan.tool_config.native())},
        {"counts",
         {{"binaries", plan.tests.suites.size()},
          {"tests", plan.tests.total()},
          {"matching", plan.tests.matching()}}},
        {"tests", tests(plan.tests, plan.expected)}
    };
    return print_json(json, 1) + "\n";
}

Result<> write_plan(const std::filesystem::path& run_directory, const Plan& plan) {
    return write_file_atomically(run_directory / "plan.json", to_json(plan));
}

} // namespace ktstr::planner
