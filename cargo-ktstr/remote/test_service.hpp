// The fixture of tests/fixtures/gha, its blobs among it. Tests only.
#pragma once

#include "cargo-ktstr/net/http.hpp"
#include "cargo-ktstr/net/test_server.hpp"
#include "cargo-ktstr/remote/environment.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/matchers.hpp"

#include <optional>
#include <string>

namespace ktstr::remote {

inline constexpr net::RetryPolicy no_waiting{.attempts = 3,
                                             .first = std::chrono::milliseconds{1},
                                             .most_asked_for = std::chrono::seconds{60}};

class ServiceTest : public testing::Test {
protected:
    void SetUp() override {
        net::forget_proxies();
        auto started = net::TestServer::start(KTSTR_SOURCE_DIR "/tests/fixtures/gha/server.py");
        ASSERT_THAT(started, IsOk());
        server_.emplace(std::move(*started));
    }

    Access access() const { return {.url = server_->url(), .token = "the-token"}; }

    std::string url(const std::string& path) const { return server_->url(path); }

    void control(const Json& what) const {
        const auto done = net::send(
            {.method = "POST", .url = server_->url("/control"), .body = print_json(what)});
        ASSERT_THAT(done, IsOk());
        ASSERT_EQ(done->status, 200);
    }

    Json state() const {
        const auto response = net::send({.url = server_->url("/state")});
        EXPECT_THAT(response, IsOk());
        return response ? parse_json(response->body).value_or(Json::object()) : Json::object();
    }

private:
    std::optional<net::TestServer> server_;
};

} // namespace ktstr::remote
