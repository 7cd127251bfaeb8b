// The entries of one version, without reading what the others say of themselves.
#include "ktstr-runner/cache/names.hpp"
#include "ktstr-runner/cache/removal.hpp"
#include "ktstr-runner/store/metadata.hpp"
#include "ktstr-runner/store/store.hpp"
#include "ktstr-runner/store/version.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace ktstr::store {

namespace {

struct Candidate {
    std::string key;
    std::string_view release; // of the key
};

// "<release>" of "<release>-<arch>-<12 hex>"; a key of another form as a whole, which orders as its
// release does but for what follows it.
std::string_view release_of(std::string_view key) {
    constexpr std::size_t digits = 12;
    const auto last = key.rfind('-');
    if (last == std::string_view::npos || key.size() - last - 1 != digits ||
        !std::ranges::all_of(key.substr(last + 1),
                             [](unsigned char c) { return std::isxdigit(c) != 0; })) {
        return key;
    }
    const auto before = key.substr(0, last).rfind('-');
    return before == std::string_view::npos ? key : key.substr(0, before);
}

// Newest release first.
std::vector<Candidate> candidates(const std::filesystem::path& root, const std::string& prefix) {
    std::vector<Candidate> found;
    for (auto& name : cache::names_in(root)) {
        if (cache::is_plain_name(name) && is_version_prefix(prefix, name)) {
            found.push_back({.key = std::move(name), .release = {}});
        }
    }
    for (auto& one : found) {
        one.release = release_of(one.key);
    }
    std::ranges::sort(found, [](const Candidate& a, const Candidate& b) {
        return compare_versions(a.release, b.release) > 0;
    });
    return found;
}

} // namespace

Result<std::optional<Entry>> find_version(const std::string& prefix, const std::string& arch) {
    TRY_ASSIGN(const auto folder, root());
    std::optional<Entry> best;
    std::string_view release; // of the best
    const auto all = candidates(folder, prefix);
    for (const auto& one : all) {
        if (best && compare_versions(one.release, release) < 0) {
            break;
        }
        auto entry = load_entry(folder / one.key);
        if (!entry || entry->arch != arch || !is_version_prefix(prefix, entry->version)) {
            continue; // list() says what is damaged
        }
        // Of one release the verified, then the one that was made last.
        const auto rank = [](const Entry& each) {
            return std::pair(each.source != unverified_source, each.made_at);
        };
        if (!best || rank(*entry) > rank(*best) ||
            (rank(*entry) == rank(*best) && entry->key < best->key)) {
            best = std::move(*entry);
            release = one.release;
        }
    }
    return best;
}

} // namespace ktstr::store
