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

const Json& member(const Json& json, const char* key) {
    static const Json nothing;
    const auto found = json.is_object() ? json.find(key) : json.end();
    return json.is_object() && found != json.end() ? *found : nothing;
}

std::optional<double> number(const Json& json) {
    return json.is_number() ? std::optional(json.get<double>()) : std::nullopt;
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

    void add_cgroup(const Json& cgroup) {
        sums_.cpu_s += number(member(cgroup, "total_cpu_time_ns")).value_or(0) / 1e9;
        sums_.iterations += number(member(cgroup, "total_iterations")).value_or(0);
        sums_.migrations += number(member(cgroup, "total_migrations")).value_or(0);
        sums_.workers += number(member(cgroup, "num_workers")).value_or(0);
        const auto& delay = member(cgroup, "run_delay");
        sums_.delay_ns += number(member(delay, "total_ns")).value_or(0);
        worst(place("run_delay_worst"), number(member(delay, "worst_us")), 1e-3);
        worst(place("max_gap"), number(member(cgroup, "max_gap_ms")));
        worst(place("page_locality"), number(member(cgroup, "page_locality")));
        const auto& wake = member(cgroup, "wake");
        worst(place("wake_p50"), number(member(wake, "p50_us")));
        worst(place("wake_p99"), number(member(wake, "p99_us")));
        worst(place("wake_p999"), number(member(wake, "p999_us")));
        worst(place("spread"), spread(member(cgroup, "workers")));
    }

    void end(const Json& programs) {
        if (sums_.workers > 0) {
            values_.set(place("run_delay_mean"), sums_.delay_ns / sums_.workers / 1e6);
        }
        if (sums_.cpu_s <= 0) {
            return;
        }
        values_.set(place("migrations"), sums_.migrations / sums_.cpu_s);
        values_.set(place("iterations"), sums_.iterations / sums_.cpu_s);
        double bpf_ns = 0;
        for (const auto& program : programs.is_array() ? programs : Json::array()) {
            bpf_ns += number(member(program, "run_time_ns")).value_or(0);
        }
        if (programs.is_array() && !programs.empty()) {
            values_.set(place("bpf_time"), bpf_ns / 1e7 / sums_.cpu_s);
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

    static std::optional<double> spread(const Json& workers) {
        double least = std::numeric_limits<double>::max();
        double most = 0;
        double sum = 0;
        if (!workers.is_array() || workers.size() < 2) {
            return std::nullopt;
        }
        for (const auto& worker : workers) {
            const auto time = number(member(worker, "cpu_time_ns")).value_or(0);
            least = std::min(least, time);
            most = std::max(most, time);
            sum += time;
        }
        const auto mean = sum / static_cast<double>(workers.size());
        return mean > 0 ? std::optional(100 * (most - least) / mean) : std::nullopt;
    }

    Values& values_;
    Sums sums_;
};

} // namespace

void Values::set(std::size_t metric, double value) {
    const auto narrow = static_cast<float>(value);
    if (std::isfinite(narrow)) {
        values_.at(metric) = narrow;
        has_ |= std::uint32_t{1} << metric;
    }
}

Values values_of(const sidecar::Record& record, const Json& facts) {
    Values values;
    Collected collected(values);
    const auto& results = member(facts, "results");
    for (const auto& result : results.is_array() ? results : Json::array()) {
        const auto& cgroups = member(result, "cgroups");
        for (const auto& cgroup : cgroups.is_object() ? cgroups : Json::object()) {
            collected.add_cgroup(cgroup);
        }
    }
    collected.end(member(facts, "programs"));
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
