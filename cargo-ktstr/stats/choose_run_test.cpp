#include "cargo-ktstr/stats/choose_run.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/sidecar/run_directory.hpp"

namespace ktstr::stats {

namespace {

namespace fs = std::filesystem;

class ChooseRun : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_THAT(folder_, IsOk()); }

    const fs::path& target() const { return folder_->path(); }

    fs::path made(const std::string& id) const {
        return sidecar::run_directory(target(), id).value_or(fs::path());
    }

    fs::path chosen(const std::string& id) const {
        return choose_run(target(), id).value_or(fs::path());
    }

    Result<TempDir> folder_ = TempDir::create("ktstr-test");
};

} // namespace

TEST_F(ChooseRun, TakesDigitsOrAWholeIdOrADirectoryName) {
    const auto first = made("86fb3baa-1111-4222-8333-444455556666");
    const auto second = made("b0b0b0b0-1111-4222-8333-444455556666");
    EXPECT_EQ(chosen("86fb"), first);
    EXPECT_EQ(chosen("b0b0b0b0"), second);
    EXPECT_EQ(chosen("86fb3baa-1111-4222-8333-444455556666"), first);
    EXPECT_EQ(chosen(second.filename().string()), second);
}

TEST_F(ChooseRun, AnUnknownIdListsWhatThereIs) {
    const auto first = made("86fb3baa-1111-4222-8333-444455556666");
    EXPECT_THAT(choose_run(target(), "77"), IsErrorWith("no run `77`"));
    EXPECT_THAT(choose_run(target(), "77"), IsErrorWith(first.filename().string()));
    EXPECT_THAT(choose_run(target(), ""), IsErrorWith("no run ``"));
}

TEST_F(ChooseRun, AnAmbiguousIdIsRefused) {
    made("86fb3baa-1111-4222-8333-444455556666");
    made("86aaaaaa-1111-4222-8333-444455556666");
    EXPECT_THAT(choose_run(target(), "86"), IsErrorWith("more than one run"));
}

TEST_F(ChooseRun, NoRunAtAllIsAnErrorOfItsOwn) {
    EXPECT_THAT(choose_run(target(), "86"), IsErrorWith("there is no run in"));
}

} // namespace ktstr::stats
