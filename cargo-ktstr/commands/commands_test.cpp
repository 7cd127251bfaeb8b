#include "cargo-ktstr/commands/checks.hpp"
#include "cargo-ktstr/commands/choice.hpp"
#include "cargo-ktstr/commands/nextest_config.hpp"
#include "cargo-ktstr/commands/table.hpp"
#include "ktstr-runner/base/matchers.hpp"

#include <gmock/gmock.h>

#include <set>

namespace ktstr::commands {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

TEST(VersionIn, IsTheFirstDottedNumber) {
    EXPECT_THAT(version_in("cargo-nextest 0.9.143 (60fa45f63 2026-08-04)"),
                ElementsAre(0U, 9U, 143U));
    EXPECT_THAT(version_in("QEMU emulator version 10.0.2 (Debian 1:10.0.2+ds-2+deb13u1~bpo12+1)"),
                ElementsAre(10U, 0U, 2U));
    EXPECT_THAT(version_in("no version"), IsEmpty());
    EXPECT_LT(version_in("0.9.99"), version_in("0.9.116"));
}

TEST(FirstLineOf, SaysWhatCannotBeRun) {
    EXPECT_FALSE(first_line_of({"no-such-program-here"}).ran);
    EXPECT_THAT(first_line_of({"no-such-program-here"}).line, HasSubstr("no-such-program-here"));
    EXPECT_EQ(first_line_of({"echo", "a b"}).line, "a b");
}

TEST(Choose, PrefersTheOptionAndSaysSo) {
    testing::internal::CaptureStderr();
    EXPECT_THAT(choose("--kernel", "a", "KTSTR_KERNEL", "b"), Optional(std::string("a")));
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "ktstr: --kernel a is used, not KTSTR_KERNEL=b of the environment\n");
}

TEST(Choose, IsQuietWithoutAConflict) {
    testing::internal::CaptureStderr();
    EXPECT_THAT(choose("--kernel", "a", "KTSTR_KERNEL", "a"), Optional(std::string("a")));
    EXPECT_THAT(choose("--kernel", std::nullopt, "KTSTR_KERNEL", "b"), Optional(std::string("b")));
    EXPECT_EQ(choose("--kernel", std::nullopt, "KTSTR_KERNEL", ""), std::nullopt);
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(KvmFinding, IsDegradedAsLongAsMachinesCanBeEmulated) {
    using Probe = host::KvmProbe;
    const Probe broken{Probe::State::broken, "/dev/kvm cannot run `cpuid`", "use another host"};
    const auto emulated = kvm_finding(broken, "/usr/bin/qemu");
    EXPECT_EQ(emulated.state, State::degraded);
    EXPECT_THAT(emulated.what, HasSubstr("cannot run `cpuid`: machines are emulated"));
    EXPECT_EQ(emulated.remedy, "use another host");
    EXPECT_EQ(kvm_finding(broken, std::nullopt).state, State::missing);
    const auto works = kvm_finding({Probe::State::works, "/dev/kvm works", ""}, std::nullopt);
    EXPECT_EQ(works.state, State::ok);
    EXPECT_EQ(works.what, "/dev/kvm works");
}

TEST(QemuFinding, IsNeededWhereKvmDoesNotWork) {
    const host::KvmProbe broken{host::KvmProbe::State::broken, "no", ""};
    const host::KvmProbe works{host::KvmProbe::State::works, "/dev/kvm works", ""};
    EXPECT_EQ(qemu_finding({false, "not there"}, broken).state, State::missing);
    EXPECT_EQ(qemu_finding({false, "not there"}, works).state, State::degraded);
    EXPECT_THAT(qemu_finding({false, "not there"}, works).remedy, HasSubstr("apt-get install"));
    EXPECT_EQ(qemu_finding({true, "QEMU emulator version 10.0.2"}, broken).state, State::ok);
    EXPECT_EQ(qemu_finding({true, "QEMU emulator version 7.2.0"}, broken).state, State::degraded);
}

TEST(PutNextestConfig, TellsTheRunnersWhatNextestReads) {
    nextest::Environment environment({});
    const std::vector<std::string> command{"cargo",
                                           "nextest",
                                           "run",
                                           "--tool-config-file",
                                           "ktstr:/run/nextest.toml",
                                           "--config-file=/ci.toml"};
    ASSERT_THAT(put_nextest_config(environment, command), IsOk());
    EXPECT_THAT(environment.get("KTSTR_NEXTEST_CONFIG"),
                Optional(std::string("/ci.toml:/run/nextest.toml")));
}

TEST(PutNextestConfig, SaysNothingOfAnArchiveFromElsewhere) {
    nextest::Environment environment({"KTSTR_NEXTEST_CONFIG=/outer.toml"});
    std::vector<std::string> command{"cargo", "nextest", "run", "--archive-file", "a.tar.zst"};
    ASSERT_THAT(put_nextest_config(environment, command), IsOk());
    EXPECT_EQ(environment.get("KTSTR_NEXTEST_CONFIG"), std::nullopt);
    command.insert(command.end(), {"--workspace-remap", "/here"});
    ASSERT_THAT(put_nextest_config(environment, command), IsOk());
    EXPECT_THAT(environment.get("KTSTR_NEXTEST_CONFIG"),
                Optional(std::string("/here/.config/nextest.toml")));
}

void check_table(std::span<const cli::Command> commands, const std::string& before) {
    std::set<std::string_view> names;
    for (const auto& command : commands) {
        const auto name = before + std::string(command.name);
        EXPECT_TRUE(names.insert(command.name).second) << name;
        EXPECT_EQ(command.spec->name, name);
        EXPECT_EQ(command.spec->examples.size(), 2U) << name;
        EXPECT_TRUE(command.run != nullptr || command.commands != nullptr) << name;
        if (command.commands != nullptr) {
            check_table(command.commands(), name + " ");
        }
    }
}

TEST(Table, HasEachCommandOnceWithAFunctionOrCommands) {
    check_table(table(), "");
}

} // namespace

} // namespace ktstr::commands
