#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/machine/factory.hpp"
#include "ktstr-runner/machine/qemu/libraries.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace ktstr::machine {

namespace {

using testing::HasSubstr;
using testing::StartsWith;

// A PATH of one directory that holds what a test puts there.
class FactoryTest : public testing::Test {
protected:
    void SetUp() override {
        auto made = TempDir::create("factory");
        ASSERT_THAT(made, IsOk());
        dir.emplace(std::move(*made));
        ::setenv("PATH", dir->path().c_str(), 1);
    }

    void TearDown() override { ::setenv("PATH", path.c_str(), 1); }

    void put_qemu(const std::string& script) {
        const auto file = dir->path() / "qemu-system-x86_64";
        std::ofstream(file) << "#!/bin/sh\n" << script << "\n";
        std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    }

    std::string path = env("PATH").value_or("");
    std::optional<TempDir> dir;
};

} // namespace

TEST_F(FactoryTest, NamesTheMachinesThereAre) {
    EXPECT_THAT(choose("qemu-tgc", dir->path()), IsErrorWith("did you mean `qemu-tcg`?"));
    EXPECT_THAT(choose("", dir->path()), IsErrorWith("unknown machine ``"));
}

TEST_F(FactoryTest, NamesThePackageOfAMissingQemu) {
    const auto choice = choose("qemu", dir->path());
    EXPECT_THAT(choice, IsErrorWith("cannot find qemu-system-x86_64"));
    EXPECT_THAT(choice, IsErrorWith("apt-get install qemu-system-x86"));
    EXPECT_EQ(choice.error().kind(), ErrorKind::environment);
}

TEST_F(FactoryTest, ChoosesWhatWasAskedFor) {
    put_qemu("echo 'QEMU emulator version 9.1.2 (Somebody)'");
    const auto choice = choose("qemu-tcg", dir->path() / "cache");
    ASSERT_THAT(choice, IsOk());
    EXPECT_EQ(choice->acceleration, Acceleration::tcg);
    EXPECT_EQ(choice->emulator_version, "9.1.2");
    EXPECT_EQ(choice->reason, "qemu with tcg: as asked");
    EXPECT_GT(choice->tsc_khz, 0U);
}

TEST_F(FactoryTest, EmulatedMachinesAloneCanFork) {
    Choice choice{.backend = Backend::kvm, .acceleration = Acceleration::kvm};
    EXPECT_FALSE(can_fork(choice));
    choice.backend = Backend::qemu;
    EXPECT_FALSE(can_fork(choice));
    choice.acceleration = Acceleration::tcg;
    EXPECT_EQ(can_fork(choice), qemu::has_libraries());
}

TEST_F(FactoryTest, AsksAQemuForItsVersionOnce) {
    put_qemu("echo x >> \"${0%/*}/asked\"; echo 'QEMU emulator version 9.1.2'");
    ASSERT_THAT(choose("qemu-tcg", dir->path() / "cache"), IsOk());
    ASSERT_THAT(choose("qemu-tcg", dir->path() / "cache"), IsOk());
    EXPECT_EQ(read_file(dir->path() / "asked").value(), "x\n");
    put_qemu("echo 'QEMU emulator version 10.20.30 of another size'");
    EXPECT_EQ(choose("qemu-tcg", dir->path() / "cache")->emulator_version, "10.20.30");
}

TEST_F(FactoryTest, SaysWhyAQemuIsNoGood) {
    put_qemu("echo 'libfdt.so.1: cannot open' >&2; exit 127");
    EXPECT_THAT(choose("qemu-tcg", dir->path()), IsErrorWith("libfdt.so.1: cannot open"));
}

TEST_F(FactoryTest, GivesTheReasonForTheAcceleration) {
    put_qemu("echo 'QEMU emulator version 10.0.2'");
    const auto choice = choose("qemu", dir->path() / "cache");
    ASSERT_THAT(choice, IsOk());
    EXPECT_THAT(choice->reason,
                StartsWith(choice->acceleration == Acceleration::kvm ? "qemu with kvm: /dev/kvm"
                                                                     : "qemu with tcg: /dev/kvm"));
    const auto kvm = choose("qemu-kvm", dir->path() / "cache");
    if (choice->acceleration == Acceleration::tcg) {
        EXPECT_THAT(kvm, IsErrorWith("KVM was asked for, but /dev/kvm"));
    } else {
        EXPECT_THAT(kvm, IsOk());
    }
}

TEST(Factory, RefusesAChoiceThatNobodyMade) {
    EXPECT_THAT(create({}, {}), IsErrorWith("made by choose()"));
}

// Whatever decides what a booted machine is must change its identity; what does not, must not.
class IdentityTest : public FactoryTest {
protected:
    void SetUp() override {
        FactoryTest::SetUp();
        put_qemu("echo 'QEMU emulator version 10.0.2'");
        auto chosen = choose("qemu-tcg", dir->path() / "cache");
        ASSERT_THAT(chosen, IsOk());
        choice = *chosen;
        spec.kernel = file("kernel", "the kernel");
        spec.initramfs = file("initramfs", "the initramfs");
        spec.topology = *Topology::parse("1n1l2c1t");
    }

    std::filesystem::path file(const std::string& name, const std::string& text) const {
        std::ofstream(dir->path() / name) << text;
        return dir->path() / name;
    }

    std::string now() const {
        const auto text = identity(choice, spec, dir->path() / "cache");
        EXPECT_THAT(text, IsOk());
        return text.value_or("");
    }

    Choice choice;
    MachineSpec spec;
};

TEST_F(IdentityTest, ChangesWithEverythingThatDecides) {
    std::vector<std::string> seen{now()};
    const auto expect_another = [&](const char* what) {
        EXPECT_EQ(std::ranges::find(seen, now()), seen.end()) << what;
        seen.push_back(now());
    };
    file("kernel", "another kernel");
    expect_another("kernel");
    file("initramfs", "another initramfs");
    expect_another("initramfs");
    spec.topology = *Topology::parse("1n2l1c1t");
    expect_another("topology");
    spec.topology = *Topology::parse("2n2l1c1t");
    expect_another("nodes");
    spec.memory += 1ULL << 30;
    expect_another("memory");
    spec.window += 64ULL << 20;
    expect_another("window");
    spec.kernel_arguments = {"nokaslr"};
    expect_another("kernel arguments");
    spec.loud = true;
    expect_another("loudness");
    choice.tsc_khz += 1;
    expect_another("clock");
    choice.emulator_version = "9.2.0";
    expect_another("version of the emulator");
    put_qemu("echo 'QEMU emulator version 10.0.2' # rebuilt");
    expect_another("file of the emulator");
    choice.acceleration = Acceleration::kvm;
    expect_another("acceleration, and with it the processor");
}

TEST_F(IdentityTest, DoesNotHangOnWhereTheFilesLie) {
    const auto before = now();
    spec.kernel = file("kernel-elsewhere", "the kernel");
    spec.initramfs = file("initramfs-elsewhere", "the initramfs");
    EXPECT_EQ(now(), before);
}

} // namespace ktstr::machine
