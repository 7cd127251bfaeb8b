#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/session/returned_files.hpp"

namespace ktstr::session {

class ReturnedFilesTest : public testing::Test {
protected:
    Result<TempDir> folder_ = TempDir::create("ktstr-test");
    ReturnedFiles files_{[this](const std::string& name) {
        return folder_->path() / "sub" / std::filesystem::path(name).filename();
    }};

    std::string content(const char* name) {
        return read_file(folder_->path() / "sub" / name).value_or("(absent)");
    }
};

TEST_F(ReturnedFilesTest, WritesAFileThatCameWhole) {
    ASSERT_THAT(files_.begin(R"({"path":"/x/a.profraw","size":4})"), IsOk());
    ASSERT_THAT(files_.data("ab"), IsOk());
    ASSERT_THAT(files_.data("cd"), IsOk());
    ASSERT_THAT(files_.end(), IsOk());
    EXPECT_EQ(content("a.profraw"), "abcd");
    EXPECT_TRUE(files_.notes().empty());
}

TEST_F(ReturnedFilesTest, LeavesNothingOfAFileThatEndedEarlyAndSaysSo) {
    ASSERT_THAT(files_.begin(R"({"path":"/x/a","size":4})"), IsOk());
    ASSERT_THAT(files_.data("ab"), IsOk());
    ASSERT_THAT(files_.end(), IsOk());
    EXPECT_EQ(content("a"), "(absent)");
    EXPECT_EQ(files_.notes().size(), 1U);
}

TEST_F(ReturnedFilesTest, KeepsNoMoreThanAnAttemptMayBringBack) {
    ASSERT_THAT(files_.begin(R"({"path":"/x/huge","size":4294967297})"), IsOk());
    ASSERT_THAT(files_.data("beginning"), IsOk());
    ASSERT_THAT(files_.end(), IsOk());
    EXPECT_EQ(content("huge"), "(absent)");
    ASSERT_EQ(files_.notes().size(), 1U);
    EXPECT_THAT(files_.notes()[0], testing::HasSubstr("not kept: /x/huge: more than"));
    for (std::uint64_t i = 1; i < ReturnedFiles::most_files + 3; ++i) {
        ASSERT_THAT(files_.begin(R"({"path":"/x/small","size":4294967297})"), IsOk());
        ASSERT_THAT(files_.end(), IsOk());
    }
    EXPECT_EQ(files_.notes().size(), ReturnedFiles::most_notes + 1);
}

TEST_F(ReturnedFilesTest, SaysLittleOfANameThatIsTooLong) {
    const auto no_path = R"({"path":")" + std::string(50'000, 'x') + R"(","size":1})";
    ASSERT_THAT(files_.begin(no_path), IsOk());
    ASSERT_THAT(files_.data("a"), IsOk());
    ASSERT_THAT(files_.end(), IsOk());
    ASSERT_EQ(files_.notes().size(), 1U);
    EXPECT_THAT(files_.notes()[0].substr(0, 12), "not kept: xx");
    EXPECT_LT(files_.notes()[0].size(), 10'000U);
}

TEST_F(ReturnedFilesTest, RefusesABrokenPeer) {
    EXPECT_THAT(files_.begin("not json"), IsErrorWith("protocol"));
    ASSERT_THAT(files_.begin(R"({"path":"/x/a","size":1})"), IsOk());
    EXPECT_THAT(files_.data("more than one"), IsErrorWith("more of /x/a"));
}

} // namespace ktstr::session
