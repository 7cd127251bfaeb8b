#include "ktstr-runner/store/kernel_spec.hpp"

#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/store/store.hpp"
#include "ktstr-runner/store/version.hpp"

#include <algorithm>

namespace ktstr::store {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view git_prefix = "git+";

tl::unexpected<Error> no_spec(std::string_view text, std::string why, std::string hint) {
    return fail(Error(ErrorKind::usage, std::move(why))
                    .context("`" + to_utf8(text) + "` is no kernel")
                    .hint(std::move(hint)));
}

Result<KernelSpec> parse_git(std::string_view text) {
    const auto rest = text.substr(git_prefix.size());
    const auto hash = rest.find('#');
    if (hash == std::string_view::npos || hash == 0 || hash + 1 == rest.size()) {
        return no_spec(text, "it names no branch, tag or commit", "write git+URL#REF");
    }
    const auto url = rest.substr(0, hash);
    const auto host = url.find("://");
    const auto authority = host == std::string_view::npos
                               ? ""
                               : url.substr(host + 3, url.find('/', host + 3) - host - 3);
    if (const auto at = authority.rfind('@');
        at != std::string_view::npos &&
        authority.substr(0, at).find(':') != std::string_view::npos) {
        return fail(Error(ErrorKind::usage, "a kernel's git URL must not hold a password")
                        .hint("it would end in results and logs; clone the repository yourself and "
                              "give git+file:///PATH#REF, or use ssh"));
    }
    return GitSpec{.url = std::string(url), .ref = std::string(rest.substr(hash + 1))};
}

Result<KernelSpec> parse_range(std::string_view text, std::size_t dots) {
    RangeSpec range{.first = std::string(text.substr(0, dots)),
                    .last = std::string(text.substr(dots + 2))};
    for (const auto& end : {range.first, range.last}) {
        if (!is_version(end)) {
            return no_spec(text, "`" + to_utf8(end) + "` is no version", "write 6.12..6.14");
        }
    }
    if (compare_versions(range.first, range.last) > 0) {
        return no_spec(
            text, "the range ends before it begins", "write " + range.last + ".." + range.first);
    }
    return range;
}

fs::path expand_home(std::string_view text) {
    const bool home = text == "~" || text.starts_with("~/");
    const auto directory = env("HOME").value_or("");
    return home && !directory.empty() ? fs::path(directory + std::string(text.substr(1)))
                                      : fs::path(text);
}

// Runs of other characters become one `_`, none at the ends.
std::string as_word(std::string_view text) {
    std::string word;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        const bool upper = c >= 'A' && c <= 'Z';
        if (plain || upper) {
            word += static_cast<char>(upper ? c - 'A' + 'a' : c);
        } else if (!word.empty() && word.back() != '_') {
            word += '_';
        }
    }
    if (word.ends_with('_')) {
        word.pop_back();
    }
    return word;
}

// The last two parts of an address: who and what.
std::string repository_words(std::string_view url) {
    while (url.ends_with('/')) {
        url.remove_suffix(1);
    }
    if (url.ends_with(".git")) {
        url.remove_suffix(4);
    }
    auto begin = url.rfind('/');
    begin = begin == std::string_view::npos || begin == 0 ? begin : url.rfind('/', begin - 1);
    return as_word(begin == std::string_view::npos ? url : url.substr(begin + 1));
}

struct Label {
    std::string operator()(const GitSpec& git) const {
        return "git_" + repository_words(git.url) + "_" + as_word(git.ref);
    }

    std::string operator()(const RangeSpec& range) const {
        return as_word(range.first) + "_to_" + as_word(range.last);
    }

    std::string operator()(const PathSpec& path) const {
        constexpr std::size_t digits = 6;
        auto full = fs::absolute(path.path).lexically_normal();
        if (!full.has_filename()) {
            full = full.parent_path();
        }
        return "path_" + as_word(full.filename().string()) + "_" +
               sha256_of(full.string()).substr(0, digits);
    }

    std::string operator()(const VersionSpec& version) const { return as_word(version.version); }

    std::string operator()(const KeySpec& key) const { return as_word(key.key); }
};

} // namespace

Result<KernelSpec> parse_kernel_spec(std::string_view text) {
    if (text.starts_with(git_prefix)) {
        return parse_git(text);
    }
    const bool is_path =
        text.find('/') != std::string_view::npos || text.starts_with('.') || text.starts_with('~');
    if (const auto dots = text.find(".."); dots != std::string_view::npos && !is_path) {
        return parse_range(text, dots);
    }
    if (is_path) {
        return PathSpec{expand_home(text)};
    }
    if (is_version(text)) {
        return VersionSpec{std::string(text)};
    }
    if (!is_key(text)) {
        return no_spec(text,
                       text.empty() ? "it is empty" : "it is neither a version nor a key",
                       "a version such as 6.14, a range 6.12..6.14, a path with a `/`, "
                       "git+URL#REF, or a key of `cargo ktstr kernel list`");
    }
    return KeySpec{std::string(text)};
}

bool is_version(std::string_view text) {
    constexpr std::size_t most_digits = 5;
    constexpr int most_numbers = 3;
    const auto number = [&] {
        const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
        const bool good = end > 0 && end <= most_digits;
        text.remove_prefix(end);
        return good;
    };
    if (!number()) {
        return false;
    }
    for (int numbers = 1; text.starts_with('.'); ++numbers) {
        text.remove_prefix(1);
        if (numbers == most_numbers || !number()) {
            return false;
        }
    }
    if (text.starts_with("-rc")) {
        text.remove_prefix(3);
        return number() && text.empty();
    }
    return text.empty();
}

std::string series_of(std::string_view version) {
    const auto minor = version.find('.');
    if (minor == std::string_view::npos) {
        return std::string(version.substr(0, version.find('-')));
    }
    return std::string(version.substr(0, version.find_first_of(".-", minor + 1)));
}

std::string kernel_label(const KernelSpec& spec) {
    return "kernel_" + std::visit(Label{}, spec);
}

} // namespace ktstr::store
