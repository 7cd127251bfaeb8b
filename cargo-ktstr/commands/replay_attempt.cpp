#include "cargo-ktstr/commands/replay_attempt.hpp"

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

constexpr std::size_t candidates_shown = 8;

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

Error none_named(const std::string& name, const std::vector<Recorded>& attempts) {
    std::vector<std::string_view> known;
    for (const auto& attempt : attempts) {
        known.push_back(attempt.record.test);
    }
    const auto near = nearest(name, known);
    return Error(ErrorKind::usage, "no test of the run has `" + printable(name) + "` in its name")
        .hint(near ? "did you mean `" + printable(*near) + "`?"
                   : "`cargo ktstr stats list` names them");
}

Error several_named(const std::string& name, const std::set<std::string>& tests) {
    std::string list;
    std::size_t shown = 0;
    for (const auto& test : tests) {
        list += shown < candidates_shown ? "\n  " + printable(test) : "";
        ++shown;
    }
    if (shown > candidates_shown) {
        list += fmt::format("\n  and {} more", shown - candidates_shown);
    }
    return Error(ErrorKind::usage,
                 fmt::format("{} tests have `{}` in their names:{}", shown, printable(name), list))
        .hint("name one of them, as 'BINARY NAME', or its sidecar");
}

} // namespace

bool is_sidecar_path(const std::string& what) {
    std::error_code error;
    return what.ends_with(".json") || fs::is_regular_file(what, error);
}

Result<Recorded> attempt_named(const std::string& name, const std::vector<Recorded>& attempts) {
    auto found = those(attempts, [&](const Record& record) {
        return record.test == name || full_name(record) == name;
    });
    if (found.empty()) {
        found = those(attempts, [&](const Record& record) {
            return full_name(record).find(name) != std::string::npos;
        });
    }
    if (found.empty()) {
        return fail(none_named(name, attempts));
    }
    std::set<std::string> tests;
    for (const auto& attempt : found) {
        tests.insert(full_name(attempt.record));
    }
    if (tests.size() > 1) {
        return fail(several_named(name, tests));
    }
    found = those(found, [](const Record& record) { return record.deterministic; });
    if (found.empty()) {
        return fail(not_deterministic(*tests.begin()));
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
