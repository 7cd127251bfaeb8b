#include "cargo-ktstr/nextest/arguments.hpp"

#include "cargo-ktstr/nextest/options.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace ktstr::nextest {

namespace {

// One option as written, or a word that is none (option == nullptr).
struct Item {
    const Option* option = nullptr;
    std::string value;
    std::vector<std::string>
        words; // as they stand on the command line; for a letter of a cluster, a word of its own
};

struct Reading {
    std::vector<Item> items;
    std::vector<std::string> tail; // nextest's own `--` and what follows it
};

class Reader final {
public:
    explicit Reader(std::span<const std::string> arguments) : rest_(arguments) {}

    Reading read() {
        Reading reading;
        while (!rest_.empty() && rest_.front() != "--") {
            const auto& word = next();
            if (word.starts_with("--")) {
                reading.items.push_back(long_option(word));
            } else if (word.size() > 1 && word.front() == '-') {
                std::ranges::move(letters(word), std::back_inserter(reading.items));
            } else {
                reading.items.push_back({.words = {word}});
            }
        }
        reading.tail.assign(rest_.begin(), rest_.end());
        return reading;
    }

private:
    const std::string& next() {
        const auto& word = rest_.front();
        rest_ = rest_.subspan(1);
        return word;
    }

    Item long_option(const std::string& word) {
        const auto equals = word.find('=');
        Item item{.option = find_option(
                      std::string_view(word).substr(2, equals == word.npos ? equals : equals - 2)),
                  .words = {word}};
        if (equals != word.npos) {
            item.value = word.substr(equals + 1);
        } else if (item.option != nullptr && item.option->value == Value::required &&
                   !rest_.empty()) {
            item.value = next();
            item.words.push_back(item.value);
        }
        return item;
    }

    // `-rj4`, `-j 4`, `-j=4`, `-E'all()'`: letters up to the first that takes a value, which is the
    // rest or the next word.
    std::vector<Item> letters(const std::string& word) {
        std::vector<Item> items;
        for (std::size_t at = 1; at < word.size(); ++at) {
            Item item{.option = find_option(word[at]), .words = {std::string("-") + word[at]}};
            if (item.option == nullptr) {
                return {{.words = {word}}};
            }
            if (item.option->value == Value::required) {
                const auto attached = word.substr(at + 1);
                item.value = attached.starts_with('=') ? attached.substr(1) : attached;
                item.words.front() += attached;
                if (attached.empty() && !rest_.empty()) {
                    item.value = next();
                    item.words.push_back(item.value);
                }
                items.push_back(std::move(item));
                return items;
            }
            items.push_back(std::move(item));
        }
        return items;
    }

    std::span<const std::string> rest_;
};

bool chooses_tests(const Option& option) {
    constexpr std::array<std::string_view, 4> choosers{
        "filterset", "partition", "run-ignored", "rerun"};
    return std::ranges::find(choosers, option.name) != choosers.end();
}

} // namespace

std::vector<std::string> arguments_for_list(std::span<const std::string> arguments) {
    const auto reading = Reader(arguments).read();
    std::vector<std::string> out;
    for (const auto& item : reading.items) {
        if (item.option == nullptr || item.option->scope == Scope::list_and_run) {
            std::ranges::copy(item.words, std::back_inserter(out));
        }
    }
    std::ranges::copy(reading.tail, std::back_inserter(out));
    return out;
}

std::vector<std::string> build_options(std::span<const std::string> arguments) {
    std::vector<std::string> out;
    for (const auto& item : Reader(arguments).read().items) {
        const bool listed = item.option != nullptr && item.option->scope == Scope::list_and_run;
        if (listed && !chooses_tests(*item.option)) {
            std::ranges::copy(item.words, std::back_inserter(out));
        }
    }
    return out;
}

std::optional<std::string> value_of(std::span<const std::string> arguments,
                                    std::string_view option) {
    auto values = values_of(arguments, option);
    return values.empty() ? std::nullopt : std::optional(std::move(values.back()));
}

std::vector<std::string> values_of(std::span<const std::string> arguments,
                                   std::string_view option) {
    const auto* wanted = find_option(option);
    std::vector<std::string> values;
    for (const auto& item : Reader(arguments).read().items) {
        if (item.option != nullptr && item.option == wanted) {
            values.push_back(item.value);
        }
    }
    return values;
}

std::vector<std::string> with_last(std::span<const std::string> arguments,
                                   std::span<const std::string> more) {
    std::vector<std::string> all(arguments.begin(), arguments.end());
    all.insert(std::ranges::find(all, "--"), more.begin(), more.end());
    return all;
}

bool choose_tests(std::span<const std::string> arguments) {
    const auto reading = Reader(arguments).read();
    return !reading.tail.empty() || std::ranges::any_of(reading.items, [&](const Item& item) {
        return item.option == nullptr || chooses_tests(*item.option);
    });
}

bool has_option(std::span<const std::string> arguments, std::string_view option) {
    return value_of(arguments, option).has_value();
}

} // namespace ktstr::nextest
