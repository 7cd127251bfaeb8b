#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/host/kvm_guest.hpp"
#include "ktstr-runner/host/kvm_probe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>

namespace ktstr::host {

using State = KvmProbe::State;

TEST(KvmProbe, SaysThatTheDeviceIsMissing) {
    const auto probe = probe_kvm("/no/such/kvm");
    EXPECT_EQ(probe.state, State::absent);
    EXPECT_EQ(probe.reason, "/no/such/kvm: No such file or directory");
    EXPECT_THAT(probe.hint, testing::HasSubstr("kvm_intel"));
}

TEST(KvmProbe, SaysThatItMayNotOpenTheDevice) {
    if (::geteuid() == 0) {
        GTEST_SKIP() << "root may open everything";
    }
    const auto dir = TempDir::create("kvm");
    ASSERT_THAT(dir, IsOk());
    const auto device = dir->path() / "kvm";
    std::ofstream(device) << "";
    std::filesystem::permissions(device, std::filesystem::perms::none);
    const auto probe = probe_kvm(device);
    EXPECT_EQ(probe.state, State::no_permission);
    EXPECT_THAT(probe.hint, testing::HasSubstr("group kvm"));
}

TEST(KvmProbe, RefusesAFileThatIsNoKvm) {
    const auto probe = probe_kvm("/dev/null");
    EXPECT_EQ(probe.state, State::no_machine);
    EXPECT_THAT(probe.reason, testing::HasSubstr("/dev/null speaks no KVM"));
}

TEST(KvmProbe, AnswersWithinItsLimitAndTheSameFromTheCache) {
    if (::access("/dev/kvm", R_OK | W_OK) != 0) {
        GTEST_SKIP() << "no usable /dev/kvm";
    }
    const auto dir = TempDir::create("kvm");
    ASSERT_THAT(dir, IsOk());
    const FactCache cache(dir->path());
    const auto first = probe_kvm(cache);
    EXPECT_THAT(first.state, testing::AnyOf(State::works, State::no_machine, State::broken))
        << first.reason;
    RecordProperty("reason", first.reason);
    const auto second = probe_kvm(cache);
    EXPECT_EQ(second.state, first.state);
    EXPECT_EQ(second.reason, first.reason);
    EXPECT_EQ(second.hint, first.hint);
}

TEST(KvmProbe, KillsAGuestThatTakesTooLong) {
    if (::access("/dev/kvm", R_OK | W_OK) != 0) {
        GTEST_SKIP() << "no usable /dev/kvm";
    }
    if (probe_kvm("/dev/kvm").state == State::works) {
        GTEST_SKIP() << "a KVM that works is done before any limit";
    }
    const auto probe = probe_kvm("/dev/kvm", std::chrono::milliseconds{1});
    EXPECT_THAT(probe.state, testing::AnyOf(State::broken, State::no_machine)) << probe.reason;
}

TEST(KvmGuest, NamesItsSteps) {
    EXPECT_EQ(guest_step_name(2), "lock cmpxchg16b");
    EXPECT_EQ(guest_step_name(2 | guest_wrong), "lock cmpxchg16b");
    EXPECT_EQ(guest_step_name(guest_done), "an unknown step");
}

} // namespace ktstr::host
