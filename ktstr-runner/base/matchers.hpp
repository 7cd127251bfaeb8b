// gmock matchers for Result: IsOk(), IsErrorWith("part of any frame or hint"). Tests only.
#pragma once

#include <gmock/gmock.h>

#include <string>

namespace ktstr {

MATCHER(IsOk, "is ok") {
    if (!arg) {
        *result_listener << arg.error().render();
    }
    return arg.has_value();
}

MATCHER_P(IsErrorWith, text, std::string("is an error that says ") + text) {
    if (arg) {
        *result_listener << "it is a value";
        return false;
    }
    *result_listener << arg.error().render();
    return arg.error().render().find(text) != std::string::npos;
}

} // namespace ktstr
