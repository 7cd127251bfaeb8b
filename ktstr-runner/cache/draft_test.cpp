#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/cache/draft.hpp"
#include "ktstr-runner/cache/names.hpp"
#include "ktstr-runner/cache/removal.hpp"
#include "ktstr-runner/cache/test_support.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ktstr::cache {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST_F(CacheTest, ADraftGetsItsNameWhenItIsPublished) {
    auto draft = Draft::begin(root());
    ASSERT_THAT(draft, IsOk());
    write(draft->directory() / "file", "text");
    ASSERT_THAT(draft->publish(root() / "key"), IsOk());
    EXPECT_EQ(read_file(root() / "key/file").value_or(""), "text");
    EXPECT_THAT(names_in(root()), UnorderedElementsAre(locks_name, "key"));
    EXPECT_THAT(names_in(root() / locks_name), IsEmpty());
}

TEST_F(CacheTest, WithoutPublishNothingIsLeft) {
    {
        auto draft = Draft::begin(root());
        ASSERT_THAT(draft, IsOk());
        write(draft->directory() / "file", "half");
        const Draft moved = std::move(*draft);
        EXPECT_TRUE(std::filesystem::exists(moved.directory() / "file"));
    }
    EXPECT_THAT(names_in(root()), ElementsAre(locks_name));
    EXPECT_THAT(names_in(root() / locks_name), IsEmpty());
}

TEST_F(CacheTest, APlaceThatIsTakenIsAnError) {
    write(root() / "key/file", "first");
    auto draft = Draft::begin(root());
    ASSERT_THAT(draft, IsOk());
    write(draft->directory() / "file", "second");
    EXPECT_THAT(draft->publish(root() / "key"), IsErrorWith("rename to "));
    EXPECT_EQ(read_file(root() / "key/file").value_or(""), "first");
}

TEST_F(CacheTest, SweepsWhatKilledMakersLeftAndNothingElse) {
    auto ready = make_pipe();
    ASSERT_THAT(ready, IsOk());
    const auto maker = ::fork();
    if (maker == 0) {
        auto draft = Draft::begin(root());
        write(draft->directory() / "file", "half");
        static_cast<void>(!::write(ready->write.get(), "x", 1));
        ::pause();
    }
    char byte = 0;
    ASSERT_EQ(::read(ready->read.get(), &byte, 1), 1);
    auto own = Draft::begin(root());
    ASSERT_THAT(own, IsOk());
    EXPECT_EQ(names_in(root()).size(), 3U) << "the maker lives: two drafts and .locks";
    EXPECT_THAT(leftovers(root()), IsEmpty());
    ::kill(maker, SIGKILL);
    ::waitpid(maker, nullptr, 0);
    EXPECT_EQ(leftovers(root()).size(), 1U);
    sweep(root());
    EXPECT_THAT(names_in(root()),
                UnorderedElementsAre(locks_name, own->directory().filename().string()));
}

} // namespace ktstr::cache
