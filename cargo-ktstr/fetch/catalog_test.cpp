#include "cargo-ktstr/fetch/catalog.hpp"
#include "cargo-ktstr/fetch/testing_mirror.hpp"

namespace ktstr::fetch {

using ::testing::Eq;
using ::testing::Optional;
using ::testing::SizeIs;

namespace {

Version version(std::string_view text) {
    return Version::parse(text).value();
}

class CatalogTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() { mirror = new TestingMirror; }

    static void TearDownTestSuite() { delete mirror; }

    static Catalog catalog(const std::string& fault = {}, Verify verify = Verify::yes) {
        return {
            mirror->mirror(fault), verify, {.attempts = 2, .first = std::chrono::milliseconds{1}}
        };
    }

    static inline TestingMirror* mirror = nullptr;
};

} // namespace

TEST_F(CatalogTest, AnswersWhatSpecsMean) {
    auto all = catalog();
    EXPECT_EQ(all.newest().value(), version("6.14.11"));
    EXPECT_EQ(all.newest_in_series({6, 12}).value(), version("6.12.9"));
    EXPECT_EQ(all.exact(version("6.14.10")).value(), version("6.14.10"));
    EXPECT_EQ(all.exact(version("6.15-rc3")).value(), version("6.15-rc3"));
}

TEST_F(CatalogTest, FindsSeriesThatReachedTheirEnd) {
    EXPECT_EQ(catalog().newest_in_series({6, 11}).value(), version("6.11.2"));
}

TEST_F(CatalogTest, NamesWhatIsNear) {
    auto all = catalog();
    EXPECT_THAT(all.exact(version("6.14.12")), IsErrorWith("nearest: 6.14.11, 6.14.10"));
    EXPECT_THAT(all.newest_in_series({6, 13}), IsErrorWith("nearest:"));
    EXPECT_THAT(all.newest_in_series({6, 15}), IsErrorWith("ask for `6.15-rc3`"));
    EXPECT_THAT(all.exact(version("9.1")), IsErrorWith("there is no release 9.1"));
}

TEST_F(CatalogTest, RangesSayWhatIsMissing) {
    const auto range = catalog().range({6, 11}, {6, 14});
    ASSERT_THAT(range, IsOk());
    EXPECT_EQ(list_versions(range->chosen), "6.11.2, 6.12.9, 6.14.11");
    EXPECT_THAT(range->missing, testing::ElementsAre(Series{6, 13}));
    EXPECT_THAT(catalog().range({7, 0}, {98, 3}), IsErrorWith("no series of the range"));
}

TEST_F(CatalogTest, ChecksumsAreThoseOfTheSignedList) {
    EXPECT_THAT(catalog().sha256(version("6.14.11")).value(), Optional(SizeIs(64)));
    EXPECT_THAT(catalog("signature").sha256(version("6.14.11")),
                IsErrorWith("the text was changed"));
    EXPECT_THAT(catalog("signature").newest_in_series({6, 11}), IsErrorWith("cannot trust"));
}

TEST_F(CatalogTest, AnotherSignerIsNotTrusted) {
    const auto fingerprint = mirror->key().fingerprint();
    ::unsetenv("KTSTR_KERNEL_SIGNER");
    EXPECT_THAT(catalog().sha256(version("6.14.11")), IsErrorWith("signed by another key"));
    ::setenv("KTSTR_KERNEL_SIGNER", fingerprint.c_str(), 1);
}

TEST_F(CatalogTest, WithoutVerificationNothingIsChecked) {
    EXPECT_THAT(catalog("signature", Verify::no).sha256(version("6.14.11")).value(),
                Eq(std::nullopt));
    EXPECT_EQ(catalog("signature", Verify::no).newest_in_series({6, 11}).value(),
              version("6.11.2"));
}

TEST_F(CatalogTest, AServerThatFailsIsNamed) {
    EXPECT_THAT(catalog("broken").newest(), IsErrorWith("answers 503"));
    EXPECT_THAT(catalog("html/no/such").newest(), IsErrorWith("there is no such file"));
    EXPECT_THAT(Catalog(Mirror::at("http://127.0.0.1:1", "x").value(), Verify::yes, {.attempts = 1})
                    .newest(),
                IsErrorWith("cannot tell which kernels there are"));
}

} // namespace ktstr::fetch
