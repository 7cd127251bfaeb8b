#include "ktstr-runner/base/threads.hpp"

#include <gmock/gmock.h>

#include <pthread.h>
#include <unistd.h>

#include <latch>
#include <thread>

namespace ktstr {

TEST(Threads, AreKnownByTheirNames) {
    std::latch named(1);
    std::latch seen(1);
    std::thread thread([&] {
        ::pthread_setname_np(::pthread_self(), "vcpu 7");
        named.count_down();
        seen.wait();
    });
    named.wait();
    const auto threads = threads_of(::getpid());
    seen.count_down();
    thread.join();
    ASSERT_EQ(threads.size(), 2U);
    EXPECT_EQ(threads[0].id, ::getpid());
    EXPECT_EQ(threads[1].name, "vcpu 7");
}

TEST(Threads, OfAProcessThatIsNotThereAreNone) {
    EXPECT_THAT(threads_of(0), testing::IsEmpty());
}

} // namespace ktstr
