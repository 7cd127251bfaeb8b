#include "cargo-ktstr/fetch/git_refs.hpp"

#include "cargo-ktstr/net/redact.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ktstr::fetch {

namespace {

constexpr std::array<std::string_view, 5> schemes{"https", "http", "git", "ssh", "file"};
constexpr std::string_view heads = "refs/heads/";
constexpr std::string_view tags = "refs/tags/";
constexpr std::string_view peeled = "^{}";
constexpr std::size_t shortest_id = 7;
constexpr std::size_t most_named = 3;
constexpr std::size_t most_compared = 20'000;

bool is_hex(std::string_view text) {
    return std::ranges::all_of(
        text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_plain(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c != '\x7f'; });
}

bool is_url(std::string_view url) {
    const auto end = url.find("://");
    if (end == std::string_view::npos || !is_plain(url)) {
        return false;
    }
    const auto scheme = url.substr(0, end);
    const auto rest = url.substr(end + 3);
    return std::ranges::find(schemes, scheme) != schemes.end() && rest.size() > 1 &&
           rest.front() != '-' && (scheme == "file") == (rest.front() == '/');
}

// The rules of git-check-ref-format(1), and that it is no option of a program.
bool is_ref(std::string_view ref) {
    if (ref.empty() || ref.front() == '-' || ref.front() == '/' || ref.back() == '/' ||
        ref.back() == '.' || !is_plain(ref) ||
        ref.find_first_of("~^:?*[\\") != std::string_view::npos) {
        return false;
    }
    for (const auto* part : {"..", "//", "@{", "/."}) {
        if (ref.find(part) != std::string_view::npos) {
            return false;
        }
    }
    return ref.front() != '.' && !ref.ends_with(".lock") && ref != "@";
}

Error wrong(const std::string& what) {
    return Error(ErrorKind::usage, what)
        .hint("write git+URL#REF, such as git+https://git.kernel.org/pub/scm/linux/kernel/git/"
              "torvalds/linux.git#v6.14; REF is a branch, a tag or a commit");
}

const RemoteRef* find(std::span<const RemoteRef> refs, const std::string& name) {
    const auto at = std::ranges::find(refs, name, &RemoteRef::name);
    return at == refs.end() ? nullptr : &*at;
}

// As users type them.
std::vector<std::string_view> short_names(std::span<const RemoteRef> refs) {
    std::vector<std::string_view> out;
    for (const auto& ref : refs) {
        for (const auto prefix : {heads, tags}) {
            const std::string_view name = ref.name;
            if (name.starts_with(prefix) && !name.ends_with(peeled) && out.size() < most_compared) {
                out.push_back(name.substr(prefix.size()));
            }
        }
    }
    return out;
}

} // namespace

Result<GitSpec> parse_git_spec(std::string_view spec) {
    constexpr std::string_view prefix = "git+";
    const auto hash = spec.find('#');
    if (!spec.starts_with(prefix) || hash == std::string_view::npos) {
        return fail(wrong(fmt::format("`{}` does not say which ref of which repository",
                                      printable(net::redacted(spec)))));
    }
    const auto url = spec.substr(prefix.size(), hash - prefix.size());
    const auto ref = spec.substr(hash + 1);
    if (!is_url(url)) {
        return fail(wrong(fmt::format("`{}` is no URL of https, http, git, ssh or file",
                                      printable(net::redacted(url)))));
    }
    if (!is_ref(ref)) {
        return fail(wrong(fmt::format("`{}` cannot be a ref of git", printable(ref))));
    }
    return GitSpec{.url = std::string(url), .ref = std::string(ref)};
}

bool is_commit_id(std::string_view text) {
    return (text.size() == 40 || text.size() == 64) && is_hex(text);
}

bool is_abbreviated_id(std::string_view text) {
    return text.size() >= shortest_id && text.size() < 64 && is_hex(text);
}

std::vector<RemoteRef> parse_remote_refs(std::string_view text) {
    std::vector<RemoteRef> out;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto tab = line.find('\t');
        if (tab != std::string_view::npos && is_commit_id(line.substr(0, tab))) {
            out.push_back({.id = std::string(line.substr(0, tab)),
                           .name = std::string(line.substr(tab + 1))});
        }
    }
    return out;
}

std::optional<ResolvedRef> resolve_ref(std::span<const RemoteRef> refs, std::string_view ref) {
    std::vector<std::string> names;
    if (ref == "HEAD" || ref.starts_with("refs/")) {
        names.emplace_back(ref);
    }
    for (const auto prefix : {tags, heads, std::string_view("refs/")}) {
        names.push_back(std::string(prefix) + std::string(ref));
    }
    for (const auto& name : names) {
        if (const auto* found = find(refs, name)) {
            const auto* commit = find(refs, name + std::string(peeled));
            return ResolvedRef{.commit = commit != nullptr ? commit->id : found->id, .name = name};
        }
    }
    return std::nullopt;
}

Error no_such_ref(const GitSpec& spec, std::span<const RemoteRef> refs) {
    auto names = short_names(refs);
    std::vector<std::string> near;
    while (near.size() < most_named) {
        const auto next = nearest(spec.ref, names);
        if (!next) {
            break;
        }
        near.push_back(*next);
        std::erase(names, *next);
    }
    auto hint = "nearest: " + join(near, ", ");
    if (near.empty()) {
        for (const auto name : std::span(names).first(std::min(names.size(), most_named))) {
            near.emplace_back(name);
        }
        hint = near.empty() ? "the repository is empty"
                            : fmt::format("of its {} branches and tags the first are {}",
                                          names.size(),
                                          join(near, ", "));
    }
    return Error(ErrorKind::usage,
                 fmt::format("{} has no branch, tag or commit `{}`",
                             net::redacted(spec.url),
                             printable(spec.ref)))
        .hint(printable(hint));
}

} // namespace ktstr::fetch
