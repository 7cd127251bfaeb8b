// The kernel store, and what building or importing a kernel needs.
#include "cargo-ktstr/commands/checks.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/store/store.hpp"

#include <fmt/format.h>

namespace ktstr::commands {

namespace {

Finding kernel() {
    const auto entry = store::resolve("");
    if (!entry) {
        const auto& hint = entry.error().hint();
        return {State::missing,
                entry.error().one_line(),
                hint.empty() ? "cargo ktstr kernel build" : hint};
    }
    const auto what = fmt::format("{} ({})", entry->version, entry->key);
    const auto sched_ext = entry->known_sched_ext();
    return {State::ok,
            what + (!sched_ext   ? ", sched_ext unknown"
                    : *sched_ext ? ", with sched_ext"
                                 : ", without sched_ext")};
}

Finding damaged_entries() {
    const auto listing = store::list();
    if (!listing) {
        return {State::missing, listing.error().one_line(), listing.error().hint()};
    }
    if (!listing->damaged.empty()) {
        return {State::degraded,
                fmt::format("{} whole, {} damaged: {}",
                            listing->entries.size(),
                            listing->damaged.size(),
                            listing->damaged.front().line()),
                "cargo ktstr kernel clean --corrupt"};
    }
    return {State::ok, fmt::format("{} kernels", listing->entries.size())};
}

struct Tool {
    std::string_view name;    // of the check
    const char* file;         // a program, or the path of a header
    std::string_view package; // Debian's
};

constexpr Tool tools[] = {
    {"apt",            "apt-get",               "apt"       },
    {"make",           "make",                  "make"      },
    {"gcc",            "gcc",                   "gcc"       },
    {"flex",           "flex",                  "flex"      },
    {"bison",          "bison",                 "bison"     },
    {"bc",             "bc",                    "bc"        },
    {"pahole",         "pahole",                "pahole"    },
    {"libelf headers", "/usr/include/libelf.h", "libelf-dev"},
};

Finding tool(const Tool& tool) {
    const std::filesystem::path path(tool.file);
    std::error_code ignored;
    if (path.is_absolute() ? std::filesystem::exists(path, ignored)
                           : find_program(tool.file).has_value()) {
        return {State::ok, path.is_absolute() ? path.string() : find_program(tool.file)->string()};
    }
    return {State::missing,
            fmt::format("no {}", tool.file),
            fmt::format("apt-get install {}", tool.package)};
}

} // namespace

std::vector<Check> kernel_checks() {
    std::vector<Check> checks{
        {"kernel",       Need::tests,   kernel         },
        {"kernel store", Need::hygiene, damaged_entries},
    };
    for (const auto& one : tools) {
        checks.push_back({one.name, Need::kernels, [&one] { return tool(one); }});
    }
    return checks;
}

} // namespace ktstr::commands
