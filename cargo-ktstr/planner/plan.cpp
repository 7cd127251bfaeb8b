#include "cargo-ktstr/planner/plan.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>

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

// A test as nextest lists it.
Json listed(std::string_view binary_id, std::string_view name, const Answer& answer) {
    Json one{
        {"binary_id", binary_id     },
        {"name",      name          },
        {"ignored",   answer.ignored},
        {"matches",   answer.matches}
    };
    if (!answer.matches) {
        one["reason"] = answer.mismatch;
    }
    return one;
}

using Take = std::function<Result<>(const Json& test)>;

Result<> each_of_list(const nextest::TestList& list, const Take& take) {
    for (const auto& suite : list.suites) {
        for (const auto& test : suite.tests) {
            TRY(take(listed(
                suite.binary_id,
                test.name,
                {.ignored = test.ignored, .matches = test.matches, .mismatch = test.mismatch})));
        }
    }
    return {};
}

Result<> each_of_variants(const Shown& planned, const Take& take) {
    const auto& [variants, times] = planned;
    for (const auto& variant : variants.all) {
        const auto* const answer = variants.answer_of(variant);
        if (answer == nullptr) {
            continue;
        }
        auto one = listed(times.list.suites[variants.test_of(variant).suite].binary_id,
                          variants.name_of(variant, times.kernels),
                          *answer);
        if (variant.left == Left::runs) {
            const auto expected = times.of(variants, variant);
            one["expected_ns"] = expected.time.count();
            one["learned"] = expected.learned;
        }
        TRY(take(one));
    }
    return {};
}

Json source(const Result<git::Commit>& commit) {
    return {
        {"commit",  commit ? Json(commit->id) : Json()                        },
        {"dirty",   commit ? Json(commit->dirty) : Json()                     },
        {"unknown", commit ? Json() : Json(to_utf8(commit.error().one_line()))}
    };
}

} // namespace

std::size_t RunTests::total() const {
    if (!planned) {
        return list.total();
    }
    const auto& variants = planned->variants;
    return static_cast<std::size_t>(
        std::ranges::count_if(variants.all, [&](const Variant& variant) {
            return variants.answer_of(variant) != nullptr;
        }));
}

std::size_t RunTests::matching() const {
    if (!planned) {
        return list.matching();
    }
    const auto& variants = planned->variants;
    return static_cast<std::size_t>(
        std::ranges::count_if(variants.all, [&](const Variant& variant) {
            const auto* const answer = variants.answer_of(variant);
            return answer != nullptr && answer->matches;
        }));
}

Result<> print_run_plan(const Plan& plan, const Print& print) {
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
         {{"binaries", plan.tests.list.suites.size()},
          {"tests", plan.tests.total()},
          {"matching", plan.tests.matching()}}}
    };
    auto head = print_json(json, 1);
    head.resize(head.size() - std::string_view("\n}").size()); // the tests follow
    Pieces pieces(print);
    TRY(pieces.add(head + ",\n \"tests\": ["));
    const char* separator = "\n  ";
    const Take take = [&](const Json& test) -> Result<> {
        TRY(pieces.add(separator + print_json(test)));
        separator = ",\n  ";
        return {};
    };
    TRY(plan.tests.planned ? each_of_variants(*plan.tests.planned, take)
                           : each_of_list(plan.tests.list, take));
    TRY(pieces.add("\n ]\n}\n"));
    return pieces.flush();
}

Result<> write_plan(const std::filesystem::path& run_directory, const Plan& plan) {
    TRY_ASSIGN(auto file, AtomicFile::create(run_directory / "plan.json"));
    TRY(print_run_plan(plan, [&](std::string_view piece) { return file.write(piece); }));
    return file.commit();
}

} // namespace ktstr::planner
