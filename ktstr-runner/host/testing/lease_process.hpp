// A process that takes a lease, tells what becomes of it, and lets it go when it is told to. For
// tests: they order what happens by what these say, not by time.
#pragma once

#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/host/leases.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <string>

namespace ktstr::host::recorded {

// A host with LLCs that are all of one size, on one node and without SMT.
inline CpuTopology even_topology(unsigned llcs, unsigned cpus) {
    CpuTopology topology;
    for (unsigned i = 0; i < llcs; ++i) {
        Llc llc{.id = i * cpus, .package = 0, .node = 0, .cpus = {}, .cores = {}};
        for (unsigned cpu = llc.id; cpu < llc.id + cpus; ++cpu) {
            llc.cpus.push_back(cpu);
            llc.cores.push_back({cpu});
        }
        topology.llcs.push_back(std::move(llc));
    }
    return topology;
}

class LeaseProcess final {
public:
    // Needs `vcpus` CPUs for itself; 0: a share.
    static Result<LeaseProcess> start(const std::filesystem::path& directory,
                                      const CpuTopology& topology,
                                      const std::string& test,
                                      unsigned vcpus) {
        TRY_ASSIGN(auto says, make_pipe());
        TRY_ASSIGN(auto hears, make_pipe());
        const int out = says.write.get();
        const int in = hears.read.get();
        TRY_ASSIGN(auto child,
                   Child::fork(
                       [&, out, in] {
                           const LeaseWish wish{
                               .directory = directory,
                               .test = test,
                               .waits_for =
                                   [out](std::span<const LeaseHolder> holders) {
                                       std::vector<std::string> names;
                                       for (const auto& one : holders) {
                                           names.push_back(one.note.test);
                                       }
                                       say(out, "waits for " + join(names, " "));
                                   },
                               .topology = [&] { return Result<CpuTopology>(topology); }};
                           vcpus == 0 ? share(wish, in, out) : have(wish, vcpus, in, out);
                       },
                       {out, in}));
        return LeaseProcess(std::move(child), std::move(says.read), std::move(hears.write));
    }

    // The next thing that it says; empty when it has ended.
    std::string next() {
        std::string line;
        for (char c = 0; ::read(says_.get(), &c, 1) == 1 && c != '\n';) {
            line += c;
        }
        return line;
    }

    // The next that is not about waiting.
    std::string next_but_waiting() {
        auto line = next();
        while (line.starts_with("waits")) {
            line = next();
        }
        return line;
    }

    int says_fd() const { return says_.get(); }

    void let_go() { hears_.reset(); }

    void kill() { child_.kill(); }

private:
    LeaseProcess(Child child, Fd says, Fd hears)
        : child_(std::move(child)), says_(std::move(says)), hears_(std::move(hears)) {}

    static void say(int out, const std::string& line) {
        [[maybe_unused]] const auto written = write_all(out, line + "\n");
    }

    static void wait_for_end(int in) {
        char c = 0;
        [[maybe_unused]] const auto n = ::read(in, &c, 1);
    }

    static void share(const LeaseWish& wish, int in, int out) {
        const auto lease = lease_a_share(wish);
        say(out,
            lease && *lease ? "shares " + cpu_list_text((*lease)->cpus)
                            : "fails" + (lease ? "" : " " + lease.error().one_line()));
        wait_for_end(in);
    }

    static void have(const LeaseWish& wish, unsigned vcpus, int in, int out) {
        const auto lease = lease_exclusively(wish, vcpus);
        say(out,
            lease && *lease ? fmt::format("has {} turn {}",
                                          cpu_list_text((*lease)->placement.cpus),
                                          (*lease)->file.number())
                            : "fails" + (lease ? "" : " " + lease.error().one_line()));
        wait_for_end(in);
    }

    Child child_;
    Fd says_;
    Fd hears_;
};

} // namespace ktstr::host::recorded
