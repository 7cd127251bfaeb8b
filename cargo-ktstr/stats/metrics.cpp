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

// Something of several scenarios and cgroups, and of what it is counted: those alone that tell
// both.
struct Rate {
    double sum = 0;
    double of = 0;

    void add(std::optional<double> value, std::optional<double> counted) {
        if (value && counted && *counted > 0) {
            sum += *value;
            of += *counted;
        }
    }
};

class Collected {
public:
    explicit Collected(Values& values) : values_(values) {}

    void add_cgroup(JsonView cgroup) {
        const auto cpu_ns = number(cgroup, "total_cpu_time_ns");
        cpu_ns_ += cpu_ns.value_or(0);
        iterations_.add(number(cgroup, "total_iterations"), cpu_ns);
        migrations_.add(number(cgroup, "total_migrations"), cpu_ns);
        const auto delay = member(cgroup, "run_delay");
        delay_.add(number(delay, "total_ns"), number(cgroup, "num_workers"));
        worst(place("run_delay_worst"), number(delay, "worst_us"), 1e-3);
        worst(place("max_gap"), number(cgroup, "max_gap_ms"));
        worst(place("page_locality"), number(cgroup, "page_locality"));
        const auto wake = member(cgroup, "wake");
        worst(place("wake_p50"), number(wake, "p50_us"));
        worst(place("wake_p99"), number(wake, "p99_us"));
        worst(place("wake_p999"), number(wake, "p999_us"));
        worst(place("spread"), spread(cgroup));
    }

    void add_program(JsonView program) { bpf_.add(number(program, "run_time_ns"), 1); }

    void end() {
        set(place("run_delay_mean"), delay_, 1e-6);
        set(place("migrations"), migrations_, 1e9);
        set(place("iterations"), iterations_, 1e9);
        if (bpf_.of > 0) {
            set(place("bpf_time"), {.sum = bpf_.sum, .of = cpu_ns_}, 100);
        }
    }

private:
    void set(std::size_t metric, const Rate& rate, double unit) {
        if (rate.of > 0) {
            values_.set(metric, rate.sum / rate.of * unit);
        }
    }

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
    double cpu_ns_ = 0;
    Rate iterations_;
    Rate migrations_;
    Rate delay_;
    Rate bpf_;
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
        // A machine that was saved with it attached tells what that took whoever saved it; in
        // guest time that is no matter.
        const bool here = record.deterministic || record.layer == 0 ||
                          record.origin.find("set up") != std::string::npos;
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
