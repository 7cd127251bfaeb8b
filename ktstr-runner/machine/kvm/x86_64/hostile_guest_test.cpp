// Guests of a few instructions, in 64-bit mode, that do what no kernel should: the VMM says what
// happened, and obeys in bounded time whatever they do.
#include "ktstr-runner/machine/kvm/kvm_machine.hpp"
#include "ktstr-runner/machine/testing/machine_fixture.hpp"

#include <poll.h>
#include <signal.h>

#include <chrono>

namespace ktstr::machine::kvm {

namespace {

using Cause = Ending::Cause;
using Code = std::vector<unsigned char>;
using testing::HasSubstr;
using namespace std::chrono_literals;

const Code halt_for_ever{0xfa, 0xf4, 0xeb, 0xfc};                                  // cli; hlt
const Code spin{0xeb, 0xfe};                                                       // jmp .
const Code flood_the_console{0x66, 0xba, 0xf8, 0x03, 0xb0, 'x', 0xee, 0xeb, 0xfd}; // outb
const Code read_ports{0x66, 0xba, 0x34, 0x12, 0xed, 0xeb, 0xfd};                   // inl
// Of 128 MiB with a window of 256 MiB, the page behind which is at 384 MiB: mov to it for ever.
const Code ring_for_nothing{0xbb, 0, 0, 0, 0x18, 0x89, 0x03, 0xeb, 0xfc};
const Code write_where_nothing_is{0xbb, 0, 0, 0, 0xd0, 0x89, 0x03, 0xeb, 0xfc}; // mov
const Code triple_fault{0x6a, 0, 0x6a, 0, 0x0f, 0x01, 0x1c, 0x24, 0x0f, 0x0b};  // lidt; ud2
const Code run_where_nothing_is{0xb8, 0, 0, 0, 0xd0, 0xff, 0xe0};               // jmp
const Code reset{0x66, 0xba, 0x02, 0x06, 0xb0, 1, 0xee, 0xeb, 0xfe};            // outb
const Code power_off{0x66, 0xba, 0x00, 0x06, 0xb0, 0x34, 0xee, 0xeb, 0xfe};     // outb
const Code power_off_by_a_wide_write{
    0x66, 0xba, 0xff, 0x05, 0x66, 0xb8, 0, 0x34, 0x66, 0xef, 0xeb, 0xfe}; // outw to the port before
                                                                          // it

// rdmsr IA32_APIC_BASE, bits 8 to 15 of it with bit 6 set to the console, then power_off: 'I' in
// xAPIC mode, 'M' in x2APIC mode.
const Code tell_apic_mode{0xb9, 0x1b, 0,    0,    0,    0x0f, 0x32, 0xc1, 0xe8,
                          8,    0x0c, 0x40, 0x66, 0xba, 0xf8, 0x03, 0xee, 0x66,
                          0xba, 0x00, 0x06, 0xb0, 0x34, 0xee, 0xeb, 0xfe};

class HostileGuest : public MachineFixture {
protected:
    void SetUp() override {
        MachineFixture::SetUp();
        if (choice.backend != Backend::kvm && !IsSkipped()) {
            GTEST_SKIP() << "KTSTR_TEST_MACHINE is not kvm";
        }
    }

    std::unique_ptr<KvmMachine> start(const Code& code, const char* topology = "1") const {
        auto spec = spec_of(std::as_bytes(std::span(code)));
        spec.topology = *Topology::parse(topology);
        auto machine = KvmMachine::create(spec, choice.tsc_khz);
        EXPECT_THAT(machine, IsOk());
        if (!machine) {
            return nullptr;
        }
        EXPECT_THAT((*machine)->resume(), IsOk());
        return std::move(*machine);
    }

    // How it ends by itself.
    Ending ending_of(const Code& code) const {
        const auto machine = start(code);
        return machine ? wait_for_end(*machine) : Ending{Cause::broken, "not made"};
    }
};

class NeverEndingGuest : public HostileGuest, public testing::WithParamInterface<const Code*> {};

} // namespace

// All that is ever asked of a running machine. The limit is for an emulated host; a VMM that waited
// for the guest would wait for a minute.
TEST_P(NeverEndingGuest, HoldsNothingUp) {
    const auto machine = start(*GetParam());
    ASSERT_TRUE(machine);
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_TRUE(machine->time_stamp().has_value());
    EXPECT_EQ(machine->counters().size(), 1U);
    EXPECT_THAT(machine->service(), IsOk());
    EXPECT_LE(machine->console().size(), 64U << 10);
    EXPECT_THAT(machine->pause(), IsOk());
    EXPECT_THAT(machine->resume(), IsOk());
    EXPECT_EQ(machine->counters().size(), 1U);
    EXPECT_THAT(machine->pause(), IsOk());
    std::filesystem::create_directory(dir->path() / "saved");
    EXPECT_THAT(machine->save(dir->path() / "saved"), IsOk());
    machine->stop();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s);
    EXPECT_FALSE(machine->ending().has_value());
}

INSTANTIATE_TEST_SUITE_P(All,
                         NeverEndingGuest,
                         testing::Values(&halt_for_ever,
                                         &spin,
                                         &flood_the_console,
                                         &read_ports,
                                         &ring_for_nothing,
                                         &write_where_nothing_is));

