#include "ktstr-runner/config/config_keys.hpp"

#include "ktstr-runner/base/machine_name.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/config/ktstr_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ktstr::config {

namespace {

constexpr std::uint64_t mebibyte = 1ULL << 20;

constexpr unsigned in_profile = static_cast<unsigned>(Place::profile);
constexpr unsigned in_package_files = static_cast<unsigned>(Place::package_files);
constexpr unsigned in_override = static_cast<unsigned>(Place::override_);

std::string at(const TomlNode& value, std::string_view name) {
    return fmt::format("{}: `{}`", value.where(), name);
}

Result<std::uint64_t> read_bytes(const TomlNode& value, std::string_view name) {
    if (value.is(TomlType::integer)) {
        constexpr auto most = static_cast<std::int64_t>(INT64_MAX / mebibyte);
        if (value.integer < 1 || value.integer > most) {
            return fail(ErrorKind::usage,
                        fmt::format("{}: {} MiB is out of range", at(value, name), value.integer));
        }
        return static_cast<std::uint64_t>(value.integer) * mebibyte;
    }
    if (!value.is(TomlType::string)) {
        return fail(value.type_error(name, "a size such as \"512M\", or an integer in MiB"));
    }
    const auto bytes = parse_size(value.text, mebibyte);
    if (!bytes || *bytes == 0) {
        return fail(ErrorKind::usage,
                    fmt::format("{}: \"{}\" is not a size such as \"512M\" or \"1G\"",
                                at(value, name),
                                value.text));
    }
    return *bytes;
}

Result<> read_memory(Layer& layer, const TomlNode& value, std::string_view name) {
    TRY_ASSIGN(const auto bytes, read_bytes(value, name));
    TRY_ASSIGN(layer.memory, checked_memory(bytes, at(value, name)));
    return {};
}

Result<> read_cap(Layer& layer, const TomlNode& value, std::string_view name) {
    TRY_ASSIGN(layer.package_cap, read_bytes(value, name));
    return {};
}

Result<> read_topology(Layer& layer, const TomlNode& value, std::string_view name) {
    if (!value.is(TomlType::string) && !value.is(TomlType::integer)) {
        return fail(value.type_error(name, "a topology such as \"2n4l2c1t\", or a number of CPUs"));
    }
    const auto text = value.is(TomlType::string) ? value.text : std::to_string(value.integer);
    TRY_ASSIGN(layer.topology, Topology::parse(text), at(value, name));
    return {};
}

template <std::optional<std::string> Layer::* field>
Result<> read_text(Layer& layer, const TomlNode& value, std::string_view name) {
    if (!value.is(TomlType::string)) {
        return fail(value.type_error(name, "a string"));
    }
    if (value.text.empty()) {
        return fail(ErrorKind::usage, at(value, name) + " is empty");
    }
    layer.*field = value.text;
    return {};
}

Result<> read_machine(Layer& layer, const TomlNode& value, std::string_view name) {
    TRY(read_text<&Layer::machine>(layer, value, name));
    TRY(parse_machine_name(*layer.machine), at(value, name));
    return {};
}

template <std::vector<std::string> Layer::* field>
Result<> read_words(Layer& layer, const TomlNode& value, std::string_view name) {
    if (!value.is(TomlType::array)) {
        return fail(value.type_error(name, "an array of strings"));
    }
    for (const auto& item : value.items) {
        if (!item.is(TomlType::string)) {
            return fail(item.type_error(name, "an array of strings"));
        }
        if (item.text.empty()) {
            return fail(ErrorKind::usage, at(item, name) + " has an empty string");
        }
        (layer.*field).push_back(item.text);
    }
    return {};
}

template <std::optional<bool> Layer::* field>
Result<> read_flag(Layer& layer, const TomlNode& value, std::string_view name) {
    if (!value.is(TomlType::boolean)) {
        return fail(value.type_error(name, "true or false"));
    }
    layer.*field = value.boolean;
    return {};
}

Result<> read_filter(Layer& layer, const TomlNode& value, std::string_view name) {
    if (!value.is(TomlType::string)) {
        return fail(value.type_error(name, "a string"));
    }
    TRY_ASSIGN(auto filter, Filterset::parse(value.text), at(value, name));
    if (const auto predicate = filter.beyond_names()) {
        return fail(
            Error(ErrorKind::usage,
                  fmt::format("{}: {} needs more than a test's names", at(value, name), *predicate))
                .hint("use test(), package(), binary(), binary_id() and kind() here"));
    }
    layer.filter = std::move(filter);
    return {};
}

Result<> read_package_files(Layer& layer, const TomlNode& value, std::string_view name) {
    if (!value.is(TomlType::table)) {
        return fail(value.type_error(name, "a table"));
    }
    return read_layer(value, Place::package_files, layer);
}

// The reader of the whole file takes overrides apart; here only their shape is checked.
Result<> read_overrides(Layer&, const TomlNode& value, std::string_view name) {
    if (!value.is(TomlType::array)) {
        return fail(value.type_error(name, "an array of tables"));
    }
    for (const auto& item : value.items) {
        if (!item.is(TomlType::table)) {
            return fail(item.type_error(name, "an array of tables"));
        }
    }
    return {};
}

constexpr unsigned machine_keys = in_profile | in_override;
constexpr unsigned file_keys = in_package_files | in_override;

constexpr std::array keys{
    ConfigKey{"topology",
              machine_keys,                      "string or integer",
              "`\"1n1l2c1t\"`",                                                  "shape of the processors: `{n}n{l}l{c}c{t}t` (NUMA nodes, LLCs in all, cores per "
              "LLC, threads per core), "
              "the LLCs of each node if they differ (`3n2+1+0l4c1t`: the last has memory alone), "
              "or a number of CPUs",                                                                                                  read_topology               },
    ConfigKey{"memory",
              machine_keys,                      "string or integer",
              "`\"512M\"`",                                                      "memory of the machine; an integer is in MiB; 128 MiB at least",
              read_memory                                                                                                                                                                        },
    ConfigKey{"kernel",
              machine_keys,                      "string",
              "newest usable in the store",                                      "kernel to boot: a version, a path, or a key of the kernel store",
              read_text<&Layer::kernel>                                                                                                                                                          },
    ConfigKey{"machine",
              machine_keys,                      "string",
              "`\"auto\"`",                                                      "what runs the machine: `auto`, `kvm`, `qemu`, `qemu-kvm`, `qemu-tcg` or `det`",
              read_machine                                                                                                                                                                       },
    ConfigKey{"deterministic",
              machine_keys,                      "boolean",
              "`false`",                                                         "the machine is `det`, and no other will do (see [Deterministic](#deterministic))",
              read_flag<&Layer::deterministic>                                                                                                                                                   },
    ConfigKey{"programs",
              machine_keys,                      "array of strings",
              "`[]`",                                                            "programs of the host to have in the machine, by name or path, with the libraries "
              "they need",                                                                                                                      read_words<&Layer::programs>},
    ConfigKey{"modules",
              machine_keys,                      "array of strings",
              "`[]`",                                                            "modules of the kernel to load, with those they need (see [Modules](#modules))",
              read_words<&Layer::modules>                                                                                                                                                        },
    ConfigKey{"setup",
              machine_keys,                      "string",
              "",                                                                "command for the shell that makes the machine ready: run once, then saved with all "
              "it changed and started (see [Setup](#setup))",                                                                                       read_text<&Layer::setup>    },
    ConfigKey{
              "debug-information", machine_keys,
              "boolean",                                              "`false`",
              "give test binaries their debug information also when no `RUST_BACKTRACE` asks for it",
              read_flag<&Layer::debug_information>                                                                                                                                               },
    ConfigKey{"package-files",
              in_profile,                        "table",
              "",                                                                "which files of the tested package the machine gets",
              read_package_files                                                                                                                                                                 },
    ConfigKey{"include",
              file_keys,                         "array of strings",
              "`[]`",                                                            "patterns of files to take although they would be left out",
              read_words<&Layer::include>                                                                                                                                                        },
    ConfigKey{"exclude",
              file_keys,                         "array of strings",
              "`[]`",                                                            "patterns of files to leave out",
              read_words<&Layer::exclude>                                                                                                                                                        },
    ConfigKey{"cap",
              in_package_files,                  "string or integer",
              "`\"64M\"`",                                                       "most that the files may take together; an integer is in MiB",
              read_cap                                                                                                                                                                           },
    ConfigKey{"overrides",
              in_profile,                        "array of tables",
              "`[]`",                                                            "other values for the tests that a filter selects",
              read_overrides                                                                                                                                                                     },
    ConfigKey{"filter",
              in_override,                       "string",
              "required",                                                        "the tests, as a filterset of nextest over names",
              read_filter                                                                                                                                                                        },
    ConfigKey{"host-only",
              in_override,                       "boolean",
              "`false`",                                                         "run on the host, without a machine",
              read_flag<&Layer::host_only>                                                                                                                                                       },
};

struct PlaceName {
    Place place;
    std::string_view text;
};

constexpr std::array place_names{
    PlaceName{Place::profile,       "[profile.NAME]"              },
    PlaceName{Place::package_files, "[profile.NAME.package-files]"},
    PlaceName{Place::override_,     "[[profile.NAME.overrides]]"  },
};

Error unknown_key(std::string_view name, const TomlNode& value, Place place) {
    auto error =
        Error(ErrorKind::usage, fmt::format("{}: unknown key `{}`", value.where_key(), name));
    if (const auto elsewhere = std::ranges::find(keys, name, &ConfigKey::name);
        elsewhere != keys.end()) {
        std::vector<std::string> places;
        for (const auto& other : place_names) {
            if (elsewhere->allowed_in(other.place)) {
                places.emplace_back(other.text);
            }
        }
        return std::move(error).hint(fmt::format("it belongs in {}", join(places, " or ")));
    }
    std::vector<std::string_view> allowed;
    for (const auto& key : keys) {
        if (key.allowed_in(place)) {
            allowed.push_back(key.name);
        }
    }
    const auto near = nearest(name, allowed);
    return std::move(error).hint(
        near ? fmt::format("did you mean `{}`?", *near)
             : fmt::format("keys allowed here: {}", fmt::join(allowed, ", ")));
}

} // namespace

