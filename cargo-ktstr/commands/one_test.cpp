#include "cargo-ktstr/commands/one_test.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <vector>

namespace ktstr::commands {

namespace {

constexpr std::size_t named_at_most = 8;

template <class Fits>
std::vector<TestName> tests_that(const std::set<TestName>& tests, const Fits& fits) {
    std::vector<TestName> found;
    for (const auto& test : tests) {
        if (fits(test)) {
            found.push_back(test);
        }
    }
    return found;
}

Error none_found(const std::string& wanted,
                 const std::set<TestName>& tests,
                 const AmongTests& among) {
    std::vector<std::string_view> known;
    for (const auto& one : tests) {
        known.push_back(one.test);
    }
    const auto near = nearest(wanted, known);
    return Error(ErrorKind::usage,
                 fmt::format("no {} has `{}` in its name", among.they, printable(wanted)))
        .hint(near ? "did you mean `" + printable(*near) + "`?" : std::string(among.named_by));
}

Error several_found(const std::string& wanted,
                    const std::vector<TestName>& found,
                    const AmongTests& among) {
    std::string list;
    for (std::size_t i = 0; i < found.size() && i < named_at_most; ++i) {
        list += "\n  " + printable(found[i].whole());
    }
    if (found.size() > named_at_most) {
        list += fmt::format("\n  and {} more", found.size() - named_at_most);
    }
    return Error(ErrorKind::usage,
                 fmt::format(
                     "{} tests have `{}` in their names:{}", found.size(), printable(wanted), list))
        .hint(fmt::format("name one of them, as 'BINARY NAME'{}", among.other_way));
}

} // namespace

Result<TestName>
one_test(const std::string& wanted, const std::set<TestName>& tests, const AmongTests& among) {
    auto found = tests_that(
        tests, [&](const TestName& one) { return one.test == wanted || one.whole() == wanted; });
    if (found.empty()) {
        found = tests_that(tests, [&](const TestName& one) {
            return one.whole().find(wanted) != std::string::npos;
        });
    }
    if (found.empty()) {
        return fail(none_found(wanted, tests, among));
    }
    if (found.size() > 1) {
        return fail(several_found(wanted, found, among));
    }
    return std::move(found.front());
}

} // namespace ktstr::commands
