#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/store/image_file.hpp"
#include "ktstr-runner/store/remembered.hpp"
#include "ktstr-runner/store/test_support.hpp"

namespace ktstr::store {

using ResolveTest = StoreTest;

TEST_F(ResolveTest, EmptyStoreSaysHowToGetAKernel) {
    EXPECT_THAT(resolve(""), IsErrorWith("the kernel store is empty"));
    EXPECT_THAT(resolve(""), IsErrorWith("cargo ktstr kernel build"));
    EXPECT_THAT(resolve("6.12"), IsErrorWith("cargo ktstr kernel build"));
}

TEST_F(ResolveTest, WithoutASpecTakesTheEnvironmentThenSchedExt) {
    ASSERT_THAT(add("6.12.1", host_arch(), "CONFIG_SCHED_CLASS_EXT=y\n"), IsOk());
    ASSERT_THAT(add("6.12.2", host_arch()), IsOk());
    ASSERT_THAT(add("6.12.3", "m68k", "CONFIG_SCHED_CLASS_EXT=y\n"), IsOk());
    EXPECT_EQ(resolve("").value_or(Entry{}).version, "6.12.1");
    ::setenv("KTSTR_KERNEL", "6.12.2", 1);
    EXPECT_EQ(resolve("").value_or(Entry{}).version, "6.12.2");
    ::setenv("KTSTR_KERNEL", "6.99", 1);
    EXPECT_THAT(resolve(""), IsErrorWith("KTSTR_KERNEL=6.99"));
    EXPECT_EQ(resolve("6.12.1").value_or(Entry{}).version, "6.12.1");
}

TEST_F(ResolveTest, PrefixIsTheNewestPatchRelease) {
    for (const auto* release : {"6.12.9", "6.12.10", "6.12.2", "6.120.1"}) {
        ASSERT_THAT(add(release, host_arch()), IsOk());
    }
    EXPECT_EQ(resolve("6.12").value_or(Entry{}).version, "6.12.10");
    EXPECT_EQ(resolve("6.12.9-x").value_or(Entry{}).version, "6.12.9");
    EXPECT_THAT(resolve("6.13"), IsErrorWith("6.120.1-x"));
    EXPECT_THAT(resolve("6.12.9-y"), IsErrorWith("did you mean `6.12.9-x`?"));
}

TEST_F(ResolveTest, GitIsWhatWasMadeOfItLast) {
    const std::string spec = "git+https://host/linux#sched_ext/for-next";
    EXPECT_THAT(resolve(spec), IsErrorWith("cargo ktstr kernel build '" + spec + "'"));
    ASSERT_THAT(add("7.1.0", host_arch()), IsOk());
    ASSERT_THAT(add("7.1.1", host_arch()), IsOk());
    const auto* other = "git+https://host/linux#main";
    for (const auto* key : {"7.1.1-x", "7.1.0-x"}) {
        ASSERT_THAT(remember(spec, key), IsOk());
        ASSERT_THAT(remember(other, "7.1.1-x"), IsOk());
        EXPECT_EQ(resolve(spec).value_or(Entry{}).key, key);
        EXPECT_EQ(resolve(other).value_or(Entry{}).key, "7.1.1-x");
    }
    std::filesystem::remove_all(root() / "7.1.0-x");
    EXPECT_THAT(resolve(spec), IsErrorWith("nothing made of it"));
}

TEST_F(ResolveTest, ARangeIsNotOneKernel) {
    EXPECT_THAT(resolve("6.12..6.14"), IsErrorWith("name one of them, such as 6.14"));
}

TEST_F(ResolveTest, WhatCanBeMadeIsNoMistake) {
    const auto kind = [](const std::string& spec) {
        const auto entry = resolve(spec);
        EXPECT_FALSE(entry) << spec;
        return entry ? ErrorKind::internal : entry.error().kind();
    };
    EXPECT_EQ(kind("6.14"), ErrorKind::environment);
    EXPECT_EQ(kind("git+https://host/linux#main"), ErrorKind::environment);
    EXPECT_EQ(kind("6.14-nonsense"), ErrorKind::usage);
    EXPECT_EQ(kind("/nowhere/at/all"), ErrorKind::usage);
}

TEST_F(ResolveTest, TakesAnImageWithTheConfigurationBesideIt) {
    write(folder() / "vmlinuz-6.14", fake_bzimage("6.14"));
    write(folder() / "config-6.14", "CONFIG_SCHED_CLASS_EXT=y\n");
    const auto entry = resolve((folder() / "vmlinuz-6.14").string());
    ASSERT_THAT(entry, IsOk());
    EXPECT_EQ(entry->version, "6.14");
    EXPECT_EQ(entry->source, "image");
    EXPECT_TRUE(entry->directory.empty());
    EXPECT_TRUE(entry->sched_ext);
    EXPECT_EQ(entry->config, folder() / "config-6.14");
}

TEST_F(ResolveTest, TakesABuiltTreeAndExplainsAnUnbuiltOne) {
    const auto tree = folder() / "linux";
    write(tree / "Kconfig", "");
    write(tree / "Makefile", "");
    EXPECT_THAT(resolve(tree.string()),
                IsErrorWith("cargo ktstr kernel build --source " + tree.string()));
    write(tree / "arch/x86/boot/bzImage", fake_bzimage("6.15"));
    write(tree / "vmlinux", "elf");
    write(tree / ".config", "CONFIG_SCHED_CLASS_EXT=y\n");
    const auto entry = resolve(tree.string());
    ASSERT_THAT(entry, IsOk());
    EXPECT_EQ(entry->image, tree / "arch/x86/boot/bzImage");
    EXPECT_EQ(entry->vmlinux, tree / "vmlinux");
    EXPECT_EQ(entry->source, "source-tree");
    EXPECT_TRUE(entry->sched_ext);
}

TEST_F(ResolveTest, TakesADirectoryOfTheStore) {
    ASSERT_THAT(add("6.12", host_arch()), IsOk());
    EXPECT_EQ(resolve((root() / "6.12-x").string()).value_or(Entry{}).key, "6.12-x");
}

TEST_F(ResolveTest, APackageIsItsEntryOnceImported) {
    write(folder() / "linux.deb", "package");
    EXPECT_THAT(resolve((folder() / "linux.deb").string()),
                IsErrorWith("cargo ktstr kernel build --deb "));
    auto draft = Draft::begin("from-deb");
    ASSERT_THAT(draft, IsOk());
    write(draft->directory() / "image", fake_bzimage("7.3"));
    Entry facts;
    facts.version = "7.3";
    facts.made_from = {sha256_of("package")};
    ASSERT_THAT(draft->commit(facts), IsOk());
    EXPECT_EQ(resolve((folder() / "linux.deb").string()).value_or(Entry{}).key, "from-deb");
}

TEST_F(ResolveTest, NamesWhatItCannotUse) {
    write(folder() / "notes.txt", "hello");
    std::filesystem::create_directory(folder() / "bare");
    EXPECT_THAT(resolve((folder() / "notes.txt").string()), IsErrorWith("not a kernel image"));
    EXPECT_THAT(resolve((folder() / "bare").string()), IsErrorWith("holds no kernel"));
    EXPECT_THAT(resolve((folder() / "none").string()), IsErrorWith("No such file"));
    EXPECT_THAT(resolve("6.14.x"), IsErrorWith("cannot resolve the kernel `6.14.x`"));
}

} // namespace ktstr::store
