#include "ktstr-runner/sidecar/inputs.hpp"

#include <algorithm>

namespace ktstr::sidecar {

namespace {

std::string name_of(const std::string& input) {
    return input.substr(0, input.find(':'));
}

void add_those_without(std::span<const std::string> from,
                       std::span<const std::string> other,
                       std::vector<std::string>& names) {
    for (const auto& input : from) {
        const auto name = name_of(input);
        if (std::ranges::find(other, input) == other.end() &&
            std::ranges::find(names, name) == names.end()) {
            names.push_back(name);
        }
    }
}

} // namespace

std::vector<std::string> different_inputs(std::span<const std::string> a,
                                          std::span<const std::string> b) {
    std::vector<std::string> names;
    if (!a.empty() && !b.empty()) {
        add_those_without(a, b, names);
        add_those_without(b, a, names);
    }
    return names;
}

} // namespace ktstr::sidecar
