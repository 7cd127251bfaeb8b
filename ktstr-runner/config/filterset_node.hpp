// The tree that a filter expression is parsed into. Private to the filterset's own files.
#pragma once

#include "ktstr-runner/config/filterset.hpp"
#include "ktstr-runner/config/name_matcher.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace ktstr::config {

using NodePtr = std::shared_ptr<const Filterset::Node>;

struct Filterset::Node {
    struct Constant {
        Match value;
    };

    // A predicate over one of the names.
    struct Name {
        std::string TestNames::* field;
        NameMatcher matcher;
    };

    // A predicate over things that names do not tell.
    struct Beyond {
        std::string predicate;
    };

    struct Not {
        NodePtr inner;
    };

    struct And {
        NodePtr left;
        NodePtr right;
    };

    struct Or {
        NodePtr left;
        NodePtr right;
    };

    std::variant<Constant, Name, Beyond, Not, And, Or> is;
};

Result<NodePtr> parse_filterset(std::string_view text);

} // namespace ktstr::config
