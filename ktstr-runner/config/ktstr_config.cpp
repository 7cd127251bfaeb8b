#include "ktstr-runner/config/ktstr_config.hpp"

#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/config/config_keys.hpp"
#include "ktstr-runner/config/toml_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>

namespace ktstr::config {

namespace {

struct Profile {
    Layer keys;
    std::vector<Layer> overrides;
};

using Profiles = std::map<std::string, Profile, std::less<>>;

Result<Layer> read_override(const TomlNode& table) {
    Layer out;
    TRY(read_layer(table, Place::override_, out));
    if (!out.filter) {
        return fail(
            Error(ErrorKind::usage, fmt::format("{}: an override without `filter`", table.where()))
                .hint(
                    "write filter = 'all()' for every test, or set the key in the profile itself"));
    }
    return out;
}

Result<Profile> read_profile(const TomlNode& table) {
    Profile out;
    TRY(read_layer(table, Place::profile, out.keys));
    if (const auto* overrides = table.find("overrides")) {
        for (const auto& item : overrides->items) {
            TRY_ASSIGN(auto layer, read_override(item));
            out.overrides.push_back(std::move(layer));
        }
    }
    return out;
}

// All profiles are read whatever the one in use is: a mistake shows at once, not in the nightly
// run.
Result<Profiles> read_profiles(const std::filesystem::path& file) {
    TRY_ASSIGN(const auto root, read_toml(file));
    Profiles out;
    for (const auto& [name, value] : root.fields) {
        if (name != "profile") {
            return fail(
                Error(ErrorKind::usage,
                      fmt::format("{}: unknown key `{}`", value.where_key(), name))
                    .hint(
                        "all settings stand under [profile.NAME], for example [profile.default]"));
        }
        if (!value.is(TomlType::table)) {
            return fail(value.type_error(name, "a table"));
        }
        for (const auto& [profile, table] : value.fields) {
            if (!table.is(TomlType::table)) {
                auto error = table.type_error("profile." + profile, "a table");
                return fail(std::move(error).hint(
                    "settings stand under [profile.NAME], for example [profile.default]"));
            }
            TRY_ASSIGN(out[profile], read_profile(table));
        }
    }
    return out;
}

// The selected profile and default, once.
std::vector<const Profile*> in_order(const Profiles& profiles, const std::string& selected) {
    std::vector<const Profile*> out;
    for (const auto& name : {selected, std::string("default")}) {
        const auto at = profiles.find(name);
        if (at != profiles.end() && std::ranges::find(out, &at->second) == out.end()) {
            out.push_back(&at->second);
        }
    }
    return out;
}

// What speaks of the test, the strongest word first.
Result<std::vector<const Layer*>> layers_for(const std::vector<const Profile*>& profiles,
                                             const TestNames& names) {
    std::vector<const Layer*> out;
    for (const auto* profile : profiles) {
        for (const auto& layer : profile->overrides) {
            const auto match = layer.filter->matches(names);
            if (match == Match::unknown) {
                return fail(
                    ErrorKind::usage,
                    fmt::format(
                        "a regular expression in ktstr.toml is too costly for the test `{}`",
                        names.test.substr(0, 80)));
            }
            if (match == Match::yes) {
                out.push_back(&layer);
            }
        }
    }
    for (const auto* profile : profiles) {
        out.push_back(&profile->keys);
    }
    return out;
}

template <class T, class U>
void take_first(T& value, std::span<const Layer* const> layers, std::optional<U> Layer::* field) {
    for (const auto* layer : layers) {
        if (layer->*field) {
            value = *(layer->*field);
            return;
        }
    }
}

// The strongest word, of either key, holds. `deterministic = false` takes a weaker layer's `true`
// back, and a weaker layer's "det" with it.
void choose_machine(std::span<const Layer* const> layers, TestSettings& settings) {
    bool may_be = true;
    for (const auto* layer : layers) {
        if (layer->deterministic == true && may_be) {
            settings.deterministic = true;
            settings.machine = "det";
            return;
        }
        may_be = may_be && layer->deterministic != false;
        if (layer->machine && (may_be || names_another_than_det(*layer->machine))) {
            settings.machine = *layer->machine;
            return;
        }
    }
}

// General words first, so that a later one may take back an earlier one.
std::vector<std::string> add_up(std::span<const Layer* const> layers,
                                std::vector<std::string> Layer::* field) {
    std::vector<std::string> out;
    for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
        for (const auto& word : (*layer)->*field) {
            if (std::ranges::find(out, word) == out.end()) {
                out.push_back(word);
            }
        }
    }
    return out;
}

} // namespace

Result<TestSettings> settings_for(const std::filesystem::path& file,
                                  const std::string& profile,
                                  const TestNames& names) {
    TRY_ASSIGN(const auto profiles, read_profiles(file));
    TRY_ASSIGN(const auto layers, layers_for(in_order(profiles, profile), names));
    TestSettings out;
    take_first(out.topology, layers, &Layer::topology);
    take_first(out.memory, layers, &Layer::memory);
    take_first(out.kernel, layers, &Layer::kernel);
    choose_machine(layers, out);
    take_first(out.host_only, layers, &Layer::host_only);
    take_first(out.debug_information, layers, &Layer::debug_information);
    take_first(out.setup, layers, &Layer::setup);
    take_first(out.package_cap, layers, &Layer::package_cap);
    out.include = add_up(layers, &Layer::include);
    out.exclude = add_up(layers, &Layer::exclude);
    out.programs = add_up(layers, &Layer::programs);
    out.modules = add_up(layers, &Layer::modules);
    return out;
}

Result<bool> binary_is_host_only(const std::filesystem::path& file,
                                 const std::string& profile,
                                 const TestNames& names) {
    TRY_ASSIGN(const auto profiles, read_profiles(file));
    for (const auto* in_use : in_order(profiles, profile)) {
        for (const auto& layer : in_use->overrides) {
            const auto match = layer.host_only ? layer.filter->matches_binary(names) : Match::no;
            if (match == Match::yes) {
                return *layer.host_only;
            }
            if (match == Match::unknown && !*layer.host_only) {
                return false; // some of its tests may be wanted in a machine
            }
        }
    }
    return false;
}

} // namespace ktstr::config