std::span<const ConfigKey> config_keys() {
    return keys;
}

bool names_another_than_det(std::string_view machine) {
    const auto name = parse_machine_name(machine);
    return !name || (*name != MachineName::automatic && *name != MachineName::deterministic);
}

Result<> read_layer(const TomlNode& table, Place place, Layer& layer) {
    for (const auto& [name, value] : table.fields) {
        const auto known = std::ranges::find_if(
            keys, [&](const ConfigKey& key) { return key.name == name && key.allowed_in(place); });
        if (known == keys.end()) {
            return fail(unknown_key(name, value, place));
        }
        TRY(known->read(layer, value, name));
    }
    if (layer.deterministic == true && layer.machine && names_another_than_det(*layer.machine)) {
        return fail(Error(ErrorKind::usage,
                          fmt::format("{}: `deterministic = true` and `machine = \"{}\"` exclude "
                                      "each other",
                                      table.where(),
                                      *layer.machine))
                        .hint("take one of them away"));
    }
    return {};
}

Result<std::uint64_t> checked_memory(std::uint64_t bytes, std::string_view what) {
    if (bytes < minimum_memory) {
        return fail(Error(ErrorKind::usage,
                          fmt::format("{}: {} is too little memory", what, human_bytes(bytes)))
                        .hint(fmt::format(
                            "a machine needs {} at least; units are K, M, G and T, and M when "
                            "there is none",
                            human_bytes(minimum_memory))));
    }
    return bytes;
}

} // namespace ktstr::config
