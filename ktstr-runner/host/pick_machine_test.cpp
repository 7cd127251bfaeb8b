#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/host/pick_machine.hpp"

namespace ktstr::host {

namespace {

const KvmProbe works{KvmProbe::State::works, "/dev/kvm works", ""};
const KvmProbe broken{KvmProbe::State::broken, "/dev/kvm cannot run push", "use another host"};

std::string picked(MachineName wanted, const KvmProbe& probe) {
    const auto machine = pick_machine(wanted, probe);
    return machine ? machine->reason() : "error";
}

} // namespace

TEST(PickMachine, TakesOursWhereKvmWorks) {
    EXPECT_EQ(picked(MachineName::automatic, works), "kvm: /dev/kvm works");
    EXPECT_EQ(picked(MachineName::kvm, works), "kvm: /dev/kvm works");
    EXPECT_EQ(picked(MachineName::qemu, works), "qemu with kvm: /dev/kvm works");
    EXPECT_EQ(picked(MachineName::qemu_kvm, works), "qemu with kvm: /dev/kvm works");
    EXPECT_EQ(picked(MachineName::qemu_tcg, works), "qemu with tcg: as asked");
}

TEST(PickMachine, EmulatesElsewhereAndSaysWhy) {
    EXPECT_EQ(picked(MachineName::automatic, broken),
              "qemu with tcg: /dev/kvm cannot run push (hint: use another host)");
    EXPECT_EQ(picked(MachineName::qemu, broken),
              "qemu with tcg: /dev/kvm cannot run push (hint: use another host)");
    EXPECT_EQ(picked(MachineName::qemu_tcg, broken), "qemu with tcg: as asked");
    EXPECT_EQ(picked(MachineName::deterministic, works), "qemu, deterministic: as asked");
}

TEST(PickMachine, RefusesKvmWhereItDoesNotWork) {
    for (const auto wanted : {MachineName::kvm, MachineName::qemu_kvm}) {
        const auto machine = pick_machine(wanted, broken);
        EXPECT_THAT(machine, IsErrorWith("KVM was asked for, but /dev/kvm cannot run push"));
        EXPECT_EQ(machine.error().hint(), "use another host");
    }
}

} // namespace ktstr::host
