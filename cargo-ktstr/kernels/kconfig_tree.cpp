#include "cargo-ktstr/kernels/kconfig_tree.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/text.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

namespace ktstr::kernels {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_file = std::size_t{4} << 20;

// The word after `keyword` when the line begins with it.
std::optional<std::string_view> after(std::string_view line, std::string_view keyword) {
    if (!line.starts_with(keyword)) {
        return std::nullopt;
    }
    const auto rest = line.substr(keyword.size());
    return rest.empty() || rest.front() == ' ' || rest.front() == '\t' ? std::optional(trim(rest))
                                                                       : std::nullopt;
}

// Lines that end in a backslash go on in the next one.
std::vector<std::string> logical_lines(std::string_view text) {
    std::vector<std::string> lines;
    bool goes_on = false;
    for (auto& line : split(text, '\n')) {
        const bool more = line.ends_with('\\');
        if (more) {
            line.pop_back();
        }
        if (goes_on) {
            lines.back() += " " + line;
        } else {
            lines.push_back(std::move(line));
        }
        goes_on = more;
    }
    return lines;
}

// A line of help text is no statement: it is indented deeper than the word "help".
std::size_t indentation(std::string_view line) {
    constexpr std::size_t tab = 8;
    std::size_t width = 0;
    for (const char c : line) {
        if (c == '\t') {
            width = (width / tab + 1) * tab;
        } else if (c == ' ') {
            ++width;
        } else {
            break;
        }
    }
    return width;
}

// A recursive descent over "a && (b || !c) && D >= 12".
class Expression final {
public:
    Expression(std::string_view text, const Kconfig& config) : rest_(text), config_(config) {}

    bool holds() {
        const bool value = any();
        return value || !trim(rest_).empty(); // what cannot be read holds
    }

private:
    bool take(std::string_view token) {
        rest_ = trim(rest_);
        if (!rest_.starts_with(token)) {
            return false;
        }
        rest_.remove_prefix(token.size());
        return true;
    }

    bool any() {
        bool value = all();
        while (take("||")) {
            value = all() || value;
        }
        return value;
    }

    bool all() {
        bool value = one();
        while (take("&&")) {
            value = one() && value;
        }
        return value;
    }

    bool one() {
        if (take("(")) {
            const bool value = any();
            take(")");
            return value;
        }
        if (rest_ = trim(rest_); rest_.starts_with("!") && !rest_.starts_with("!=")) {
            rest_.remove_prefix(1);
            return !one();
        }
        const auto left = word();
        for (const std::string_view compare : {"!=", "<=", ">=", "=", "<", ">"}) {
            if (take(compare)) {
                return compares(left, compare, word());
            }
        }
        return left == "y" || left == "m";
    }

    // The value of the symbol or literal that comes.
    std::string word() {
        rest_ = trim(rest_);
        constexpr std::string_view ends = " \t()!=<>&|";
        if (rest_.starts_with('"')) {
            const auto end = std::min(rest_.find('"', 1), rest_.size() - 1);
            const auto text = rest_.substr(0, end + 1);
            rest_.remove_prefix(end + 1);
            return std::string(text);
        }
        const auto name = rest_.substr(0, rest_.find_first_of(ends));
        rest_.remove_prefix(name.size());
        const bool literal =
            name == "y" || name == "n" || name == "m" || (!name.empty() && parse_u64(name));
        if (literal) {
            return std::string(name);
        }
        const auto found = config_.find("CONFIG_" + std::string(name));
        return found == config_.end() ? "n" : found->second;
    }

    static bool compares(const std::string& left, std::string_view how, const std::string& right) {
        const auto a = parse_u64(left == "n" ? "0" : left);
        const auto b = parse_u64(right == "n" ? "0" : right);
        const auto order = a && b ? *a <=> *b : left.compare(right) <=> 0;
        return how == "="    ? order == 0
               : how == "!=" ? order != 0
               : how == "<"  ? order < 0
               : how == ">"  ? order > 0
               : how == "<=" ? order <= 0
                             : order >= 0;
    }

    std::string_view rest_;
    const Kconfig& config_;
};

bool is_of_another_architecture(const fs::path& relative, std::string_view arch) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 2> folders{
        std::pair{std::string_view("x86_64"),  std::string_view("x86")  },
        std::pair{std::string_view("aarch64"), std::string_view("arm64")}
    };
    // arch/NAME/...
    const std::vector<fs::path> parts(relative.begin(), relative.end());
    if (parts.size() < 3 || parts[0] != "arch") {
        return false;
    }
    const auto own = std::ranges::find(folders, arch, &decltype(folders)::value_type::first);
    return own == folders.end() || parts[1] != own->second;
}

} // namespace

KconfigTree KconfigTree::read(const fs::path& tree, std::string_view arch) {
    KconfigTree out;
    std::error_code error;
    for (fs::recursive_directory_iterator at(tree, error), end; !error && at != end;
         at.increment(error)) {
        const auto name = at->path().filename().string();
        std::error_code ignored;
        if (at->is_directory(ignored)) {
            if (name == ".git" ||
                is_of_another_architecture(at->path().lexically_relative(tree) / name, arch)) {
                at.disable_recursion_pending();
            }
        } else if (name.starts_with("Kconfig")) {
            out.add(read_file(at->path(), longest_file).value_or(""));
        }
    }
    return out;
}

void KconfigTree::add(std::string_view text) {
    std::vector<std::vector<std::string>> around; // of each menu and `if` that is open
    std::vector<std::string>* depends = nullptr;  // of the entry that is read
    constexpr auto none = std::numeric_limits<std::size_t>::max();
    auto help = none; // the indentation of the help text's heading, while in one
    for (const auto& raw : logical_lines(text)) {
        const auto line = trim(raw);
        if (line.empty() || line.starts_with('#') || indentation(raw) > help) {
            continue;
        }
        help = none;
        auto symbol = after(line, "config");
        symbol = symbol ? symbol : after(line, "menuconfig");
        if (symbol) {
            auto& definition = symbols_[std::string(*symbol)].emplace_back();
            for (const auto& block : around) {
                definition.insert(definition.end(), block.begin(), block.end());
            }
            depends = &definition;
        } else if (const auto expression = after(line, "depends on")) {
            if (depends != nullptr) {
                depends->emplace_back(*expression);
            }
        } else if (const auto condition = after(line, "if")) {
            around.push_back({std::string(*condition)});
            depends = nullptr;
        } else if (after(line, "menu")) {
            depends = &around.emplace_back();
        } else if (line == "endif" || line == "endmenu") {
            if (!around.empty()) {
                around.pop_back();
            }
            depends = nullptr;
        } else if (after(line, "choice") || after(line, "comment") || after(line, "source")) {
            depends = nullptr;
        } else if (line == "help" || line == "---help---") {
            help = indentation(raw);
        }
    }
}

std::vector<std::string> KconfigTree::unmet(std::string_view symbol, const Kconfig& config) const {
    const auto found = symbols_.find(symbol);
    std::optional<std::vector<std::string>> least;
    if (found != symbols_.end()) {
        for (const auto& definition : found->second) {
            std::vector<std::string> missing;
            std::ranges::copy_if(definition, std::back_inserter(missing), [&](const auto& text) {
                return !kconfig_holds(text, config);
            });
            if (!least || missing.size() < least->size()) {
                least = std::move(missing);
            }
        }
    }
    return least.value_or(std::vector<std::string>{});
}

bool kconfig_holds(std::string_view expression, const Kconfig& config) {
    return Expression(expression, config).holds();
}

} // namespace ktstr::kernels
