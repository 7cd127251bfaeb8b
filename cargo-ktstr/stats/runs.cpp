#include "cargo-ktstr/stats/runs.hpp"

#include "cargo-ktstr/stats/run_files.hpp"
#include "ktstr-runner/base/json_view.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/host/cpus.hpp"
#include "ktstr-runner/sidecar/view.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <thread>
#include <tuple>
#include <utility>

namespace ktstr::stats {

namespace {

namespace fs = std::filesystem;

// By its plan: other parts have all the tests.
bool has_no_test(const fs::path& directory) {
    const auto text = read_run_file(directory / "plan.json");
    if (!text || !*text) {
        return false;
    }
    JsonParser parser;
    const auto plan = parser.parse(**text);
    const auto counts = plan ? member(*plan, "counts") : std::nullopt;
    const auto matching = counts ? member(*counts, "matching") : std::nullopt;
    return matching && as_unsigned(*matching) == 0U;
}

// What became of a file.
struct Seen {
    std::optional<Attempt> attempt;
    std::string damaged;
};

class Reader {
public:
    explicit Reader(std::span<const fs::path> files) : files_(files), seen_(files.size()) {}

    std::vector<Seen> read(Words& words) && {
        const auto read_some = [&] {
            for (auto next = next_++; next < files_.size(); next = next_++) {
                seen_[next] = read_one(files_[next], words);
            }
        };
        std::vector<std::jthread> others;
        for (unsigned i = 1; i < host::usable_cpus() && i * files_for_a_thread < files_.size();
             ++i) {
            others.emplace_back(read_some);
        }
        read_some();
        others.clear(); // joined
        return std::move(seen_);
    }

private:
    static constexpr std::size_t files_for_a_thread = 64;

    static Seen read_one(const fs::path& file, Words& words) {
        thread_local JsonParser parser; // its memory is for the next one too
        const auto text = sidecar::read_record_file(file);
        if (!text) {
            return {.attempt = {}, .damaged = text.error().one_line()};
        }
        const auto view = sidecar::view_json(*text, file.string(), parser);
        if (!view) {
            return {.attempt = {}, .damaged = view.error().one_line()};
        }
        auto attempt = attempt_of(view->record, view->facts, words);
        attempt.file = words.number_of(file.native());
        return {.attempt = std::move(attempt), .damaged = {}};
    }

    std::span<const fs::path> files_;
    std::vector<Seen> seen_;
    std::atomic<std::size_t> next_{0};
};

// Those that were there before. A file is read again only where another has the same names and
// times, which is hardly ever, and then once.
class Known final {
public:
    explicit Known(const Words& words) : words_(words) {}

    // Whether one was the same to the byte; if not, it is known from now on.
    bool has(const Attempt& attempt) {
        const auto [place, fresh] = all_.try_emplace({attempt.run,
                                                      attempt.binary_id,
                                                      attempt.name,
                                                      attempt.repetition,
                                                      attempt.number,
                                                      attempt.started_at_ns},
                                                     Alike{.first = attempt.file, .digests = {}});
        if (fresh) {
            return false;
        }
        auto& [first, digests] = place->second;
        if (digests.empty()) {
            digests.insert(digest_of(first));
        }
        return !digests.insert(digest_of(attempt.file)).second;
    }

private:
    using Key = std::tuple<Word, Word, Word, std::uint32_t, std::uint32_t, std::int64_t>;

    struct Alike {
        Word first = 0; // its file
        std::set<std::string> digests;
    };

    // One that is gone meanwhile is like no other.
    std::string digest_of(Word file) const {
        const auto text = sidecar::read_record_file(words_[file]);
        return text ? sha256_of(*text) : words_[file];
    }

    const Words& words_;
    std::map<Key, Alike> all_;
};

// What the plan of a part expects, whose files are those before that place.
struct Expected {
    std::size_t before = 0;
    ExpectedTimes times;
};

void expect(std::span<Seen> all, std::span<const Expected> parts) {
    std::size_t place = 0;
    for (const auto& [before, times] : parts) {
        for (; place < before; ++place) {
            auto& attempt = all[place].attempt;
            const auto found =
                attempt ? times.find({attempt->binary_id, attempt->name}) : times.end();
            if (found != times.end()) {
                attempt->expected_ns = found->second.ns;
                attempt->learned = found->second.learned;
            }
        }
    }
}

} // namespace

bool has_deterministic(const Runs& runs) {
    return std::ranges::any_of(runs.attempts, &Attempt::deterministic);
}

Result<Runs> read_runs(std::span<const fs::path> directories) {
    Runs runs;
    std::vector<fs::path> files;
    std::vector<Expected> expected;
    for (const auto& directory : directories) {
        TRY_ASSIGN(auto some, sidecar::record_files(directory));
        if (some.empty()) { // a part would be missing in silence
            if (directories.size() > 1 && has_no_test(directory)) {
                runs.without_tests.push_back(directory);
                continue;
            }
            return fail(
                Error(ErrorKind::environment, "there are no results in " + directory.string())
                    .hint("the run had no test, or it ended before the first one did"));
        }
        auto plan = plan_of(directory, runs.words);
        runs.read.push_back({.directory = directory, .source = std::move(plan.source)});
        std::ranges::move(some, std::back_inserter(files));
        expected.push_back({.before = files.size(), .times = std::move(plan.expected)});
    }
    Known known(runs.words);
    auto all = Reader(files).read(runs.words);
    expect(all, expected);
    for (auto& seen : all) {
        if (!seen.attempt) {
            runs.damaged.push_back(std::move(seen.damaged));
        } else if (known.has(*seen.attempt)) {
            ++runs.identical;
        } else {
            const bool began = seen.attempt->reason != sidecar::Reason::not_begun;
            (began ? runs.attempts : runs.not_begun).push_back(std::move(*seen.attempt));
        }
    }
    std::ranges::stable_sort(runs.attempts, {}, &Attempt::started_at_ns);
    return runs;
}

} // namespace ktstr::stats
