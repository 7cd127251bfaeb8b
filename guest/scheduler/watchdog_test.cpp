#include "guest/scheduler/loader.hpp"
#include "guest/scheduler/watchdog.hpp"

#include <gmock/gmock.h>

#include <sys/wait.h>

namespace ktstr::guest {
namespace {

using testing::HasSubstr;

// Where the kernel has no sched_ext the field cannot be found, and that must be said before the
// loader runs.
TEST(WatchdogOverride, IsSetOrRefusedBeforeTheLoaderRuns) {
    Loader loader({
        .argv = {"/bin/sh", "-c", "echo runs"},
        .environment = {},
        .cwd = "/",
        .kernel_log = "/no/such/log",
        .watchdog_ms = 1000
    });
    if (loader.problem()) {
        EXPECT_THAT(*loader.problem(), HasSubstr("watchdog"));
        EXPECT_EQ(loader.pid(), -1);
        return;
    }
    ASSERT_TRUE(loader.await_end(20'000));
    EXPECT_EQ(loader.end()->status, 0);
    EXPECT_EQ(loader.output(), "runs\n");
    EXPECT_FALSE(loader.has_watchdog_limit()); // a shell has no scheduler to give it to
}

TEST(WatchdogOverride, IsNotNeeded) {
    Loader loader({.argv = {"/bin/true"}, .environment = {}, .cwd = "/", .kernel_log = ""});
    EXPECT_EQ(loader.problem(), std::nullopt);
    EXPECT_TRUE(loader.has_watchdog_limit());
}

} // namespace
} // namespace ktstr::guest
