#include "cargo-ktstr/stats/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ktstr::stats {

namespace {

constexpr std::size_t place(std::string_view name) {
    for (std::size_t i = 0; i < metrics.size(); ++i) {
        if (metrics.at(i).name == name) {
            return i;
        }
    }
    throw "no such metric"; // does not compile
}

std::optional<double> number(std::optional<JsonView> json, std::string_view key) {
    const auto found = json ? member(*json, key) : std::nullopt;
    return found ? as_number(*found) : std::nullopt;
}

// Of several scenarios and cgroups: sums, and the worst.
struct Sums {
    double cpu_s = 0;
    double iterations = 0;
    double migrations = 0;
    double delay_ns = 0;
    double workers = 0;
};

class Collected {
public:
    explicit Collected(Values& values) : values_(values) {}

    void add_cgroup(JsonView cgroup) {
        sums_.cpu_s += number(cgroup, "total_cpu_time_ns").value_or(0) / 1e9;
        sums_.iterations += number(cgroup, "total_iterations").value_or(0);
        sums_.migrations += number(cgroup, "total_migrations").value_or(0);
        sums_.workers += number(cgroup, "num_workers").value_or(0);
        const auto delay = member(cgroup, "run_delay");
        sums_.delay_ns += number(delay, "total_ns").value_or(0);
        worst(place("run_delay_worst"), number(delay, "worst_us"), 1e-3);
        worst(place("max_gap"), number(cgroup, "max_gap_ms"));
        worst(place("page_locality"), number(cgroup, "page_locality"));
        const auto wake = member(cgroup, "wake");
        worst(place("wake_p50"), number(wake, "p50_us"));
        worst(place("wake_p99"), number(wake, "p99_us"));
        worst(place("wake_p999"), number(wake, "p999_us"));
        worst(place("spread"), spread(cgroup));
    }

    void add_program(JsonView program) {
        ++programs_;
        bpf_ns_ += number(program, "run_time_ns").value_or(0);
    }

    void end() {
        if (sums_.workers > 0) {
            values_.set(place("run_delay_mean"), sums_.delay_ns / sums_.workers / 1e6);
        }
        if (sums_.cpu_s <= 0) {
            return;
        }
        values_.set(place("migrations"), sums_.migrations / sums_.cpu_s);
        values_.set(place("iterations"), sums_.iterations / sums_.cpu_s);
        if (programs_ > 0) {
            values_.set(place("bpf_time"), bpf_ns_ / 1e7 / sums_.cpu_s);
        }
    }

private:
    void worst(std::size_t metric, std::optional<double> value, double unit = 1) {
        if (!value) {
            return;
        }
        const auto now = *value * unit;
        const auto before = values_.get(metric).value_or(now);
        values_.set(metric,
                    metrics.at(metric).better == Better::less ? std::max(before, now)
                                                              : std::min(before, now));
    }

    static std::optional<double> spread(JsonView cgroup) {
        double least = std::numeric_limits<double>::max();
        double most = 0;
        double sum = 0;
        double workers = 0;
        for_each(cgroup, "workers", [&](JsonView worker) {
            const auto time = number(worker, "cpu_time_ns").value_or(0);
            least = std::min(least, time);
            most = std::max(most, time);
            sum += time;
            ++workers;
        });
        return workers >= 2 && sum > 0 ? std::optional(100 * (most - least) * workers / sum)
                                       : std::nullopt;
    }

    Values& values_;
    Sums sums_;
    std::size_t programs_ = 0;
    double bpf_ns_ = 0;
};

} // namespace

void Values::set(std::size_t metric, double value) {
    const auto narrow = static_cast<float>(value);
    if (std::isfinite(narrow)) {
        values_.at(metric) = narrow;
        has_ |= std::uint32_t{1} << metric;
    }
}

Values values_of(const sidecar::Record& record, std::optional<JsonView> facts) {
    Values values;
    Collected collected(values);
    for_each(facts, "results", [&](JsonView result) {
        for_each(result, "cgroups", [&](JsonView cgroup) { collected.add_cgroup(cgroup); });
    });
    for_each(facts, "programs", [&](JsonView program) { collected.add_program(program); });
    collected.end();
    if (!record.schedulers.empty()) {
        const auto& first = record.schedulers.front();
        // A machine that was saved with it attached tells what that took whoever saved it.
        const bool here = record.layer == 0 || record.origin.find("set up") != std::string::npos;
        if (here && first.attach_ns > 0) {
            values.set(place("attach"), static_cast<double>(first.attach_ns) / 1e6);
        }
        if (first.detach_ns > 0) {
            values.set(place("detach"), static_cast<double>(first.detach_ns) / 1e6);
        }
    }
    double exits = 0;
    for (const auto& vcpu : record.vcpus) {
        exits += static_cast<double>(vcpu.exits);
    }
    if (exits > 0 && record.wall_ns > 0) {
        values.set(place("kvm_exits"), exits / (static_cast<double>(record.wall_ns) / 1e9));
    }
    return values;
}

std::optional<std::size_t> metric_named(std::string_view name) {
    const auto found = std::ranges::find(metrics, name, &Metric::name);
    return found == metrics.end()
               ? std::nullopt
               : std::optional(static_cast<std::size_t>(found - metrics.begin()));
}

} // namespace ktstr::stats
