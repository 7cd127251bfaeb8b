#include "guest/base/test_dir.hpp"
#include "guest/scheduler/scheduler.hpp"

#include <gmock/gmock.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>

namespace ktstr::guest {
namespace {

using testing::HasSubstr;
using wire::SchedulerEnd;

// A kernel of files, and loaders of the shell that change them as the kernel would.
class SchedulerTest : public testing::Test {
protected:
    // What the kernel makes for the scheduler that is attached.
    const std::string attached = "sched_ext/root";

    SchedulerTest() {
        dir_.write("sched_ext/state", "disabled\n");
        dir_.write("sysrq", "");
    }

    SchedulerPlaces places() const {
        return {.sched_ext = dir_.path() + "/sched_ext",
                .cgroups = dir_.path(),
                .kernel_log = "/no/such/log",
                .sysrq = dir_.path() + "/sysrq"};
    }

    // Its commands run in the kernel's directory too.
    wire::Scheduler builtin(const std::string& enable, const std::string& disable) const {
        auto what = loader("");
        what.argv.clear();
        what.enable = {enable};
        what.disable = {disable};
        return what;
    }

    // `script` runs in the kernel's directory, with functions that are its steps.
    wire::Scheduler loader(const std::string& script) const {
        const std::string steps = R"(
            enable() { mkdir -p root; echo fake > root/ops; echo enabled > new; mv new state; }
            disable() { echo disabled > new; mv new state; }
            live() { while :; do sleep 0.01; done; }
        )";
        return {
            .name = "scx_fake",
            .argv = {"/bin/sh", "-c", steps + script},
            .environment = {"PATH=/bin:/usr/bin"},
            .cwd = dir_.path() + "/sched_ext",
            .attach_limit_ms = 20'000,
            .detach_limit_ms = 20'000
        };
    }

    // A log that gives one record a read, as /dev/kmsg does.
    SchedulerPlaces places_with_log() {
        auto places = this->places();
        places.kernel_log = dir_.path() + "/kmsg";
        EXPECT_EQ(::mkfifo(places.kernel_log.c_str(), 0600), 0);
        log_ = Fd(::open(places.kernel_log.c_str(), O_RDWR | O_CLOEXEC));
        EXPECT_EQ(::fcntl(log_.get(), F_SETFL, O_DIRECT), 0); // pipe(2): packets
        return places;
    }

    void kernel_says(const std::string& line) const {
        const auto record = "6,1,2,-;sched_ext: " + line + '\n';
        EXPECT_EQ(::write(log_.get(), record.data(), record.size()),
                  static_cast<ssize_t>(record.size()));
    }

