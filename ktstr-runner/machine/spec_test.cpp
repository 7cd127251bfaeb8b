#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/machine/spec.hpp"

namespace ktstr::machine {

TEST(KernelArgument, TakesWhatIsTheTestsOwnAffair) {
    for (const auto* argument : {"nohz_full=1-3", "isolcpus=2", "sched_verbose", "memtest=1"}) {
        EXPECT_THAT(check_kernel_argument(argument), IsOk()) << argument;
    }
}

TEST(KernelArgument, RefusesWhatTheMachineNeedsForItself) {
    for (const auto* argument : {"console=ttyS1",
                                 "loglevel=7",
                                 "rdinit=/bin/sh",
                                 "init=/bin/sh",
                                 "mem=64M",
                                 "memmap=1G",
                                 "ktstr.window=0,0",
                                 "ktstr.x",
                                 "--"}) {
        EXPECT_THAT(check_kernel_argument(argument), IsErrorWith(argument));
    }
}

TEST(KernelArgument, IsOneWord) {
    for (const auto* argument : {"", "quiet mem=64M", "a\nb", "a\xff"}) {
        EXPECT_THAT(check_kernel_argument(argument), IsErrorWith("not one word"));
    }
}

} // namespace ktstr::machine
