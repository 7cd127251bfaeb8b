#include "cargo-ktstr/commands/replay_attempt.hpp"

#include "cargo-ktstr/commands/one_test.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

namespace ktstr::commands {

namespace {

namespace fs = std::filesystem;
using sidecar::Record;

std::string full_name(const Record& record) {
    return record.binary_id + " " + record.test;
}

Error not_deterministic(const std::string& what) {
    return Error(ErrorKind::usage,
                 fmt::format("{} did not run on the deterministic machine: it cannot be replayed",
                             printable(what)))
        .hint("run it with `cargo ktstr test --machine det`, and replay that");
}

Result<Recorded> read_recorded(const fs::path& file) {
    TRY_ASSIGN(const auto text, sidecar::read_record_file(file));
    TRY_ASSIGN(auto record, sidecar::from_json(text, file.string()));
    return Recorded{.file = file, .record = std::move(record)};
}

Result<std::vector<Recorded>> attempts_of(std::span<const fs::path> runs) {
    std::vector<Recorded> attempts;
    for (const auto& run : runs) {
        TRY_ASSIGN(const auto files, sidecar::record_files(run));
        for (const auto& file : files) {
            auto attempt = read_recorded(file);
            if (attempt) {
                attempts.push_back(std::move(*attempt));
            } else {
                say("damaged: {}", printable(attempt.error().one_line()));
            }
        }
    }
    return attempts;
}

template <class Fits>
std::vector<Recorded> those(const std::vector<Recorded>& attempts, const Fits& fits) {
    std::vector<Recorded> out;
    std::ranges::copy_if(attempts, std::back_inserter(out), [&](const Recorded& attempt) {
        return fits(attempt.record);
    });
    return out;
}

} // namespace

bool is_sidecar_path(const std::string& what) {
    std::error_code error;
    return what.ends_with(".json") || fs::is_regular_file(what, error);
}

Result<Recorded> attempt_named(const std::string& name, const std::vector<Recorded>& attempts) {
    std::set<TestName> tests;
    for (const auto& attempt : attempts) {
        tests.insert({attempt.record.binary_id, attempt.record.test});
    }
    TRY_ASSIGN(const auto test,
               one_test(name,
                        tests,
                        {.they = "test of the run",
                         .named_by = "`cargo ktstr stats list` names them",
                         .other_way = ", or its sidecar"}));
    const auto found = those(attempts, [&](const Record& record) {
        return record.deterministic && TestName{record.binary_id, record.test} == test;
    });
    if (found.empty()) {
        return fail(not_deterministic(test.whole()));
    }
    return *std::ranges::max_element(
        found, {}, [](const Recorded& attempt) { return attempt.record.started_at_ns; });
}

Result<Recorded> recorded_attempt(const std::string& what, std::span<const fs::path> runs) {
    if (is_sidecar_path(what)) {
        std::error_code error;
        if (!fs::exists(what, error)) {
            return fail(Error(ErrorKind::usage, "there is no file " + printable(what))
                            .hint("sidecars are in the directories of target/ktstr/runs"));
        }
        return read_recorded(what);
    }
    TRY_ASSIGN(const auto attempts, attempts_of(runs));
    return attempt_named(what, attempts);
}

Result<> check_can_be_replayed(const Recorded& attempt) {
    const auto& record = attempt.record;
    if (!record.deterministic) {
        return fail(not_deterministic(full_name(record)));
    }
    if (record.digest.empty()) {
        return fail(ErrorKind::usage,
                    fmt::format("{} did not come so far as to begin: {}",
                                printable(full_name(record)),
                                printable(record.headline)));
    }
    return {};
}

} // namespace ktstr::commands
