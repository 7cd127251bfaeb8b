#include "cargo-ktstr/nextest/workspace.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

#include <gmock/gmock.h>

namespace ktstr::nextest {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

TEST(ParseWorkspace, TakesTheMembersBelowTheRoot) {
    const auto workspace = parse_workspace(R"({"workspace_root": "/w",
        "workspace_members": ["path+file:///w#1", "path+file:///w/b#1", "path+file:///x#1"],
        "packages": [{"id": "path+file:///w#1", "manifest_path": "/w/Cargo.toml"},
                     {"id": "path+file:///w/b#1", "manifest_path": "/w/crates/b/Cargo.toml"},
                     {"id": "path+file:///x#1", "manifest_path": "/x/Cargo.toml"},
                     {"id": "registry+anyhow", "manifest_path": "/w/vendor/anyhow/Cargo.toml"}]})");
    ASSERT_THAT(workspace, IsOk());
    EXPECT_EQ(workspace->root, "/w");
    EXPECT_THAT(workspace->packages, ElementsAre(".", "crates/b"));
}

TEST(ParseWorkspace, SaysWhatCannotBeRead) {
    for (const auto* wrong : {"", "[]", "{}", R"({"workspace_root": 1})"}) {
        EXPECT_THAT(parse_workspace(wrong), IsErrorWith("cargo's metadata")) << wrong;
    }
}

TEST(MakeStandIn, HasAManifestAndTheMembersDirectories) {
    const auto folder = TempDir::create("stand-in");
    ASSERT_THAT(folder, IsOk());
    const Workspace workspace{
        .root = "/gone", .packages = {".", "crates/b"}
    };
    const auto root = folder->path() / "workspace";
    ASSERT_THAT(make_stand_in(workspace, root), IsOk());
    ASSERT_THAT(make_stand_in(workspace, root), IsOk()); // of an earlier run
    EXPECT_TRUE(fs::exists(root / "Cargo.toml"));
    EXPECT_TRUE(fs::is_directory(root / "crates" / "b"));
    EXPECT_THAT(make_stand_in(workspace, "/proc/none"), IsErrorWith("/proc/none"));
}

} // namespace
} // namespace ktstr::nextest
