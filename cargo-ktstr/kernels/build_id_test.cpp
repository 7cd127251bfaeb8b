#include "cargo-ktstr/kernels/build_id.hpp"
#include "ktstr-runner/store/test_support.hpp"

#include <set>

namespace ktstr::kernels {

class BuildIdTest : public store::StoreTest {
protected:
    std::string id(const std::string& source, const BuildRequest& request) {
        const auto made = build_id(source, request);
        EXPECT_THAT(made, IsOk());
        return made.value_or("");
    }
};

TEST_F(BuildIdTest, DependsOnTheSourceTheBaseAndTheFiles) {
    write(folder() / "a", "CONFIG_A=y\n");
    write(folder() / "b", "CONFIG_B=y\n");
    const BuildRequest plain;
    EXPECT_EQ(id("linux-6.14.1", plain), id("linux-6.14.1", plain));
    EXPECT_EQ(id("linux-6.14.1", plain), id("linux-6.14.1", {.jobs = 7}));
    const std::set<std::string> all{id("linux-6.14.1", plain),
                                    id("linux-6.14.2", plain),
                                    id("linux-6.14.1", {.base = "defconfig"}),
                                    id("linux-6.14.1", {.base = (folder() / "a").string()}),
                                    id("linux-6.14.1", {.base = (folder() / "b").string()}),
                                    id("linux-6.14.1", {.extra_kconfig = {folder() / "a"}}),
                                    id("linux-6.14.1", {.extra_kconfig = {folder() / "b"}})};
    EXPECT_EQ(all.size(), 7U);
    write(folder() / "a", "CONFIG_A=n\n");
    EXPECT_FALSE(all.contains(id("linux-6.14.1", {.extra_kconfig = {folder() / "a"}})));
}

TEST_F(BuildIdTest, SaysWhatItCannotHave) {
    EXPECT_THAT(build_id("x", {.base = "tree"}), IsErrorWith("source tree of your own"));
    EXPECT_THAT(build_id("x", {.base = "medium"}), IsErrorWith("the base configuration"));
    EXPECT_THAT(build_id("x", {.extra_kconfig = {folder() / "none"}}), IsErrorWith("none"));
}

TEST(ToolVersions, NamesTheCompiler) {
    EXPECT_THAT(tool_versions(), testing::HasSubstr("gcc"));
}

} // namespace ktstr::kernels