    TestDir dir_;
    Fd log_;
    std::function<bool()> never_ = [] { return false; };
};

TEST_F(SchedulerTest, AttachesAndLeavesInOrder) {
    Scheduler scheduler(loader("trap 'disable; exit 0' TERM; echo hello; enable; live"), places());
    EXPECT_EQ(scheduler.attach(never_), std::nullopt);
    EXPECT_TRUE(scheduler.is_attached());
    EXPECT_EQ(scheduler.story().end, SchedulerEnd::running);
    scheduler.detach();
    EXPECT_FALSE(scheduler.is_attached());
    const auto story = scheduler.story();
    EXPECT_EQ(story.end, SchedulerEnd::clean);
    EXPECT_EQ(story.name, "scx_fake");
    EXPECT_EQ(story.ops, "fake");
    EXPECT_EQ(story.log, "hello\n");
    EXPECT_GT(story.attach_ns, 0);
    EXPECT_GT(story.detach_ns, 0);
}

TEST_F(SchedulerTest, EndsBeforeItIsAttached) {
    Scheduler scheduler(loader("echo no luck; exit 4"), places());
    EXPECT_EQ(scheduler.attach(never_), "its process ended with exit code 4: no luck");
    EXPECT_EQ(scheduler.story().end, SchedulerEnd::never_attached);
    EXPECT_EQ(scheduler.story().exit_code, 4);
}

TEST_F(SchedulerTest, IsNotBelievedWhenItOnlySaysThatItIsAttached) {
    auto what = loader("echo 'scheduler started'; live");
    what.attach_limit_ms = 50;
    Scheduler scheduler(what, places());
    const auto problem = scheduler.attach(never_);
    ASSERT_TRUE(problem);
    EXPECT_THAT(*problem, HasSubstr("not attached after "));
    EXPECT_EQ(scheduler.story().end, SchedulerEnd::never_attached);
    EXPECT_EQ(scheduler.story().message, "scheduler started");
}

TEST_F(SchedulerTest, IsGivenUpWhenAsked) {
    Scheduler scheduler(loader("live"), places());
    EXPECT_THAT(scheduler.attach([] { return true; }).value_or(""), HasSubstr("not attached"));
}

TEST_F(SchedulerTest, NeedsAKernelThatHasIt) {
    auto elsewhere = places();
    elsewhere.sched_ext = dir_.path() + "/none";
    Scheduler scheduler(loader("live"), elsewhere);
    EXPECT_THAT(scheduler.attach(never_).value_or(""), HasSubstr("CONFIG_SCHED_CLASS_EXT"));
    EXPECT_EQ(scheduler.story().end, SchedulerEnd::missing_feature);
}

TEST_F(SchedulerTest, DoesNotTakeAnothersAttachmentForItsOwn) {
    dir_.write("sched_ext/state", "enabled\n");
    dir_.write(attached + "/ops", "other\n");
    Scheduler scheduler(loader("live"), places());
    EXPECT_THAT(scheduler.attach(never_).value_or(""), HasSubstr("already: other"));
    EXPECT_EQ(scheduler.story().end, SchedulerEnd::never_attached);
}

TEST_F(SchedulerTest, IsSeenToHaveBeenThereAlsoBetweenTwoLooks) {
    auto elsewhere = places();
    elsewhere.kernel_log = dir_.path() + "/kmsg";
    ASSERT_EQ(::mkfifo(elsewhere.kernel_log.c_str(), 0600), 0);
    const Fd writer(::open(elsewhere.kernel_log.c_str(), O_RDWR | O_CLOEXEC));
    Scheduler scheduler(
        loader("echo '6,1,2,-;sched_ext: BPF scheduler \"fake\" enabled' > ../kmsg; exit 0"),
        elsewhere);
    EXPECT_EQ(scheduler.attach(never_), std::nullopt);
    EXPECT_FALSE(scheduler.is_attached());
    EXPECT_EQ(scheduler.story().end, SchedulerEnd::left);
}

TEST_F(SchedulerTest, MustBeExecutable) {
    auto what = loader("");
    what.argv = {"/no/such/loader"};
    Scheduler scheduler(what, places());
    EXPECT_THAT(scheduler.attach(never_).value_or(""), HasSubstr("/no/such/loader"));
    EXPECT_EQ(scheduler.story().end, SchedulerEnd::never_attached);
}

TEST_F(SchedulerTest, IsForcedWhenItDoesNotStop) {
    // The loader plays the kernel too: it disables when SysRq-S is asked for.
    auto what = loader("trap '' TERM; enable; "
                       "(while ! grep -q S ../sysrq; do sleep 0.01; done; disable) & live");
    what.detach_limit_ms = 50;
    Scheduler scheduler(what, places());
    ASSERT_EQ(scheduler.attach(never_), std::nullopt);
    scheduler.detach();
    EXPECT_EQ(read_file(dir_.path() + "/sysrq"), "S");
    EXPECT_EQ(scheduler.story().end, SchedulerEnd::would_not_stop);
    EXPECT_EQ(scheduler.story().exit_code, 137);
}

TEST_F(SchedulerTest, IsSeenToDieInTheMiddle) {
    Scheduler scheduler(loader("enable; while [ ! -e ../go ]; do sleep 0.01; done; "
                               "disable; kill -9 $$"),
                        places());
    ASSERT_EQ(scheduler.attach(never_), std::nullopt);
    dir_.write("go", "");
    while (scheduler.is_attached()) {
        sleep_ms(1);
    }
    scheduler.detach();
    EXPECT_EQ(scheduler.story().end, SchedulerEnd::killed);
}

TEST_F(SchedulerTest, AttachesAgainByItselfButItsErrorStays) {
    Scheduler scheduler(loader("trap 'disable; exit 0' TERM; enable; live"), places_with_log());
    ASSERT_EQ(scheduler.attach(never_), std::nullopt);
    kernel_says("BPF scheduler \"fake\" disabled (runnable task stall)");
    kernel_says("BPF scheduler \"fake\" enabled");
    kernel_says("BPF scheduler \"fake\" disabled (unregistered from user space)");
    scheduler.detach();
    EXPECT_EQ(scheduler.story().end, SchedulerEnd::stall);
}

TEST_F(SchedulerTest, AnotherOnesErrorIsNotIts) {
    Scheduler scheduler(loader("trap 'disable; exit 0' TERM; enable; live"), places_with_log());
    ASSERT_EQ(scheduler.attach(never_), std::nullopt);
    kernel_says("BPF scheduler \"fake\" disabled (unregistered from user space)");
    kernel_says("BPF scheduler \"other\" disabled (runnable task stall)");
    scheduler.detach();
    EXPECT_EQ(scheduler.story().end, SchedulerEnd::clean);
    EXPECT_EQ(scheduler.story().reason, "unregistered from user space");
}

TEST_F(SchedulerTest, CgroupsAreMadeBefore) {
    auto what = loader("test -d ../cells/a && enable; live");
    what.make_cgroups = {"/cells/a"};
    Scheduler scheduler(what, places());
    EXPECT_EQ(scheduler.attach(never_), std::nullopt);
    dir_.write("sched_ext/state", "disabled\n");
    scheduler.detach();
}

TEST_F(SchedulerTest, BuiltInOnesAreCommands) {
    auto what = loader("");
    what.argv.clear();
    what.enable = {"echo on > switch", "echo more"};
    what.disable = {"echo off > switch"};
    Scheduler scheduler(what, places());
    ASSERT_EQ(scheduler.attach(never_), std::nullopt);
    EXPECT_TRUE(scheduler.is_attached());
    EXPECT_EQ(scheduler.story().end, SchedulerEnd::running);
    EXPECT_EQ(read_file(dir_.path() + "/sched_ext/switch"), "on\n");
    scheduler.detach();
    EXPECT_EQ(scheduler.story().end, SchedulerEnd::clean);
    EXPECT_EQ(read_file(dir_.path() + "/sched_ext/switch"), "off\n");
}

TEST_F(SchedulerTest, ABuiltInOnesErrorStaysWhenItIsDisabled) {
    Scheduler scheduler(builtin("true", "true"), places_with_log());
    ASSERT_EQ(scheduler.attach(never_), std::nullopt);
    kernel_says("BPF scheduler \"fake\" disabled (runnable task stall)");
    EXPECT_EQ(scheduler.story().end, SchedulerEnd::stall); // and so it is read
    scheduler.detach();
    EXPECT_EQ(scheduler.story().end, SchedulerEnd::stall);
}

TEST_F(SchedulerTest, ABuiltInOnesCommandsToDisableItAreNotKilled) {
    dir_.write("own/cgroup.procs", "");
    dir_.write("own/cgroup.kill", "");
    auto places = this->places();
    places.own_cgroup = dir_.path() + "/own";
    Scheduler scheduler(builtin("true", "true"), places);
    ASSERT_EQ(scheduler.attach(never_), std::nullopt);
    scheduler.detach();
    EXPECT_EQ(read_file(places.own_cgroup + "/cgroup.kill"), "");
}

TEST_F(SchedulerTest, ACommandThatFailsIsTold) {
    auto what = loader("");
    what.argv.clear();
    what.enable = {"echo no such switch; false", "touch reached"};
    Scheduler scheduler(what, places());
    EXPECT_EQ(scheduler.attach(never_), "its process ended with exit code 1: no such switch");
    EXPECT_FALSE(std::filesystem::exists(dir_.path() + "/sched_ext/reached"));
}

} // namespace
} // namespace ktstr::guest
