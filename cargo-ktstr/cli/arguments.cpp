// The adapter around cxxopts: its exceptions stop here.
#include "cargo-ktstr/cli/arguments.hpp"

#include "cargo-ktstr/nextest/options.hpp"
#include "ktstr-runner/base/text.hpp"

#define CXXOPTS_VECTOR_DELIMITER '\0' // a comma in a value is part of it
#include <cxxopts.hpp>

#include <algorithm>

namespace ktstr::cli {

namespace {

std::string command_line(const Spec& spec) {
    return "cargo ktstr " + std::string(spec.name);
}

bool is_option(std::string_view word) {
    return word.size() > 1 && word.front() == '-';
}

const nextest::Option* nextest_option(std::string_view word) {
    const auto name = word.substr(0, word.find('='));
    return name.starts_with("--") ? nextest::find_option(name.substr(2))
                                  : nextest::find_option(name[1]);
}

// `--profil` -> `--profile`, among the names that `names` lists.
std::optional<std::string> nearest_option(std::string_view word,
                                          const std::vector<std::string_view>& names) {
    if (!word.starts_with("--")) {
        return std::nullopt;
    }
    return nearest(word.substr(2, word.find('=') - 2), names);
}

std::vector<std::string_view> names_of(const Spec& spec) {
    std::vector<std::string_view> names;
    for (const auto& option : spec.options) {
        names.push_back(option.name);
    }
    for (const auto& option : general_options()) {
        names.push_back(option.name);
    }
    return names;
}

Error unknown_option(const Spec& spec, const std::string& word) {
    const auto command = command_line(spec);
    if (spec.rest == Rest::nextest && nextest_option(word) != nullptr) {
        const auto* option = nextest_option(word);
        const bool more = option->value == nextest::Value::required && word.find('=') == word.npos;
        return Error(ErrorKind::usage, "`" + word + "` belongs to nextest: put it behind `--`")
            .hint("`" + command + " -- " + word + (more ? " ..." : "") + "`");
    }
    Error error(ErrorKind::usage, "unknown option `" + word + "` of `" + command + "`");
    if (const auto near = nearest_option(word, names_of(spec))) {
        return std::move(error).hint("did you mean `--" + *near + "`?");
    }
    if (spec.rest == Rest::nextest) {
        std::vector<std::string_view> names;
        for (const auto& option : nextest::options()) {
            names.push_back(option.name);
        }
        if (const auto near = nearest_option(word, names)) {
            return std::move(error).hint("did you mean nextest's `--" + *near +
                                         "`? What is nextest's goes behind `--`");
        }
    }
    return std::move(error).hint("`" + command + " --help` lists the options");
}

Error unexpected_word(const Spec& spec, const std::string& word) {
    Error error(ErrorKind::usage, "unexpected argument `" + word + "`");
    const auto command = command_line(spec);
    switch (spec.rest) {
    case Rest::nextest:
        return std::move(error).hint("filters belong to nextest, behind `--`: `" + command +
                                     " -- " + shell_quote(word) + "`");
    case Rest::program:
        return std::move(error).hint("the program goes behind `--`: `" + command + " -- " +
                                     shell_quote(word) + "`");
    case Rest::none:
    case Rest::all:
        break;
    }
    return std::move(error).hint("`" + command + " --help` says what it takes");
}

cxxopts::Options adapter(const Spec& spec) {
    cxxopts::Options options{std::string(spec.name)};
    options.allow_unrecognised_options();
    for (const auto& option : spec.options) {
        const auto name = option.letter == '\0'
                              ? std::string(option.name)
                              : std::string(1, option.letter) + "," + std::string(option.name);
        if (option.value.empty()) {
            options.add_options()(name, "", cxxopts::value<bool>());
        } else {
            options.add_options()(name, "", cxxopts::value<std::vector<std::string>>());
        }
    }
    return options;
}

// "Option ‘kernel’ is missing an argument" -> "option `--kernel` is missing an argument"
std::string in_our_words(std::string text) {
    for (const std::string_view quote : {"‘", "’"}) {
        for (auto at = text.find(quote); at != text.npos; at = text.find(quote)) {
            text.replace(at, quote.size(), "`");
        }
    }
    constexpr std::string_view opening = "Option `";
    return text.starts_with(opening) ? "option `--" + text.substr(opening.size()) : text;
}

} // namespace

std::optional<std::string> Arguments::value(std::string_view option) const {
    const auto found = options_.find(option);
    return found == options_.end() ? std::nullopt : std::optional(found->second.back());
}

std::vector<std::string> Arguments::values(std::string_view option) const {
    const auto found = options_.find(option);
    return found == options_.end() ? std::vector<std::string>{} : found->second;
}

Result<Arguments> parse(const Spec& spec, std::span<const std::string> arguments) {
    const auto dashes = std::ranges::find(arguments, "--");
    if (dashes != arguments.end() && spec.rest == Rest::none) {
        return fail(ErrorKind::usage, "`" + command_line(spec) + "` takes nothing behind `--`");
    }
    std::vector<const char*> argv{"ktstr"};
    std::transform(arguments.begin(), dashes, std::back_inserter(argv), [](const auto& word) {
        return word.c_str();
    });
    Arguments parsed;
    if (dashes != arguments.end()) {
        parsed.rest_.assign(dashes + 1, arguments.end());
    }
    try {
        const auto result = adapter(spec).parse(static_cast<int>(argv.size()), argv.data());
        for (const auto& word : result.unmatched()) {
            if (is_option(word)) {
                return fail(unknown_option(spec, word));
            }
            parsed.positionals_.push_back(word);
        }
        for (const auto& option : spec.options) {
            const std::string name(option.name);
            if (result.count(name) > 0) {
                parsed.options_[name] = option.value.empty()
                                            ? std::vector<std::string>{"true"}
                                            : result[name].as<std::vector<std::string>>();
            }
        }
    } catch (const cxxopts::exceptions::exception& error) {
        return fail(Error(ErrorKind::usage, in_our_words(error.what()))
                        .hint("`" + command_line(spec) + " --help` shows how to write it"));
    }
    for (const auto& [name, values] : parsed.options_) {
        const auto swallowed =
            std::ranges::find_if(values, [](const auto& value) { return value.starts_with("--"); });
        if (swallowed != values.end()) {
            return fail(
                Error(ErrorKind::usage,
                      "option `--" + name + "` lacks its value: `" + *swallowed + "` follows"));
        }
    }
    if (parsed.positionals_.size() > spec.positionals) {
        return fail(unexpected_word(spec, parsed.positionals_[spec.positionals]));
    }
    return parsed;
}

} // namespace ktstr::cli
