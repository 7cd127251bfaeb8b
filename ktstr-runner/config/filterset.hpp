// nextest's filterset language, as far as it can be judged from a test's names alone: all() none()
// test() package() binary() binary_id() kind() with = ~ / # matchers, and or not & | + - ! and
// parentheses. deps(), rdeps(), platform(), default() and group() need more than names: they are
// `unknown`, and unknown spreads as in three-valued logic. Reference: nextest documentation,
// "Filterset DSL reference".
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/config/match.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ktstr::config {

struct TestNames {
    std::string test;
    std::string package;   // package name
    std::string binary;    // binary name
    std::string binary_id; // pkg, pkg::name, pkg::kind/name
    std::string kind;      // lib, test, bench, bin, example, proc-macro
};

class Filterset final {
public:
    // The error names the column and what was expected there, and shows both under the expression.
    static Result<Filterset> parse(std::string_view text);
    Match matches(const TestNames& names) const;

    // The answer for a binary as a whole: what test() says is unknown.
    Match matches_binary(const TestNames& names) const;

    // The first predicate that names cannot answer, as "deps()"; absent when there is none.
    std::optional<std::string> beyond_names() const;

    struct Node;

private:
    explicit Filterset(std::shared_ptr<const Node> root) : root_(std::move(root)) {}

    std::shared_ptr<const Node> root_;
};

} // namespace ktstr::config
