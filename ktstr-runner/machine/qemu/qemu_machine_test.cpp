// With a real QEMU and guests of a few instructions: no kernel is needed.
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/machine/qemu/qemu_machine.hpp"
#include "ktstr-runner/machine/testing/machine_fixture.hpp"

#include <signal.h>

namespace ktstr::machine::qemu {

using Cause = Ending::Cause;
using testing::HasSubstr;

namespace {

class QemuMachineTest : public MachineFixture {};

pid_t pid_of(const Machine& machine) {
    return dynamic_cast<const QemuMachine&>(machine).pid();
}

} // namespace

TEST_F(QemuMachineTest, SaysWhatItIs) {
    const auto machine = create(choice, spec_of(code_that_triple_faults()));
    ASSERT_THAT(machine, IsOk());
    EXPECT_EQ((*machine)->describe(), "qemu " + choice.emulator_version + ", tcg, microvm");
    EXPECT_FALSE((*machine)->ending().has_value());
}

TEST_F(QemuMachineTest, TellsATripleFault) {
    const auto machine = boot(spec_of(code_that_triple_faults()));
    ASSERT_TRUE(machine);
    const auto& ending = wait_for_end(*machine);
    EXPECT_EQ(ending.cause, Cause::reset);
    EXPECT_THAT(ending.detail, HasSubstr("triple fault"));
    EXPECT_THAT(machine->resume(), IsErrorWith("the machine has ended"));
}

TEST_F(QemuMachineTest, TalksThroughTheWindowAlsoAfterTheEnd) {
    const auto machine = boot(spec_of(code_that_uses_the_window()));
    ASSERT_TRUE(machine);
    Channel channel(machine->window());
    const auto hello = wait_for_frame(*machine, channel);
    EXPECT_EQ(hello.type, wire::FrameType::out);
    EXPECT_EQ(hello.body, "hello");
    ASSERT_THAT(machine->pause(), IsOk());
    ASSERT_TRUE(*channel.send(wire::FrameType::stop, "{}"));
    ASSERT_THAT(machine->resume(), IsOk());
    EXPECT_EQ(wait_for_frame(*machine, channel).type, wire::FrameType::goodbye);
    machine->stop();
    EXPECT_THAT(channel.receive(), IsErrorWith("the machine is gone"));
}

TEST_F(QemuMachineTest, GivesTheGuestsMemoryAlsoAfterTheEnd) {
    const auto code = code_that_triple_faults();
    const auto machine = boot(spec_of(code));
    ASSERT_TRUE(machine);
    wait_for_end(*machine);
    std::vector<std::byte> seen(code.size());
    ASSERT_THAT(machine->read_memory(1 << 20, seen, Deadline::in(patience())), IsOk());
    EXPECT_TRUE(std::ranges::equal(seen, code));
    EXPECT_THAT(machine->read_memory(2ULL << 30, seen, Deadline::in(patience())),
                IsErrorWith("not in the guest's memory"));
    EXPECT_THAT(machine->read_memory(~0ULL, seen, Deadline::in(patience())),
                IsErrorWith("not in the guest's memory"));
}

TEST_F(QemuMachineTest, KeepsTheTailOfAFlood) {
    const auto machine = boot(spec_of(code_that_floods_the_console()));
    ASSERT_TRUE(machine);
    ASSERT_TRUE(wait(*machine, [&] { return machine->console().size() == 64 << 10; }));
    ASSERT_THAT(machine->pause(), IsOk()); // not held up by output that nobody takes
    ASSERT_THAT(machine->resume(), IsOk());
    ASSERT_THAT(machine->service(), IsOk());
    EXPECT_EQ(machine->console().size(), 64U << 10);
    EXPECT_EQ(machine->console().back(), 'x');
}

TEST_F(QemuMachineTest, LeavesNothingBehind) {
    pid_t pid = 0;
    {
        const auto machine = boot(spec_of(code_that_floods_the_console()));
        ASSERT_TRUE(machine);
        pid = pid_of(*machine);
    }
    EXPECT_EQ(::kill(pid, 0), -1);
}

TEST_F(QemuMachineTest, TellsTheDeathOfQemu) {
    const auto machine = boot(spec_of(code_that_floods_the_console()));
    ASSERT_TRUE(machine);
    ASSERT_EQ(::kill(pid_of(*machine), SIGSEGV), 0);
    const auto& ending = wait_for_end(*machine);
    EXPECT_EQ(ending.cause, Cause::broken);
    EXPECT_THAT(ending.detail, HasSubstr("QEMU ended by itself: signal 11"));
}

TEST_F(QemuMachineTest, TellsThatSomebodyStoppedQemu) {
    const auto machine = boot(spec_of(code_that_floods_the_console()));
    ASSERT_TRUE(machine);
    ASSERT_EQ(::kill(pid_of(*machine), SIGTERM), 0);
    EXPECT_EQ(wait_for_end(*machine).cause, Cause::broken);
}

TEST_F(QemuMachineTest, GivesQemusWordsForAnImageThatItRefuses) {
    auto spec = spec_of({});
    ASSERT_THAT(write_file_atomically(spec.kernel, "no kernel at all\n"), IsOk());
    EXPECT_THAT(create(choice, spec), IsErrorWith("QEMU does not start the machine: qemu"));
    spec.kernel = dir->path() / "none";
    EXPECT_THAT(create(choice, spec), IsErrorWith("/none"));
}

TEST_F(QemuMachineTest, NamesAnInitramfsThatIsMissing) {
    auto spec = spec_of(code_that_triple_faults());
    spec.initramfs = "/no/such/initramfs";
    EXPECT_THAT(create(choice, spec), IsErrorWith("/no/such/initramfs: No such file"));
}

TEST_F(QemuMachineTest, TakesAnyFileName) {
    auto spec = spec_of(code_that_triple_faults());
    const auto odd = dir->path() / "a,b=c d'e";
    std::filesystem::rename(spec.kernel, odd);
    spec.kernel = odd;
    ASSERT_THAT(write_file_atomically(dir->path() / "i,size=1", "x"), IsOk());
    spec.initramfs = dir->path() / "i,size=1";
    const auto machine = boot(spec);
    ASSERT_TRUE(machine);
    EXPECT_EQ(wait_for_end(*machine).cause, Cause::reset);
}

// A device that our machines do not have stops this one in a state of its own, as a KVM that gives
// up does.
TEST_F(QemuMachineTest, NoticesAStopThatNobodyAskedFor) {
    const auto wrapper = dir->path() / "qemu";
    ASSERT_THAT(write_file_atomically(wrapper,
                                      "#!/bin/sh\nexec " + choice.emulator +
                                          " \"$@\" -device pvpanic -action panic=pause\n",
                                      0755),
                IsOk());
    choice.emulator = wrapper;
    const auto machine = boot(spec_of(code_that_calls_pvpanic()));
    ASSERT_TRUE(machine);
    const auto& ending = wait_for_end(*machine);
    EXPECT_EQ(ending.cause, Cause::panicked);
    EXPECT_THAT(ending.detail, HasSubstr("says it panicked"));
}

} // namespace ktstr::machine::qemu
