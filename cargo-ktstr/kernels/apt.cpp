#include "cargo-ktstr/kernels/apt.hpp"

#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/store/version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace ktstr::kernels::apt {

namespace {

struct Suites {
    std::string_view codename;
    std::array<std::string_view, 2> newer; // the best first; empty: no more
};

constexpr std::array suites{
    Suites{"bookworm", {"trixie-backports", ""}               },
    Suites{"trixie",   {"forky-backports", "trixie-backports"}},
};

// "linux-binary-7.3.4+deb13-cloud-amd64" with prefix "linux-binary-": "7.3.4+deb13-cloud-amd64".
// Names without a version
// ("linux-image-cloud-amd64") and the unsigned twins are not meant.
std::optional<std::string>
release_of(const std::string& name, std::string_view prefix, std::string_view suffix) {
    if (!name.starts_with(prefix) || !name.ends_with(suffix) ||
        name.size() <= prefix.size() + suffix.size()) {
        return std::nullopt;
    }
    const auto first = name[prefix.size()];
    return first >= '0' && first <= '9' ? std::optional(name.substr(prefix.size())) : std::nullopt;
}

} // namespace

std::optional<std::string> codename(std::string_view os_release) {
    constexpr std::string_view key = "VERSION_CODENAME=";
    for (const auto& line : split(os_release, '\n')) {
        if (line.starts_with(key)) {
            auto value = line.substr(key.size());
            std::erase(value, '"');
            return value.empty() ? std::nullopt : std::optional(value);
        }
    }
    return std::nullopt;
}

std::optional<std::string> mirror(std::string_view index_targets, std::string_view codename) {
    std::optional<std::string> found;
    for (const auto& line : split(index_targets, '\n')) {
        const auto fields = split(line, '|');
        // Before the first `apt-get update` apt knows neither codename nor origin, only what its
        // sources say.
        if (fields.size() != 5 || fields[0].empty() ||
            (fields[1] != codename && fields[2] != codename)) {
            continue;
        }
        if (fields[3] == "Debian" && fields[4] == "main") {
            return fields[0];
        }
        if (fields[3].empty() && fields[4] == "main" && !found) {
            found = fields[0];
        }
    }
    return found;
}

std::vector<std::string> newer_suites(std::string_view codename) {
    std::vector<std::string> out;
    const auto known = std::ranges::find(suites, codename, &Suites::codename);
    if (known != suites.end()) {
        for (const auto suite : known->newer) {
            if (!suite.empty()) {
                out.emplace_back(suite);
            }
        }
    }
    return out;
}

std::string source_line(std::string_view mirror, std::string_view suite, std::string_view keyring) {
    const auto options = keyring.empty() ? std::string{} : fmt::format("[signed-by={}] ", keyring);
    return fmt::format("deb {}{} {} main\n", options, mirror, suite);
}

std::vector<Candidate> candidates(std::span<const std::string> names, std::string_view arch) {
    const auto suffix = fmt::format("-cloud-{}", arch);
    const std::set<std::string> known(names.begin(), names.end());
    std::vector<Candidate> out;
    for (const auto& name : known) {
        // Newer kernels come in parts; of those that have a binary package, the image package is
        // empty.
        auto release = release_of(name, "linux-binary-", suffix);
        if (!release) {
            release = release_of(name, "linux-image-", suffix);
            if (!release || known.contains("linux-binary-" + *release)) {
                continue;
            }
        }
        Candidate candidate{.release = *release, .packages = {name}};
        if (const auto base = "linux-base-" + *release; known.contains(base)) {
            candidate.packages.push_back(base);
        }
        out.push_back(std::move(candidate));
    }
    std::ranges::sort(out, [](const Candidate& a, const Candidate& b) {
        return store::compare_versions(a.release, b.release) > 0;
    });
    return out;
}

} // namespace ktstr::kernels::apt
