#include "ktstr-runner/config/target_platform.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace ktstr::config {

namespace {

struct Known {
    std::string_view spec; // without blanks
    Match match;
};

#if defined(__x86_64__)
#define KTSTR_ARCH "x86_64"
#elif defined(__aarch64__)
#define KTSTR_ARCH "aarch64"
#endif

constexpr std::array known{
    Known{"cfg(unix)",                           Match::yes},
    Known{"cfg(not(windows))",                   Match::yes},
    Known{"cfg(target_os=\"linux\")",            Match::yes},
    Known{"cfg(target_family=\"unix\")",         Match::yes},
    Known{"cfg(target_arch=\"" KTSTR_ARCH "\")", Match::yes},
    Known{KTSTR_ARCH "-unknown-linux-gnu",       Match::yes},
    Known{"cfg(windows)",                        Match::no },
    Known{"cfg(not(unix))",                      Match::no },
    Known{"cfg(target_os=\"windows\")",          Match::no },
    Known{"cfg(target_os=\"macos\")",            Match::no },
    Known{"cfg(target_family=\"windows\")",      Match::no },
    Known{"cfg(target_family=\"wasm\")",         Match::no },
    Known{"x86_64-pc-windows-msvc",              Match::no },
    Known{"x86_64-pc-windows-gnu",               Match::no },
    Known{"x86_64-apple-darwin",                 Match::no },
    Known{"aarch64-apple-darwin",                Match::no },
};

} // namespace

Match target_matches(std::string_view spec) {
    std::string bare(spec);
    std::erase_if(bare, [](char c) { return c == ' ' || c == '\t' || c == '\n'; });
    const auto at = std::ranges::find(known, std::string_view(bare), &Known::spec);
    return at == known.end() ? Match::unknown : at->match;
}

Match platform_matches(const TomlNode& platform) {
    if (platform.is(TomlType::string)) {
        return target_matches(platform.text);
    }
    auto out = Match::yes;
    for (const std::string_view side : {"host", "target"}) {
        if (const auto* node = platform.find(side)) {
            out = conjunction(
                out, node->is(TomlType::string) ? target_matches(node->text) : Match::unknown);
        }
    }
    return out;
}

} // namespace ktstr::config
