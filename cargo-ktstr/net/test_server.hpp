// A Python server of tests/fixtures that a test talks to: it prints its port, and is killed with
// its owner. Tests only.
#pragma once

#include "ktstr-runner/base/process.hpp"

#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

namespace ktstr::net {

class TestServer final {
public:
    static Result<TestServer> start(const std::filesystem::path& script,
                                    std::vector<std::string> arguments = {}) {
        TRY_ASSIGN(auto out, make_pipe());
        std::vector<std::string> argv{"python3", script.string()};
        argv.insert(argv.end(), arguments.begin(), arguments.end());
        TRY_ASSIGN(auto child, Child::spawn({.argv = std::move(argv), .out = out.write.get()}));
        out.write.reset();
        std::string line;
        const auto deadline = Deadline::in(std::chrono::seconds{60});
        while (!line.ends_with('\n')) {
            char c = 0;
            pollfd ready{.fd = out.read.get(), .events = POLLIN, .revents = 0};
            if (::poll(&ready, 1, deadline.poll_timeout()) <= 0 || ::read(ready.fd, &c, 1) != 1) {
                return fail(ErrorKind::environment, "the server says no port");
            }
            line += c;
        }
        line.pop_back();
        return TestServer(std::move(child), "http://127.0.0.1:" + line);
    }

    // "http://127.0.0.1:PORT" and what follows.
    std::string url(const std::string& path = {}) const { return url_ + path; }

private:
    TestServer(Child child, std::string url) : child_(std::move(child)), url_(std::move(url)) {}

    Child child_;
    std::string url_;
};

// What the fixtures' /file holds.
inline std::string pattern(std::size_t size) {
    constexpr std::size_t block = 65521;
    std::string out(size, '\0');
    for (std::size_t i = 0; i < size; ++i) {
        const auto j = i % block;
        out[i] = static_cast<char>(static_cast<unsigned char>(j * 131 + j / 251));
    }
    return out;
}

// No proxy stands between a test and its server.
inline void forget_proxies() {
    for (const auto* name :
         {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
        ::unsetenv(name);
    }
}

} // namespace ktstr::net
