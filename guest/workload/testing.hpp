// For tests: surroundings without a scheduler or a client.
#pragma once

#include "guest/base/os.hpp"
#include "guest/workload/run.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace ktstr::workload {

class Alone : public Surroundings {
public:
    std::optional<std::string> scheduler(std::string_view order,
                                         std::string_view /*scheduler*/) override {
        orders.emplace_back(order);
        return std::nullopt;
    }

    std::string scheduler_name() const override { return "scx_none"; }

    // A program that runs once between two looks, one that does not, and one that comes later.
    std::vector<ProgramCost> program_costs() override {
        ++looks;
        std::vector<ProgramCost> costs{
            {.id = 3, .run_cnt = looks, .run_time_ns = 10 * looks},
            {.id = 5, .run_cnt = 7,     .run_time_ns = 70        }
        };
        if (looks > 1) {
            costs.push_back({.id = 9, .run_cnt = 4, .run_time_ns = 40});
        }
        return costs;
    }

    bool cancelled() override { return false; }

    void send_event(const std::string& json) override { events.push_back(json); }

    std::optional<std::string> next_answer(std::int64_t until_ns) override {
        const auto left = (until_ns - guest::monotonic_ns()) / 1'000'000;
        guest::sleep_ms(static_cast<int>(std::max<std::int64_t>(left, 0)));
        return std::nullopt;
    }

    std::uint64_t varied() override { return seed; }

    std::uint64_t seed = 0;
    std::uint64_t looks = 0;
    std::vector<std::string> orders;
    std::vector<std::string> events;
};

struct RanJson {
    nlohmann::json result;
    std::string error;
};

inline RanJson run_json(std::string_view scenario, Surroundings& around) {
    const auto ran = run(scenario, around);
    return {.result = ran.error.empty() ? nlohmann::json::parse(ran.result) : nlohmann::json(),
            .error = ran.error};
}

} // namespace ktstr::workload
