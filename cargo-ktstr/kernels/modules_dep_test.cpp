#include "cargo-ktstr/kernels/modinfo.hpp"
#include "cargo-ktstr/kernels/modules_dep.hpp"
#include "cargo-ktstr/kernels/testing_module.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

namespace ktstr::kernels {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

TEST(NeededModules, AreWhatTheModuleSays) {
    EXPECT_THAT(needed_modules(module_that_needs("jbd2,mbcache")),
                Optional(ElementsAre("jbd2", "mbcache")));
    EXPECT_THAT(needed_modules(module_that_needs("")), Optional(IsEmpty()));
}

TEST(NeededModules, AreUnknownOfWhatIsNoModule) {
    const auto module = module_that_needs("jbd2");
    EXPECT_EQ(needed_modules("text"), std::nullopt);
    EXPECT_EQ(needed_modules(""), std::nullopt);
    auto other = module;
    other[EI_CLASS] = ELFCLASS32;
    EXPECT_EQ(needed_modules(other), std::nullopt);
    for (std::size_t length = 0; length < module.size(); ++length) {
        EXPECT_EQ(needed_modules(module.substr(0, length)), std::nullopt) << length;
    }
    for (std::size_t at = 0; at < module.size(); ++at) { // whatever it says, nothing else is read
        auto changed = module;
        changed[at] = '\xff';
        needed_modules(changed);
    }
}

TEST(ModulesDep, ListsAllThatAModuleNeedsTheLastToBeLoadedFirst) {
    const auto text = modules_dep({
        {.path = "kernel/a.ko",   .names = {"b_1", "c"}     },
        {.path = "kernel/b-1.ko", .names = {"d"}            },
        {.path = "kernel/c.ko",   .names = {"d", "not_here"}},
        {.path = "kernel/d.ko",   .names = {}               }
    });
    EXPECT_EQ(text.value_or(""),
              "kernel/a.ko: kernel/c.ko kernel/b-1.ko kernel/d.ko\n"
              "kernel/b-1.ko: kernel/d.ko\n"
              "kernel/c.ko: kernel/d.ko\n"
              "kernel/d.ko:\n");
}

TEST(ModulesDep, RefusesCirclesAndEndlessChains) {
    EXPECT_THAT(modules_dep({
                    {.path = "a.ko", .names = {"b"}},
                    {.path = "b.ko", .names = {"a"}}
    }),
                IsErrorWith("in a circle"));
    EXPECT_THAT(modules_dep({
                    {.path = "a.ko", .names = {"a"}}
    }),
                IsErrorWith("in a circle"));
    std::vector<ModuleNeeds> chain;
    for (int i = 0; i < 200; ++i) {
        chain.push_back({.path = std::to_string(i) + ".ko", .names = {std::to_string(i + 1)}});
    }
    EXPECT_THAT(modules_dep(chain), IsErrorWith("too long a chain"));
}

TEST(WriteModulesDep, KeepsTheListThatAPackageBrings) {
    const auto folder = TempDir::create("ktstr-test");
    ASSERT_THAT(folder, IsOk());
    ASSERT_THAT(write_file_atomically(folder->path() / "x.ko", module_that_needs("")), IsOk());
    ASSERT_THAT(write_file_atomically(folder->path() / "readme", "no module"), IsOk());
    ASSERT_THAT(write_modules_dep(folder->path()), IsOk());
    EXPECT_EQ(read_file(folder->path() / "modules.dep").value_or(""), "x.ko:\n");
    ASSERT_THAT(write_file_atomically(folder->path() / "modules.dep", "theirs\n"), IsOk());
    ASSERT_THAT(write_modules_dep(folder->path()), IsOk());
    EXPECT_EQ(read_file(folder->path() / "modules.dep").value_or(""), "theirs\n");
}

} // namespace ktstr::kernels
