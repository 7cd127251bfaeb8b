#include "ktstr-runner/session/host_excuse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

namespace ktstr::session {

namespace {

template <class T> T value_or(const Json& object, const char* key, T otherwise) {
    const auto found = object.find(key);
    if (found == object.end()) {
        return otherwise;
    }
    if constexpr (std::is_same_v<T, std::string>) {
        return found->is_string() ? found->get<T>() : otherwise;
    } else if constexpr (std::is_same_v<T, bool>) {
        return found->is_boolean() ? found->get<T>() : otherwise;
    } else {
        return found->is_number() ? found->get<T>() : otherwise;
    }
}

// A host that hardly gave anything explains also that a worker never ran.
constexpr double frozen = 0.1;

// Units of what is measured in a moment, in ms; absent for what is measured over a phase.
std::optional<double> unit_ms(const std::string& name) {
    return name == "max_gap_ms"                ? std::optional(1.0)
           : name == "max_p99_wake_latency_ns" ? std::optional(1e-6)
                                               : std::nullopt;
}

bool would_hold(const Json& check, const GivenShare& given) {
    if (!value_or(check, "of_time", false) ||
        value_or(check, "outcome", std::string()) != "failed") {
        return false;
    }
    const auto worst = value_or(check, "worst", 0.0);
    const auto limit = value_or(check, "limit", 0.0);
    if (const auto unit = unit_ms(value_or(check, "name", std::string()))) {
        return given.worst < 1 && worst * given.worst <= limit &&
               (worst - limit) * *unit <= given.lost_ms;
    }
    if (given.mean >= 1) {
        return false;
    }
    return value_or(check, "at_most", true) ? worst * given.mean <= limit
                                            : worst >= limit * given.mean || given.mean < frozen;
}

const Json& array_in(const Json& object, const char* key) {
    static const Json none = Json::array();
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found != object.end() && found->is_array() ? *found : none;
}

} // namespace

bool host_may_be_why(const Json& measurements,
                     std::span<const std::string> details,
                     const GivenShare& given) {
    std::set<std::string> excused;
    for (const auto& result : array_in(measurements, "results")) {
        for (const auto& check : array_in(result, "checks")) {
            if (check.is_object() && would_hold(check, given)) {
                excused.insert(value_or(check, "detail", std::string()));
            }
        }
    }
    return !details.empty() && std::ranges::all_of(details, [&](const std::string& detail) {
        return !detail.empty() && excused.contains(detail);
    });
}

std::string describe_share(const GivenShare& given) {
    return fmt::format(
        "the host gave its machine {:.0f} % of the CPU time that it could have used for "
        "a second, {:.0f} % in the mean",
        100 * given.worst,
        100 * given.mean);
}

} // namespace ktstr::session
