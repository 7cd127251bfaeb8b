// The keys of ktstr.toml, one table: what each is called, where it may stand, how its value is
// read. The parser, its error messages and the reference page follow this table.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/config/filterset.hpp"
#include "ktstr-runner/config/toml_file.hpp"
#include "ktstr-runner/topology/topology.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::config {

// What one table of the file says: a profile or an override. Absent keys leave the word to the next
// layer.
struct Layer {
    std::optional<Filterset> filter;
    std::optional<Topology> topology;
    std::optional<std::uint64_t> memory;
    std::optional<std::string> kernel;
    std::optional<std::string> machine;
    std::optional<bool> deterministic;
    std::optional<bool> host_only;
    std::optional<bool> debug_information;
    std::optional<std::uint64_t> package_cap;
    std::vector<std::string> include;
    std::vector<std::string> exclude;
    std::vector<std::string> programs;
    std::vector<std::string> modules;
    std::optional<std::string> setup;
};

enum class Place : unsigned {
    profile = 1,       // [profile.NAME]
    package_files = 2, // [profile.NAME.package-files]
    override_ = 4,     // [[profile.NAME.overrides]]
};

struct ConfigKey {
    std::string_view name;
    unsigned places; // Place values, or'ed
    std::string_view type;
    std::string_view by_default;
    std::string_view meaning;
    Result<> (*read)(Layer& layer, const TomlNode& value, std::string_view name);

    bool allowed_in(Place place) const { return (places & static_cast<unsigned>(place)) != 0; }
};

std::span<const ConfigKey> config_keys();

// Of `machine`: a test that must be deterministic cannot run on it. "auto" leaves the choice open.
bool names_another_than_det(std::string_view machine);

// Reads one table by the table of keys.
Result<> read_layer(const TomlNode& table, Place place, Layer& layer);

// The same checks for KTSTR_MEMORY. `what` names the value in errors.
Result<std::uint64_t> checked_memory(std::uint64_t bytes, std::string_view what);

} // namespace ktstr::config
