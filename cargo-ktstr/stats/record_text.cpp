#include "cargo-ktstr/stats/record_text.hpp"

#include "cargo-ktstr/stats/guest_time.hpp"
#include "ktstr-runner/base/json_view.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/sidecar/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

namespace ktstr::stats {

namespace {

using sidecar::Record;

// Whether the field says no more than its absence would.
bool is_empty(JsonView json) {
    std::string_view text;
    simdjson::dom::array items;
    simdjson::dom::object members;
    bool truth = false;
    if (json.get(text) == simdjson::SUCCESS) {
        return text.empty();
    }
    if (json.get(items) == simdjson::SUCCESS) {
        return items.size() == 0;
    }
    if (json.get(members) == simdjson::SUCCESS) {
        return members.size() == 0;
    }
    if (json.get(truth) == simdjson::SUCCESS) {
        return !truth;
    }
    return json.is_null() || as_number(json) == 0.0;
}

// "phases_ns", "wall_ns": in words, for numbers of nanoseconds.
std::optional<std::string> as_time(std::string_view key, JsonView json) {
    const auto ns = as_unsigned(json);
    if (!ns || !key.ends_with("_ns") || key == "started_at_ns") {
        return std::nullopt;
    }
    return human_time(std::chrono::nanoseconds(*ns));
}

std::string value_of(std::string_view key, JsonView json) {
    if (const auto time = as_time(key, json)) {
        return *time;
    }
    const auto text = as_text(json);
    return text ? printable(*text) : printable(print_json(json));
}

std::string block(std::string_view lines) {
    std::string out;
    for (const auto& line : split(lines, '\n')) {
        out += "\n    " + printable(line);
    }
    return out;
}

std::string in_words(std::string_view key, JsonView json) {
    simdjson::dom::object members;
    if (json.get(members) == simdjson::SUCCESS && key == "phases_ns") {
        std::vector<std::string> words;
        for (const auto [name, value] : members) {
            words.push_back(fmt::format("{} {}", name, value_of("_ns", value)));
        }
        return join(words, ", ");
    }
    simdjson::dom::array items;
    if (json.get(items) == simdjson::SUCCESS) {
        std::string out;
        for (const JsonView item : items) {
            out += "\n    " + value_of("", item);
        }
        return out;
    }
    const auto text = as_text(json);
    return text && text->find('\n') != std::string_view::npos ? block(*text) : value_of(key, json);
}

// Why a record like this has nothing there.
struct Cause {
    std::string_view field;
    bool (*holds)(const Record& record);
    std::string_view why;
};

bool on_host(const Record& record) {
    return record.host_only;
}

bool without_machine(const Record& record) {
    return record.host_only || record.machine.empty();
}

bool without_scheduler(const Record& record) {
    return record.schedulers.empty();
}

bool good(const Record& record) {
    return record.verdict == sidecar::Verdict::pass || record.verdict == sidecar::Verdict::skip;
}

bool emulated(const Record& record) {
    return record.machine.find("kvm") == std::string::npos;
}

bool always(const Record&) {
    return true;
}

// The first that holds is said.
constexpr std::array causes{
    Cause{"kernel_key",          on_host,           "the test ran on the host"                                              },
    Cause{"kernel_release",      without_machine,   "there was no guest that could have said it"                            },
    Cause{"topology",            on_host,           "the test ran on the host"                                              },
    Cause{"memory",              on_host,           "the test ran on the host"                                              },
    Cause{"machine",             on_host,           "the test ran on the host"                                              },
    Cause{"machine_reason",      on_host,           "the test ran on the host"                                              },
    Cause{"origin",              without_machine,   "there was no machine"                                                  },
    Cause{"layer",               always,            "the machine was booted and no more when the test began"                },
    Cause{"host_only",           always,            "the test ran in a machine"                                             },
    Cause{"performance_mode",    always,            "the test does not ask for it, or had it not"                           },
    Cause{"host_cpus",           always,            "the machine ran on all CPUs"                                           },
    Cause{"performance_missing", always,            "nothing that performance_mode asks for was missing"                    },
    Cause{"exit_code",           always,            "it is 0"                                                               },
    Cause{"details",             always,            "the test said no more than its verdict"                                },
    Cause{"first_try",           always,            "there was no try before this one"                                      },
    Cause{"scheduler_binary",    without_scheduler, "the test has no scheduler"                                             },
    Cause{"scheduler_digest",    without_scheduler, "the test has no scheduler"                                             },
    Cause{"scheduler_arguments", without_scheduler, "the test has no scheduler"                                             },
    Cause{"scheduler_arguments", always,            "the scheduler had none"                                                },
    Cause{"schedulers",          without_machine,   "there was no machine"                                                  },
    Cause{"schedulers",          always,            "the test has no scheduler, or the guest did not tell"                  },
    Cause{"scheduler_log",       good,              "it is kept when there was trouble"                                     },
    Cause{"scheduler_dump",      good,              "it is kept when there was trouble"                                     },
    Cause{"leaked",              always,            "no process was left"                                                   },
    Cause{"notes",               always,            "there was nothing more to say"                                         },
    Cause{"deterministic",       always,            "the machine is one of the ordinary kind"                               },
    Cause{"seed",                always,            "the machine is none of the deterministic kind"                         },
    Cause{"digest",              always,            "the machine is none of the deterministic kind, or never had its job"   },
    Cause{"files_kept",          always,            "none was to come back: the run is not one of coverage"                 },
    Cause{"files_lost",          always,            "all that were to come back did"                                        },
    Cause{"output_dropped",      always,            "all output was relayed"                                                },
    Cause{"vcpus",               emulated,          "nobody counts the exits of emulated processors"                        },
    Cause{"console_tail",        good,              "it is kept when there was trouble"                                     },
    Cause{"facts",               without_machine,   "there was no engine in a guest"                                        },
    Cause{
          "facts",               always,            "the test is none of the crate ktstr, or its guest ended before it told"},
};

std::string_view why(const sidecar::Field& field, const Record& record) {
    for (const auto& cause : causes) {
        if (cause.field == field.name && cause.holds(record)) {
            return cause.why;
        }
    }
    return "there was nothing to tell";
}

} // namespace

std::string describe(const Record& record, std::string_view text) {
    JsonParser parser;
    const auto json = parser.parse(text);
    std::string out = fmt::format("{} {}\n", printable(record.binary_id), printable(record.test));
    simdjson::dom::object members;
    if (!json || json->get(members) != simdjson::SUCCESS) {
        return out; // it was read before
    }
    for (const auto [key, value] : members) {
        const bool said = key == "binary_id" || key == "test" || key == "schema";
        if (!said && !is_empty(value)) {
            out += fmt::format("  {}: {}\n", key, in_words(key, value));
        }
    }
    if (record.deterministic) {
        out += fmt::format("  guest time: {}; wall_ns and phases_ns are the host's\n", guest_time);
    }
    return out;
}

std::string explain(const Record& record, std::string_view text) {
    JsonParser parser;
    const auto json = parser.parse(text);
    std::string out = fmt::format("{} {}: {} ({})\n",
                                  printable(record.binary_id),
                                  printable(record.test),
                                  name(record.verdict),
                                  name(record.reason));
    for (const auto& field : sidecar::fields()) {
        const auto found = json ? member(*json, field.name) : std::nullopt;
        if (!found) {
            out += fmt::format("  {}: absent: the version that wrote the file does not know it\n",
                               field.name);
        } else if (is_empty(*found)) {
            out += fmt::format("  {}: empty: {}\n", field.name, why(field, record));
        }
    }
    return out;
}

} // namespace ktstr::stats
