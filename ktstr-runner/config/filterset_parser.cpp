// Grammar, loosest first (nextest documentation, "Operator precedence"; each level binds from left
// to right):
//   or    := and (("or" | "|" | "+") and)*
//   and   := unary (("and" | "&" | "-") unary)*
//   unary := ("not" | "!") unary | "(" or ")" | name "(" [matcher] ")"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/config/filterset_node.hpp"
#include "ktstr-runner/config/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace ktstr::config {

namespace {

using Node = Filterset::Node;

// Parentheses and negations nest by recursion, here and in evaluation.
constexpr std::size_t max_depth = 200;
// A chain of operators is a tree as deep as it is long.
constexpr std::size_t max_operators = 1000;

enum class Argument { none, name, platform };

struct Predicate {
    std::string_view name;
    Argument argument;
    MatcherKind by_default;
    std::string TestNames::* field; // null: names do not tell
};

// nextest documentation, "Basic predicates" and "Default matchers".
constexpr std::array predicates{
    Predicate{"all",       Argument::none,     MatcherKind::equal,    nullptr              },
    Predicate{"none",      Argument::none,     MatcherKind::equal,    nullptr              },
    Predicate{"default",   Argument::none,     MatcherKind::equal,    nullptr              },
    Predicate{"test",      Argument::name,     MatcherKind::contains, &TestNames::test     },
    Predicate{"package",   Argument::name,     MatcherKind::glob,     &TestNames::package  },
    Predicate{"binary_id", Argument::name,     MatcherKind::glob,     &TestNames::binary_id},
    Predicate{"binary",    Argument::name,     MatcherKind::glob,     &TestNames::binary   },
    Predicate{"kind",      Argument::name,     MatcherKind::equal,    &TestNames::kind     },
    Predicate{"deps",      Argument::name,     MatcherKind::glob,     nullptr              },
    Predicate{"rdeps",     Argument::name,     MatcherKind::glob,     nullptr              },
    Predicate{"group",     Argument::name,     MatcherKind::glob,     nullptr              },
    Predicate{"platform",  Argument::platform, MatcherKind::equal,    nullptr              },
};

struct Escape {
    char written;
    char32_t meant;
};

// nextest documentation, "Escape sequences"; its parser also knows \b and \f. \u{...} is handled
// apart.
constexpr std::array escapes{
    Escape{'n',  U'\n'},
    Escape{'r',  U'\r'},
    Escape{'t',  U'\t'},
    Escape{'b',  U'\b'},
    Escape{'f',  U'\f'},
    Escape{'\\', U'\\'},
    Escape{'/',  U'/' },
    Escape{')',  U')' },
    Escape{',',  U',' },
};

template <class T> NodePtr make_node(T is) {
    return std::make_shared<const Node>(Node{std::move(is)});
}

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

class Parser final {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    Result<NodePtr> whole() {
        TRY_ASSIGN(auto root, disjunctions());
        skip_blank();
        if (at_ < text_.size()) {
            return fail(error_at(at_, "expected an operator or the end of the expression"));
        }
        return root;
    }

private:
    // The expression with a caret under the place, on the one line of it that matters.
    Error error_at(std::size_t at, std::string_view what) const {
        const auto before = text_.substr(0, at);
        const auto line_start =
            before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
        const auto line = text_.substr(line_start, text_.substr(line_start).find('\n'));
        const auto column = decode_utf8(text_.substr(line_start, at - line_start)).size() + 1;
        const auto number = std::ranges::count(before, '\n') + 1;
        const auto place = number == 1 ? fmt::format("column {}", column)
                                       : fmt::format("line {}, column {}", number, column);
        return {ErrorKind::usage,
                fmt::format("filter expression, {}: {}\n    {}\n    {}^",
                            place,
                            what,
                            to_utf8(line),
                            std::string(column - 1, ' '))};
    }

    void skip_blank() {
        const auto next = text_.find_first_not_of(" \t\r\n", at_);
        at_ = next == std::string_view::npos ? text_.size() : next;
    }

