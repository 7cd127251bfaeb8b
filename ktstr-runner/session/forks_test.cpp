#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/session/forks.hpp"
#include "ktstr-runner/templates/store.hpp"

#include <poll.h>

#include <limits>
#include <vector>

namespace ktstr::session {

TEST(ForkServerName, IsOfOneRunAndOneTemplate) {
    const Templates templates{
        .root = "/cache/templates", .cap = 1, .facts = "/cache", .run = "run"};
    const auto name = fork_server_name(templates, "key");
    EXPECT_EQ(name, fork_server_name(templates, "key"));
    EXPECT_LT(name.size(), 100U); // the kernel's limit is 107
    EXPECT_NE(name, fork_server_name(templates, "other"));
    auto other = templates;
    other.run = "another";
    EXPECT_NE(name, fork_server_name(other, "key"));
    other = templates;
    other.root = "/other/templates";
    EXPECT_NE(name, fork_server_name(other, "key"));
}

TEST(RunOwner, IsTheProcessThatStartedUsUnlessItIsNamed) {
    Templates templates{.root = "/cache/templates", .cap = 1, .facts = "/cache", .run = "run"};
    const auto parent = run_owner(templates);
    ASSERT_TRUE(parent.has_value());
    pollfd ended{.fd = parent->get(), .events = POLLIN, .revents = 0};
    EXPECT_EQ(::poll(&ended, 1, 0), 0);

    auto named = Child::spawn({
        .argv = {"sleep", "1000"}
    });
    ASSERT_THAT(named, IsOk());
    templates.run_owner = named->pid();
    const auto owner = run_owner(templates);
    ASSERT_TRUE(owner.has_value());
    named->kill();
    ended.fd = owner->get();
    EXPECT_EQ(::poll(&ended, 1, 0), 1);
    EXPECT_FALSE(run_owner(templates).has_value());
}

TEST(RoomForAServer, IsNotOnAHostThatNeedsItsMemory) {
    EXPECT_FALSE(has_room_for_a_server(std::numeric_limits<std::uint64_t>::max() / 2));
}

TEST(TurnToServe, ComesOnceInARun) {
    const auto folder = TempDir::create("forks");
    ASSERT_THAT(folder, IsOk());
    ASSERT_THAT(templates::Store::open(folder->path()), IsOk());
    Templates templates{.root = folder->path(), .cap = 1, .facts = "/cache", .run = "run"};
    const auto turns = [&](const std::string& key) {
        std::vector<int> out;
        for (int use = 1; use <= 20; ++use) {
            if (turn_to_serve(templates, key)) {
                out.push_back(use);
            }
        }
        return out;
    };
    EXPECT_EQ(turns("key"), std::vector{6});
    EXPECT_EQ(turns("key"), std::vector<int>{});
    EXPECT_EQ(turns("other"), std::vector{6});
    templates.run = "process 4711";
    EXPECT_EQ(turns("key"), std::vector{6});
    templates.run = "";
    EXPECT_EQ(turns("third"), std::vector<int>{});
}

TEST(TurnToServe, IsNobodysWhileAnotherCounts) {
    const auto folder = TempDir::create("forks");
    ASSERT_THAT(folder, IsOk());
    ASSERT_THAT(templates::Store::open(folder->path()), IsOk());
    const Templates templates{.root = folder->path(), .cap = 1, .facts = "/cache", .run = "run"};
    std::optional<FileLock> turn;
    for (int use = 0; use < 6; ++use) {
        turn = turn_to_serve(templates, "key");
    }
    ASSERT_TRUE(turn.has_value());
    EXPECT_FALSE(turn_to_serve(templates, "key").has_value());
}

TEST(ForkNote, ComesBackAsItWas) {
    const ForkNote note{.kernel_release = "6.12.117-ktstr", .received = 4711, .sent = 12};
    const auto read = ForkNote::parse(note.text());
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(read->kernel_release, note.kernel_release);
    EXPECT_EQ(read->received, note.received);
    EXPECT_EQ(read->sent, note.sent);
    EXPECT_THAT(ForkNote::parse(""), IsErrorWith("nonsense"));
    EXPECT_THAT(ForkNote::parse(R"({"kernel_release": "6", "received": -1, "sent": 2})"),
                IsErrorWith("nonsense"));
}

} // namespace ktstr::session
