// Records read back: from files that may be truncated, foreign, of another version, or made to
// harm.
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/json_view.hpp"
#include "ktstr-runner/sidecar/fields.hpp"
#include "ktstr-runner/sidecar/file_name.hpp"
#include "ktstr-runner/sidecar/names.hpp"
#include "ktstr-runner/sidecar/parts.hpp"
#include "ktstr-runner/sidecar/view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace ktstr::sidecar {

namespace {

constexpr std::size_t size_limit = std::size_t{16}
                                   << 20; // of a file that is read: ours are a few KiB

// read(): false when the JSON value is not one that the field can hold.
template <class T> bool got(JsonView json, T& value) {
    return json.get(value) == simdjson::SUCCESS;
}

bool read(JsonView json, std::string& value) {
    std::string_view text;
    return got(json, text) && (value = text, true);
}

bool read(JsonView json, bool& value) {
    return got(json, value);
}

bool read(JsonView json, std::uint64_t& value) {
    return got(json, value);
}

bool read(JsonView json, std::int64_t& value) {
    return got(json, value);
}

template <class Wide, class Narrow> bool read_narrow(JsonView json, Narrow& value) {
    Wide wide{};
    return got(json, wide) && std::in_range<Narrow>(wide) &&
           (value = static_cast<Narrow>(wide), true);
}

bool read(JsonView json, unsigned& value) {
    return read_narrow<std::uint64_t>(json, value);
}

bool read(JsonView json, int& value) {
    return read_narrow<std::int64_t>(json, value);
}

// Every item of a list, each by `read_item`.
template <class T, class ReadItem>
bool read_list(JsonView json, std::vector<T>& values, const ReadItem& read_item) {
    simdjson::dom::array items;
    if (!got(json, items)) {
        return false;
    }
    for (const JsonView item : items) {
        if (!read_item(item, values.emplace_back())) {
            return false;
        }
    }
    return true;
}

bool read(JsonView json, std::vector<std::string>& values) {
    return read_list(
        json, values, [](JsonView item, std::string& value) { return read(item, value); });
}

template <class T> bool read_member(JsonView object, const char* name, T& value) {
    const auto found = member(object, name);
    return found && read(*found, value);
}

bool read(JsonView json, std::vector<VcpuCounters>& vcpus) {
    return read_list(json, vcpus, [](JsonView item, VcpuCounters& vcpu) {
        return std::ranges::all_of(counter_names, [&](const CounterName& one) {
            return read_member(item, one.name, vcpu.*one.counter);
        });
    });
}

bool read(JsonView json, std::vector<SchedulerRecord>& schedulers) {
    return read_list(json, schedulers, [](JsonView item, SchedulerRecord& scheduler) {
        return std::ranges::all_of(scheduler_fields, [&](const SchedulerField& field) {
            return std::visit([&](auto of) { return read_member(item, field.name, scheduler.*of); },
                              field.member);
        });
    });
}

// What is passed on as it is stays where it is.
bool read(JsonView json, JsonText&) {
    return json.is_object() || json.is_null();
}

template <class T>
bool read_word(JsonView json, std::optional<T> (*named)(std::string_view), T& value) {
    const auto word = as_text(json);
    const auto found = word ? named(*word) : std::nullopt;
    return found && (value = *found, true);
}

bool read(JsonView json, Verdict& value) {
    return read_word(json, verdict_named, value);
}

bool read(JsonView json, Reason& value) {
    return read_word(json, reason_named, value);
}

bool read(JsonView json, PhaseTimes& times) {
    simdjson::dom::object object;
    if (!got(json, object)) {
        return false;
    }
    for (const auto [key, item] : object) {
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
std::string excerpt(JsonView json) {
    auto text = print_json(json);
    if (text.size() > 40) {
        text.replace(40, std::string::npos, "...");
    }
    return text;
}

Result<> check_schema(JsonView json) {
    const auto found = member(json, "schema");
    if (!found) {
        return fail(ErrorKind::environment, "no field `schema`: not a sidecar file");
    }
    std::int64_t number = 0;
    if (!got(*found, number) || number < oldest_schema || number > schema) {
        return fail(Error(ErrorKind::environment,
                          fmt::format("schema {}, but this program reads schemas {} to {}",
                                      excerpt(*found),
                                      oldest_schema,
                                      schema))
                        .hint("read it with the version of ktstr that wrote it"));
    }
    return {};
}

// Fields come in the order of the table, as they are written: each is looked for where the last one
// was found.
const Field* field_named(std::string_view name, std::size_t& next) {
    const auto all = fields();
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto at = (next + i) % all.size();
        if (all[at].name == name) {
            next = at + 1;
            return &all[at];
        }
    }
    return nullptr; // of a newer version
}

Result<Record> parse_record(JsonView json) {
    simdjson::dom::object object;
    if (!got(json, object)) {
        return fail(ErrorKind::environment, "not a JSON object");
    }
    TRY(check_schema(json));
    Record record;
    std::vector<bool> seen(fields().size());
    std::size_t next = 0;
    for (const auto [key, value] : object) {
        const auto* const field = field_named(key, next);
        if (field == nullptr) {
            continue;
        }
        seen[static_cast<std::size_t>(field - fields().data())] = true;
        if (!std::visit([&](auto of) { return read(value, record.*of); }, field->member)) {
            return fail(ErrorKind::environment,
                        fmt::format("field `{}` should be a(n) {}, is {}",
                                    field->name,
                                    type_name(*field),
                                    excerpt(value)));
        }
    }
    for (std::size_t i = 0; i < seen.size(); ++i) {
        if (!seen[i] && fields()[i].presence == Presence::required) {
            return fail(ErrorKind::environment,
                        fmt::format("field `{}` is missing", fields()[i].name));
        }
    }
    return record;
}

} // namespace

Result<RecordView> view_json(std::string_view text, const std::string& origin, JsonParser& parser) {
    TRY_ASSIGN(const auto json, parser.parse(text), origin);
    TRY_ASSIGN(auto record, parse_record(json), origin);
    const auto facts = member(json, "facts");
    return RecordView{.record = std::move(record),
                      .facts = facts && facts->is_object() ? facts : std::nullopt};
}

Result<Record> from_json(std::string_view text, const std::string& origin) {
    thread_local JsonParser parser; // its memory is for the next one too
    TRY_ASSIGN(auto view, view_json(text, origin, parser));
    if (view.facts) {
        view.record.facts.text = print_json(*view.facts);
    }
    return std::move(view.record);
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
    if (error) {
        return fail(ErrorKind::environment,
                    "cannot read all of the run directory " + run_directory.string() + ": " +
                        error.message());
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
