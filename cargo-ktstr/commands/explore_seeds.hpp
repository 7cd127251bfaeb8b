// The runs of a test's seeds: a runner for each, some at once, until all have run or somebody has
// had enough.
#pragma once

#include "cargo-ktstr/commands/explore_outcomes.hpp"
#include "ktstr-runner/base/deadline.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/config/test_start.hpp"

#include <list>
#include <map>
#include <set>

namespace ktstr::commands {

struct SeedOrder {
    config::TestStart start; // of each
    std::filesystem::path runner;
    std::filesystem::path run_directory; // where the runners leave sidecars, as they are told
    std::uint64_t first = 1;
    std::uint64_t count = 1;
    unsigned at_once = 1;
    std::optional<Clock::time_point> end; // of the budget
    bool keep_going = false;              // behind a failure
};

enum class Enough { all_ran, found, budget, signal };

struct Explored {
    Outcomes outcomes;
    Enough why = Enough::all_ran;
    int signal = 0;
};

class SeedRuns final {
public:
    explicit SeedRuns(SeedOrder order) : order_(std::move(order)) {}

    // Takes SIGINT, SIGTERM, SIGHUP and SIGQUIT meanwhile. A seed that is cut off is no result, and
    // leaves none.
    Result<Explored> run();

private:
    struct Running {
        std::uint64_t seed = 0;
        std::filesystem::path output;
        Child child;
    };

    struct Attempt {
        std::filesystem::path file;
        sidecar::Record record;
    };

    Result<> begin_next();
    Result<> wait(int signals);
    Result<> take_ended();
    Result<> take(const Running& run, const ExitStatus& status);
    Result<> look_for_sidecars();
    void stop(Enough why);
    void tell_progress();
    int patience_ms() const;

    SeedOrder order_;
    Explored explored_;
    std::list<Running> running_;
    std::uint64_t begun_ = 0;
    bool stopping_ = false;
    std::set<std::filesystem::path> seen_;
    std::map<std::uint64_t, Attempt> attempts_; // by seed, of runners that have not ended
    Clock::time_point last_word_ = Clock::now();
};

} // namespace ktstr::commands
