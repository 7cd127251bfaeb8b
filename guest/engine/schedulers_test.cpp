#include "guest/base/test_dir.hpp"
#include "guest/engine/schedulers.hpp"

#include <gmock/gmock.h>

namespace ktstr::guest {
namespace {

using testing::SizeIs;
using wire::SchedulerEnd;

constexpr std::size_t most_stories = 64;

class SchedulersTest : public testing::Test {
protected:
    // Built in, so that one life costs two shells that do nothing.
    wire::Scheduler good(std::string name) const {
        return {.name = std::move(name),
                .enable = {"true"},
                .disable = {"true"},
                .environment = {"PATH=/bin:/usr/bin"},
                .cwd = dir_.path(),
                .attach_limit_ms = 20'000,
                .detach_limit_ms = 20'000};
    }

    wire::Scheduler missing() const {
        auto what = good("missing");
        what.argv = {"/no/such/loader"};
        return what;
    }

    void run(const wire::Scheduler& what) {
        schedulers_.attach(what, [] { return false; });
        schedulers_.finish();
    }

    TestDir dir_;
    std::string state_ = dir_.write("sched_ext/state", "disabled\n");
    Schedulers schedulers_{
        {.sched_ext = dir_.path() + "/sched_ext",
         .cgroups = dir_.path(),
         .kernel_log = "/no/such/log",
         .sysrq = dir_.path() + "/sysrq"}
    };
};

TEST_F(SchedulersTest, LeaveOutThoseThatEndedClean) {
    run(good("first"));
    run(missing());
    for (std::size_t i = 0; i < most_stories; ++i) {
        run(good("later"));
    }
    const auto stories = schedulers_.stories();
    ASSERT_THAT(stories, SizeIs(most_stories));
    EXPECT_EQ(stories.front().name, "missing");
    EXPECT_EQ(stories.front().end, SchedulerEnd::never_attached);
    EXPECT_EQ(stories.back().end, SchedulerEnd::clean);
    EXPECT_EQ(schedulers_.problem(), "");
}

} // namespace
} // namespace ktstr::guest
