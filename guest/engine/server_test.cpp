#include "guest/base/test_dir.hpp"
#include "guest/engine/control.hpp"
#include "guest/engine/server.hpp"

#include <gmock/gmock.h>

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <thread>

namespace ktstr::guest {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using wire::SchedulerEnd;

constexpr std::int64_t patience_ns = 20'000'000'000;

std::array<Fd, 2> socket_pair() {
    std::array<int, 2> ends{-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    return {Fd(ends[0]), Fd(ends[1])};
}

// A server in a thread, with a kernel of files, and the test as its agent and its client.
class ServerTest : public testing::Test {
protected:
    ServerTest() { dir_.write("sched_ext/state", "disabled\n"); }

    ~ServerTest() override {
        control_.close();
        if (thread_.joinable()) {
            thread_.join();
        }
    }

    void start(RunScenario run = nullptr) {
        auto ends = socket_pair();
        control_ = LineSocket(std::move(ends[0]));
        auto listener = listen();
        thread_ = std::thread([this,
                               run = std::move(run),
                               control = std::move(ends[1]),
                               listener = std::move(listener)]() mutable {
            EngineServer(std::move(control),
                         std::move(listener),
                         std::move(run),
                         {.sched_ext = dir_.path() + "/sched_ext",
                          .cgroups = dir_.path(),
                          .kernel_log = "/no/such/log",
                          .sysrq = dir_.path() + "/sysrq"})
                .serve();
        });
        EXPECT_EQ(control_.await(monotonic_ns() + patience_ns), control::ready);
    }

    // An abstract address: nothing to remove afterwards.
    Fd listen() {
        Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        address_.sun_family = AF_UNIX;
        length_ = sizeof(sa_family_t); // autobind, unix(7)
        EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address_), length_), 0);
        length_ = sizeof address_;
        EXPECT_EQ(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address_), &length_), 0);
        EXPECT_EQ(::listen(fd.get(), 4), 0);
        return fd;
    }

    LineSocket connect() const {
        Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address_), length_), 0);
        return LineSocket(std::move(fd));
    }

    static std::string ask(LineSocket& socket, std::string_view line) {
        socket.send(line);
        return socket.await(monotonic_ns() + patience_ns).value_or("no answer");
    }

    wire::Scheduler loader(const std::string& script) const {
        const std::string steps = R"(
            enable() { mkdir -p root; echo fake > root/ops; echo enabled > new; mv new state; }
            disable() { echo disabled > new; mv new state; }
            live() { while :; do sleep 0.01; done; }
        )";
        return {
            .name = "scx_fake",
            .argv = {"/bin/sh", "-c", steps + script},
            .environment = {"PATH=/bin:/usr/bin"},
            .cwd = dir_.path() + "/sched_ext"
        };
    }

    wire::Scheduler good() const { return loader("trap 'disable; exit 0' TERM; enable; live"); }

    wire::Story attach(const wire::Scheduler& what) {
        const auto line = ask(control_, control::attach + wire::dump(what));
        EXPECT_THAT(line, StartsWith(control::attached));
        return wire::parse<wire::Story>(line.substr(std::string(control::attached).size()))
            .value_or(wire::Story{.problem = "no story"});
    }

    wire::Story finish() {
        control_.send(control::finish);
        while (const auto line = control_.await(monotonic_ns() + patience_ns)) {
            if (line->starts_with(control::facts)) {
                facts_ += line->substr(std::string(control::facts).size());
            } else if (line->starts_with(control::story)) {
                return wire::parse<wire::Story>(line->substr(std::string(control::story).size()))
                    .value_or(wire::Story{.problem = "no story"});
            }
        }
        return {.problem = "the server went without a story"};
    }

    TestDir dir_;
    sockaddr_un address_{};
    socklen_t length_ = 0;
    LineSocket control_;
    std::string facts_;
    std::thread thread_;
};

TEST_F(ServerTest, TellsOfNothingWhenNothingWas) {
    start();
    const auto story = finish();
    EXPECT_THAT(story.schedulers, IsEmpty());
    EXPECT_EQ(story.verdict, "");
    EXPECT_EQ(story.problem, "");
    EXPECT_THAT(facts_, StartsWith("{\"results\":[],"));
}

TEST_F(ServerTest, GreetsItsOwnVersionAlone) {
    start();
    auto client = connect();
    EXPECT_THAT(ask(client, R"({"id":1,"hello":{"version":")" KTSTR_VERSION R"("}})"),
                HasSubstr(R"("scheduler":null)"));
    const auto other = ask(client, R"({"id":2,"hello":{"version":"99.0"}})");
    EXPECT_THAT(other, HasSubstr("error"));
    EXPECT_THAT(other, HasSubstr("99.0"));
}

