#include "guest/engine/protocol.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace ktstr::guest {

namespace {

using Json = nlohmann::json;

constexpr int deepest = 64; // dump() recurses
constexpr std::size_t most_details = 100;
constexpr std::size_t longest_detail = 4096;
constexpr std::size_t longest_facts = 8U << 20;

std::string text_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Throws Json::exception.
Json parse_bounded(std::string_view line) {
    bool too_deep = false;
    auto json = Json::parse(line, [&](int depth, Json::parse_event_t, const Json&) {
        too_deep |= depth > deepest;
        return !too_deep;
    });
    if (too_deep) {
        return Json();
    }
    return json;
}

ParsedRequest refuse(std::int64_t id, std::string error) {
    return {.id = id, .error = std::move(error)};
}

ParsedRequest accept(Request request) {
    const auto id = request.id;
    return {.request = std::move(request), .id = id};
}

ParsedRequest parse_verdict(std::int64_t id, const Json& json) {
    constexpr std::array words = {"pass", "fail", "skip", "inconclusive"};
    Verdict verdict{.verdict = json.at("verdict").get<std::string>()};
    if (std::ranges::find(words, verdict.verdict) == words.end()) {
        return refuse(id,
                      "verdict.verdict is \"" + verdict.verdict.substr(0, 64) +
                          "\" (one of pass, fail, skip, inconclusive)");
    }
    verdict.details = json.value("details", std::vector<std::string>{});
    verdict.last = json.value("last", false);
    const auto message = json.value("message", ""); // the headline, which comes first
    const bool is_first = !verdict.details.empty() && verdict.details.front() == message;
    if (!message.empty() && !is_first) {
        verdict.details.insert(verdict.details.begin(), message);
    }
    if (const auto all = verdict.details.size(); all > most_details) { // and none without a word
        verdict.details.resize(most_details);
        verdict.details.back() = "and " + std::to_string(all - most_details + 1) + " more";
    }
    for (auto& detail : verdict.details) {
        detail.resize(std::min(detail.size(), longest_detail));
    }
    return accept({.kind = Request::Kind::verdict, .id = id, .verdict = std::move(verdict)});
}

// "detach", {"detach": ..} or {"replace": {Scheduler}}.
ParsedRequest parse_order(std::int64_t id, const Json& json) {
    constexpr std::array orders = {"detach", "attach", "restart", "replace"};
    Request request{.kind = Request::Kind::scheduler, .id = id};
    if (json.is_object() && json.size() == 1) {
        request.text = json.begin().key();
        request.scheduler = text_of(json.begin().value());
    } else {
        request.text = json.get<std::string>();
    }
    if (std::ranges::find(orders, request.text) == orders.end()) {
        return refuse(id,
                      "scheduler is \"" + request.text.substr(0, 64) +
                          "\" (one of detach, attach, restart, replace)");
    }
    return accept(std::move(request));
}

} // namespace

ParsedRequest parse_request(std::string_view line) {
    std::int64_t id = 0;
    try {
        const auto json = parse_bounded(line);
        if (!json.is_object()) {
            return refuse(id, "a request is one JSON object, at most 64 levels deep");
        }
        id = json.value("id", std::int64_t{0});
        if (json.contains("hello")) {
            return accept({.kind = Request::Kind::hello,
                           .id = id,
                           .text = json["hello"].at("version").get<std::string>()});
        }
        if (json.contains("scenario")) {
            return accept(
                {.kind = Request::Kind::scenario, .id = id, .text = text_of(json["scenario"])});
        }
        if (json.contains("verdict")) {
            return parse_verdict(id, json["verdict"]);
        }
        if (json.contains("scheduler")) {
            return parse_order(id, json["scheduler"]);
        }
        if (json.contains("forked") || json.contains("reported")) {
            return accept({.kind = Request::Kind::answer, .id = id, .text = std::string(line)});
        }
        return refuse(id,
                      "not a request: none of hello, scenario, verdict, scheduler, forked, "
                      "reported");
    } catch (const Json::exception& error) {
        return refuse(id, std::string("not a request: ") + error.what());
    }
}

std::string hello_answer(std::int64_t id,
                         const std::string& kernel,
                         const std::optional<AttachedScheduler>& scheduler) {
    Json hello = {
        {"version",   KTSTR_VERSION},
        {"kernel",    kernel       },
        {"scheduler", nullptr      }
    };
    if (scheduler) {
        hello["scheduler"] = {
            {"name", scheduler->name},
            {"pid",  scheduler->pid },
            {"args", scheduler->args}
        };
    }
    return text_of({
        {"id",    id              },
        {"hello", std::move(hello)}
    });
}

std::string ok_answer(std::int64_t id) {
    return text_of({
        {"id", id  },
        {"ok", true}
    });
}

std::string error_answer(std::int64_t id, std::string_view error) {
    return text_of({
        {"id",    id                },
        {"error", std::string(error)}
    });
}

std::string result_answer(std::int64_t id, std::string_view result) {
    return "{\"id\":" + std::to_string(id) + ",\"result\":" + std::string(result) + '}';
}

Answer parse_answer(std::string_view line) {
    Answer answer;
    try {
        const auto json = parse_bounded(line);
        if (json.contains("event")) {
            answer.event = text_of(json["event"]);
        } else if (json.contains("result")) {
            const auto& result = json["result"];
            answer.result = text_of(result);
            answer.verdict = result.value("verdict", "");
            answer.details = result.value("details", std::vector<std::string>{});
        } else {
            answer.error = json.value("error", "");
        }
    } catch (const Json::exception& error) {
        answer = {.error = std::string("the engine's answer cannot be read: ") + error.what()};
    }
    return answer;
}

std::string hello_request(std::int64_t id) {
    return text_of({
        {"id",    id                          },
        {"hello", {{"version", KTSTR_VERSION}}}
    });
}

std::string scenario_request(std::int64_t id, std::string_view scenario) {
    return "{\"id\":" + std::to_string(id) + ",\"scenario\":" + std::string(scenario) + '}';
}

std::string verdict_request(std::int64_t id, const Verdict& verdict) {
    return text_of({
        {"id",      id                                                          },
        {"verdict", {{"verdict", verdict.verdict}, {"details", verdict.details}}}
    });
}

std::string one_line(std::string_view json) {
    try {
        const auto parsed = parse_bounded(json);
        return parsed.is_null() ? "" : text_of(parsed);
    } catch (const Json::exception&) {
        return {};
    }
}

std::string facts_text(const std::vector<std::string>& results,
                       const std::vector<BpfProgram>& programs,
                       const std::map<std::string, std::int64_t>& events,
                       std::size_t left_out) {
    auto list = Json::array();
    for (const auto& program : programs) {
        list.push_back({
            {"id",             program.id            },
            {"name",           program.name          },
            {"type",           program.type          },
            {"verified_insns", program.verified_insns},
            {"run_cnt",        program.run_cnt       },
            {"run_time_ns",    program.run_time_ns   }
        });
    }
    const auto rest = ",\"programs\":" + text_of(list) + ",\"events\":" + text_of(events);
    std::string text = "{\"results\":[";
    for (const auto& result : results) {
        if (text.size() + result.size() + rest.size() + 64 > longest_facts) {
            ++left_out;
            continue;
        }
        text += (text.ends_with('[') ? "" : ",") + result;
    }
    text += ']' + rest;
    if (left_out > 0) {
        text += ",\"results_left_out\":" + std::to_string(left_out);
    }
    return text + '}';
}

} // namespace ktstr::guest
