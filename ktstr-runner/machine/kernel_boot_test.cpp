// With a real kernel, named by KTSTR_TEST_KERNEL_IMAGE, on the machine that KTSTR_TEST_MACHINE
// names.
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/machine/testing/machine_fixture.hpp"

#include <fmt/format.h>

#include <array>
#include <map>

namespace ktstr::machine {

using Cause = Ending::Cause;
using testing::HasSubstr;

namespace {

class KernelBootTest : public MachineFixture {
protected:
    void SetUp() override {
        MachineFixture::SetUp();
        const auto kernel = env("KTSTR_TEST_KERNEL_IMAGE");
        if (!kernel) {
            GTEST_SKIP() << "KTSTR_TEST_KERNEL_IMAGE does not name a kernel";
        }
        spec.kernel = *kernel;
        ASSERT_THAT(write_initramfs(dir->path() / "initramfs", KTSTR_TEST_GUEST_INIT, 0755),
                    IsOk());
        spec.initramfs = dir->path() / "initramfs";
    }

    std::unique_ptr<Machine> boot_and_do(const std::string& words) {
        spec.kernel_arguments = {"guest.do=" + words};
        return boot(spec);
    }

    MachineSpec spec{.topology = *Topology::parse("1n1l2c1t"), .memory = 192ULL << 20};
};

std::string range(unsigned first, unsigned count) {
    return count == 1 ? std::to_string(first) : fmt::format("{}-{}", first, first + count - 1);
}

// What the guest prints for a CPU, but for the id of its LLC.
std::string expected_cpu(const Topology& t, unsigned cpu) {
    const auto per_llc = t.cores * t.threads;
    const auto llc = cpu / per_llc;
    return fmt::format("TOPOLOGY {} package={} core={} siblings={} l3={} id=",
                       cpu,
                       llc,
                       cpu % per_llc / t.threads,
                       range(cpu / t.threads * t.threads, t.threads),
                       range(llc * per_llc, per_llc));
}

} // namespace

class TopologyBootTest : public KernelBootTest, public testing::WithParamInterface<std::string> {};

TEST_P(TopologyBootTest, TheKernelSeesWhatWasAskedFor) {
    spec.topology = *Topology::parse(GetParam());
    const auto& t = spec.topology;
    spec.memory = std::max<std::uint64_t>(spec.memory, t.vcpus() * (8ULL << 20));
    const auto machine = boot_and_do("topology");
    ASSERT_TRUE(machine);
    const auto& ending = wait_for_end(*machine);
    ASSERT_EQ(ending.cause, Cause::powered_off) << ending.detail << "\n" << machine->console();
    const std::string console(machine->console());
    std::map<std::string, unsigned> llc_of_id;
    for (unsigned cpu = 0; cpu < t.vcpus(); ++cpu) {
        const auto expected = expected_cpu(t, cpu);
        const auto at = console.find(expected);
        ASSERT_NE(at, std::string::npos) << expected << "\n" << console;
        const auto rest =
            console.substr(at + expected.size(), console.find('\r', at) - at - expected.size());
        const auto llc = cpu / (t.cores * t.threads);
        EXPECT_EQ(llc_of_id.emplace(rest.substr(0, rest.find(' ')), llc).first->second, llc)
            << rest;
        EXPECT_THAT(rest, HasSubstr(fmt::format("node={}", t.node_of(llc))));
    }
    EXPECT_EQ(llc_of_id.size(), t.llcs);
    EXPECT_EQ(console.find(fmt::format("TOPOLOGY {} ", t.vcpus())), std::string::npos);
    unsigned first = 0;
    for (unsigned node = 0; node < t.nodes; ++node) {
        const auto count = t.llcs_of(node) * t.cores * t.threads;
        EXPECT_THAT(console,
                    HasSubstr(fmt::format("NODE {} memory=yes cpus={}\r",
                                          node,
                                          count == 0 ? "" : range(first, count))));
        first += count;
    }
}

// Those of KTSTR_TEST_TOPOLOGIES, or a few that differ in kind.
std::vector<std::string> topologies() {
    return split(env("KTSTR_TEST_TOPOLOGIES")
                     .value_or("1n2l2c1t 1n2l2c2t 2n4l2c1t 1n1l8c1t 4n4l1c1t 3n2+1+0l1c1t"),
                 ' ');
}

INSTANTIATE_TEST_SUITE_P(Shapes,
                         TopologyBootTest,
                         testing::ValuesIn(topologies()),
                         [](const auto& shape) {
                             auto name = shape.param;
                             std::ranges::replace(name, '+', '_');
                             return name;
                         });

// Below the split of RAM, across it, and above it; with one node and with two.
struct Place {
    std::uint64_t mebibytes;
    const char* topology;
};

class WindowBootTest : public KernelBootTest, public testing::WithParamInterface<Place> {};

TEST_P(WindowBootTest, IsAllThereAndTheKernelKeepsOut) {
    spec.memory = GetParam().mebibytes << 20;
    spec.topology = *Topology::parse(GetParam().topology);
    const auto machine = boot_and_do("memory,window");
    ASSERT_TRUE(machine);
    Channel channel(machine->window());
    const auto hello = wait_for_frame(*machine, channel);
    EXPECT_EQ(hello.type, wire::FrameType::hello) << machine->console();
    EXPECT_EQ(hello.body, "up");
    // All of the window is written, as a payload would: no table of the firmware may be hit by it.
    const std::string block(1 << 20, 'p');
    for (std::uint64_t at = 0; at < channel.payload_capacity(); at += block.size()) {
        ASSERT_THAT(channel.write_payload(at, bytes_of(block)), IsOk());
    }
    ASSERT_THAT(channel.write_payload(0, bytes_of("is first")), IsOk());
    ASSERT_THAT(channel.write_payload(channel.payload_capacity() - 8, bytes_of(" is last")),
                IsOk());
    ASSERT_TRUE(*channel.send(wire::FrameType::stop, "{}"));
    EXPECT_EQ(wait_for_frame(*machine, channel).body, "is first is last");
    EXPECT_EQ(wait_for_frame(*machine, channel).type, wire::FrameType::goodbye);
    const auto& ending = wait_for_end(*machine);
    EXPECT_EQ(ending.cause, Cause::powered_off) << ending.detail << "\n" << machine->console();
    const std::string console(machine->console());
    EXPECT_THAT(console, HasSubstr("WINDOW magic=1 size=1"));
    const auto at = console.find("MemTotal:");
    ASSERT_NE(at, std::string::npos) << console;
    const auto kib = std::stoull(console.substr(at + 9));
    EXPECT_LE(kib, spec.memory >> 10);
    EXPECT_GE(kib, (spec.memory >> 10) * 8 / 10);
}

INSTANTIATE_TEST_SUITE_P(Places,
                         WindowBootTest,
                         testing::Values(Place{512, "1n1l2c1t"},
                                         Place{2900, "1n1l2c1t"},
                                         Place{4096, "1n1l2c1t"},
                                         Place{512, "2n2l1c1t"},
                                         Place{3000, "2n2l1c1t"}),
                         [](const auto& place) {
                             return std::string(place.param.topology) +
                                    std::to_string(place.param.mebibytes);
                         });

TEST_F(KernelBootTest, PanicsWithoutAnInitramfs) {
    spec.initramfs.clear();
    const auto machine = boot(spec);
    ASSERT_TRUE(machine);
    const auto& ending = wait_for_end(*machine);
    EXPECT_EQ(ending.cause, Cause::panicked) << machine->console();
    EXPECT_THAT(ending.detail,
                HasSubstr("Kernel panic - not syncing: VFS: Unable to mount root fs"));
}

TEST_F(KernelBootTest, PanicsWithAnInitThatCannotBeExecuted) {
    ASSERT_THAT(write_initramfs(spec.initramfs, KTSTR_TEST_GUEST_INIT, 0644), IsOk());
    const auto machine = boot(spec);
    ASSERT_TRUE(machine);
    EXPECT_EQ(wait_for_end(*machine).cause, Cause::panicked) << machine->console();
}

TEST_F(KernelBootTest, PanicsWhenInitEnds) {
    const auto machine = boot_and_do("exit");
    ASSERT_TRUE(machine);
    const auto& ending = wait_for_end(*machine);
    EXPECT_EQ(ending.cause, Cause::panicked);
    EXPECT_THAT(ending.detail, HasSubstr("Attempted to kill init"));
}

TEST_F(KernelBootTest, TellsARestart) {
    const auto machine = boot_and_do("reboot");
    ASSERT_TRUE(machine);
    const auto& ending = wait_for_end(*machine);
    EXPECT_EQ(ending.cause, Cause::reset);
    EXPECT_THAT(ending.detail, HasSubstr("asked for a restart"));
}

TEST_F(KernelBootTest, IsQuietOrLoud) {
    const auto quiet = boot_and_do("");
    ASSERT_TRUE(quiet);
    EXPECT_EQ(wait_for_end(*quiet).cause, Cause::powered_off);
    spec.loud = true;
    const auto loud = boot_and_do("");
    ASSERT_TRUE(loud);
    EXPECT_EQ(wait_for_end(*loud).cause, Cause::powered_off);
    EXPECT_LT(quiet->console().size(), 2000U) << quiet->console();
    EXPECT_THAT(std::string(loud->console()), HasSubstr("Linux version"));
    // The delay loop is never calibrated: on a busy host that can take for ever.
    EXPECT_THAT(std::string(loud->console()), HasSubstr("Calibrating delay loop (skipped)"));
}

} // namespace ktstr::machine
