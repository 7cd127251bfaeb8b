#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/machine/qemu/command_line.hpp"

#include <algorithm>

namespace ktstr::machine::qemu {

namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

struct Case {
    MachineSpec spec{
        .topology = *Topology::parse("1n2l2c2t"), .kernel = "/k/bzImage", .initramfs = "/i,1.cpio"};
    Facts facts{
        .program = "qemu-system-x86_64",
        .version = {10, 0, 2},
        .tsc_khz = 2'596'148,
        .ram = {5, 6},
        .monitor = 9
    };

    MemoryLayout layout() const { return *memory_layout(spec, 0); }

    std::vector<std::string> argv() const { return command_line(spec, layout(), facts); }

    std::string kernel() const { return kernel_command_line(spec, layout(), facts); }
};

// The values given for an option, in order.
std::vector<std::string> values(const std::vector<std::string>& argv, std::string_view option) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i + 1 < argv.size(); ++i) {
        if (argv[i] == option) {
            out.push_back(argv[i + 1]);
        }
    }
    return out;
}

using Values = std::vector<std::string>;

} // namespace

TEST(CommandLine, IsAMicrovmForOneNode) {
    const auto argv = Case{}.argv();
    EXPECT_EQ(argv.front(), "qemu-system-x86_64");
    EXPECT_THAT(argv, AllOf(Contains("-S"), Contains("-no-shutdown"), Contains("-nodefaults")));
    EXPECT_EQ(values(argv, "-machine"), Values{"microvm,memory-backend=ram0"});
    EXPECT_EQ(values(argv, "-smp"), Values{"cpus=8,sockets=2,dies=1,cores=2,threads=2"});
    EXPECT_EQ(values(argv, "-m"), Values{"770M"});
    EXPECT_EQ(values(argv, "-object"),
              Values{"memory-backend-file,id=ram0,size=770M,mem-path=/proc/self/fd/5,share=on"});
    EXPECT_EQ(values(argv, "-numa"), Values{});
    EXPECT_EQ(values(argv, "-chardev"),
              (Values{"stdio,id=console,signal=off", "socket,id=monitor,fd=9"}));
    EXPECT_EQ(values(argv, "-kernel"), Values{"/k/bzImage"});
    EXPECT_EQ(values(argv, "-initrd"), Values{"/i,1.cpio"});
}

TEST(CommandLine, IsAQ35WithItsNodesForMore) {
    Case c;
    c.spec.topology = *Topology::parse("2n4l2c1t");
    const auto argv = c.argv();
    EXPECT_THAT(values(argv, "-machine").at(0), HasSubstr("q35,"));
    EXPECT_EQ(values(argv, "-numa"),
              (Values{"node,nodeid=0,memdev=ram0",
                      "node,nodeid=1,memdev=ram1",
                      "cpu,node-id=0,socket-id=0",
                      "cpu,node-id=0,socket-id=1",
                      "cpu,node-id=1,socket-id=2",
                      "cpu,node-id=1,socket-id=3"}));
    EXPECT_EQ(values(argv, "-object"),
              (Values{"memory-backend-file,id=ram0,size=256M,mem-path=/proc/self/fd/5,share=on",
                      "memory-backend-file,id=ram1,size=514M,mem-path=/proc/self/fd/6,share=on"}));
}

TEST(CommandLine, EmulatesWithOneThreadOnAnOldQemu) {
    Case c;
    EXPECT_EQ(values(c.argv(), "-accel"), Values{"tcg,thread=multi"});
    c.facts.version = {9, 2, 4};
    EXPECT_EQ(values(c.argv(), "-accel"), Values{"tcg,thread=single"});
    c.facts.acceleration = Acceleration::kvm;
    EXPECT_EQ(values(c.argv(), "-accel"), Values{"kvm"});
    EXPECT_EQ(values(c.argv(), "-cpu"), Values{"host,host-cache-info=off,l3-cache=on"});
}

TEST(CommandLine, CountsInstructionsInADeterministicMachine) {
    Case c;
    c.facts.deterministic = true;
    c.facts.tsc_khz = counted_khz;
    const auto argv = c.argv();
    EXPECT_EQ(values(argv, "-machine"), Values{"microvm,memory-backend=ram0"});
    EXPECT_EQ(values(argv, "-accel"), Values{"tcg,thread=single"});
    EXPECT_EQ(values(argv, "-icount"), Values{"shift=2,sleep=off"});
    EXPECT_EQ(values(argv, "-rtc"), Values{"base=2026-01-01T00:00:00,clock=vm"});
    EXPECT_THAT(values(argv, "-cpu").at(0), testing::HasSubstr("rdrand=off,rdseed=off"));
    EXPECT_THAT(c.kernel(), testing::HasSubstr("lpj=1000000 "));
    EXPECT_EQ(values(Case{}.argv(), "-icount"), Values{});
}

TEST(CommandLine, TellsTheKernelMemoryWindowAndClock) {
    Case c;
    EXPECT_EQ(c.kernel(),
              "console=ttyS0 console=ttynull quiet mem=0x20000000 mitigations=off "
              "ktstr.window=0x20000000,0x10000000 "
              "tsc_early_khz=2596148 tsc=reliable no_timer_check panic=-1 reboot=t");
    EXPECT_EQ(values(c.argv(), "-append"), Values{c.kernel()});
}

TEST(CommandLine, IsLoudWhenAsked) {
    Case c;
    c.spec.loud = true;
    EXPECT_THAT(c.kernel(),
                AllOf(HasSubstr("earlyprintk=serial,ttyS0"),
                      HasSubstr("loglevel=8"),
                      Not(HasSubstr("quiet")),
                      Not(HasSubstr("ttynull"))));
}

TEST(CommandLine, LeavesTheSerialLineToAnEarlyConsole) {
    Case c;
    c.spec.kernel_arguments = {"earlycon=uart8250,io,0x3f8"};
    EXPECT_THAT(c.kernel(), testing::StartsWith("console=ttyS0 quiet "));
}

TEST(CommandLine, LeavesTheLastWordToTheSpec) {
    Case c;
    c.facts.acceleration = Acceleration::kvm;
    c.facts.tsc_khz = 0;
    c.spec.kernel_arguments = {"panic=5", "a.b=c"};
    EXPECT_THAT(c.kernel(), testing::EndsWith("panic=-1 reboot=t panic=5 a.b=c"));
    EXPECT_THAT(c.kernel(),
                Not(testing::AnyOf(HasSubstr("tsc_early_khz"), HasSubstr("mitigations"))));
}

TEST(Version, ReadsWhatQemuPrints) {
    EXPECT_EQ(Version::parse("QEMU emulator version 10.0.2 (Debian 1:10.0.2+ds)\nCopyright"),
              (Version{10, 0, 2}));
    EXPECT_EQ(Version::parse("QEMU emulator version 7.2.19"), (Version{7, 2, 19}));
    EXPECT_EQ(Version{}.text(), "0.0.0");
    EXPECT_FALSE(Version::parse("QEMU emulator version ten").has_value());
    EXPECT_FALSE(Version::parse("QEMU emulator version 10.").has_value());
    EXPECT_FALSE(Version::parse("").has_value());
}

TEST(Version, IsComparedByNumbers) {
    EXPECT_LT((Version{9, 2, 4}), first_with_sound_threads);
    EXPECT_GE((Version{10, 0, 0}), first_with_sound_threads);
    EXPECT_GT((Version{11, 0, 0}), (Version{10, 9, 9}));
}

} // namespace ktstr::machine::qemu
