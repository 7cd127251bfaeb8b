#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/config/filterset.hpp"

#include <gtest/gtest.h>

namespace ktstr::config {
namespace {

const TestNames numa{.test = "numa::spreads_tasks",
                     .package = "my-crate",
                     .binary = "sched",
                     .binary_id = "my-crate::sched",
                     .kind = "test"};

Match judge(std::string_view text, const TestNames& names = numa) {
    const auto filter = Filterset::parse(text);
    EXPECT_THAT(filter, IsOk()) << text;
    return filter ? filter->matches(names) : Match::unknown;
}

TEST(Filterset, DefaultMatchersAreNextests) {
    EXPECT_EQ(judge("test(spreads)"), Match::yes);
    EXPECT_EQ(judge("package(my)"), Match::no);
    EXPECT_EQ(judge("package(my*)"), Match::yes);
    EXPECT_EQ(judge("binary(sch?d)"), Match::yes);
    EXPECT_EQ(judge("binary_id(my-crate::*)"), Match::yes);
    EXPECT_EQ(judge("binary_id(my-crate)"), Match::no);
    EXPECT_EQ(judge("kind(test)"), Match::yes);
    EXPECT_EQ(judge("kind(tes)"), Match::no);
    EXPECT_EQ(judge("kind(t*)"), Match::no);
    EXPECT_EQ(judge("all()"), Match::yes);
    EXPECT_EQ(judge("none( )"), Match::no);
}

TEST(Filterset, PrefixesChooseTheMatcher) {
    EXPECT_EQ(judge("test(=numa::spreads_tasks)"), Match::yes);
    EXPECT_EQ(judge("test(=spreads_tasks)"), Match::no);
    EXPECT_EQ(judge("package(~crate)"), Match::yes);
    EXPECT_EQ(judge("test(#numa::*)"), Match::yes);
    EXPECT_EQ(judge("test(#numa)"), Match::no);
    EXPECT_EQ(judge("kind(/^te.t$/)"), Match::yes);
    EXPECT_EQ(judge("test(/^spreads/)"), Match::no);
    EXPECT_EQ(judge("test( spreads)"), Match::yes);
    EXPECT_EQ(judge("test(~=x)", {.test = "a=x"}), Match::yes);
}

TEST(Filterset, EscapesAndBlanksInNames) {
    EXPECT_EQ(judge(R"(test(some(thing\)))", {.test = "some(thing)"}), Match::yes);
    EXPECT_EQ(judge(R"(test(=a\,b))", {.test = "a,b"}), Match::yes);
    EXPECT_EQ(judge(R"(test(=a\\b\/c))", {.test = "a\\b/c"}), Match::yes);
    EXPECT_EQ(judge(R"(test(=\u{e9}\u{1F600}))", {.test = "é😀"}), Match::yes);
    EXPECT_EQ(judge(R"(test(=a\tb))", {.test = "a\tb"}), Match::yes);
    EXPECT_EQ(judge("test(=case 1 )", {.test = "case 1 "}), Match::yes);
    EXPECT_EQ(judge(R"(binary(#{a\,b}))", {.binary = "b"}), Match::yes);
    EXPECT_EQ(judge(R"(test(/a\/\w+\\/))", {.test = "a/bc\\"}), Match::yes);
    EXPECT_EQ(judge("test(/[)]/)", {.test = "x)"}), Match::yes);
}

TEST(Filterset, RegexWorksOnCharacters) {
    EXPECT_EQ(judge("test(/^gr.n$/)", {.test = "grün"}), Match::yes);
    EXPECT_EQ(judge("test(/[[:digit:]]{2}/)", {.test = "a42"}), Match::yes);
}

TEST(Filterset, EveryOperatorInEverySpelling) {
    for (const auto* text : {"all() & all()",
                             "all() and all()",
                             "none() | all()",
                             "none() + all()",
                             "none() or all()",
                             "!none()",
                             "not none()",
                             "all() - none()",
                             "(all())",
                             "all()&all()",
                             "! ! all()",
                             "not (none())",
                             "all()\n  and\r\n  all()"}) {
        EXPECT_EQ(judge(text), Match::yes) << text;
    }
    for (const auto* text : {"all() & none()", "none() or none()", "not all()", "all() - all()"}) {
        EXPECT_EQ(judge(text), Match::no) << text;
    }
}

TEST(Filterset, PrecedenceAndAssociation) {
    EXPECT_EQ(judge("all() | none() & none()"), Match::yes);
    EXPECT_EQ(judge("(all() | none()) & none()"), Match::no);
    EXPECT_EQ(judge("not all() | all()"), Match::yes);
    EXPECT_EQ(judge("not (all() | all())"), Match::no);
    // (all - all) - all is none; all - (all - all) would be all.
    EXPECT_EQ(judge("all() - all() - all()"), Match::no);
    // (none & all) - none is none; a `-` looser than `or` would give another answer.
    EXPECT_EQ(judge("all() or all() - all()"), Match::yes);
}

TEST(Filterset, WhatNamesDoNotTellIsUnknownAndSpreads) {
    for (const auto* text :
         {"deps(a)", "rdeps(#a*)", "platform( host )", "default()", "group(/x/)"}) {
        EXPECT_EQ(judge(text), Match::unknown) << text;
    }
    EXPECT_EQ(judge("deps(a) & none()"), Match::no);
    EXPECT_EQ(judge("deps(a) & all()"), Match::unknown);
    EXPECT_EQ(judge("deps(a) | all()"), Match::yes);
    EXPECT_EQ(judge("deps(a) | none()"), Match::unknown);
    EXPECT_EQ(judge("not deps(a)"), Match::unknown);
    EXPECT_EQ(judge("all() - deps(a)"), Match::unknown);
    EXPECT_EQ(judge("none() - deps(a)"), Match::no);
}

TEST(Filterset, NamesThePredicateBeyondNames) {
    EXPECT_EQ(Filterset::parse("test(a) & (kind(lib) | not deps(b))")->beyond_names(), "deps()");
    EXPECT_EQ(Filterset::parse("test(a) or all()")->beyond_names(), std::nullopt);
}

TEST(Filterset, JudgesABinaryWhateverItsTests) {
    const auto on_binary = [](std::string_view text) {
        return Filterset::parse(text)->matches_binary(numa);
    };
    EXPECT_EQ(on_binary("binary(sched)"), Match::yes);
    EXPECT_EQ(on_binary("test(numa)"), Match::unknown);
    EXPECT_EQ(on_binary("binary(sched) & test(numa)"), Match::unknown);
    EXPECT_EQ(on_binary("binary(other) & test(numa)"), Match::no);
    EXPECT_EQ(on_binary("binary(sched) | test(numa)"), Match::yes);
}

TEST(Filterset, ALongNameIsUnknownToARegexOnly) {
    const TestNames names{.test = std::string(100'000, 'a')};
    EXPECT_EQ(judge("test(/a*b/)", names), Match::unknown);
    EXPECT_EQ(judge("test(#*a*)", names), Match::yes);
}

struct Bad {
    const char* text;
    const char* says;
};

class BadFilterset : public testing::TestWithParam<Bad> {};

TEST_P(BadFilterset, IsAnErrorThatSaysWhere) {
    EXPECT_THAT(Filterset::parse(GetParam().text), IsErrorWith(GetParam().says)) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Filterset,
    BadFilterset,
    testing::Values(Bad{"", "column 1: expected a predicate"},
                    Bad{"test", "column 5: expected `(` after `test`"},
                    Bad{"test(a", "column 7: expected `)`"},
                    Bad{"test()", "column 6: expected a name"},
                    Bad{"test(a) test(b)", "column 9: expected an operator or the end"},
                    Bad{"test(a) and", "column 12: expected a predicate"},
                    Bad{"tests(a)", "did you mean `test(...)`?"},
                    Bad{"quux(a)", "known are all none"},
                    Bad{"test(a, b)", "column 7: expected `)`; a predicate takes one argument"},
                    Bad{"all(a)", "column 5: expected `)`"},
                    Bad{"test(a) && test(b)", "`&&` is not an operator, write `&`"},
                    Bad{"test(a) || test(b)", "`||` is not an operator, write `|`"},
                    Bad{"(test(a)", "column 9: expected `)`"},
                    Bad{"test(a))", "column 8: expected an operator"},
                    Bad{R"(test(a\qb))", "column 7: unknown escape"},
                    Bad{R"(test(a\(b))", "unknown escape"},
                    Bad{R"(test(\u{D800}))", "expected `\\u{...}`"},
                    Bad{R"(test(\u{1234567}))", "expected `\\u{...}`"},
                    Bad{R"(test(\u12))", "expected `\\u{...}`"},
                    Bad{"test(a\\", "a backslash at the end"},
                    Bad{"test(/a", "no closing `/`"},
                    Bad{"test(/(a/)", "invalid regular expression"},
                    Bad{"test(/(?i)a/)", "flags such as"},
                    Bad{"test(/(?P<n>a)/)", "named groups"},
                    Bad{"test(/a(?=b)/)", "look-ahead"},
                    Bad{R"(test(/\p{Greek}/))", "the escape `\\p`"},
                    Bad{R"(test(/(a)\1/))", "back references"},
                    Bad{"test(/[a-z&&[^b]]/)", "`&&` between character classes"},
                    Bad{"test(/[]a]/)", "begins with `]`"},
                    Bad{"package(#a[)", "invalid glob"},
                    Bad{"platform(linux)", "expected `host` or `target`"},
                    Bad{"notest(a)", "unknown predicate"},
                    Bad{"all() or\n  tset(a)", "line 2, column 3"}));

TEST(Filterset, TheCaretStandsUnderThePlace) {
    EXPECT_THAT(Filterset::parse("test(a) & tset(b)"),
                IsErrorWith("    test(a) & tset(b)\n              ^"));
    EXPECT_THAT(Filterset::parse("test(é) & x"), IsErrorWith("column 11"));
}

TEST(Filterset, DeepAndLongInputEndsInAnError) {
    EXPECT_THAT(Filterset::parse(std::string(100'000, '(')), IsErrorWith("nested more than"));
    EXPECT_THAT(Filterset::parse(std::string(100'000, '!')), IsErrorWith("nested more than"));
    std::string chain = "all()";
    for (int i = 0; i < 20'000; ++i) {
        chain += "|all()";
    }
    EXPECT_THAT(Filterset::parse(chain), IsErrorWith("operators"));
}

} // namespace
} // namespace ktstr::config
