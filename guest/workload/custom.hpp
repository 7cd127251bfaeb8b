// Custom workers: functions of the test's own, in children that the test's process forks at our
// word (docs/design/scheduler-tests.md, "The socket").
#pragma once

#include "guest/base/os.hpp"
#include "guest/workload/run.hpp"
#include "guest/workload/sample.hpp"

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ktstr::workload {

using guest::Problem;

// What its function says of itself; the kernel's counters are ours.
struct CustomReport {
    Tally tally; // without `sched`
    Wakes wakes;
};

class CustomWorkers final {
public:
    explicit CustomWorkers(Surroundings& around) : around_(&around) {}

    // Asks for a child and waits for its process id, at most 10 s; it then stands at its gate.
    struct Forked {
        pid_t pid = 0;
        Problem problem;
    };

    Forked fork(unsigned number, const std::string& name);

    void go(const std::vector<unsigned>& numbers);
    void halt(const std::vector<unsigned>& numbers);

    // Hears what the client has to say, until this time or until a line came.
    Problem listen(std::int64_t until_ns);

    const std::map<unsigned, CustomReport>& reports() const { return reports_; }

private:
    Problem hear(const std::string& line);

    Surroundings* around_;
    std::map<unsigned, pid_t> pids_;
    std::map<unsigned, CustomReport> reports_;
};

} // namespace ktstr::workload
