#include "ktstr-runner/config/filterset.hpp"

#include "ktstr-runner/config/filterset_node.hpp"

#include <type_traits>

namespace ktstr::config {

namespace {

using Node = Filterset::Node;

struct Evaluator {
    const TestNames& names;
    bool whole_binary;

    Match of(const NodePtr& node) const { return std::visit(*this, node->is); }

    Match operator()(const Node::Constant& node) const { return node.value; }

    Match operator()(const Node::Beyond&) const { return Match::unknown; }

    Match operator()(const Node::Not& node) const { return negation(of(node.inner)); }

    Match operator()(const Node::And& node) const {
        return conjunction(of(node.left), of(node.right));
    }

    Match operator()(const Node::Or& node) const {
        return disjunction(of(node.left), of(node.right));
    }

    Match operator()(const Node::Name& node) const {
        if (whole_binary && node.field == &TestNames::test) {
            return Match::unknown;
        }
        return node.matcher.matches(names.*node.field);
    }
};

std::optional<std::string> first_beyond(const NodePtr& node) {
    return std::visit(
        [](const auto& is) -> std::optional<std::string> {
            using Is = std::decay_t<decltype(is)>;
            if constexpr (std::is_same_v<Is, Node::Beyond>) {
                return is.predicate + "()";
            } else if constexpr (std::is_same_v<Is, Node::Not>) {
                return first_beyond(is.inner);
            } else if constexpr (std::is_same_v<Is, Node::And> || std::is_same_v<Is, Node::Or>) {
                auto left = first_beyond(is.left);
                return left ? left : first_beyond(is.right);
            } else {
                return std::nullopt;
            }
        },
        node->is);
}

} // namespace

Result<Filterset> Filterset::parse(std::string_view text) {
    TRY_ASSIGN(auto root, parse_filterset(text));
    return Filterset(std::move(root));
}

Match Filterset::matches(const TestNames& names) const {
    return Evaluator{.names = names, .whole_binary = false}.of(root_);
}

Match Filterset::matches_binary(const TestNames& names) const {
    return Evaluator{.names = names, .whole_binary = true}.of(root_);
}

std::optional<std::string> Filterset::beyond_names() const {
    return first_beyond(root_);
}

} // namespace ktstr::config
