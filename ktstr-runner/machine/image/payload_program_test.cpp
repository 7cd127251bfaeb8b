#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/machine/image/elf_fixture.hpp"
#include "ktstr-runner/machine/image/payload_fixture.hpp"

#include <sys/stat.h>

#include <cstdlib>

namespace ktstr::machine {

namespace {

class ProgramTest : public PayloadTest {
protected:
    std::filesystem::path elf(const std::string& name, const ElfFixture& fixture) {
        return file(name, fixture.build(), 0755);
    }

    ElfFixture program(const std::vector<std::string>& needed, const std::string& runpath = "") {
        return {.interpreter = elf("ld.so", {}).string(), .needed = needed, .runpath = runpath};
    }

    Result<> add(const std::filesystem::path& path) {
        return payload_.add_program(path, at("env"));
    }
};

} // namespace

TEST_F(ProgramTest, BringsLoaderAndLibrariesOfLibraries) {
    elf("env/liba.so.1.0",
        {
            .needed = {"libb.so", "libc-of-test.so"},
              .soname = "liba.so.1"
    });
    link("env/liba.so.1", "liba.so.1.0");
    elf("env/libb.so", {.needed = {"liba.so.1"}, .soname = "libb.so"}); // a circle
    elf("env/libc-of-test.so", {.soname = "libc-of-test.so"});
    ASSERT_THAT(add(elf("p", program({"liba.so.1"}))), IsOk());
    const auto all = held(payload_);
    for (const auto* name :
         {"p", "ld.so", "env/liba.so.1", "env/liba.so.1.0", "env/libb.so", "env/libc-of-test.so"}) {
        EXPECT_TRUE(all.contains(at(name))) << name;
    }
}

TEST_F(ProgramTest, StaticProgramBringsNothing) {
    ASSERT_THAT(add(elf("p", {.type = ET_EXEC})), IsOk());
    EXPECT_EQ(held(payload_).size(),
              1U + static_cast<std::size_t>(std::ranges::count(root_.string(), '/')));
}

TEST_F(ProgramTest, LibraryAlreadyLoadedUnderItsSonameIsNotSearched) {
    elf("env/liba.so", {.soname = "libother.so.1"});
    elf("env/libb.so", {.needed = {"libother.so.1"}, .soname = "libb.so"});
    EXPECT_THAT(add(elf("p", program({"liba.so", "libb.so"}))), IsOk());
}

TEST_F(ProgramTest, MissingLibraryIsNamedWithTheOneThatNeedsIt) {
    elf("env/liba.so", {.needed = {"libmissing.so.7"}, .soname = "liba.so"});
    const auto result = add(elf("p", program({"liba.so"})));
    EXPECT_THAT(result,
                IsErrorWith("cannot find the shared library libmissing.so.7, which " +
                            at("env/liba.so") + " needs"));
    EXPECT_THAT(result, IsErrorWith("cannot take the program " + at("p")));
    EXPECT_THAT(result, IsErrorWith("hint: install it, or put its directory into LD_LIBRARY_PATH"));
}

TEST_F(ProgramTest, LibraryOfAnotherArchitectureIsNamed) {
    elf("env/liba.so", {.machine = EM_AARCH64, .soname = "liba.so"});
    EXPECT_THAT(add(elf("p", program({"liba.so"}))),
                IsErrorWith(at("env/liba.so") + " is for AArch64"));
}

TEST_F(ProgramTest, ProgramOfAnotherArchitectureNamesBoth) {
    const auto result = add(elf("p", {.machine = EM_AARCH64}));
    EXPECT_THAT(result, IsErrorWith(at("p") + " is for AArch64, the machine is x86-64"));
}

TEST_F(ProgramTest, MissingLoaderIsNamed) {
    EXPECT_THAT(add(elf("p", {.interpreter = "/nix/store/none/ld.so"})),
                IsErrorWith("needs the dynamic loader /nix/store/none/ld.so"));
}

TEST_F(ProgramTest, WhatCannotRunIsNamed) {
    EXPECT_THAT(add(file("plain", "#!/bin/sh\n", 0644)), IsErrorWith("is not executable"));
    EXPECT_THAT(add(file("text", "hello", 0755)),
                IsErrorWith("neither an ELF program nor a script"));
    EXPECT_THAT(add(file("empty", "", 0755)), IsErrorWith("is empty"));
    EXPECT_THAT(add(root_), IsErrorWith("is a directory"));
    EXPECT_THAT(add(root_ / "none"), IsErrorWith("does not exist"));
    EXPECT_THAT(add("ktstr-no-such-program"),
                IsErrorWith("no program ktstr-no-such-program in $PATH"));
    EXPECT_THAT(add(file("cut", ElfFixture{}.build().substr(0, 40), 0755)), IsErrorWith("cut off"));
}

TEST_F(ProgramTest, ScriptBringsItsInterpreter) {
    elf("env/liba.so", {.soname = "liba.so"});
    const auto interpreter = elf("interpreter", program({"liba.so"}));
    ASSERT_THAT(add(file("s", "#! " + interpreter.string() + " -x\nbody", 0755)), IsOk());
    const auto all = held(payload_);
    EXPECT_TRUE(all.contains(at("s")));
    EXPECT_TRUE(all.contains(at("interpreter")));
    EXPECT_TRUE(all.contains(at("env/liba.so")));
}

TEST_F(ProgramTest, ScriptOfEnvBringsTheProgramThatItNames) {
    const auto env = elf("env-dir/env", {.type = ET_EXEC});
    const auto tool = elf("tools/ktstr-test-tool", {.type = ET_EXEC});
    const std::string before = std::getenv("PATH");
    ASSERT_EQ(::setenv("PATH", (at("tools") + ":" + before).c_str(), 1), 0);
    const auto plain = add(file("s", "#!" + env.string() + " ktstr-test-tool\n", 0755));
    const auto split = add(file("t", "#!" + env.string() + " -S A=1 ktstr-test-tool -u\n", 0755));
    const auto missing = add(file("u", "#!" + env.string() + " ktstr-missing-tool\n", 0755));
    ASSERT_EQ(::setenv("PATH", before.c_str(), 1), 0);
    EXPECT_THAT(plain, IsOk());
    EXPECT_THAT(split, IsOk());
    EXPECT_THAT(missing, IsErrorWith("ktstr-missing-tool"));
    EXPECT_TRUE(held(payload_).contains(tool.string()));
}

TEST_F(ProgramTest, ScriptsWithoutAnEndAreRefused) {
    const auto itself = root_ / "s";
    EXPECT_THAT(add(file("s", "#!" + itself.string() + "\n", 0755)),
                IsErrorWith("too many interpreters"));
    EXPECT_THAT(add(file("t", "#!\n", 0755)), IsErrorWith("names no interpreter"));
    EXPECT_THAT(add(file("u", "#!/none/interpreter", 0755)),
                IsErrorWith("/none/interpreter does not exist"));
}

// The test program itself is a real one of this host.
TEST_F(ProgramTest, RealProgramBringsWhatLibcOpensByItself) {
    const auto self = self_path();
    ASSERT_THAT(self, IsOk());
    ASSERT_THAT(payload_.add_program(*self, env("LD_LIBRARY_PATH").value_or("")), IsOk());
    bool libc = false;
    bool libgcc = false;
    for (const auto& [name, held] : held(payload_)) {
        libc = libc || name.ends_with("/libc.so.6");
        libgcc = libgcc || name.ends_with("/libgcc_s.so.1");
    }
    EXPECT_TRUE(libc);
    EXPECT_TRUE(libgcc);
}

} // namespace ktstr::machine
