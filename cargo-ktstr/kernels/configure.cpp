#include "cargo-ktstr/kernels/configure.hpp"

#include "cargo-ktstr/kernels/kconfig_tree.hpp"
#include "cargo-ktstr/kernels/stale.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ktstr::kernels {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t config_limit = std::size_t{16} << 20;

Result<std::string> read_config(const fs::path& path, const std::string& what) {
    TRY_ASSIGN(auto text, read_file(path, config_limit), "cannot read " + what);
    return text;
}

// A configuration that a person wrote: whatever is no setting is a mistake.
Result<Kconfig> read_settings(const fs::path& path, const std::string& what) {
    TRY_ASSIGN(const auto text, read_config(path, what));
    auto parsed = parse_kconfig(text);
    if (!parsed.nonsense.empty()) {
        return fail(
            Error(ErrorKind::usage,
                  path.string() + ": not a kernel setting: " + printable(parsed.nonsense.front()))
                .hint("lines are `CONFIG_X=y` or `# CONFIG_X is not set`"));
    }
    return std::move(parsed.settings);
}

// What build/.config begins with.
Result<std::string>
base_config(const Kbuild& kbuild, const fs::path& tree, const std::string& base) {
    if (base == "lean" || base == "defconfig") {
        TRY(kbuild.run({base == "lean" ? "tinyconfig" : "defconfig"}),
            "cannot configure the kernel");
        return read_config(kbuild.build() / ".config", "the configuration");
    }
    if (base == "tree") {
        auto config = read_config(tree / ".config", "the tree's configuration");
        if (!config) {
            return fail(std::move(config).error().hint(
                "--base tree takes the .config of the source tree; there is none"));
        }
        return config;
    }
    TRY(read_settings(base, "the base configuration"));
    return read_config(base, "the base configuration");
}

// What a dependency that no configuration can meet needs of the host.
struct Remedy {
    std::string_view symbol;
    std::string_view text;
};

constexpr std::array remedies{
    Remedy{"PAHOLE_VERSION",    "pahole is too old or not there: install the package dwarves"     },
    Remedy{"CC_IS_CLANG",       "it needs a kernel compiled by clang"                             },
    Remedy{"CLANG_VERSION",     "it needs a kernel compiled by a newer clang"                     },
    Remedy{"GCC_VERSION",       "it needs another version of gcc"                                 },
    Remedy{"RUST_IS_AVAILABLE", "it needs Rust for the kernel: see `make rustavailable`"          },
    Remedy{"HAS_LTO_CLANG",     "it needs a kernel compiled by clang"                             },
    Remedy{"DEBUG_INFO_BTF",    "BTF needs pahole: install the package dwarves"                   },
    Remedy{"CC_CAN_LINK",       "the compiler cannot link programs: install the package libc6-dev"},
};

std::string why_lost(const KconfigTree& tree, const std::string& name, const Kconfig& result) {
    const auto symbol = name.substr(std::string_view("CONFIG_").size());
    if (!tree.knows(symbol)) {
        return "this kernel has no such option";
    }
    const auto unmet = tree.unmet(symbol, result);
    if (unmet.empty()) {
        return "another option decides it";
    }
    auto why = "it depends on " + join(unmet, ", and on ");
    for (const auto& remedy : remedies) {
        if (std::ranges::any_of(unmet, [&](const auto& expression) {
                return expression.find(remedy.symbol) != std::string::npos;
            })) {
            why += fmt::format(" ({})", remedy.text);
            break;
        }
    }
    return why;
}

Error lost_error(const std::vector<std::string>& lines, const fs::path& config) {
    return Error(ErrorKind::usage, join(lines, "\n  "))
        .context(fmt::format("the kernel's configuration does not keep {} requested line{}",
                             lines.size(),
                             lines.size() == 1 ? "" : "s"))
        .hint(
            "ask for what they depend on too, with --extra-kconfig; the rest of the configuration "
            "is in " +
            config.string());
}

} // namespace

Result<Recipe> make_recipe(const fs::path& tree,
                           const std::string& arch,
                           const std::string& base,
                           const std::vector<fs::path>& extra) {
    Recipe recipe{.base = base};
    std::error_code ignored;
    const bool has_sched_ext = fs::exists(tree / "kernel/sched/ext.c", ignored) ||
                               fs::exists(tree / "kernel/sched/ext", ignored);
    recipe.ours = settings_of_ours(arch, has_sched_ext ? SchedExt::yes : SchedExt::no);
    for (const auto& path : extra) {
        TRY_ASSIGN(const auto settings, read_settings(path, "the extra configuration"));
        for (const auto& [name, value] : settings) {
            recipe.extra.insert_or_assign(name, value);
        }
    }
    return recipe;
}

Kconfig requested(const Recipe& recipe) {
    auto all = recipe.extra;
    all.insert(recipe.ours.begin(), recipe.ours.end());
    return all;
}

Result<Configured> configure(const Kbuild& kbuild,
                             const fs::path& tree,
                             const std::string& arch,
                             const Recipe& recipe) {
    const auto path = kbuild.build() / ".config";
    const auto wanted = requested(recipe);
    TRY_ASSIGN(const auto base, base_config(kbuild, tree, recipe.base));
    const auto complete = [&](const std::string& from) -> Result<std::string> {
        TRY(write_file_atomically(path, merge_kconfig(from, wanted)));
        TRY(kbuild.run({"olddefconfig"}), "cannot configure the kernel");
        return read_config(path, "the configuration");
    };
    const bool lean = recipe.base == "lean";
    TRY_ASSIGN(auto config, complete(lean ? merge_kconfig(base, settings_of_lean()) : base));
    if (lean && !lost_settings(recipe.extra, parse_kconfig(config).settings).empty()) {
        // What lean leaves out may be what a line of the user's depends on.
        TRY_ASSIGN(config, complete(base));
    }
    const auto result = parse_kconfig(config).settings;
    const auto lost = lost_settings(wanted, result);
    Configured configured{.config = std::move(config), .notes = {}};
    if (lost.empty()) {
        return configured;
    }
    const auto known = KconfigTree::read(tree, arch);
    std::vector<std::string> errors;
    for (const auto& one : lost) {
        const auto symbol = one.name.substr(std::string_view("CONFIG_").size());
        if (!recipe.extra.contains(one.name) && !known.knows(symbol)) {
            configured.notes.push_back(one.name);
            continue;
        }
        errors.push_back(one.text + ": " + why_lost(known, one.name, result));
    }
    if (!errors.empty()) {
        return fail(lost_error(errors, path));
    }
    return configured;
}

} // namespace ktstr::kernels
