// Kernel configurations as text: the fragments of this repository, merging, and whether all that
// was asked for is in the result.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::kernels {

// The fragments of kconfig/, built into the program. Names are file names without the suffix:
// "base", "x86_64".
struct Fragment {
    std::string_view name;
    std::string_view text;
};

std::span<const Fragment> builtin_fragments();

// Symbol -> value as written after the '=' ("y", "256", "\"-ktstr\""); "n" for `# CONFIG_X is not
// set`.
using Kconfig = std::map<std::string, std::string, std::less<>>;

// Later lines win. Lines that are neither a setting nor a comment are returned as they are.
struct ParsedKconfig {
    Kconfig settings;
    std::vector<std::string> nonsense;
};

ParsedKconfig parse_kconfig(std::string_view text);

// `base` with the settings of `requested` in place of its own.
std::string merge_kconfig(std::string_view base, const Kconfig& requested);

struct LostSetting {
    std::string name; // CONFIG_X
    std::string text; // "CONFIG_X=y (is not set)"
};

// Requested settings that `result` does not have. Asking for "n" is met by a symbol that the kernel
// does not know.
std::vector<LostSetting> lost_settings(const Kconfig& requested, const Kconfig& result);

} // namespace ktstr::kernels
