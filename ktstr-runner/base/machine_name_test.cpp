#include "ktstr-runner/base/machine_name.hpp"
#include "ktstr-runner/base/matchers.hpp"

namespace ktstr {

TEST(MachineName, IsOneOfSix) {
    EXPECT_EQ(*parse_machine_name("auto"), MachineName::automatic);
    EXPECT_EQ(*parse_machine_name("kvm"), MachineName::kvm);
    EXPECT_EQ(*parse_machine_name("qemu"), MachineName::qemu);
    EXPECT_EQ(*parse_machine_name("qemu-kvm"), MachineName::qemu_kvm);
    EXPECT_EQ(*parse_machine_name("qemu-tcg"), MachineName::qemu_tcg);
    EXPECT_EQ(*parse_machine_name("det"), MachineName::deterministic);
}

TEST(MachineName, OtherwiseTheNearestIsNamed) {
    EXPECT_THAT(parse_machine_name("qemu-tgc"), IsErrorWith("unknown machine `qemu-tgc`"));
    EXPECT_EQ(parse_machine_name("qemu-tgc").error().hint(), "did you mean `qemu-tcg`?");
    EXPECT_EQ(parse_machine_name("").error().hint(),
              "known are auto, kvm, qemu, qemu-kvm, qemu-tcg, det");
    EXPECT_THAT(parse_machine_name("KVM"), IsErrorWith("unknown machine `KVM`"));
}

} // namespace ktstr
