#include "ktstr-runner/sidecar/sidecar.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/sidecar/fields.hpp"
#include "ktstr-runner/sidecar/file_name.hpp"
#include "ktstr-runner/sidecar/names.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <limits>

namespace ktstr::sidecar {

namespace {

constexpr std::size_t size_limit = std::size_t{16}
                                   << 20; // of a file that is read: ours are a few KiB

template <class T> Json written(const T& value) {
    return value;
}

Json written(const Verdict& verdict) {
    return name(verdict);
}

Json written(const Reason& reason) {
    return name(reason);
}

Json written(const PhaseTimes& times) {
    auto json = Json::object();
    for (const auto& phase : phases) {
        if (const auto& time = times[static_cast<std::size_t>(phase.value)]) {
            json[std::string(phase.name)] = *time;
        }
    }
    return json;
}

struct CounterName {
    const char* name;
    std::uint64_t VcpuCounters::* counter;
};

constexpr std::array counter_names{
    CounterName{"exits",        &VcpuCounters::exits       },
    CounterName{"halts",        &VcpuCounters::halts       },
    CounterName{"halt_wait_ns", &VcpuCounters::halt_wait_ns},
    CounterName{"preemptions",  &VcpuCounters::preemptions },
    CounterName{"signals",      &VcpuCounters::signals     },
};

Json written(const std::vector<VcpuCounters>& vcpus) {
    auto json = Json::array();
    for (const auto& vcpu : vcpus) {
        auto& counters = json.emplace_back(Json::object());
        for (const auto& [name, counter] : counter_names) {
            counters[name] = vcpu.*counter;
        }
    }
    return json;
}

// A field of SchedulerRecord is a text or a number.
struct SchedulerField {
    const char* name;
    std::variant<std::string SchedulerRecord::*, std::int64_t SchedulerRecord::*> member;
};

constexpr std::array scheduler_fields{
    SchedulerField{"name",      &SchedulerRecord::name     },
    SchedulerField{"ops",       &SchedulerRecord::ops      },
    SchedulerField{"end",       &SchedulerRecord::end      },
    SchedulerField{"attach_ns", &SchedulerRecord::attach_ns},
    SchedulerField{"ran_ns",    &SchedulerRecord::ran_ns   },
    SchedulerField{"detach_ns", &SchedulerRecord::detach_ns},
    SchedulerField{"exit_code", &SchedulerRecord::exit_code},
    SchedulerField{"kind",      &SchedulerRecord::kind     },
    SchedulerField{"reason",    &SchedulerRecord::reason   },
    SchedulerField{"message",   &SchedulerRecord::message  },
};

Json written(const std::vector<SchedulerRecord>& schedulers) {
    auto json = Json::array();
    for (const auto& scheduler : schedulers) {
        auto& object = json.emplace_back(Json::object());
        for (const auto& field : scheduler_fields) {
            object[field.name] =
                std::visit([&](auto member) { return written(scheduler.*member); }, field.member);
        }
    }
    return json;
}

Json written(const JsonText& json) {
    const auto value = json.text.empty() ? Result<Json>(Json()) : parse_json(json.text);
    return value ? *value : Json();
}

// read(): false when the JSON value is not one that the field can hold.
bool read(const Json& json, std::string& value) {
    return json.is_string() && (value = json.get<std::string>(), true);
}

bool read(const Json& json, bool& value) {
    return json.is_boolean() && (value = json.get<bool>(), true);
}

bool read(const Json& json, std::uint64_t& value) {
    return json.is_number_unsigned() && (value = json.get<std::uint64_t>(), true);
}

bool read(const Json& json, std::int64_t& value) {
    if (json.is_number_unsigned() &&
        json.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()) {
        return false;
    }
    return json.is_number_integer() && (value = json.get<std::int64_t>(), true);
}

template <class Narrow, class Wide> bool read_narrow(const Json& json, Narrow& value) {
    Wide wide{};
    return read(json, wide) && std::in_range<Narrow>(wide) &&
           (value = static_cast<Narrow>(wide), true);
}

bool read(const Json& json, unsigned& value) {
    return read_narrow<unsigned, std::uint64_t>(json, value);
}

bool read(const Json& json, int& value) {
    return read_narrow<int, std::int64_t>(json, value);
}

bool read(const Json& json, std::vector<std::string>& value) {
    if (!json.is_array() ||
        !std::ranges::all_of(json, [](const Json& item) { return item.is_string(); })) {
        return false;
    }
    value = json.get<std::vector<std::string>>();
    return true;
}

bool read(const Json& json, std::vector<VcpuCounters>& vcpus) {
    if (!json.is_array()) {
        return false;
    }
    for (const auto& item : json) {
        auto& vcpu = vcpus.emplace_back();
        for (const auto& [name, counter] : counter_names) {
            if (!item.is_object() || !item.contains(name) || !read(item[name], vcpu.*counter)) {
                return false;
            }
        }
    }
    return true;
}

bool read(const Json& json, std::vector<SchedulerRecord>& schedulers) {
    if (!json.is_array()) {
        return false;
    }
    for (const auto& item : json) {
        auto& scheduler = schedulers.emplace_back();
        for (const auto& field : scheduler_fields) {
            if (!item.is_object() || !item.contains(field.name) ||
                !std::visit([&](auto member) { return read(item[field.name], scheduler.*member); },
                            field.member)) {
                return false;
            }
        }
    }
    return true;
}

bool read(const Json& json, JsonText& text) {
    if (json.is_object()) {
        text.text = print_json(json);
    }
    return json.is_object() || json.is_null();
}

template <class T>
bool read_word(const Json& json, std::optional<T> (*named)(std::string_view), T& value) {
    const auto found = json.is_string() ? named(json.get_ref<const std::string&>()) : std::nullopt;
    return found && (value = *found, true);
}

bool read(const Json& json, Verdict& value) {
    return read_word(json, verdict_named, value);
}

bool read(const Json& json, Reason& value) {
    return read_word(json, reason_named, value);
}

bool read(const Json& json, PhaseTimes& times) {
    if (!json.is_object()) {
        return false;
    }
    for (const auto& [key, item] : json.items()) {
        const auto phase = phase_named(key);
        std::int64_t time = 0;
        if (!phase || !read(item, time)) {
            return false;
        }
        times[static_cast<std::size_t>(*phase)] = time;
    }
    return true;
}

// What stands there instead of what was expected, cut to a length that fits a message.
std::string excerpt(const Json& json) {
    auto text = print_json(json);
    if (text.size() > 40) {
        text.replace(40, std::string::npos, "...");
    }
    return text;
}

Result<> check_schema(const Json& json) {
    const auto found = json.find("schema");
    if (found == json.end()) {
        return fail(ErrorKind::environment, "no field `schema`: not a sidecar file");
    }
    if (!found->is_number_integer() || *found < oldest_schema || *found > schema) {
        return fail(Error(ErrorKind::environment,
                          fmt::format("schema {}, but this program reads schemas {} to {}",
                                      excerpt(*found),
                                      oldest_schema,
                                      schema))
                        .hint("read it with the version of ktstr that wrote it"));
    }
    return {};
}

Result<Record> parse_record(const Json& json) {
    if (!json.is_object()) {
        return fail(ErrorKind::environment, "not a JSON object");
    }
    TRY(check_schema(json));
    Record record;
    for (const auto& field : fields()) {
        const auto found = json.find(field.name);
        if (found == json.end()) {
            if (field.presence == Presence::required) {
                return fail(ErrorKind::environment,
                            fmt::format("field `{}` is missing", field.name));
            }
            continue;
        }
        if (!std::visit([&](auto member) { return read(*found, record.*member); }, field.member)) {
            return fail(ErrorKind::environment,
                        fmt::format("field `{}` should be a(n) {}, is {}",
                                    field.name,
                                    type_name(field),
                                    excerpt(*found)));
        }
    }
    return record;
}

} // namespace

// The engine's measurements stay on one line at the end: spread out they would be several times as
// long.
std::string to_json(const Record& record) {
    Json json;
    json["schema"] = schema;
    for (const auto& field : fields()) {
        if (!std::holds_alternative<JsonText Record::*>(field.member)) {
            json[std::string(field.name)] =
                std::visit([&](auto member) { return written(record.*member); }, field.member);
        }
    }
    auto text = print_json(json, 2);
    text.resize(text.size() - 2); // "\n}"
    return text + ",\n  \"facts\": " + print_json(written(record.facts)) + "\n}\n";
}

Result<Record> from_json(std::string_view text, const std::string& origin) {
    TRY_ASSIGN(const auto json, parse_json(text), origin);
    TRY_ASSIGN(auto record, parse_record(json), origin);
    return record;
}

Result<std::filesystem::path> write(const std::filesystem::path& run_directory,
                                    const Record& record) {
    const auto context = "cannot write the result of " + record.test;
    TRY(make_directories(run_directory), context);
    const auto text = to_json(record);
    // Retries and stress runs give the same test more than one file: the name is tried until it is
    // a new one.
    for (unsigned serial = 0;; ++serial) {
        const auto unique = sha256_of(
            fmt::format("{}\n{}\n{}\n{}", text, ::getpid(), run_directory.string(), serial));
        const auto path = run_directory / file_name(record, std::string_view(unique).substr(0, 8));
        TRY_ASSIGN(auto file, AtomicFile::create(path), context);
        TRY(file.write(text), context);
        TRY_ASSIGN(const auto committed, file.commit_new(), context);
        if (committed) {
            return path;
        }
    }
}

Result<std::vector<std::filesystem::path>>
record_files(const std::filesystem::path& run_directory) {
    std::error_code error;
    std::filesystem::directory_iterator entries(run_directory, error);
    if (error) {
        return fail(ErrorKind::environment,
                    "cannot read the run directory " + run_directory.string() + ": " +
                        error.message());
    }
    std::vector<std::filesystem::path> paths;
    for (; entries != std::filesystem::directory_iterator(); entries.increment(error)) {
        if (is_record_name(entries->path().filename().string())) {
            paths.push_back(entries->path());
        }
    }
    std::ranges::sort(paths);
    return paths;
}

Result<std::string> read_record_file(const std::filesystem::path& file) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) { // a FIFO would hold us for ever
        return fail(ErrorKind::environment, file.string() + ": not a regular file");
    }
    return read_file(file, size_limit);
}

Result<Run> read_run(const std::filesystem::path& run_directory) {
    Run run{.directory = run_directory};
    TRY_ASSIGN(const auto files, record_files(run_directory));
    for (const auto& file : files) {
        const auto text = read_record_file(file);
        auto record =
            text ? from_json(*text, file.string()) : Result<Record>(tl::unexpected(text.error()));
        if (record) {
            run.records.push_back(std::move(*record));
        } else {
            run.damaged.push_back(record.error().one_line());
        }
    }
    std::ranges::stable_sort(run.records, {}, &Record::started_at_ns);
    return run;
}

} // namespace ktstr::sidecar
