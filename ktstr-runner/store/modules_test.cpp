#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/store/modules.hpp"

namespace ktstr::store {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace {

constexpr const char* dep = "kernel/lib/crc16.ko.xz:\n"
                            "kernel/fs/mbcache.ko.xz:\n"
                            "kernel/fs/jbd2/jbd2.ko.xz:\n"
                            "kernel/fs/ext4/ext4.ko.xz: kernel/fs/jbd2/jbd2.ko.xz "
                            "kernel/lib/crc16.ko.xz kernel/fs/mbcache.ko.xz\n"
                            "kernel/drivers/net/virtio-net.ko: kernel/fs/jbd2/jbd2.ko.xz\n";

std::vector<std::string> order(const std::vector<std::string>& names) {
    const auto modules = Modules::parse(dep, "kernel/drivers/tty/serial-core.ko\n");
    EXPECT_THAT(modules, IsOk());
    const auto out = modules->load_order(names);
    EXPECT_THAT(out, IsOk());
    return out.value_or(std::vector<std::string>{"none"});
}

} // namespace

TEST(ModuleName, IsWhatTheKernelCallsIt) {
    EXPECT_EQ(module_name("kernel/drivers/net/virtio-net.ko.zst"), "virtio_net");
    EXPECT_EQ(module_name("kernel/a-b.ko"), "a_b");
    EXPECT_EQ(module_name("virtio-net"), "virtio_net");
    EXPECT_EQ(module_name("snd.xz"), "snd.xz"); // not the suffix of a module
    EXPECT_EQ(without_compression("a/b.ko.gz"), "a/b.ko");
    EXPECT_EQ(without_compression("a/b.ko"), "a/b.ko");
}

TEST(ModulesTest, LoadsWhatAModuleNeedsBeforeIt) {
    EXPECT_THAT(order({"ext4"}),
                ElementsAre("kernel/fs/mbcache.ko.xz",
                            "kernel/lib/crc16.ko.xz",
                            "kernel/fs/jbd2/jbd2.ko.xz",
                            "kernel/fs/ext4/ext4.ko.xz"));
}

TEST(ModulesTest, LoadsEachOnceInTheOrderOfTheNames) {
    EXPECT_THAT(order({"crc16", "virtio_net", "ext4", "virtio-net"}),
                ElementsAre("kernel/lib/crc16.ko.xz",
                            "kernel/fs/jbd2/jbd2.ko.xz",
                            "kernel/drivers/net/virtio-net.ko",
                            "kernel/fs/mbcache.ko.xz",
                            "kernel/fs/ext4/ext4.ko.xz"));
}

TEST(ModulesTest, WhatIsBuiltInNeedsNoFile) {
    EXPECT_THAT(order({"serial_core", "serial-core"}), IsEmpty());
}

TEST(ModulesTest, UnknownOnesAreNamedWithTheNearest) {
    const auto modules =
        Modules::parse(std::string(dep) + "kernel/crc32.ko:\n", "kernel/crc64.ko\n");
    ASSERT_THAT(modules, IsOk());
    const std::vector<std::string> near{"mbcache", "crc17"};
    EXPECT_THAT(modules->load_order(near), IsErrorWith("there is no module `crc17`"));
    EXPECT_THAT(modules->load_order(near), IsErrorWith("did you mean `crc16`"));
    const std::vector<std::string> far{"nothing-like-it"};
    EXPECT_THAT(modules->load_order(far), IsErrorWith("`nothing-like-it`"));
    EXPECT_THAT(modules->load_order(far), testing::Not(IsErrorWith("did you mean")));
}

TEST(ModulesTest, RefusesListsThatReachOutOfTheirFolder) {
    EXPECT_THAT(Modules::parse("../x.ko:\n", ""), IsErrorWith("outside its folder: ../x.ko"));
    EXPECT_THAT(Modules::parse("a.ko: /etc/shadow\n", ""),
                IsErrorWith("outside its folder: /etc/shadow"));
    EXPECT_THAT(Modules::parse("a.ko: b/../../c.ko\n", ""), IsErrorWith("outside its folder"));
    EXPECT_THAT(Modules::parse("a.ko\n", ""), IsErrorWith("without `:`: a.ko"));
    EXPECT_THAT(Modules::parse("# depmod\n\n", ""), IsOk());
}

} // namespace ktstr::store