    // Takes a symbol, or a word that no letter follows, after any blanks.
    bool take(std::string_view token) {
        skip_blank();
        const auto rest = text_.substr(at_);
        if (!rest.starts_with(token)) {
            return false;
        }
        if (is_word(token.back()) && rest.size() > token.size() && is_word(rest[token.size()])) {
            return false;
        }
        at_ += token.size();
        return true;
    }

    // As take(), but says that nextest has no && and ||.
    Result<bool> take_symbol(std::string_view symbol) {
        if (!take(symbol)) {
            return false;
        }
        if (text_.substr(at_).starts_with(symbol)) {
            return fail(
                error_at(at_ - 1, fmt::format("`{0}{0}` is not an operator, write `{0}`", symbol)));
        }
        return true;
    }

    Result<> count_operator() {
        if (++operators_ > max_operators) {
            return fail(error_at(at_, fmt::format("more than {} operators", max_operators)));
        }
        return {};
    }

    Result<NodePtr> disjunctions() {
        TRY_ASSIGN(auto left, conjunctions());
        for (;;) {
            TRY_ASSIGN(const bool pipe, take_symbol("|"));
            if (!pipe && !take("+") && !take("or")) {
                return left;
            }
            TRY(count_operator());
            TRY_ASSIGN(auto right, conjunctions());
            left = make_node(Node::Or{std::move(left), std::move(right)});
        }
    }

    Result<NodePtr> conjunctions() {
        TRY_ASSIGN(auto left, unary());
        for (;;) {
            TRY_ASSIGN(const bool ampersand, take_symbol("&"));
            const bool minus = !ampersand && take("-");
            if (!ampersand && !minus && !take("and")) {
                return left;
            }
            TRY(count_operator());
            TRY_ASSIGN(auto right, unary());
            if (minus) {
                right = make_node(Node::Not{std::move(right)});
            }
            left = make_node(Node::And{std::move(left), std::move(right)});
        }
    }

    Result<NodePtr> unary() {
        if (++depth_ > max_depth) {
            return fail(error_at(at_, fmt::format("nested more than {} deep", max_depth)));
        }
        TRY_ASSIGN(auto out, unary_inner());
        --depth_;
        return out;
    }

    Result<NodePtr> unary_inner() {
        if (take("not") || take("!")) {
            TRY_ASSIGN(auto inner, unary());
            return make_node(Node::Not{std::move(inner)});
        }
        if (take("(")) {
            TRY_ASSIGN(auto inner, disjunctions());
            TRY(expect_close());
            return inner;
        }
        return predicate();
    }

    Result<> expect_close() {
        if (take(")")) {
            return {};
        }
        if (at_ < text_.size() && text_[at_] == ',') {
            return fail(error_at(
                at_, "expected `)`; a predicate takes one argument (a comma in a name is `\\,`)"));
        }
        return fail(error_at(at_, "expected `)`"));
    }

    Result<NodePtr> predicate() {
        skip_blank();
        const auto start = at_;
        while (at_ < text_.size() && is_word(text_[at_])) {
            ++at_;
        }
        const auto name = text_.substr(start, at_ - start);
        if (name.empty()) {
            return fail(error_at(start, "expected a predicate such as `test(name)`, `not` or `(`"));
        }
        const auto known = std::ranges::find(predicates, name, &Predicate::name);
        if (known == predicates.end()) {
            std::vector<std::string_view> names;
            std::ranges::transform(predicates, std::back_inserter(names), &Predicate::name);
            const auto near = nearest(name, names);
            auto error = error_at(start, fmt::format("unknown predicate `{}`", name));
            return fail(
                std::move(error).hint(near ? fmt::format("did you mean `{}(...)`?", *near)
                                           : "known are all none default test package binary "
                                             "binary_id kind deps rdeps group platform"));
        }
        if (!take("(")) {
            return fail(error_at(at_, fmt::format("expected `(` after `{}`", name)));
        }
        TRY_ASSIGN(auto node, argument(*known));
        TRY(expect_close());
        return node;
    }

