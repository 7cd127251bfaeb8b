#include "cargo-ktstr/planner/lessons.hpp"

#include "guest/wire/random.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/sidecar/file_name.hpp"
#include "ktstr-runner/topology/topology.hpp"
#include "ktstr-runner/variants/name.hpp"

#include <algorithm>
#include <array>

namespace ktstr::planner {

namespace {

namespace fs = std::filesystem;

constexpr int lessons_schema = 3; // 1 knew no vCPUs, 2 no deterministic machine
constexpr const char* file_name = "lessons";
constexpr std::size_t longest_file = std::size_t{64} << 20;
constexpr std::size_t most_kinds_of_work = 32;
constexpr std::array<std::string_view, 4> backends{"emulated", "kvm", "host", "deterministic"};

// Of what an engine measured (docs/design/scheduler-tests.md, "Result"), which is not trusted.
std::set<std::string> work_in(const std::string& facts) {
    std::set<std::string> work;
    const auto json = facts.empty() ? Json() : Json::parse(facts, nullptr, false);
    if (!json.is_object() || !json.contains("results") || !json["results"].is_array()) {
        return work;
    }
    for (const auto& result : json["results"]) {
        if (!result.is_object() || !result.contains("work") || !result["work"].is_array()) {
            continue;
        }
        for (const auto& kind : result["work"]) {
            if (kind.is_string() && work.size() < most_kinds_of_work) {
                work.insert(kind.get<std::string>());
            }
        }
    }
    return work;
}

std::size_t count_sidecars(const fs::path& run_directory) {
    std::size_t count = 0;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(run_directory, error)) {
        count += sidecar::is_record_name(entry.path().filename().string()) ? 1 : 0;
    }
    return count;
}

Json to_json(const Lesson& lesson) {
    return Json::array({lesson.which.binary_id,
                        lesson.which.name,
                        lesson.which.kernel_key,
                        backends.at(static_cast<std::size_t>(lesson.backend)),
                        lesson.vcpus,
                        lesson.wall_ns,
                        lesson.passed,
                        lesson.work});
}

std::optional<Lesson> from_json(const Json& json) {
    const auto is_text = [](const Json& part) { return part.is_string(); };
    if (!json.is_array() || json.size() != 8 ||
        !std::all_of(json.begin(), json.begin() + 4, is_text) || !json[4].is_number_unsigned() ||
        !json[5].is_number_integer() || !json[6].is_boolean() || !json[7].is_array() ||
        !std::ranges::all_of(json[7], is_text)) {
        return std::nullopt;
    }
    const auto backend = std::ranges::find(backends, json[3].get<std::string>());
    if (backend == backends.end()) {
        return std::nullopt;
    }
    return Lesson{
        .which = {.binary_id = json[0].get<std::string>(),
                  .name = json[1].get<std::string>(),
                  .kernel_key = json[2].get<std::string>()},
        .backend = static_cast<Backend>(backend - backends.begin()),
        .vcpus = json[4].get<unsigned>(),
        .wall_ns = json[5].get<std::int64_t>(),
        .passed = json[6].get<bool>(),
        .work = json[7].get<std::set<std::string>>()
    };
}

// Absent when they are not those of so many sidecars.
std::optional<std::vector<Lesson>> kept(const fs::path& file, std::size_t sidecars) {
    const auto text = read_file(file, longest_file);
    const auto json = text ? parse_json(*text) : Result<Json>(Json());
    if (!json || !json->is_object() || json->value("schema", Json()) != lessons_schema ||
        json->value("sidecars", Json()) != sidecars || !json->contains("lessons") ||
        !(*json)["lessons"].is_array()) {
        return std::nullopt;
    }
    std::vector<Lesson> lessons;
    for (const auto& part : (*json)["lessons"]) {
        auto lesson = from_json(part);
        if (!lesson) {
            return std::nullopt;
        }
        lessons.push_back(std::move(*lesson));
    }
    return lessons;
}

void keep(const fs::path& file, std::size_t sidecars, const std::vector<Lesson>& lessons) {
    Json json{
        {"schema",   lessons_schema},
        {"sidecars", sidecars      },
        {"lessons",  Json::array() }
    };
    for (const auto& lesson : lessons) {
        json["lessons"].push_back(to_json(lesson));
    }
    [[maybe_unused]] const auto written = write_file_atomically(file, print_json(json));
}

} // namespace

std::optional<Backend> backend_of(const sidecar::Record& record) {
    if (record.host_only) {
        return Backend::host;
    }
    if (record.machine.empty()) {
        return std::nullopt;
    }
    if (record.deterministic) {
        return Backend::deterministic;
    }
    return record.machine.find("tcg") != std::string::npos ? Backend::emulated : Backend::kvm;
}

std::optional<Lesson> lesson_of(const sidecar::Record& record) {
    const auto backend = backend_of(record);
    const auto topology = Topology::parse(record.topology);
    const bool varied = wire::seed_of(record.seed, wire::Varied::turns) != 0;
    if (!backend || varied || record.verdict == sidecar::Verdict::skip) {
        return std::nullopt;
    }
    const auto variant =
        variants::variant_of(record.test, record.own_name, record.preset, record.flag_profile);
    return Lesson{
        .which = {.binary_id = record.binary_id,
                  .name = variant.plain(),
                  .kernel_key = record.host_only ? "" : record.kernel_key},
        .backend = *backend,
        .vcpus = topology && !record.host_only ? topology->vcpus() : 0,
        .wall_ns = record.wall_ns,
        .passed = record.verdict == sidecar::Verdict::pass,
        .work = work_in(record.facts.text)
    };
}

std::vector<Lesson> lessons_of(const fs::path& run_directory) {
    const auto sidecars = count_sidecars(run_directory);
    const auto file = run_directory / file_name;
    if (auto known = kept(file, sidecars)) {
        return std::move(*known);
    }
    std::vector<Lesson> lessons;
    const auto run = sidecar::read_run(run_directory);
    if (!run) {
        return lessons;
    }
    for (const auto& record : run->records) {
        if (auto lesson = lesson_of(record)) {
            lessons.push_back(std::move(*lesson));
        }
    }
    // Of what was read, not of what is there by now.
    keep(file, run->records.size() + run->damaged.size(), lessons);
    return lessons;
}

} // namespace ktstr::planner
