#include "cargo-ktstr/git/testing_repository.hpp"
#include "cargo-ktstr/planner/changed_tests.hpp"

namespace ktstr::planner {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Changed : public git::Repository {
protected:
    void SetUp() override {
        Repository::SetUp();
        for (const auto* name : {"tests/a.rs", "tests/b.rs", "src/main.rs", "src/bpf/main.bpf.c"}) {
            write(name, "1");
        }
        commit();
    }

    std::set<fs::path> changed(const std::optional<std::string>& base = std::nullopt) const {
        const auto found = changed_files(top(), base);
        EXPECT_THAT(found, IsOk());
        return found ? found->files : std::set<fs::path>{};
    }

    // Three tests: of a, of b, and of b with the scheduler of src/main.rs.
    std::vector<bool> marked() {
        write("target/debug/deps/a-01.d", "/x/a-01.d: tests/a.rs\n\ntests/a.rs:\n");
        write("target/debug/deps/b-02.d", "/x/b-02.d: tests/b.rs\n");
        write("target/debug/deps/scx_s-03.d", "/x/scx_s-03.d: src/main.rs out/main.bpf.o\n");
        write("target/debug/scx-s.d",
              "/x/scx-s: " + path("build.rs").string() + " " + path("src/bpf").string() + " " +
                  path("lib.rs").string() + "\n");
        nextest::TestList list;
        list.suites = {{.binary = path("target/debug/deps/a-01")},
                       {.binary = path("target/debug/deps/b-02")}};
        Variants variants;
        variants.tests = {
            {.suite = 0},
            {.suite = 1},
            {.suite = 1, .scheduler_program = "scx-s"}
        };
        const auto files = changed_files(top(), std::nullopt);
        EXPECT_THAT(files, IsOk());
        const auto count = mark_changed(list, top(), *files, variants);
        std::vector<bool> out;
        for (const auto& test : variants.tests) {
            out.push_back(test.changed);
        }
        EXPECT_EQ(count, static_cast<std::size_t>(std::ranges::count(out, true)));
        return out;
    }
};

TEST_F(Changed, FilesAreThoseThatDifferFromTheLastCommit) {
    EXPECT_THAT(changed(), IsEmpty());
    write("tests/a.rs", "2");
    write("new file", "");
    fs::remove(path("tests/b.rs"));
    EXPECT_THAT(changed(), ElementsAre(path("new file"), path("tests/a.rs"), path("tests/b.rs")));
}

TEST_F(Changed, FilesAreThoseOfTheBranchTooWhenItsBaseIsKnown) {
    git({"checkout", "-q", "-b", "work"});
    write("tests/a.rs", "2");
    commit();
    git({"checkout", "-q", "main"});
    write("src/main.rs", "of somebody else");
    commit();
    git({"checkout", "-q", "work"});
    write("tests/b.rs", "2");
    EXPECT_THAT(changed(), ElementsAre(path("tests/b.rs")));
    EXPECT_THAT(changed("main"), ElementsAre(path("tests/a.rs"), path("tests/b.rs")));
    git({"branch", "-q", "-u", "main"});
    EXPECT_THAT(changed(), ElementsAre(path("tests/a.rs"), path("tests/b.rs")));
    git({"update-ref", "refs/remotes/origin/HEAD", "HEAD"}); // pushed and merged
    EXPECT_THAT(changed(), ElementsAre(path("tests/b.rs")));
    git({"update-ref", "-d", "refs/remotes/origin/HEAD"});
    EXPECT_THAT(changed(), ElementsAre(path("tests/a.rs"), path("tests/b.rs")));
    EXPECT_THAT(changed_files(top(), "no-such"), IsErrorWith("no-such"));
}

TEST_F(Changed, FilesOfNoWorkTreeAreAnError) {
    auto other = TempDir::create("no-work-tree");
    ASSERT_THAT(other, IsOk());
    EXPECT_THAT(changed_files(other->path(), std::nullopt), IsErrorWith("rev-parse"));
}

TEST_F(Changed, TestsAreThoseWithAChangedSourceOrScheduler) {
    EXPECT_THAT(marked(), ElementsAre(false, false, false));
    write("tests/a.rs", "2");
    EXPECT_THAT(marked(), ElementsAre(true, false, false));
    write("tests/a.rs", "1");
    write("src/main.rs", "2");
    EXPECT_THAT(marked(), ElementsAre(false, false, true));
    write("src/main.rs", "1");
    write("lib.rs", "of a library that it uses");
    EXPECT_THAT(marked(), ElementsAre(false, false, false));
    write("src/bpf/main.bpf.c", "2");
    EXPECT_THAT(marked(), ElementsAre(false, false, true));
}

TEST(SourcesIn, ReadsWhatMakeReads) {
    EXPECT_THAT(sources_in("/t/a b.d: src/lib.rs src/with\\ space.rs\n\nsrc/lib.rs:\n"),
                ElementsAre("src/lib.rs", "src/with space.rs"));
    EXPECT_THAT(sources_in(""), IsEmpty());
    EXPECT_THAT(sources_in("/t/a.d:\n"), IsEmpty());
}

} // namespace
} // namespace ktstr::planner
