#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/sidecar/frames.hpp"

namespace ktstr::sidecar {

namespace {

using ::testing::HasSubstr;

Frames said(const std::vector<std::pair<std::string, std::string>>& frames) {
    FrameLog log;
    for (const auto& [type, content] : frames) {
        log.add(type, content);
    }
    return log.take();
}

} // namespace

TEST(Frames, AreReadBackAsTheyWereWritten) {
    FrameLog log;
    log.add("started", "{}");
    log.add("out", "a\tb\nc\x1b[31m \xff");
    log.add("report", "", 1'500'000'000);
    const auto frames = log.take();
    const auto text = frames_text(frames);
    EXPECT_EQ(split(text, '\n').size(), 6U); // a title, three frames, their number, and nothing
    const auto back = parse_frames(text, "x");
    ASSERT_THAT(back, IsOk());
    EXPECT_EQ(back->kept, frames.kept);
    EXPECT_EQ(back->total, 3U);
    EXPECT_EQ(back->kept[2].time_ns, 1'500'000'000);
    EXPECT_EQ(back->kept[1].size, 12U);
    EXPECT_EQ(back->kept[1].hash, sha256_of("a\tb\nc\x1b[31m \xff").substr(0, 16));
}

TEST(Frames, WhatIsBrokenIsRefused) {
    const auto text = frames_text(said({
        {"out", "a"},
        {"out", "b"}
    }));
    EXPECT_THAT(parse_frames("", "f"), IsErrorWith("f: not a file of frames"));
    EXPECT_THAT(parse_frames(text.substr(0, text.size() - 1), "f"), IsErrorWith("it has no end"));
    EXPECT_THAT(parse_frames(text.substr(0, text.rfind('#')), "f"), IsErrorWith("it has no end"));
    auto other = text;
    other.replace(other.find("\n2\t"), 3, "\n3\t");
    EXPECT_THAT(parse_frames(other, "f"), IsErrorWith("line 3 is not frame 2"));
    other = text;
    other.replace(other.find("# 2 "), 4, "# 1 ");
    EXPECT_THAT(parse_frames(other, "f"), IsErrorWith("more frames than it says"));
}

TEST(Frames, AreBoundedAndSayWhatIsLeftOut) {
    FrameLog log;
    const std::string long_one(longest_excerpt * 2, 'x');
    const auto number = most_of_frames / longest_excerpt + 10;
    for (std::size_t i = 0; i < number; ++i) {
        log.add("out", long_one);
    }
    log.add("out", "short");
    const auto frames = log.take();
    EXPECT_LT(frames.kept.size(), number);
    const auto text = frames_text(frames);
    EXPECT_LT(text.size(), most_of_frames + 1000);
    EXPECT_THAT(text.substr(text.size() - 200),
                HasSubstr(fmt::format(
                    "# {} frames, {} left out", number + 1, number + 1 - frames.kept.size())));
    const auto back = parse_frames(text, "x");
    ASSERT_THAT(back, IsOk());
    EXPECT_FALSE(back->is_whole());
    EXPECT_EQ(back->total, number + 1);
}

TEST(Frames, TheDigestIsOfTypesSizesAndContents) {
    const auto digest = [](const std::vector<std::pair<std::string, std::string>>& frames) {
        FrameLog log;
        for (const auto& [type, content] : frames) {
            log.add(type, content);
        }
        return log.digest();
    };
    const auto one = digest({
        {"out", "ab"}
    });
    EXPECT_EQ(one,
              digest({
                  {"out", "ab"}
    }));
    EXPECT_NE(one,
              digest({
                  {"err", "ab"}
    }));
    EXPECT_NE(one,
              digest({
                  {"out", "a"},
                  {"out", "b"}
    }));
    EXPECT_NE(one,
              digest({
                  {"out",     "ab"},
                  {"goodbye", ""  }
    }));
}

TEST(FirstDifference, IsNoneBetweenTwoThatAreTheSame) {
    const auto one = said({
        {"out",    "a" },
        {"report", "{}"}
    });
    EXPECT_FALSE(first_difference(one, one));
}

TEST(FirstDifference, IsShownFromWhereItBegins) {
    const std::string same(300, 's');
    const auto a = said({
        {"out", "x"                  },
        {"out", same + "first" + same}
    });
    const auto b = said({
        {"out", "x"                   },
        {"out", same + "second" + same}
    });
    const auto found = first_difference(a, b);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->number, 2U);
    const auto words = in_words(*found);
    EXPECT_THAT(words.a, HasSubstr("out, 605 B: `..."));
    EXPECT_THAT(words.a, HasSubstr("sssfirstss"));
    EXPECT_THAT(words.b, HasSubstr("ssssecondss"));
    EXPECT_LT(words.a.size(), 200U);
}

TEST(FirstDifference, IsOfTheStartOnlyWhereNothingElseDiffers) {
    const auto run = [](std::string at, std::string word) {
        return said({
            {"started", std::move(at)  },
            {"out",     std::move(word)},
            {"goodbye", ""             }
        });
    };
    const auto word = first_difference(run("1", "here"), run("2", "there"));
    ASSERT_TRUE(word);
    EXPECT_EQ(word->number, 2U);
    const auto time = first_difference(run("1", "here"), run("2", "here"));
    ASSERT_TRUE(time);
    EXPECT_EQ(time->number, 1U);
    EXPECT_FALSE(time->beyond);
}

TEST(FirstDifference, IsTheEndOfTheOneThatSaidLess) {
    const auto a = said({
        {"out",     "x"},
        {"goodbye", "" }
    });
    const auto b = said({
        {"out", "x"}
    });
    const auto found = first_difference(a, b);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->number, 2U);
    EXPECT_EQ(in_words(*found).a, "goodbye, 0 B");
    EXPECT_EQ(in_words(*found).b, "nothing: it had ended");
}

// The content differs behind what is kept of it: the hash alone tells.
TEST(FirstDifference, MayLieBehindTheExcerpt) {
    const std::string same(longest_excerpt, 's');
    const auto found = first_difference(said({
                                            {"out", same + "a"}
    }),
                                        said({{"out", same + "b"}}));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->number, 1U);
    EXPECT_THAT(in_words(*found).a, HasSubstr("...`"));
}

TEST(FirstDifference, OfFilesThatEndBeforeItIsBeyondThem) {
    Frames a{
        .kept = said({{"out", "x"}}
          ).kept, .total = 5
    };
    const auto found = first_difference(a, a);
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->beyond);
    EXPECT_EQ(found->number, 2U);
    EXPECT_EQ(in_words(*found).a, "not kept");
    // One that is whole has said all: the other goes on.
    Frames b{.kept = a.kept, .total = 1};
    const auto ended = first_difference(a, b);
    ASSERT_TRUE(ended);
    EXPECT_FALSE(ended->beyond);
}

} // namespace ktstr::sidecar
