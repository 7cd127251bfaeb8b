#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/machine/factory.hpp"

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
    EXPECT_THAT(choose("qemu-tgc", dir->path()), IsErrorWith("use auto, qemu, qemu-tcg, qemu-kvm"));
    EXPECT_THAT(choose("qemu-tgc", dir->path()), IsErrorWith("did you mean `qemu-tcg`?"));
    EXPECT_THAT(choose("", dir->path()), IsErrorWith("there is no machine ``"));
}

TEST_F(FactoryTest, NamesThePackageOfAMissingQemu) {
    const auto choice = choose("auto", dir->path());
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
    const auto choice = choose("auto", dir->path() / "cache");
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
    EXPECT_THAT(create({.backend = Backend::kvm}, {}), IsErrorWith("by QEMU alone"));
}

} // namespace ktstr::machine