TEST_F(ServerTest, KeepsTheLastVerdict) {
    start();
    auto client = connect();
    EXPECT_EQ(ask(client, R"({"id":1,"verdict":{"verdict":"pass"}})"), R"({"id":1,"ok":true})");
    ask(client, R"({"id":2,"verdict":{"verdict":"fail","message":"late"}})");
    const auto story = finish();
    EXPECT_EQ(story.verdict, "fail");
    EXPECT_THAT(story.details, testing::ElementsAre("late"));
}

TEST_F(ServerTest, TakesAVerdictWhoseSenderDoesNotWait) {
    start();
    auto client = connect();
    client.send(R"({"id":1,"verdict":{"verdict":"inconclusive"}})");
    client.close();
    EXPECT_EQ(finish().verdict, "inconclusive");
}

TEST_F(ServerTest, TakesAVerdictWhoseSenderHadNoTurn) {
    start();
    auto first = connect();
    EXPECT_THAT(ask(first, "{}"), HasSubstr("error")); // it is the one that is served
    auto second = connect();
    second.send(R"({"id":0,"verdict":{"verdict":"skip"}})");
    second.close();
    EXPECT_EQ(finish().verdict, "skip");
}

TEST_F(ServerTest, DetachesAtTheLastWordAndTellsTheSame) {
    start();
    EXPECT_EQ(attach(good()).problem, "");
    auto client = connect();
    EXPECT_THAT(ask(client, R"({"id":1,"verdict":{"verdict":"pass"}})"), HasSubstr("ok"));
    EXPECT_EQ(read_file(dir_.path() + "/sched_ext/state"), "enabled\n");
    EXPECT_THAT(ask(client, R"({"id":2,"verdict":{"verdict":"pass","last":true}})"),
                HasSubstr("ok"));
    ask(client, "{}"); // it comes to this when the other is done
    EXPECT_EQ(read_file(dir_.path() + "/sched_ext/state"), "disabled\n");
    const auto story = finish();
    ASSERT_THAT(story.schedulers, SizeIs(1));
    EXPECT_EQ(story.schedulers[0].end, SchedulerEnd::clean);
    EXPECT_EQ(story.verdict, "pass");
}

TEST_F(ServerTest, DetachesAlsoWhatWasAttachedBehindTheLastWord) {
    start();
    EXPECT_EQ(attach(good()).problem, "");
    auto client = connect();
    client.send(R"({"id":1,"verdict":{"verdict":"pass","last":true}})");
    EXPECT_THAT(client.await(monotonic_ns() + patience_ns).value_or(""), HasSubstr("ok"));
    EXPECT_THAT(ask(client, R"({"id":2,"scheduler":"attach"})"), HasSubstr("ok"));
    const auto story = finish();
    ASSERT_THAT(story.schedulers, SizeIs(2));
    EXPECT_EQ(story.schedulers[0].end, SchedulerEnd::clean);
    EXPECT_EQ(story.schedulers[1].end, SchedulerEnd::clean);
    EXPECT_EQ(read_file(dir_.path() + "/sched_ext/state"), "disabled\n");
}

TEST_F(ServerTest, TheLastWordDoesNotTakeTheSchedulerFromAScenario) {
    std::string seen;
    start([&](std::string_view, workload::Surroundings& around) {
        around.next_answer(monotonic_ns() + patience_ns);
        seen = around.scheduler_name();
        return workload::Ran{.result = "{}"};
    });
    EXPECT_EQ(attach(good()).problem, "");
    auto client = connect();
    client.send(R"({"id":7,"scenario":{}})");
    EXPECT_THAT(ask(client, R"({"id":8,"verdict":{"verdict":"pass","last":true}})"),
                HasSubstr("ok"));
    EXPECT_EQ(ask(client, R"({"forked":{"worker":1,"pid":2}})"), R"({"id":7,"result":{}})");
    EXPECT_EQ(seen, "scx_fake");
    EXPECT_EQ(finish().schedulers.at(0).end, SchedulerEnd::clean);
}

