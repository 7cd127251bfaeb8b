#include "ktstr-runner/sidecar/sidecar.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/sidecar/fields.hpp"
#include "ktstr-runner/sidecar/file_name.hpp"
#include "ktstr-runner/sidecar/frames.hpp"
#include "ktstr-runner/sidecar/names.hpp"
#include "ktstr-runner/sidecar/parts.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <limits>

namespace ktstr::sidecar {

namespace {

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

namespace {

// False when the name is taken.
Result<bool> write_new(const std::filesystem::path& path, std::string_view text) {
    TRY_ASSIGN(auto file, AtomicFile::create(path));
    TRY(file.write(text));
    return file.commit_new();
}

// NAME.frames, and of a second run NAME.again.frames, are named in the record and written. False
// when a name is taken.
Result<bool>
write_frames(const std::filesystem::path& path, std::span<const Frames> frames, Record& record) {
    const std::array names{&Record::frames, &Record::frames_again};
    const std::array endings{".frames", ".again.frames"};
    for (std::size_t i = 0; i < std::min(frames.size(), names.size()); ++i) {
        auto beside = path;
        beside.replace_extension(endings[i]);
        TRY_ASSIGN(const auto fresh, write_new(beside, frames_text(frames[i])));
        if (!fresh) {
            return false;
        }
        record.*names[i] = beside.filename().string();
    }
    return true;
}

} // namespace

Result<std::filesystem::path>
write(const std::filesystem::path& run_directory, Record record, std::span<const Frames> frames) {
    const auto context = "cannot write the result of " + record.test;
    TRY(make_directories(run_directory), context);
    const auto text = to_json(record);
    // Retries and stress runs give the same test more than one file: the name is tried until it is
    // a new one.
    for (unsigned serial = 0;; ++serial) {
        const auto unique = sha256_of(
            fmt::format("{}\n{}\n{}\n{}", text, ::getpid(), run_directory.string(), serial));
        const auto path = run_directory / file_name(record, std::string_view(unique).substr(0, 8));
        TRY_ASSIGN(auto fresh, write_frames(path, frames, record), context);
        if (fresh) {
            TRY_ASSIGN(fresh, write_new(path, to_json(record)), context);
        }
        if (fresh) {
            return path;
        }
    }
}

} // namespace ktstr::sidecar
