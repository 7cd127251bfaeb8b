// The dialogue about custom workers, with a client that forks real children.
#include "guest/workload/testing.hpp"

#include <gmock/gmock.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <deque>

namespace ktstr::workload {
namespace {

using testing::HasSubstr;

// As the crate does: a child for each `fork`, and a report for each `halt`.
class Client final : public Alone {
public:
    explicit Client(bool reports) : reports_(reports) {}

    ~Client() override {
        for (const auto pid : children_) {
            ::kill(pid, SIGKILL);
            ::waitpid(pid, nullptr, 0);
        }
    }

    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void send_event(const std::string& json) override {
        Alone::send_event(json);
        const auto event = nlohmann::json::parse(json)["event"];
        if (event.contains("fork")) {
            const auto pid = ::fork();
            if (pid == 0) {
                while (true) {
                    ::pause();
                }
            }
            children_.push_back(pid);
            answers_.push_back(nlohmann::json{
                {"forked", {{"worker", event["fork"]["worker"]}, {"pid", pid}}}
            }
                                   .dump());
        } else if (event.contains("halt")) {
            for (const auto& worker : event["halt"]["workers"]) {
                nlohmann::json answer;
                answer["reported"]["worker"] = worker;
                if (reports_) {
                    answer["reported"]["report"] = {
                        {"iterations",        7         },
                        {"work_units",        9         },
                        {"wake_latencies_ns", {1000, 10}},
                        {"cpus_used",         {0}       }
                    };
                } else {
                    answer["reported"]["error"] = "it panicked:\nboom";
                }
                answers_.push_back(answer.dump());
            }
        }
    }

    std::optional<std::string> next_answer(std::int64_t until_ns) override {
        if (answers_.empty()) {
            return Alone::next_answer(until_ns);
        }
        auto answer = answers_.front();
        answers_.pop_front();
        return answer;
    }

private:
    bool reports_;
    std::vector<pid_t> children_;
    std::deque<std::string> answers_;
};

constexpr auto scenario = R"({"scenario": 1, "root": "", "duration": 50000000,
    "steps": [{"cgroups": [{"name": "a", "works": [{"workers": 2, "work_type":
              {"custom": {"name": "f"}}}]}]}]})";

TEST(CustomWorkers, AreForkedLetGoAndAskedForTheirReports) {
    Client client(true);
    const auto ran = run_json(scenario, client);
    ASSERT_EQ(ran.error, "");
    const auto& a = ran.result["phases"][1]["cgroups"]["a"];
    EXPECT_EQ(a["num_workers"], 2);
    EXPECT_EQ(a["total_iterations"], 14);
    EXPECT_EQ(a["total_work_units"], 18);
    EXPECT_EQ(a["wake"]["samples"], 4);
    EXPECT_THAT(client.events,
                testing::ElementsAre(R"({"event":{"fork":{"name":"f","worker":1}}})",
                                     R"({"event":{"fork":{"name":"f","worker":2}}})",
                                     R"({"event":{"go":{"workers":[1,2]}}})",
                                     R"({"event":{"halt":{"workers":[1,2]}}})"));
}

// The order of 6, as events tell it.
std::string order_of_six(std::uint64_t seed) {
    Client client(true);
    client.seed = seed;
    std::string six(scenario);
    six.replace(six.find("\"workers\": 2"), 12, "\"workers\": 6");
    EXPECT_EQ(run_json(six, client).error, "");
    EXPECT_EQ(client.events.size(), 8);
    return client.events.at(6);
}

TEST(CustomWorkers, ASeedLetsThemGoInAnotherOrder) {
    EXPECT_EQ(order_of_six(0), R"({"event":{"go":{"workers":[1,2,3,4,5,6]}}})");
    EXPECT_NE(order_of_six(1), order_of_six(0));
    EXPECT_NE(order_of_six(1), order_of_six(2));
    EXPECT_EQ(order_of_six(1), order_of_six(1));
}

TEST(CustomWorkers, APanicIsTheScenariosError) {
    Client client(false);
    EXPECT_THAT(run_json(scenario, client).error, HasSubstr("boom"));
}

TEST(CustomWorkers, SetForThemselvesWhatOnlyTheyCan) {
    Alone around;
    const auto ran = run_json(R"({"scenario": 1, "duration": 1, "steps": [{"cgroups":
        [{"name": "a", "works": [{"uid": 1, "work_type": {"custom": {"name": "f"}}}]}]}]})",
                              around);
    EXPECT_THAT(ran.error,
                HasSubstr("steps[0].cgroups[0].works[0].uid: a custom worker sets that"));
}

} // namespace
} // namespace ktstr::workload