TEST_F(ServerTest, AttachesForTheAgentAndDetachesAtTheEnd) {
    start();
    const auto story = attach(good());
    EXPECT_EQ(story.problem, "");
    ASSERT_THAT(story.schedulers, SizeIs(1));
    EXPECT_EQ(story.schedulers[0].end, SchedulerEnd::running);
    auto client = connect();
    EXPECT_THAT(ask(client, R"({"id":1,"hello":{"version":")" KTSTR_VERSION R"("}})"),
                HasSubstr(R"("name":"scx_fake")"));
    const auto last = finish();
    ASSERT_THAT(last.schedulers, SizeIs(1));
    EXPECT_EQ(last.schedulers[0].end, SchedulerEnd::clean);
}

TEST_F(ServerTest, SaysWhyOneDoesNotAttach) {
    start();
    const auto story = attach(loader("echo no luck; exit 1"));
    EXPECT_EQ(story.problem, "its process ended with exit code 1: no luck");
    ASSERT_THAT(story.schedulers, SizeIs(1));
    EXPECT_EQ(story.schedulers[0].log, "no luck\n");
}

TEST_F(ServerTest, SaysThatStoriesOfTroubleAreLeftOut) {
    start();
    auto missing = loader("");
    missing.argv = {"/no/such/loader"};
    for (int i = 0; i < 64; ++i) {
        attach(missing);
    }
    missing.name = "scx_last";
    attach(missing);
    const auto story = finish();
    ASSERT_THAT(story.schedulers, SizeIs(64));
    EXPECT_EQ(story.schedulers.back().name, "scx_last");
    EXPECT_THAT(story.problem, HasSubstr("of 65 stories 1 are left out"));
}

TEST_F(ServerTest, GivesUpAnAttachWhenTheAgentDoes) {
    start();
    control_.send(control::attach + wire::dump(loader("live")));
    control_.send(control::give_up);
    EXPECT_THAT(control_.await(monotonic_ns() + patience_ns).value_or(""),
                HasSubstr("not attached"));
}

TEST_F(ServerTest, ObeysOrdersForTheScheduler) {
    start();
    ASSERT_EQ(attach(good()).problem, "");
    auto client = connect();
    EXPECT_EQ(ask(client, R"({"id":1,"scheduler":"restart"})"), R"({"id":1,"ok":true})");
    EXPECT_EQ(ask(client, R"({"id":2,"scheduler":"detach"})"), R"({"id":2,"ok":true})");
    EXPECT_THAT(ask(client, R"({"id":3,"scheduler":"detach"})"),
                HasSubstr("no scheduler is attached"));
    EXPECT_EQ(ask(client, R"({"id":4,"scheduler":"attach"})"), R"({"id":4,"ok":true})");
    auto other = good();
    other.name = "scx_other";
    EXPECT_EQ(ask(client, R"({"id":5,"scheduler":{"replace":)" + wire::dump(other) + "}}"),
              R"({"id":5,"ok":true})");
    const auto story = finish();
    ASSERT_THAT(story.schedulers, SizeIs(4));
    for (const auto& scheduler : story.schedulers) {
        EXPECT_EQ(scheduler.end, SchedulerEnd::clean);
    }
    EXPECT_EQ(story.schedulers.back().name, "scx_other");
}

TEST_F(ServerTest, RunsAScenarioAndKeepsItsResult) {
    start([](std::string_view scenario, workload::Surroundings& around) {
        around.send_event(R"({"event":"x"})");
        const auto answer = around.next_answer(monotonic_ns() + patience_ns);
        return workload::Ran{.result = "{\"said\":" + answer.value_or("null") +
                                       ",\"of\":" + std::string(scenario) + '}'};
    });
    auto client = connect();
    EXPECT_EQ(ask(client, R"({"id":7,"scenario":{"scenario":1}})"), R"({"event":"x"})");
    EXPECT_EQ(ask(client, R"({"forked":{"worker":1,"pid":2}})"),
              R"({"id":7,"result":{"said":{"forked":{"worker":1,"pid":2}},"of":{"scenario":1}}})");
    finish();
    EXPECT_THAT(facts_, HasSubstr(R"("results":[{"said":)"));
}

TEST_F(ServerTest, TakesTheTestsWordWhileAScenarioRuns) {
    start([](std::string_view, workload::Surroundings& around) {
        const auto answer = around.next_answer(monotonic_ns() + patience_ns);
        return workload::Ran{.result = answer ? "{}" : "null"};
    });
    auto client = connect();
    client.send(R"({"id":7,"scenario":{}})");
    EXPECT_EQ(ask(client, R"({"id":8,"verdict":{"verdict":"skip"}})"), R"({"id":8,"ok":true})");
    EXPECT_EQ(ask(client, R"({"id":9,"hello":{}})"), R"({"error":"a scenario is running","id":9})");
    EXPECT_EQ(ask(client, R"({"forked":{"worker":1,"pid":2}})"), R"({"id":7,"result":{}})");
    EXPECT_EQ(finish().verdict, "skip");
}