TEST_F(HostileGuest, ThatRingsForNothingIsHeard) {
    const auto machine = start(ring_for_nothing);
    ASSERT_TRUE(machine);
    ASSERT_TRUE(machine->rings());
    const auto descriptors = machine->descriptors();
    pollfd wait{.fd = descriptors.back(), .events = POLLIN, .revents = 0};
    ASSERT_EQ(::poll(&wait, 1, 10'000), 1);
    EXPECT_THAT(machine->service(), IsOk());
    EXPECT_FALSE(machine->ending().has_value());
    ASSERT_EQ(::poll(&wait, 1, 10'000), 1); // once more
}

TEST_F(HostileGuest, ThatHaltsForEverIsCalledThat) {
    const auto halted = start(halt_for_ever);
    ASSERT_TRUE(halted);
    EXPECT_TRUE(wait(
        *halted, [&] { return !halted->counters().empty() && halted->stillness().has_value(); }));
    EXPECT_THAT(halted->stillness().value_or(""), HasSubstr("halted with interrupts off"));
    const auto busy = start(spin);
    ASSERT_TRUE(busy);
    EXPECT_FALSE(busy->counters().empty());
    EXPECT_EQ(busy->stillness(), std::nullopt);
}

// A kernel that starts in xAPIC mode leaves out of the MADT what has no id in that mode; one
// without x2APIC cannot start in the other.
TEST_F(HostileGuest, StartsInTheModeThatItsApicIdsNeed) {
    for (const auto& [topology, mode] : {
             std::pair{"1n5l5c5t", "M"},
             {"1n4l5c5t", "I"}
    }) {
        const auto machine = start(tell_apic_mode, topology);
        ASSERT_TRUE(machine);
        EXPECT_EQ(wait_for_end(*machine).cause, Cause::powered_off);
        EXPECT_EQ(machine->console(), mode) << topology;
    }
}

TEST_F(HostileGuest, ThatFloodsTheConsoleKeepsItsEndAlone) {
    const auto machine = start(flood_the_console);
    ASSERT_TRUE(machine);
    EXPECT_TRUE(wait(*machine, [&] { return machine->console_bytes() > 70'000; }));
    EXPECT_EQ(machine->console().size(), 64U << 10);
    EXPECT_EQ(machine->console().find_first_not_of('x'), std::string_view::npos);
}

TEST_F(HostileGuest, EndsByTheRightCause) {
    const auto fault = ending_of(triple_fault);
    EXPECT_EQ(fault.cause, Cause::reset);
    EXPECT_THAT(fault.detail, HasSubstr("a triple fault"));
    const auto restart = ending_of(reset);
    EXPECT_EQ(restart.cause, Cause::reset);
    EXPECT_THAT(restart.detail, HasSubstr("reset the machine without a word"));
    EXPECT_EQ(ending_of(power_off).cause, Cause::powered_off);
    EXPECT_EQ(ending_of(power_off_by_a_wide_write).cause, Cause::powered_off);
    const auto nowhere = ending_of(run_where_nothing_is);
    EXPECT_EQ(nowhere.cause, Cause::broken);
    EXPECT_THAT(nowhere.detail, HasSubstr("cannot emulate an instruction"));
}

TEST_F(HostileGuest, HasItsCountersWhenItEnds) {
    const auto machine = start(power_off);
    ASSERT_TRUE(machine);
    wait_for_end(*machine);
    const auto counters = machine->counters();
    ASSERT_EQ(counters.size(), 1U);
    EXPECT_GT(counters[0].exits, 0U);
    EXPECT_THAT(machine->save(dir->path()), IsErrorWith("has ended"));
}

TEST_F(HostileGuest, ItsMemoryIsThereWhileItSpinsAndWhenItHasEnded) {
    for (const auto* code : {&spin, &power_off}) {
        const auto machine = start(*code);
        ASSERT_TRUE(machine);
        if (code == &power_off) {
            wait_for_end(*machine);
        }
        std::vector<std::byte> seen(code->size());
        ASSERT_THAT(machine->read_memory(1 << 20, seen, Deadline::in(patience())), IsOk());
        EXPECT_TRUE(std::ranges::equal(seen, std::as_bytes(std::span(*code))));
        EXPECT_THAT(machine->read_memory(~0ULL, seen, Deadline::in(patience())),
                    IsErrorWith("not in the guest's memory"));
        EXPECT_THAT(machine->read_memory(minimum_memory, seen, Deadline::in(patience())),
                    IsErrorWith("not in"));
    }
}

// What the filter of system calls does to a VMM that a guest has taken over (confine_test has the
// calls).
TEST_F(HostileGuest, AVmmThatIsKilledForAForbiddenCallIsReported) {
    const auto machine = start(spin);
    ASSERT_TRUE(machine);
    ASSERT_EQ(::kill(machine->pid(), SIGSYS), 0);
    const auto& ending = wait_for_end(*machine);
    EXPECT_EQ(ending.cause, Cause::broken);
    EXPECT_EQ(ending.detail, "the VMM ended by itself: signal 31 (Bad system call)");
}

} // namespace ktstr::machine::kvm
