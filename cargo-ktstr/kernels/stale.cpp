#include "cargo-ktstr/kernels/stale.hpp"

#include "ktstr-runner/base/sha256.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace ktstr::kernels {

Kconfig settings_of_lean() {
    const auto fragments = builtin_fragments();
    return parse_kconfig(std::ranges::find(fragments, "lean", &Fragment::name)->text).settings;
}

Kconfig settings_of_ours(const std::string& arch, SchedExt sched_ext) {
    Kconfig settings;
    for (const auto& fragment : builtin_fragments()) {
        if (fragment.name == "base" || fragment.name == arch ||
            (fragment.name == "sched_ext" && sched_ext == SchedExt::yes)) {
            for (const auto& [name, value] : parse_kconfig(fragment.text).settings) {
                settings.insert_or_assign(name, value);
            }
        }
    }
    return settings;
}

std::string recipe_digest(const Kconfig& ours) {
    std::string text;
    for (const auto& [name, value] : ours) {
        text += name + "=" + value + "\n";
    }
    return sha256_of(text);
}

std::optional<std::string> why_stale(const store::Entry& entry) {
    std::error_code ignored;
    if (!entry.modules.empty() &&
        !std::filesystem::exists(entry.modules / entry.version / "modules.dep", ignored)) {
        return "it has modules, and no list of what they need: none can be loaded; remove it with "
               "`cargo ktstr kernel clean " +
               entry.key + "` and import its packages again";
    }
    if (entry.recipe.empty()) {
        return std::nullopt;
    }
    for (const auto sched_ext : {SchedExt::no, SchedExt::yes}) {
        if (entry.recipe == recipe_digest(settings_of_ours(entry.arch, sched_ext))) {
            return std::nullopt;
        }
    }
    return "made with other settings than this ktstr asks for; `cargo ktstr kernel build` makes "
           "another";
}

} // namespace ktstr::kernels
