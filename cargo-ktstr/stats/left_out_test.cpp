#include "cargo-ktstr/stats/left_out.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

#include <sys/stat.h>

namespace ktstr::stats {

namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LeftOutOf : public testing::Test {
protected:
    fs::path
    run(const std::string& name, const std::string& plan, const std::string& selection = {}) {
        const auto path = folder_->path() / name;
        fs::create_directories(path);
        EXPECT_THAT(write_file_atomically(path / "plan.json", plan), IsOk());
        if (!selection.empty()) {
            EXPECT_THAT(write_file_atomically(path / "selection", selection), IsOk());
        }
        return path;
    }

    Result<TempDir> folder_ = TempDir::create("left-out");
};

constexpr const char* plan =
    R"({"kernels": [{"label": "kernel_6", "key": "6-key"}, {"label": "kernel_7", "key": "7-key"}],
    "tests": [{"binary_id": "c", "name": "t/kernel_6", "matches": true},
              {"binary_id": "c", "name": "t/kernel_7", "matches": true},
              {"binary_id": "c", "name": "u", "matches": false}, 7, {"name": "v"}]})";

} // namespace

TEST_F(LeftOutOf, AFilterAndABudget) {
    const std::vector filtered{run("a", plan)};
    EXPECT_THAT(left_out_of(filtered, {}).tests, ElementsAre("c u"));
    const std::vector budgeted{run("b", plan, "c t/kernel_6\n")};
    EXPECT_THAT(left_out_of(budgeted, {}).tests, ElementsAre("c t on 7-key", "c u"));
    const std::vector both{filtered[0], budgeted[0]};
    EXPECT_THAT(left_out_of(both, {}).tests, ElementsAre("c u")) << "the other part had it";
}

TEST_F(LeftOutOf, WhatWasChosenAndDidNotBegin) {
    const std::vector one{run("late", plan, "c t/kernel_6\nc t/kernel_7\n")};
    EXPECT_THAT(left_out_of(one,
                            std::vector{
                                Names{"c t/kernel_7", "d t/kernel_6"}
    })
                    .tests,
                ElementsAre("c t on 7-key", "c u"));
}

TEST_F(LeftOutOf, AProfileNamedAsALabelIs) {
    const std::vector one{run("a",
                              R"({"kernels": [{"label": "", "key": "6-key"}], "tests": [
        {"binary_id": "c", "name": "gauntlet/t/p/kernel_threads", "matches": false}]})")};
    EXPECT_THAT(left_out_of(one, {}).tests, ElementsAre("c gauntlet/t/p/kernel_threads"));
}

TEST_F(LeftOutOf, WhatIsNoPlanIsNamed) {
    const auto none = folder_->path() / "none";
    fs::create_directories(none);
    const auto fifo = folder_->path() / "fifo";
    fs::create_directories(fifo);
    ASSERT_EQ(::mkfifo((fifo / "plan.json").c_str(), 0600), 0);
    const std::vector all{none, fifo, run("damaged", "{"), run("strange", R"({"tests": 7})")};
    const auto left_out = left_out_of(all, {});
    EXPECT_THAT(left_out.tests, IsEmpty());
    EXPECT_THAT(left_out.damaged, SizeIs(2));
}

} // namespace ktstr::stats
