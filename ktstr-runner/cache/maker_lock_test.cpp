#include "ktstr-runner/cache/maker_lock.hpp"
#include "ktstr-runner/cache/test_support.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <future>

namespace ktstr::cache {

using testing::HasSubstr;
using testing::StartsWith;

TEST_F(CacheTest, TheHolderSaysWhoItIs) {
    const auto path = root() / "lock";
    {
        const auto held = MakerLock::acquire(path, "a");
        ASSERT_THAT(held, IsOk());
        const auto holder = read_holder(path);
        ASSERT_TRUE(holder);
        EXPECT_EQ(holder->pid, ::getpid());
        EXPECT_THAT(holder->command, StartsWith("cache_test"));
        EXPECT_THAT(describe(*holder), HasSubstr("(`cache_test"));
        EXPECT_THAT(describe(*holder), HasSubstr("`), since 0 s"));
    }
    EXPECT_FALSE(read_holder(path)) << "nobody is named once it is over";
}

TEST_F(CacheTest, AHolderOnAnotherHostIsNamedWithIt) {
    EXPECT_THAT(describe({.pid = 7, .host = "far.example", .command = "c"}),
                StartsWith("pid 7 on far.example (`c`), since "));
}

TEST_F(CacheTest, WhatIsNoHoldersLineIsNone) {
    for (const auto* text : {"", "\n", "1 2 host\n", "x 2 host c\n", "1 -2 host c\n"}) {
        write(root() / "lock", text);
        EXPECT_FALSE(read_holder(root() / "lock")) << text;
    }
    write(root() / "lock", "1 2 host " + std::string(5000, 'c'));
    EXPECT_FALSE(read_holder(root() / "lock"));
}

TEST_F(CacheTest, AWaiterSaysForWhomAndThenHasIt) {
    const auto path = root() / "lock";
    auto first = MakerLock::acquire(path, "the thing");
    ASSERT_THAT(first, IsOk());
    auto said = make_pipe();
    ASSERT_THAT(said, IsOk());
    const auto waiter = ::fork();
    if (waiter == 0) {
        ::dup2(said->write.get(), STDERR_FILENO);
        ::close_range(3, ~0U, 0); // the lock would be ours, too
        const auto had = MakerLock::acquire(path, "the thing");
        ::_exit(had ? 0 : 1);
    }
    said->write.reset();
    std::string text(512, '\0');
    const auto n = ::read(said->read.get(), text.data(), text.size());
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    EXPECT_THAT(text,
                HasSubstr("another ktstr is making the thing: pid " + std::to_string(::getpid()) +
                          " (`cache_test"));
    {
        const auto released = std::move(*first);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(waiter, &status, 0), waiter);
    EXPECT_EQ(status, 0);
}

TEST_F(CacheTest, ALockThatWasSweptAwayIsTakenAnew) {
    const auto path = root() / "lock";
    {
        auto sweeper = FileLock::try_acquire(path, FileLock::Mode::exclusive);
        ASSERT_TRUE(sweeper && *sweeper);
        auto waiter = std::async(std::launch::async, [&] {
            const auto had = MakerLock::acquire(path, "x");
            return had.has_value() && read_holder(path).has_value();
        });
        std::filesystem::remove(path);
        sweeper->reset();
        EXPECT_TRUE(waiter.get());
    }
}

} // namespace ktstr::cache
