// A command line read by its Spec.
#pragma once

#include "cargo-ktstr/cli/command.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::cli {

class Arguments final {
public:
    bool has(std::string_view option) const { return options_.contains(option); }

    // The last one given: a later option overrides an earlier one.
    std::optional<std::string> value(std::string_view option) const;
    std::vector<std::string> values(std::string_view option) const;

    const std::vector<std::string>& positionals() const { return positionals_; }

    // What stood behind `--`.
    const std::vector<std::string>& rest() const { return rest_; }

private:
    friend Result<Arguments> parse(const Spec& spec, std::span<const std::string> arguments);

    std::map<std::string, std::vector<std::string>, std::less<>> options_;
    std::vector<std::string> positionals_;
    std::vector<std::string> rest_;
};

// Errors are of kind usage; they name the word that is wrong and the nearest right one.
Result<Arguments> parse(const Spec& spec, std::span<const std::string> arguments);

} // namespace ktstr::cli