TEST_F(ServerTest, AFloodOfOthersLinesDoesNotHoldTheScenario) {
    start([](std::string_view, workload::Surroundings& around) {
        const auto answer = around.next_answer(monotonic_ns());
        return workload::Ran{.error = answer ? "answered" : "nothing came in time"};
    });
    auto client = connect();
    std::string flood;
    for (int i = 0; i < 1000; ++i) {
        flood += "\n{\"id\":9,\"hello\":{}}";
    }
    client.send(R"({"id":7,"scenario":{}})" + flood);
    for (std::optional<std::string> line; !line || line->find("\"id\":7") == std::string::npos;) {
        line = client.await(monotonic_ns() + patience_ns);
        ASSERT_TRUE(line.has_value());
        ASSERT_THAT(*line, Not(HasSubstr("answered")));
    }
}

TEST_F(ServerTest, VariesScenariosByTheAgentsSeed) {
    std::vector<std::uint64_t> seeds;
    start([&seeds](std::string_view /*scenario*/, workload::Surroundings& around) {
        seeds.push_back(around.varied());
        return workload::Ran{.result = "{}", .error = {}};
    });
    auto client = connect();
    ask(client, R"({"id":1,"scenario":{"scenario":1}})");
    for (int i = 0; i < 2; ++i) {
        control_.send(std::string(control::vary) + "7");
        for (int n = 0; n < 2; ++n) {
            ask(client, R"({"id":1,"scenario":{"scenario":1}})");
        }
    }
    finish();
    ASSERT_THAT(seeds, SizeIs(5));
    EXPECT_EQ(seeds[0], 0U); // as it was before anybody said a seed
    EXPECT_NE(seeds[1], 0U);
    EXPECT_NE(seeds[2], seeds[1]); // each scenario has one of its own
    EXPECT_EQ(seeds[3], seeds[1]);
    EXPECT_EQ(seeds[4], seeds[2]);
}

TEST_F(ServerTest, SaysWhyAScenarioCannotRun) {
    start([](std::string_view, workload::Surroundings&) {
        return workload::Ran{.error = "no field x"};
    });
    auto client = connect();
    EXPECT_EQ(ask(client, R"({"id":7,"scenario":{}})"), R"({"error":"no field x","id":7})");
}

TEST_F(ServerTest, CancelsTheScenarioOfAClientThatIsGone) {
    start([](std::string_view, workload::Surroundings& around) {
        while (!around.cancelled()) {
            sleep_ms(1);
        }
        return workload::Ran{.error = "cancelled"};
    });
    {
        auto client = connect();
        client.send(R"({"id":1,"scenario":{}})");
    }
    auto next = connect();
    EXPECT_THAT(ask(next, R"({"id":1,"verdict":{"verdict":"pass"}})"), HasSubstr("ok"));
}

TEST_F(ServerTest, CancelsAScenarioWhenTheAgentFinishes) {
    start([](std::string_view, workload::Surroundings& around) {
        around.send_event("{}");
        around.next_answer(monotonic_ns() + patience_ns);
        return workload::Ran{.error = "cancelled"};
    });
    auto client = connect();
    EXPECT_EQ(ask(client, R"({"id":1,"scenario":{}})"), "{}"); // it runs
    const auto before = monotonic_ns();
    EXPECT_EQ(finish().problem, "");
    EXPECT_LT(monotonic_ns() - before, patience_ns);
}

TEST_F(ServerTest, GoesWhenTheAgentIsGone) {
    start();
    ASSERT_EQ(attach(good()).problem, "");
    control_.close();
    thread_.join(); // and with it the scheduler
}

TEST(BoundedStory, CutsTheLongestTexts) {
    wire::Story story{
        .schedulers = {{.name = "s", .log = std::string(400'000, '\x01')},
                       {.name = "t", .dump = std::string(300'000, 'd')}}
    };
    const auto text = bounded_story(story, 100'000);
    EXPECT_LE(text.size(), 100'000U);
    const auto read = wire::parse<wire::Story>(text);
    ASSERT_TRUE(read);
    EXPECT_THAT(read->schedulers[1].dump, HasSubstr("bytes are left out here"));
    EXPECT_EQ(bounded_story({.problem = "p"}, 100'000), wire::dump(wire::Story{.problem = "p"}));
}

} // namespace
} // namespace ktstr::guest