    Result<NodePtr> argument(const Predicate& known) {
        skip_blank();
        if (known.argument == Argument::none) {
            if (known.name == "default") {
                return make_node(Node::Beyond{std::string(known.name)});
            }
            return make_node(Node::Constant{match_of(known.name == "all")});
        }
        if (known.argument == Argument::platform) {
            const auto start = at_;
            TRY_ASSIGN(const auto text, string());
            if (trim(text) != "host" && trim(text) != "target") {
                return fail(error_at(start, "expected `host` or `target`"));
            }
            return make_node(Node::Beyond{std::string(known.name)});
        }
        TRY_ASSIGN(auto matcher, name_matcher(known.by_default));
        if (known.field == nullptr) {
            return make_node(Node::Beyond{std::string(known.name)});
        }
        return make_node(Node::Name{known.field, std::move(matcher)});
    }

    Result<NameMatcher> name_matcher(MatcherKind kind) {
        const auto start = at_;
        if (text_.substr(at_).starts_with('/')) {
            TRY_ASSIGN(const auto pattern, regex_text());
            return located(NameMatcher::regex(pattern), start);
        }
        constexpr std::string_view marks = "=~#";
        constexpr std::array kinds{MatcherKind::equal, MatcherKind::contains, MatcherKind::glob};
        if (at_ < text_.size()) {
            if (const auto mark = marks.find(text_[at_]); mark != std::string_view::npos) {
                kind = kinds[mark];
                ++at_;
            }
        }
        TRY_ASSIGN(auto text, string());
        return located(NameMatcher::make(kind, std::move(text)), start);
    }

    Result<NameMatcher> located(Result<NameMatcher> made, std::size_t start) const {
        if (made) {
            return made;
        }
        auto error = error_at(start, made.error().message());
        return fail(made.error().hint().empty() ? std::move(error)
                                                : std::move(error).hint(made.error().hint()));
    }

    // Between slashes; `\/` is a slash, every other escape is the regular expression's own.
    Result<std::string> regex_text() {
        const auto start = at_++;
        std::string out;
        for (; at_ < text_.size() && text_[at_] != '/'; ++at_) {
            if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
                ++at_;
                out += text_[at_] == '/' ? "/" : fmt::format("\\{}", text_[at_]);
                continue;
            }
            out += text_[at_];
        }
        if (at_ == text_.size()) {
            return fail(error_at(start, "this regular expression has no closing `/`"));
        }
        ++at_;
        return out;
    }

    // Up to an unescaped `)` or `,`; blanks at its end belong to it, as in nextest.
    Result<std::string> string() {
        const auto start = at_;
        std::string out;
        while (at_ < text_.size() && text_[at_] != ')' && text_[at_] != ',') {
            if (text_[at_] == '\\') {
                TRY_ASSIGN(const char32_t c, escape());
                out += encode_utf8(c);
            } else {
                out += text_[at_++];
            }
        }
        if (out.empty()) {
            return fail(error_at(start, "expected a name"));
        }
        return out;
    }

    Result<char32_t> escape() {
        const auto start = at_++;
        if (at_ == text_.size()) {
            return fail(error_at(start, "a backslash at the end"));
        }
        const char c = text_[at_++];
        if (const auto known = std::ranges::find(escapes, c, &Escape::written);
            known != escapes.end()) {
            return known->meant;
        }
        if (c == 'u') {
            const auto close = text_.find('}', at_);
            const auto digits = close == std::string_view::npos || text_[at_] != '{'
                                    ? std::string_view{}
                                    : text_.substr(at_ + 1, close - at_ - 1);
            std::uint32_t value = 0;
            const auto [end, failure] =
                std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
            if (digits.empty() || digits.size() > 6 || failure != std::errc{} ||
                end != digits.data() + digits.size() || !is_scalar(value)) {
                return fail(error_at(
                    start, "expected `\\u{...}` with 1 to 6 hexadecimal digits of a character"));
            }
            at_ = close + 1;
            return value;
        }
        return fail(error_at(
            start,
            "unknown escape sequence; known are \\n \\r \\t \\b \\f \\\\ \\/ \\) \\, \\u{...}"));
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    std::size_t operators_ = 0;
};

} // namespace

Result<NodePtr> parse_filterset(std::string_view text) {
    return Parser(text).whole();
}

} // namespace ktstr::config
