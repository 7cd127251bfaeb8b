// HTTP requests by libcurl: one at a time, bounded in size, and by the least rate that is put up
// with in time: none takes longer than its bytes at that rate. http and https alone; what begins
// with https stays https. Proxies are those of the environment, as curl(1) takes them.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ktstr::net {

struct Header {
    std::string name;
    std::string value;
};

// A body that is read piece by piece, and again from 0 when a redirect asks for it.
struct BodyReader {
    std::uint64_t size = 0; // bytes
    // Fills a part of the span from offset `at` of the body and says how much, 0 only at its end.
    std::function<Result<std::size_t>(std::uint64_t at, std::span<std::byte>)> read;
};

struct Request {
    std::string method = "GET";
    std::string url;
    std::vector<Header> headers;
    std::variant<std::monostate, std::string, BodyReader> body;
    std::uint64_t most_bytes = 1 << 20; // of the answer's body; more is an error
    std::chrono::seconds connect_limit{10};
    std::uint64_t slowest = 1024;           // bytes/s; slower than that ...
    std::chrono::seconds silence_limit{30}; // ... for so long is an error
};

struct Response {
    int status = 0;
    std::vector<Header> headers; // of the last answer, after redirects
    std::string body;

    bool ok() const { return status >= 200 && status < 300; }

    // The value of the first header of that name, in any case of letters.
    std::optional<std::string> header(std::string_view name) const;
};

// Takes the body of an answer 2xx piece by piece; called at least once for each such answer, with
// no bytes when it has none. An error ends the transfer and is its result.
using Sink = std::function<Result<>(const Response& head, std::span<const std::byte>)>;

// What became of a request, for those who may try again.
struct Exchange {
    Response response;           // as far as it came; status 0: no answer at all
    std::optional<Error> broken; // a connection, TLS, a limit, the sink, the body's reader
    bool transient = false;      // `broken`, and another attempt may fare better
};

// Holds connections open from one request to the next. One thread at a time.
class Client final {
public:
    Client();
    Client(Client&&) noexcept;
    Client& operator=(Client&&) = delete;
    ~Client();

    Exchange exchange(const Request& request, const Sink& sink = {});

private:
    struct State;
    std::unique_ptr<State> state_;
};

// The whole answer in memory. Any status is a success: an error means that no whole answer came.
Result<Response> send(const Request& request);

// The same, with the body of 2xx going to `sink`; of other answers the first 64 KiB are kept.
Result<Response> stream(const Request& request, const Sink& sink);

} // namespace ktstr::net
