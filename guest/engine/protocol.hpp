// What the crate and the engine say to each other, one JSON object a line
// (docs/design/scheduler-tests.md, "The socket"). The border that the JSON library's exceptions do
// not pass.
#pragma once

#include "guest/scheduler/bpf_programs.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::guest {

struct Verdict {
    std::string verdict;              // pass, fail, skip, inconclusive
    std::vector<std::string> details; // the message first, when there is one
    bool last = false;                // nothing will be asked of the engine any more
};

struct Request {
    enum class Kind { hello, scenario, verdict, scheduler, answer };

    Kind kind = Kind::answer;
    std::int64_t id = 0; // answers to events have none
    std::string text;    // version, scenario (JSON), order to the scheduler, the answer as it came
    std::optional<Verdict> verdict;
    std::string scheduler; // JSON, of "replace"
};

struct ParsedRequest {
    std::optional<Request> request;
    std::int64_t id = 0; // as far as it could be read
    std::string error;   // names the field
};

ParsedRequest parse_request(std::string_view line);

struct AttachedScheduler {
    std::string name;
    int pid = 0;
    std::vector<std::string> args;
};

std::string hello_answer(std::int64_t id,
                         const std::string& kernel,
                         const std::optional<AttachedScheduler>& scheduler);
std::string ok_answer(std::int64_t id);
std::string error_answer(std::int64_t id, std::string_view error);

// `result`: JSON.
std::string result_answer(std::int64_t id, std::string_view result);

// A line of the engine's, as the tool reads it.
struct Answer {
    std::string result;  // JSON
    std::string verdict; // of the result
    std::vector<std::string> details;
    std::string error;
    std::string event; // JSON
};

Answer parse_answer(std::string_view line);

// {"id":..,"hello":..}, {"id":..,"scenario":..} of JSON text, {"id":..,"verdict":..}
std::string hello_request(std::int64_t id);
std::string scenario_request(std::int64_t id, std::string_view scenario);
std::string verdict_request(std::int64_t id, const Verdict& verdict);

// JSON text in one line; empty when it is none.
std::string one_line(std::string_view json);

// The text of the frames `facts`; `results`: JSON of each scenario. Those that do not fit into the
// bound are left out and counted, over `left_out` that were so before.
std::string facts_text(const std::vector<std::string>& results,
                       const std::vector<BpfProgram>& programs,
                       const std::map<std::string, std::int64_t>& events,
                       std::size_t left_out = 0);

} // namespace ktstr::guest
