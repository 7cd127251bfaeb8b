#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/config/env_keys.hpp"

#include <gtest/gtest.h>

namespace ktstr::config {
namespace {

Result<TestSettings> with(std::vector<std::string> environment) {
    TestSettings out;
    TRY(apply_environment(environment, out));
    return out;
}

TEST(EnvKeys, VariablesGoOverSettings) {
    const auto out = with({"KTSTR_TOPOLOGY=2n2l1c1t",
                           "KTSTR_MEMORY=1G",
                           "KTSTR_KERNEL=6.14",
                           "KTSTR_MACHINE=qemu-tcg",
                           "A=b"});
    ASSERT_THAT(out, IsOk());
    EXPECT_EQ(out->topology.text(), "2n2l1c1t");
    EXPECT_EQ(out->memory, 1ULL << 30);
    EXPECT_EQ(out->kernel, "6.14");
    EXPECT_EQ(out->machine, "qemu-tcg");
    EXPECT_EQ(with({"KTSTR_MEMORY=256"})->memory, 256ULL << 20);
    EXPECT_EQ(with({"KTSTR_MEMORYX=1", "XKTSTR_MEMORY=1"})->memory, TestSettings{}.memory);
}

TEST(EnvKeys, ADeterministicTestHasNoOtherMachine) {
    const auto machine = [](const std::string& entry) -> Result<std::string> {
        TestSettings out{.machine = "det", .deterministic = true};
        TRY(apply_environment(std::vector<std::string>{entry}, out));
        return out.machine;
    };
    EXPECT_THAT(machine("KTSTR_MACHINE=kvm"),
                IsErrorWith("the test is deterministic, and KTSTR_MACHINE is kvm"));
    EXPECT_EQ(machine("KTSTR_MACHINE=det").value(), "det");
    EXPECT_EQ(machine("KTSTR_MACHINE=auto").value(), "det");
    EXPECT_EQ(machine("A=b").value(), "det");
}

TEST(EnvKeys, WrongValuesNameTheVariable) {
    EXPECT_THAT(with({"KTSTR_TOPOLOGY=many"}), IsErrorWith("KTSTR_TOPOLOGY"));
    EXPECT_THAT(with({"KTSTR_MEMORY=lots"}), IsErrorWith("KTSTR_MEMORY: \"lots\" is not a size"));
    EXPECT_THAT(with({"KTSTR_MEMORY=64"}), IsErrorWith("KTSTR_MEMORY: 64 MiB is too little"));
    EXPECT_THAT(with({"KTSTR_KERNEL="}), IsErrorWith("KTSTR_KERNEL is set but empty"));
    EXPECT_THAT(with({"KTSTR_MACHINE= "}), IsErrorWith("KTSTR_MACHINE is set but empty"));
    EXPECT_THAT(with({"KTSTR_MACHINE=bochs"}), IsErrorWith("unknown machine `bochs`"));
    EXPECT_THAT(with({"KTSTR_CHECK=yes"}), IsErrorWith("KTSTR_CHECK: \"yes\" is neither 0 nor 1"));
}

TEST(EnvKeys, ATraceIsOfScheduling) {
    EXPECT_FALSE(with({})->trace);
    EXPECT_TRUE(with({"KTSTR_TRACE=sched"})->trace);
    EXPECT_THAT(with({"KTSTR_TRACE=1"}), IsErrorWith("KTSTR_TRACE: \"1\" is nothing"));
}

TEST(EnvKeys, AStopIsATimeOfAJob) {
    EXPECT_EQ(with({})->stop_at, std::nullopt);
    EXPECT_EQ(with({"KTSTR_STOP_AT=100+7"})->stop_at, (StopAt{.job_at_ns = 100, .since_ns = 7}));
    for (const auto* bad : {"100", "+", "100+", "+7", "1+2+3", "a+b"}) {
        EXPECT_THAT(with({std::string("KTSTR_STOP_AT=") + bad}), IsErrorWith("KTSTR_STOP_AT"))
            << bad;
    }
    EXPECT_TRUE(with({"KTSTR_GDB=1"})->gdb);
    EXPECT_THAT(with({"KTSTR_GDB=yes"}), IsErrorWith("KTSTR_GDB"));
}

TEST(EnvKeys, TheLogLevel) {
    const auto level = [](std::vector<std::string> environment) {
        return log_level_from(environment);
    };
    EXPECT_EQ(level({}), LogLevel::normal);
    EXPECT_EQ(level({"KTSTR_LOG=verbose"}), LogLevel::verbose);
    EXPECT_EQ(level({"KTSTR_LOG=quiet"}), LogLevel::quiet);
    EXPECT_THAT(level({"KTSTR_LOG=debug"}),
                IsErrorWith("KTSTR_LOG: \"debug\" is none of quiet, normal, verbose"));
    EXPECT_THAT(level({"KTSTR_LOG="}), IsErrorWith("KTSTR_LOG"));
}

TEST(EnvKeys, UnknownOnesComeWithTheNearest) {
    const std::vector<std::string> environment{
        "KTSTR_KERNAL=6.14", "KTSTR_KERNEL=6.14", "KTSTR_ZZZZZZZZZZZZZZ=1", "X=1"};
    const auto unknown = unknown_env_keys(environment);
    ASSERT_EQ(unknown.size(), 2U);
    EXPECT_EQ(unknown[0].name, "KTSTR_KERNAL");
    EXPECT_EQ(unknown[0].nearest, "KTSTR_KERNEL");
    EXPECT_EQ(unknown[1].nearest, std::nullopt);
}

} // namespace
} // namespace ktstr::config
