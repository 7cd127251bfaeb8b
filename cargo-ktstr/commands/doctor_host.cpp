// The rest of the host: the guest's userland, space, and the user's configuration.
#include "cargo-ktstr/commands/checks.hpp"
#include "cargo-ktstr/nextest/cargo.hpp"
#include "ktstr-runner/base/mapped_file.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/config/env_keys.hpp"
#include "ktstr-runner/config/ktstr_config.hpp"
#include "ktstr-runner/store/store.hpp"

#include <fmt/format.h>

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <iterator>

namespace ktstr::commands {

namespace {

namespace fs = std::filesystem;

// A static program has no interpreter (ELF, PT_INTERP).
bool is_static(const fs::path& path) {
    const auto file = MappedFile::open(path);
    if (!file || file->bytes().size() < sizeof(Elf64_Ehdr)) {
        return false;
    }
    const auto bytes = file->bytes();
    Elf64_Ehdr header;
    std::memcpy(&header, bytes.data(), sizeof header);
    for (std::size_t i = 0; i < header.e_phnum; ++i) {
        const auto at = header.e_phoff + i * sizeof(Elf64_Phdr);
        if (at > bytes.size() - sizeof(Elf64_Phdr)) {
            return false;
        }
        Elf64_Phdr segment;
        std::memcpy(&segment, bytes.data() + at, sizeof segment);
        if (segment.p_type == PT_INTERP) {
            return false;
        }
    }
    return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0;
}

Finding busybox() {
    constexpr auto remedy = "apt-get install busybox-static";
    const auto path = find_program("busybox");
    if (!path) {
        return {State::missing, "no busybox: the guest has no shell", remedy};
    }
    return is_static(*path) ? Finding{State::ok, path->string() + " (static)"}
                            : Finding{State::missing, path->string() + " is not static", remedy};
}

Finding space(fs::path directory, std::uintmax_t wanted, std::string_view purpose) {
    std::error_code error;
    while (!directory.empty() && !fs::exists(directory, error) && directory.has_relative_path()) {
        directory = directory.parent_path();
    }
    const auto space = fs::space(directory, error);
    if (error) {
        return {State::degraded, directory.string() + ": " + error.message()};
    }
    const auto what =
        fmt::format("{} free in {}", human_bytes(space.available), directory.string());
    return space.available >= wanted
               ? Finding{State::ok, what}
               : Finding{State::degraded, what, fmt::format("{} {}", human_bytes(wanted), purpose)};
}

Finding store_space() {
    const auto root = store::root();
    if (!root) {
        return {State::missing, root.error().one_line(), root.error().hint()};
    }
    return space(
        *root, std::uintmax_t{5} << 30, "are wanted for kernel sources, builds and images");
}

Finding configuration() {
    const auto root = nextest::workspace_root({});
    const auto file = (root ? *root : fs::current_path()) / ".config" / "ktstr.toml";
    std::error_code ignored;
    if (!fs::exists(file, ignored)) {
        return {State::ok, "no .config/ktstr.toml here: defaults apply"};
    }
    const auto settings =
        config::settings_for(file, env("NEXTEST_PROFILE").value_or("default"), {});
    return settings ? Finding{State::ok, file.string()}
                    : Finding{State::missing, settings.error().one_line(), settings.error().hint()};
}

Finding variables_set() {
    const auto all = environment();
    if (const auto unknown = config::unknown_env_keys(all); !unknown.empty()) {
        const auto& [name, near] = unknown.front();
        std::vector<std::string_view> known;
        std::ranges::transform(
            config::env_keys(), std::back_inserter(known), &config::EnvKey::name);
        return {State::degraded,
                name + " is set but means nothing",
                near ? "did you mean " + *near + "?"
                     : fmt::format("known are {}", fmt::join(known, ", "))};
    }
    std::vector<std::string> set;
    std::ranges::copy_if(all, std::back_inserter(set), [](const auto& entry) {
        return entry.starts_with("KTSTR_");
    });
    return {State::ok, set.empty() ? "no KTSTR_ variable is set" : join(set, " ")};
}

} // namespace

std::vector<Check> host_checks() {
    return {
        {"busybox",            Need::programs, busybox      },
        {"space for kernels",  Need::hygiene,  store_space  },
        {"space in /dev/shm",
         Need::hygiene,
         [] {
             return space(
                 "/dev/shm", std::uintmax_t{1} << 30, "are wanted for the memory of machines");
         }                                                  },
        {".config/ktstr.toml", Need::tests,    configuration},
        {"KTSTR_ variables",   Need::hygiene,  variables_set},
    };
}

} // namespace ktstr::commands
