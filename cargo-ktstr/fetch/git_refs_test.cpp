#include "cargo-ktstr/fetch/git_refs.hpp"
#include "ktstr-runner/base/matchers.hpp"

namespace ktstr::fetch {

using ::testing::HasSubstr;

namespace {

const std::string one(40, '1');
const std::string two(40, '2');
const std::string three(40, '3');

const std::vector<RemoteRef> refs{
    {one,   "HEAD"                 },
    {one,   "refs/heads/master"    },
    {two,   "refs/heads/for-next"  },
    {two,   "refs/heads/sched/core"},
    {three, "refs/tags/v6.14"      },
    {two,   "refs/tags/v6.14^{}"   },
    {one,   "refs/tags/both"       },
    {two,   "refs/heads/both"      },
    {two,   "refs/pull/7/head"     },
};

std::string commit(std::string_view ref) {
    const auto found = resolve_ref(refs, ref);
    return found ? found->commit + " " + found->name : "none";
}

} // namespace

TEST(GitSpec, ReadsUrlAndRef) {
    const auto spec = parse_git_spec("git+https://host/linux.git#sched/core#2");
    ASSERT_THAT(spec, IsOk());
    EXPECT_EQ(spec->url, "https://host/linux.git");
    EXPECT_EQ(spec->ref, "sched/core#2");
    for (const auto* text : {"git+file:///srv/linux#v6.14",
                             "git+ssh://git@host/linux#HEAD",
                             "git+http://[::1]:80/x#refs/heads/a",
                             "git+git://host/x#1234567"}) {
        EXPECT_THAT(parse_git_spec(text), IsOk()) << text;
    }
}

TEST(GitSpec, RefusesWhatCouldBeAnOptionOrAProgram) {
    for (const auto* text : {"git+https://host/linux",
                             "https://host/linux#a",
                             "git+ext::sh -c x#a",
                             "git+ext://x#a",
                             "git+-upload-pack=x#a",
                             "git+file://-x#a",
                             "git+file://relative#a",
                             "git+ssh://-oProxyCommand=x/y#a",
                             "git+https://#a",
                             "git+https:///x#a",
                             "git+https://host/a b#a",
                             "git+https://host/x#",
                             "git+https://host/x#-a",
                             "git+https://host/x#--upload-pack=x",
                             "git+https://host/x#a b",
                             "git+https://host/x#a..b",
                             "git+https://host/x#a:b",
                             "git+https://host/x#a^{}",
                             "git+https://host/x#+refs/*",
                             "git+https://host/x#a.lock",
                             "git+https://host/x#a\n"}) {
        EXPECT_THAT(parse_git_spec(text), IsErrorWith("write git+URL#REF")) << text;
    }
    EXPECT_THAT(parse_git_spec("git+ftp://user:secret@host/x#a").error().render(),
                testing::Not(HasSubstr("secret")));
}

TEST(GitRefs, ResolvesAsGitDoes) {
    EXPECT_EQ(commit("HEAD"), one + " HEAD");
    EXPECT_EQ(commit("master"), one + " refs/heads/master");
    EXPECT_EQ(commit("sched/core"), two + " refs/heads/sched/core");
    EXPECT_EQ(commit("v6.14"), two + " refs/tags/v6.14");
    EXPECT_EQ(commit("both"), one + " refs/tags/both");
    EXPECT_EQ(commit("heads/both"), two + " refs/heads/both");
    EXPECT_EQ(commit("refs/heads/both"), two + " refs/heads/both");
    EXPECT_EQ(commit("pull/7/head"), two + " refs/pull/7/head");
    EXPECT_EQ(commit("core"), "none");
    EXPECT_EQ(commit("v6.1"), "none");
}

TEST(GitRefs, ReadsWhatLsRemotePrints) {
    const auto read = parse_remote_refs(one + "\tHEAD\nwarning: x\n" + two + " refs/heads/a\n" +
                                        std::string(64, 'a') + "\trefs/heads/b\nzz\trefs/heads/c");
    ASSERT_EQ(read.size(), 2U);
    EXPECT_EQ(read[1].name, "refs/heads/b");
}

TEST(GitRefs, NamesWhatIsSpelledNearlySo) {
    EXPECT_THAT(no_such_ref({"https://u:p@host/x", "v6.15"}, refs).render(),
                HasSubstr("https://host/x has no branch, tag or commit `v6.15`\n  hint: nearest: "
                          "v6.14"));
    EXPECT_THAT(no_such_ref({"https://host/x", "zzzzzzzz"}, refs).render(),
                HasSubstr("of its 6 branches and tags the first are master, for-next, sched/core"));
    EXPECT_THAT(no_such_ref({"https://host/x", "a"}, {}).render(), HasSubstr("is empty"));
}

TEST(GitRefs, TellsIdsFromNames) {
    EXPECT_TRUE(is_commit_id(one));
    EXPECT_FALSE(is_commit_id(one.substr(1)));
    EXPECT_FALSE(is_commit_id(std::string(40, 'A')));
    EXPECT_TRUE(is_abbreviated_id("1234567"));
    EXPECT_FALSE(is_abbreviated_id("123456"));
    EXPECT_FALSE(is_abbreviated_id("v6.14.12"));
}

} // namespace ktstr::fetch
