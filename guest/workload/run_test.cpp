// Scenarios with real workers, in no cgroups. Times are those of a machine that others use too:
// only what holds however slow it is is expected.
#include "guest/workload/run.hpp"
#include "guest/workload/testing.hpp"

#include <gmock/gmock.h>

namespace ktstr::workload {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST(Run, SpinningWorkersGetOnAndAreCounted) {
    Alone around;
    const auto ran = run_json(R"({"scenario": 1, "root": "", "duration": 300000000,
        "assert": {"not_starved": true},
        "steps": [{"cgroups": [{"name": "a"}], "hold": {"frac": 1}}]})",
                              around);
    EXPECT_EQ(ran.error, "");
    EXPECT_EQ(ran.result["verdict"], "pass") << ran.result;
    const auto& a = ran.result["phases"][1]["cgroups"]["a"];
    EXPECT_EQ(a["num_workers"], 2);
    EXPECT_GT(a["total_iterations"], 0);
    EXPECT_GT(a["total_cpu_time_ns"], 0);
}

} // namespace
} // namespace ktstr::workload
