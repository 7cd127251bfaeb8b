#include "guest/engine/scenario_tool.hpp"

#include "guest/engine/line_socket.hpp"
#include "guest/engine/protocol.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace ktstr::guest {

namespace {

constexpr int passed = 0;
constexpr int failed = 1;
constexpr int unclear = 3;

int complain(const std::string& what) {
    std::fprintf(stderr, "ktstr-scenario: %s\n", what.c_str());
    return unclear;
}

LineSocket connect_to(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        return {};
    }
    std::memcpy(address.sun_path, path.c_str(), path.size());
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd ||
        ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return {};
    }
    return LineSocket(std::move(fd));
}

Answer ask(LineSocket& engine, const std::string& request) {
    engine.send(request);
    const auto line = engine.await(std::numeric_limits<std::int64_t>::max());
    return line ? parse_answer(*line) : Answer{.error = "the engine is gone"};
}

} // namespace

int scenario_tool_main(const std::vector<std::string>& arguments) {
    if (arguments.size() != 1) {
        return complain("usage: ktstr-scenario FILE.json");
    }
    const auto text = read_file(arguments[0], longest_line);
    if (!text) {
        return complain(errno_text("cannot read " + arguments[0]));
    }
    const auto scenario = one_line(*text);
    if (scenario.empty()) {
        return complain(arguments[0] + " is no JSON");
    }
    const char* const where = std::getenv("KTSTR_ENGINE");
    if (where == nullptr) {
        return complain("there is no engine: $KTSTR_ENGINE is not set (run it by `ktstr scenario "
                        "FILE.json`)");
    }
    auto engine = connect_to(where);
    if (!engine.is_open()) {
        return complain(errno_text(std::string("cannot reach the engine at ") + where));
    }
    if (const auto hello = ask(engine, hello_request(1)); !hello.error.empty()) {
        return complain(hello.error);
    }
    const auto answer = ask(engine, scenario_request(2, scenario));
    if (!answer.event.empty()) {
        return complain("the scenario has custom work, which only a test in Rust can do");
    }
    if (!answer.error.empty()) {
        return complain(answer.error);
    }
    std::printf("%s\n", answer.result.c_str());
    std::fflush(stdout);
    const auto said =
        ask(engine, verdict_request(3, {.verdict = answer.verdict, .details = answer.details}));
    if (!said.error.empty()) {
        return complain(said.error);
    }
    return answer.verdict == "pass" ? passed : answer.verdict == "fail" ? failed : unclear;
}

} // namespace ktstr::guest
