#include "guest/base/test_dir.hpp"
#include "guest/scheduler/kernel_log.hpp"

#include <gmock/gmock.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ktstr::guest {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(MessageOfRecord, TakesTheFirstLineBehindTheHeader) {
    EXPECT_EQ(message_of_record("6,339,5140900,-;sched_ext: BPF scheduler \"simple\" enabled\n"
                                " SUBSYSTEM=x\n"),
              "sched_ext: BPF scheduler \"simple\" enabled");
    EXPECT_EQ(message_of_record("4,1,2,c,caller=T1;a;b"), "a;b");
    EXPECT_EQ(message_of_record("no record"), std::nullopt);
}

TEST(KernelLog, TakesWhatComesAndNothingTwice) {
    const TestDir dir;
    const auto path = dir.path() + "/kmsg";
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    KernelLog log(path);
    EXPECT_THAT(log.take(), IsEmpty());
    const Fd writer(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    ASSERT_EQ(::write(writer.get(), "6,1,2,-;one\n", 12), 12);
    EXPECT_THAT(log.take(), ElementsAre("one"));
    EXPECT_THAT(log.take(), IsEmpty());
}

TEST(KernelLog, MayBeMissing) {
    KernelLog log("/no/such/log");
    EXPECT_EQ(log.fd(), -1);
    EXPECT_THAT(log.take(), IsEmpty());
}

} // namespace
} // namespace ktstr::guest
