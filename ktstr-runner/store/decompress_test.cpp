#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/store/decompress.hpp"
#include "ktstr-runner/store/testing_compress.hpp"

namespace ktstr::store {

using testing::Not;

namespace {

constexpr std::size_t limit = 1 << 20;

const std::string& text() {
    static const std::string out = [] {
        std::string made;
        for (int i = 0; made.size() < 300'000; ++i) {
            made += std::to_string(i);
        }
        return made;
    }();
    return out;
}

} // namespace

TEST(DecompressTest, GivesBackWhatWasCompressed) {
    for (const Filter filter : {archive_write_add_filter_xz,
                                archive_write_add_filter_zstd,
                                archive_write_add_filter_gzip}) {
        const auto packed = compressed(text(), filter);
        ASSERT_LT(packed.size(), text().size());
        const auto out = decompress(packed, limit);
        ASSERT_THAT(out, IsOk());
        EXPECT_TRUE(*out == text()); // it is long
    }
}

TEST(DecompressTest, HoldsToItsLimit) {
    const auto packed = compressed(text(), archive_write_add_filter_xz);
    EXPECT_THAT(decompress(packed, text().size()), IsOk());
    EXPECT_THAT(decompress(packed, text().size() - 1), IsErrorWith("has more than"));
}

TEST(DecompressTest, GivesPiecesUntilTheirTakerHasEnough) {
    const auto packed = compressed(text(), archive_write_add_filter_zstd);
    std::string whole;
    int pieces = 0;
    EXPECT_THAT(decompress(packed,
                           limit,
                           [&](std::string_view piece) {
                               ++pieces;
                               whole += piece;
                               return Result<>{};
                           }),
                IsOk());
    EXPECT_TRUE(whole == text());
    EXPECT_GT(pieces, 1);
    EXPECT_THAT(decompress(packed,
                           limit,
                           [](std::string_view) -> Result<> {
                               return fail(ErrorKind::environment, "enough");
                           }),
                IsErrorWith("enough"));
}

TEST(DecompressTest, RefusesWhatIsBrokenOrCutShort) {
    for (const Filter filter : {archive_write_add_filter_xz,
                                archive_write_add_filter_zstd,
                                archive_write_add_filter_gzip}) {
        const auto packed = compressed(text(), filter);
        EXPECT_THAT(decompress(packed.substr(0, packed.size() / 2), limit), Not(IsOk()));
        auto changed = packed;
        changed[packed.size() / 2] = static_cast<char>(~changed[packed.size() / 2]);
        const auto out = decompress(changed, limit);
        EXPECT_TRUE(!out || *out != text());
    }
    EXPECT_THAT(decompress("plain", limit), IsErrorWith("not compressed"));
    EXPECT_THAT(decompress("", limit), Not(IsOk()));
}

} // namespace ktstr::store
