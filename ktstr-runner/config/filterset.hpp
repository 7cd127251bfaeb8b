// nextest's filterset language, as far as it can be judged from a test's names alone: all() none() test() package()
// binary() binary_id() kind() with = ~ / # matchers, and or not & | + - ! and parentheses. deps(), rdeps(), platform(),
// default() and group() need more than names: they are `unknown`, and unknown spreads as in three-valued logic.
// Reference: nextest documentation, "Filterset DSL reference".
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <memory>
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

enum class Match { no, yes, unknown };

class Filterset final {
public:
    // The error names the column and what was expected there.
    static Result<Filterset> parse(std::string_view text);
    Match matches(const TestNames& names) const;

    struct Node;

private:
    explicit Filterset(std::shared_ptr<const Node> root) : root_(std::move(root)) {}

    std::shared_ptr<const Node> root_;
};

} // namespace ktstr::config
