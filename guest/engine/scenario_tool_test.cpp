#include "guest/base/test_dir.hpp"
#include "guest/engine/handle.hpp"
#include "guest/engine/line_socket.hpp"
#include "guest/engine/scenario_tool.hpp"

#include <gmock/gmock.h>

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <thread>
#include <vector>

namespace ktstr::guest {
namespace {

using testing::HasSubstr;

// An engine that gives its answers in order and keeps what it was asked.
class ScenarioTool : public testing::Test {
protected:
    void SetUp() override {
        const auto path = dir_.path() + "/engine.sock";
        auto listener = listen_at(path);
        ASSERT_EQ(listener.problem, std::nullopt);
        listener_ = std::move(listener.fd);
        ::setenv("KTSTR_ENGINE", path.c_str(), 1);
    }

    void TearDown() override { ::unsetenv("KTSTR_ENGINE"); }

    int run(const std::vector<std::string>& answers) {
        const auto file = dir_.write("s.json", "{\n  \"scenario\": 1\n}\n");
        std::thread engine([&] {
            pollfd wait{.fd = listener_.get(), .events = POLLIN};
            ::poll(&wait, 1, 20'000);
            LineSocket client(Fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
            for (const auto& answer : answers) {
                asked_.push_back(client.await(monotonic_ns() + 20'000'000'000).value_or("nothing"));
                client.send(answer);
            }
        });
        const int code = scenario_tool_main({file});
        engine.join();
        return code;
    }

    TestDir dir_;
    Fd listener_;
    std::vector<std::string> asked_;
};

constexpr const char* hello = R"({"id":1,"hello":{}})";
constexpr const char* ok = R"({"id":3,"ok":true})";

TEST_F(ScenarioTool, PrintsTheResultAndSaysTheVerdict) {
    testing::internal::CaptureStdout();
    const int code = run({hello, R"({"id":2,"result":{"verdict":"pass","details":["d"]}})", ok});
    EXPECT_EQ(testing::internal::GetCapturedStdout(),
              "{\"details\":[\"d\"],\"verdict\":\"pass\"}\n");
    EXPECT_EQ(code, 0);
    ASSERT_EQ(asked_.size(), 3U);
    EXPECT_THAT(asked_[0], HasSubstr(R"("version":")" KTSTR_VERSION));
    EXPECT_EQ(asked_[1], R"({"id":2,"scenario":{"scenario":1}})");
    EXPECT_THAT(asked_[2], HasSubstr(R"("verdict":"pass")"));
}

TEST_F(ScenarioTool, TellsVerdictsByItsExitCode) {
    EXPECT_EQ(run({hello, R"({"id":2,"result":{"verdict":"fail"}})", ok}), 1);
    EXPECT_EQ(run({hello, R"({"id":2,"result":{"verdict":"inconclusive"}})", ok}), 3);
    EXPECT_EQ(run({hello, R"({"id":2,"result":{}})", ok}), 3);
}

TEST_F(ScenarioTool, SaysWhatIsWrong) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(run({hello, R"({"id":2,"error":"no field x"})"}), 3);
    EXPECT_EQ(run({R"({"id":1,"error":"other version"})"}), 3);
    EXPECT_EQ(run({hello, R"({"event":{"fork":{}}})"}), 3);
    EXPECT_EQ(run({hello}), 3);
    const auto said = testing::internal::GetCapturedStderr();
    EXPECT_THAT(said, HasSubstr("no field x"));
    EXPECT_THAT(said, HasSubstr("other version"));
    EXPECT_THAT(said, HasSubstr("custom work"));
    EXPECT_THAT(said, HasSubstr("the engine is gone"));
}

TEST(ScenarioToolAlone, NeedsAFileAndAnEngine) {
    const TestDir dir;
    testing::internal::CaptureStderr();
    EXPECT_EQ(scenario_tool_main({}), 3);
    EXPECT_EQ(scenario_tool_main({"/no/such/file"}), 3);
    EXPECT_EQ(scenario_tool_main({dir.write("a", "{")}), 3);
    EXPECT_EQ(scenario_tool_main({dir.write("b", "{}")}), 3);
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("$KTSTR_ENGINE is not set"));
}

} // namespace
} // namespace ktstr::guest
