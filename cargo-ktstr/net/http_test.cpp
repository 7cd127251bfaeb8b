#include "cargo-ktstr/net/http.hpp"
#include "cargo-ktstr/net/test_server.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/sha256.hpp"

#include <cstring>

namespace ktstr::net {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;

class HttpTest : public testing::Test {
protected:
    static void SetUpTestSuite() {
        forget_proxies();
        auto started = TestServer::start(KTSTR_SOURCE_DIR "/tests/fixtures/http/server.py");
        ASSERT_THAT(started, IsOk());
        server_.emplace(std::move(*started));
    }

    static void TearDownTestSuite() { server_.reset(); }

    static std::string url(const std::string& path) { return server_->url(path); }

    static Json echo(const Request& request) {
        const auto response = send(request);
        EXPECT_THAT(response, IsOk());
        return response ? parse_json(response->body).value_or(Json::object()) : Json::object();
    }

    static inline std::optional<TestServer> server_;
};

TEST_F(HttpTest, SendsMethodHeadersAndBody) {
    const auto told = echo({.method = "POST",
                            .url = url("/echo?a=1"),
                            .headers = {{"X-Mine", "yes"}},
                            .body = std::string("text")});
    EXPECT_EQ(told["method"], "POST");
    EXPECT_EQ(told["path"], "/echo?a=1");
    EXPECT_EQ(told["body"], "text");
    EXPECT_EQ(told["headers"]["X-Mine"], "yes");
    EXPECT_EQ(told["headers"]["User-Agent"], "ktstr/" KTSTR_VERSION);
    EXPECT_FALSE(told["headers"].contains("Accept-Encoding"));
}

TEST_F(HttpTest, ReadsABodyPieceByPiece) {
    const auto text = pattern(300'000);
    const auto told = echo({
        .method = "PUT",
        .url = url("/echo"),
        .body = BodyReader{text.size(), [&](auto at, auto room) {
                               const auto n =
                                   std::min<std::size_t>({room.size(), text.size() - at, 1000});
                               std::memcpy(room.data(), text.data() + at, n);
                               return Result<std::size_t>(n);
                           }}
    });
    EXPECT_EQ(told["method"], "PUT");
    EXPECT_EQ(told["headers"]["Content-Length"], "300000");
    EXPECT_EQ(told["sha256"], sha256_of(text));
}

TEST_F(HttpTest, AnErrorOfTheReaderIsTheResult) {
    const auto reader = [](std::uint64_t, std::span<std::byte>) -> Result<std::size_t> {
        return fail(ErrorKind::environment, "the disk went away");
    };
    const Request request{
        .method = "PUT", .url = url("/echo"), .body = BodyReader{10, reader}
    };
    EXPECT_THAT(send(request), IsErrorWith("the disk went away"));
}

TEST_F(HttpTest, AnyStatusIsAnAnswer) {
    const auto response = send({.url = url("/none")});
    ASSERT_THAT(response, IsOk());
    EXPECT_EQ(response->status, 404);
    EXPECT_FALSE(response->ok());
    EXPECT_EQ(response->body, "no such thing");
}

TEST_F(HttpTest, HeadersAreFoundInAnyCase) {
    const auto response = send({.method = "HEAD", .url = url("/echo")});
    ASSERT_THAT(response, IsOk());
    EXPECT_THAT(response->header("content-TYPE"), Optional(std::string("application/json")));
    EXPECT_THAT(response->header("X-TWICE"), Optional(std::string("1")));
    EXPECT_EQ(response->header("content"), std::nullopt);
    EXPECT_EQ(response->body, "");
}

TEST_F(HttpTest, TheSinkGetsGoodBodiesAlone) {
    std::string got;
    std::size_t calls = 0;
    const Sink sink = [&](const Response& head, std::span<const std::byte> bytes) -> Result<> {
        EXPECT_TRUE(head.ok());
        got.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        ++calls;
        return {};
    };
    EXPECT_THAT(stream({.url = url("/file?size=200000")}, sink), IsOk());
    EXPECT_TRUE(got == pattern(200'000));
    got.clear();
    calls = 0;
    EXPECT_THAT(stream({.url = url("/file?size=0")}, sink), IsOk());
    EXPECT_EQ(calls, 1U);
    const auto failed = stream({.url = url("/file?status=403")}, sink);
    ASSERT_THAT(failed, IsOk());
    EXPECT_EQ(failed->body, "a fault on order");
    EXPECT_EQ(calls, 1U);
}

TEST_F(HttpTest, ThereAreBoundsOnWhatIsTaken) {
    EXPECT_THAT(send({.url = url("/file?size=1001"), .most_bytes = 1000}),
                IsErrorWith("more than the 1000 B that are allowed"));
    EXPECT_THAT(send({.url = url("/file?size=1000"), .most_bytes = 1000}), IsOk());
    EXPECT_THAT(send({.url = url("/headers")}), IsErrorWith("headers have no end"));
}

TEST_F(HttpTest, BrokenConnectionsAndSilenceAreWorthAnotherAttempt) {
    Client client;
    for (const auto* fault : {"cut=10", "silent=10", "cut=10&chunked"}) {
        const auto exchange =
            client.exchange({.url = url(std::string("/file?") + fault), .silence_limit = 1s});
        ASSERT_TRUE(exchange.broken) << fault;
        EXPECT_TRUE(exchange.transient) << exchange.broken->render();
    }
    const auto slow = client.exchange({.url = url("/file?trickle=1"), .silence_limit = 2s});
    ASSERT_TRUE(slow.broken);
    EXPECT_THAT(slow.broken->one_line(), HasSubstr("too slow. Less than 1024 bytes/sec"));
    EXPECT_TRUE(slow.transient);
    const auto refused = client.exchange({.url = "http://127.0.0.1:1/"});
    ASSERT_TRUE(refused.broken);
    EXPECT_TRUE(refused.transient);
    const auto large = client.exchange({.url = url("/file"), .most_bytes = 10});
    ASSERT_TRUE(large.broken);
    EXPECT_FALSE(large.transient);
    EXPECT_FALSE(client.exchange({.url = url("/file")}).broken) << "it can be used again";
}

TEST_F(HttpTest, FollowsRedirects) {
    const auto response = send({.url = url("/to?url=/file%3Fsize=7")});
    ASSERT_THAT(response, IsOk());
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, pattern(7));
    EXPECT_EQ(response->header("location"), std::nullopt) << "headers of the last answer alone";
    EXPECT_THAT(send({.url = url("/to?url=file:///etc/passwd")}), IsErrorWith("file"));
    EXPECT_THAT(send({.url = url("/to?url=/to%3Furl=/to%3Furl=x")}), IsOk());
}

TEST_F(HttpTest, OtherProtocolsAreRefused) {
    for (const auto* other : {"file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x"}) {
        EXPECT_THAT(send({.url = other}), IsErrorWith("http:// and https:// alone")) << other;
    }
}

TEST_F(HttpTest, MessagesHoldNoSecrets) {
    const auto with_word = "http://user:word@127.0.0.1:1/path?sig=secret";
    const auto response = send({.url = with_word});
    ASSERT_FALSE(response);
    const auto text = response.error().render();
    EXPECT_THAT(text, HasSubstr("GET http://127.0.0.1:1/path?..."));
    EXPECT_THAT(text, Not(HasSubstr("secret")));
    EXPECT_THAT(text, Not(HasSubstr("word")));
    EXPECT_THAT(send({.url = url("/"), .headers = {{"Authorization", "a\r\nb"}}}),
                IsErrorWith("more than one line"));
}

TEST_F(HttpTest, ProxiesAreThoseOfTheEnvironment) {
    ::setenv("http_proxy", server_->url().c_str(), 1);
    const auto response = send({.url = "http://host.example/x"});
    ::unsetenv("http_proxy");
    ASSERT_THAT(response, IsOk());
    EXPECT_EQ(response->body, "proxied http://host.example/x");
}

} // namespace ktstr::net
