#include "ktstr-runner/protocol/arguments.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace ktstr::protocol {

namespace {

using Words = std::span<const std::string>;

constexpr std::array<std::string_view, 2> options{"--help", "--version"};

Result<Request> own_option(const std::string& word) {
    if (word == "--help" || word == "-h") {
        return Help{};
    }
    if (word == "--version" || word == "-V") {
        return Version{};
    }
    const auto near = nearest(word, options);
    return fail(Error(ErrorKind::usage,
                      fmt::format("unknown option `{}` before the test binary", to_utf8(word)))
                    .hint(near ? fmt::format("did you mean `{}`?", *near)
                               : "usage: ktstr-runner [--help | --version] BIN ARGS..."));
}

// --list --format terse [--ignored], in any order and nothing else: any other listing is the
// program's own affair.
bool is_list(Words words) {
    int lists = 0;
    int formats = 0;
    int ignored = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "--list") {
            ++lists;
        } else if (words[i] == "--format=terse") {
            ++formats;
        } else if (words[i] == "--format" && i + 1 < words.size() && words[i + 1] == "terse") {
            ++formats;
            ++i;
        } else if (words[i] == "--ignored") {
            ++ignored;
        } else {
            return false;
        }
    }
    return lists == 1 && formats == 1 && ignored <= 1;
}

// The one test that the words ask for. nextest writes `--exact NAME --nocapture` in front, and
// whatever follows is its run-extra-args. Otherwise: --exact, one name, and flags of the harness
// only.
std::optional<std::string> exact_test(Words words) {
    if (words.size() >= 3 && words[0] == "--exact" && words[2] == "--nocapture") {
        return words[1];
    }
    constexpr std::array<std::string_view, 4> flags{
        "--exact", "--nocapture", "--ignored", "--bench"};
    std::optional<std::string> name;
    for (const auto& word : words) {
        if (std::ranges::find(flags, word) != flags.end()) {
            continue;
        }
        if (word.starts_with('-') || name) {
            return std::nullopt;
        }
        name = word;
    }
    return std::ranges::find(words, "--exact") == words.end() ? std::nullopt : name;
}

} // namespace

Result<Request> parse_arguments(std::span<const std::string> arguments) {
    if (arguments.empty() || arguments.front().empty()) {
        return fail(Error(ErrorKind::usage, "no test binary on the command line")
                        .hint("usage: ktstr-runner BIN ARGS...; nextest calls it so when "
                              "CARGO_TARGET_<TRIPLE>_RUNNER names it"));
    }
    if (arguments.front().starts_with('-')) {
        return own_option(arguments.front());
    }
    std::vector<std::string> argv(arguments.begin(), arguments.end());
    const auto words = arguments.subspan(1);
    if (is_list(words)) {
        return List{std::move(argv)};
    }
    if (auto test = exact_test(words); test && !test->empty()) {
        return Exact{std::move(argv), std::move(*test)};
    }
    return PassThrough{std::move(argv)};
}

} // namespace ktstr::protocol
