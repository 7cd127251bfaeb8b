#include "ktstr-runner/session/host_excuse.hpp"

#include <fmt/format.h>

#include <algorithm>
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

// A host that hardly gave anything for a second explains also that a worker never ran.
constexpr double frozen = 0.1;

bool would_hold(const Json& check, double share) {
    const auto worst = value_or(check, "worst", 0.0);
    const auto limit = value_or(check, "limit", 0.0);
    if (!value_or(check, "of_time", false)) {
        return false;
    }
    if (share < frozen) {
        return true;
    }
    return value_or(check, "at_most", true) ? worst * share <= limit : worst >= limit * share;
}

const Json& array_in(const Json& object, const char* key) {
    static const Json none = Json::array();
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found != object.end() && found->is_array() ? *found : none;
}

} // namespace

bool host_may_be_why(const Json& measurements,
                     const std::vector<std::string>& details,
                     double share) {
    std::set<std::string> excused;
    for (const auto& result : array_in(measurements, "results")) {
        for (const auto& check : array_in(result, "checks")) {
            if (check.is_object() && would_hold(check, share)) {
                excused.insert(value_or(check, "detail", std::string()));
            }
        }
    }
    return !details.empty() && std::ranges::all_of(details, [&](const std::string& detail) {
        return excused.contains(detail);
    });
}

std::string describe_share(double share) {
    return fmt::format(
        "the host gave its machine {:.0f} % of the CPU time that it could have used, "
        "for a second or longer",
        100 * share);
}

} // namespace ktstr::session
