#include "cargo-ktstr/planner/lessons.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

namespace ktstr::planner {
namespace {

namespace fs = std::filesystem;

sidecar::Record record(const std::string& test, sidecar::Verdict verdict = sidecar::Verdict::pass) {
    sidecar::Record out{.run_id = "r", .binary_id = "crate::it", .test = test};
    out.kernel_key = "6.14-key";
    out.machine = "qemu 10.0.2, tcg, microvm";
    out.topology = "1n2l2c1t";
    out.verdict = verdict;
    out.reason =
        verdict == sidecar::Verdict::pass ? sidecar::Reason::none : sidecar::Reason::test_failed;
    out.wall_ns = 5;
    out.facts.text = R"({"results": [{"work": ["bursty"]}]})";
    return out;
}

class LessonsOfARun : public testing::Test {
protected:
    void add(const sidecar::Record& one) {
        ASSERT_THAT(sidecar::write(folder_->path(), one), IsOk());
    }

    std::vector<Lesson> lessons() const { return lessons_of(folder_->path()); }

    fs::path file() const { return folder_->path() / "lessons"; }

    Result<TempDir> folder_ = TempDir::create("lessons");
};

TEST_F(LessonsOfARun, AreKeptAndReadAgain) {
    add(record("a"));
    add(record("gauntlet/b/tiny-1llc/default/kernel_x", sidecar::Verdict::fail));
    add(record("c", sidecar::Verdict::skip));
    const auto first = lessons();
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first[1].which.name, "gauntlet/b/tiny-1llc/default");
    EXPECT_FALSE(first[1].passed);
    EXPECT_EQ(first[1].vcpus, 4U);
    EXPECT_EQ(first[0].work, std::set<std::string>{"bursty"});
    ASSERT_TRUE(fs::exists(file()));
    // Only what is kept can still say it.
    for (const auto& entry : fs::directory_iterator(folder_->path())) {
        if (entry.path() != file()) {
            ASSERT_THAT(write_file_atomically(entry.path(), "{"), IsOk());
        }
    }
    EXPECT_EQ(lessons(), first);
}

TEST_F(LessonsOfARun, AreReadAfreshWhenThereAreMoreSidecars) {
    add(record("a"));
    EXPECT_EQ(lessons().size(), 1U);
    add(record("b"));
    EXPECT_EQ(lessons().size(), 2U);
}

TEST_F(LessonsOfARun, DoNotTrustWhatWasKept) {
    add(record("a"));
    const auto expected = lessons();
    const auto good = read_file(file(), 1 << 20);
    ASSERT_THAT(good, IsOk());
    for (const auto* wrong :
         {"",
          "{",
          "[]",
          R"({"schema": 1, "sidecars": 1, "lessons": []})",
          R"({"schema": 2, "sidecars": 1, "lessons": []})",
          R"({"schema": 4, "sidecars": 1, "lessons": []})",
          R"({"schema": 3, "sidecars": 1, "lessons": 7})",
          R"({"schema": 3, "sidecars": 1, "lessons": [["a"]]})",
          R"({"schema": 3, "sidecars": 1, "lessons": [[1,2,3,4,5,6,7,8]]})",
          R"({"schema": 3, "sidecars": 1, "lessons": [["a","b","c","kvm",-1,1,true,[]]]})",
          R"({"schema": 3, "sidecars": 1, "lessons": [["a","b","c","d",4,1,true,[]]]})"}) {
        ASSERT_THAT(write_file_atomically(file(), wrong), IsOk());
        EXPECT_EQ(lessons(), expected) << wrong;
        EXPECT_EQ(read_file(file(), 1 << 20).value_or(""), *good) << wrong;
    }
}

TEST(LessonsOf, ADirectoryThatIsNotThereAreNone) {
    EXPECT_TRUE(lessons_of("/no/such/run").empty());
    EXPECT_TRUE(lessons_of("/proc/self").empty()); // where nothing can be kept
}

} // namespace
} // namespace ktstr::planner
