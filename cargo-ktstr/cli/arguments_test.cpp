#include "cargo-ktstr/cli/arguments.hpp"
#include "ktstr-runner/base/matchers.hpp"

namespace ktstr::cli {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using Words = std::vector<std::string>;

constexpr Option options[] = {
    {.heading = "H", .name = "kernel", .letter = 'k', .value = "SPEC", .help = "A kernel."},
    {.heading = "H", .name = "json", .help = "As JSON."},
};
constexpr Spec with_nextest{.name = "test", .options = options, .rest = Rest::nextest};
constexpr Spec plain{.name = "list", .options = options, .positionals = 1};

TEST(Parse, ReadsValuesFlagsAndTheRest) {
    const auto arguments =
        parse(with_nextest,
              Words{"--kernel", "6.14", "-k7.0", "--json", "--", "--profile", "ci", "--", "x"});
    ASSERT_THAT(arguments, IsOk());
    EXPECT_THAT(arguments->value("kernel"), Optional(std::string("7.0")));
    EXPECT_THAT(arguments->values("kernel"), ElementsAre("6.14", "7.0"));
    EXPECT_TRUE(arguments->has("json"));
    EXPECT_THAT(arguments->rest(), ElementsAre("--profile", "ci", "--", "x"));
}

TEST(Parse, KnowsWhatWasNotGiven) {
    const auto arguments = parse(with_nextest, Words{});
    ASSERT_THAT(arguments, IsOk());
    EXPECT_FALSE(arguments->has("json"));
    EXPECT_EQ(arguments->value("kernel"), std::nullopt);
    EXPECT_THAT(arguments->rest(), IsEmpty());
}

TEST(Parse, KeepsACommaInAValue) {
    const auto arguments = parse(plain, Words{"--kernel=a,b", "word"});
    ASSERT_THAT(arguments, IsOk());
    EXPECT_THAT(arguments->values("kernel"), ElementsAre("a,b"));
    EXPECT_THAT(arguments->positionals(), ElementsAre("word"));
}

TEST(Parse, SendsNextestsOptionsBehindTheDashes) {
    for (const auto& word :
         Words{"--profile", "--features=x", "-j", "-E", "--no-capture", "--run-ignored"}) {
        EXPECT_THAT(parse(with_nextest, Words{word, "value"}),
                    IsErrorWith("belongs to nextest: put it behind `--`"))
            << word;
    }
    EXPECT_THAT(parse(plain, Words{"--profile"}), IsErrorWith("unknown option `--profile`"));
}

TEST(Parse, NamesTheNearestOption) {
    EXPECT_THAT(parse(plain, Words{"--kernal", "x"}), IsErrorWith("did you mean `--kernel`?"));
    EXPECT_THAT(parse(with_nextest, Words{"--partitoin=1"}),
                IsErrorWith("did you mean nextest's `--partition`?"));
}

TEST(Parse, RefusesWhatTheCommandDoesNotTake) {
    EXPECT_THAT(parse(with_nextest, Words{"filter"}), IsErrorWith("filters belong to nextest"));
    EXPECT_THAT(parse(plain, Words{"a", "b"}), IsErrorWith("unexpected argument `b`"));
    EXPECT_THAT(parse(plain, Words{"--", "b"}), IsErrorWith("takes nothing behind `--`"));
    EXPECT_THAT(parse(plain, Words{"--kernel"}),
                IsErrorWith("option `--kernel` is missing an argument"));
    EXPECT_THAT(parse(plain, Words{"--kernel", "--json"}),
                IsErrorWith("`--kernel` lacks its value"));
    EXPECT_EQ(parse(plain, Words{"--kernel"}).error().kind(), ErrorKind::usage);
}

} // namespace

} // namespace ktstr::cli
