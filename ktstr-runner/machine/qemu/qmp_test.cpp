#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/machine/qemu/qmp.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace ktstr::machine::qemu {

using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr std::string_view greeting = R"({"QMP": {"version": {}, "capabilities": ["oob"]}})"
                                      "\r\n";

// The other end of the socket: says lines, and answers commands by a script on a thread of its own.
class QmpTest : public testing::Test {
protected:
    void SetUp() override {
        std::array<int, 2> ends{};
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
        peer = Fd(ends[1]);
        auto adopted = Qmp::adopt(Fd(ends[0]));
        ASSERT_THAT(adopted, IsOk());
        qmp.emplace(std::move(*adopted));
    }

    void say(std::string_view text) { ASSERT_THAT(write_all(peer.get(), text), IsOk()); }

    // For each command that comes, says the next text ($ID is its id).
    std::jthread answering(std::vector<std::string> answers) {
        return std::jthread([this, answers = std::move(answers)] {
            for (auto text : answers) {
                const auto request = json::parse(read_line());
                commands.push_back(request.at("execute"));
                const std::string mark = "$ID";
                if (const auto at = text.find(mark); at != std::string::npos) {
                    text.replace(at, mark.size(), request.at("id").dump());
                }
                static_cast<void>(write_all(peer.get(), text));
            }
        });
    }

    std::string read_line() const {
        std::string line;
        for (char c = 0; ::read(peer.get(), &c, 1) == 1 && c != '\n';) {
            line += c;
        }
        return line;
    }

    Fd peer;
    std::optional<Qmp> qmp;
    std::vector<std::string> commands;
};

} // namespace

TEST_F(QmpTest, NegotiatesAndExecutes) {
    say(greeting);
    {
        const auto script =
            answering({"{\"return\": {}, \"id\": $ID}\n",
                       "{\"event\": \"RESUME\", \"timestamp\": {}}\n{\"return\": {\"status\": "
                       "\"running\"}, \"id\": $ID}\n"});
        ASSERT_THAT(qmp->negotiate(Deadline::in(5s)), IsOk());
        const auto status = qmp->execute("query-status", json::object(), Deadline::in(5s));
        ASSERT_THAT(status, IsOk());
        EXPECT_EQ(status->at("status"), "running");
    }
    EXPECT_EQ(commands, (std::vector<std::string>{"qmp_capabilities", "query-status"}));
    EXPECT_EQ(qmp->next_event()->name, "RESUME");
    EXPECT_FALSE(qmp->next_event().has_value());
}

TEST_F(QmpTest, GivesTheErrorsDescription) {
    const auto script = answering(
        {"{\"error\": {\"class\": \"GenericError\", \"desc\": \"no such thing\"}, \"id\": $ID}\n"});
    EXPECT_THAT(qmp->execute("frob",
                             {
                                 {"a", 1}
    },
                             Deadline::in(5s)),
                IsErrorWith("QEMU refused frob: no such thing"));
}

TEST_F(QmpTest, DropsAnswersToOthers) {
    const auto script =
        answering({"{\"return\": 1, \"id\": 77}\n{\"return\": 2}\n{\"return\": 3, \"id\": $ID}\n"});
    const auto answer = qmp->execute("count", json::object(), Deadline::in(5s));
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(*answer, 3);
}

TEST_F(QmpTest, PutsPiecesOfALineTogether) {
    say("{\"event\": \"SHUT");
    ASSERT_THAT(qmp->service(), IsOk());
    EXPECT_FALSE(qmp->next_event().has_value());
    say("DOWN\", \"data\": {\"reason\": \"guest-reset\"}}\n{\"event\"");
    ASSERT_THAT(qmp->service(), IsOk());
    const auto event = qmp->next_event();
    ASSERT_TRUE(event.has_value());
    EXPECT_EQ(event->name, "SHUTDOWN");
    EXPECT_EQ(event->data.at("reason"), "guest-reset");
}

TEST_F(QmpTest, NoticesThatThePeerIsGone) {
    say("{\"event\": \"LAST\"}\n");
    peer.reset();
    ASSERT_THAT(qmp->service(), IsOk());
    EXPECT_TRUE(qmp->closed());
    EXPECT_EQ(qmp->next_event()->name, "LAST");
    EXPECT_THAT(qmp->execute("cont", json::object(), Deadline::in(5s)),
                IsErrorWith("closed its monitor"));
}

TEST_F(QmpTest, GivesUpAtTheDeadline) {
    EXPECT_THAT(qmp->negotiate(Deadline::in(10ms)), IsErrorWith("does not answer"));
}

TEST_F(QmpTest, RefusesWhatIsNoProtocol) {
    say("hello\n");
    EXPECT_THAT(qmp->service(), IsErrorWith("it says `hello`"));
}

TEST_F(QmpTest, TakesAnyShapeOfJson) {
    say("{}\n{\"event\": 5}\n{\"event\": \"E\", \"data\": []}\n{\"id\": {}, \"return\": {}}\n\r\n");
    ASSERT_THAT(qmp->service(), IsOk());
    const auto event = qmp->next_event();
    ASSERT_TRUE(event.has_value());
    EXPECT_TRUE(event->data.is_object());
    EXPECT_FALSE(qmp->next_event().has_value());
}

TEST_F(QmpTest, BoundsALine) {
    const std::string much(64 << 10, 'x');
    Result<> outcome;
    for (std::size_t sent = 0; outcome && sent < 4 * Qmp::longest_line; sent += much.size()) {
        say(much);
        outcome = qmp->service();
    }
    EXPECT_THAT(outcome, IsErrorWith("a line longer than"));
}

TEST_F(QmpTest, BoundsTheEventsThatNobodyTakes) {
    Result<> outcome;
    for (std::size_t i = 0; outcome && i < 2 * Qmp::most_events; ++i) {
        say("{\"event\": \"E\"}\n");
        outcome = qmp->service();
    }
    EXPECT_THAT(outcome, IsErrorWith("more than 4096 events"));
}

} // namespace ktstr::machine::qemu
