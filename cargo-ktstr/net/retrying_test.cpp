#include "cargo-ktstr/net/retrying.hpp"
#include "cargo-ktstr/net/test_server.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/matchers.hpp"

namespace ktstr::net {

using namespace std::chrono_literals;

class RetryingTest : public testing::Test {
protected:
    void SetUp() override {
        forget_proxies();
        auto started = TestServer::start(KTSTR_SOURCE_DIR "/tests/fixtures/http/server.py");
        ASSERT_THAT(started, IsOk());
        server_.emplace(std::move(*started));
    }

    Result<Response> get(const std::string& query) {
        return send_retrying(client_,
                             {.url = server_->url("/file?" + query)},
                             {.attempts = 3, .first = 1ms, .most_asked_for = 60s});
    }

    std::size_t requests() {
        const auto log = send({.url = server_->url("/requests")});
        EXPECT_THAT(log, IsOk());
        return log ? parse_json(log->body).value_or(Json::array()).size() : 0;
    }

    Client client_;
    std::optional<TestServer> server_;
};

TEST_F(RetryingTest, SendsAgainUntilItIsAnswered) {
    for (const auto* fault : {"name=a&status=503&times=2", "name=b&cut=10&times=2"}) {
        const auto response = get(fault);
        ASSERT_THAT(response, IsOk());
        EXPECT_EQ(response->status, 200) << fault;
        EXPECT_TRUE(response->body == pattern(100'000)) << fault;
    }
    EXPECT_EQ(requests(), 6U);
}

TEST_F(RetryingTest, TheLastAnswerIsTheResult) {
    const auto response = get("status=503");
    ASSERT_THAT(response, IsOk());
    EXPECT_EQ(response->status, 503);
    EXPECT_THAT(get("name=b&cut=10"), IsErrorWith("GET"));
    EXPECT_EQ(requests(), 6U);
}

TEST_F(RetryingTest, WhatDoesNotPassIsNotSentAgain) {
    EXPECT_EQ(get("status=403")->status, 403);
    EXPECT_EQ(get("status=429&retry_after=3600")->status, 429) << "too long to wait";
    EXPECT_EQ(requests(), 2U);
}

} // namespace ktstr::net
