#include "cargo-ktstr/coverage/llvm_tools.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

namespace ktstr::coverage {

namespace {

namespace fs = std::filesystem;

class ChooseLlvmTools : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_THAT(folder_, IsOk());
        surroundings_.search = {folder_->path() / "none", folder_->path() / "bin"};
        surroundings_.toolchain_bin = folder_->path() / "toolchain";
        surroundings_.version_of = [](const fs::path&) { return 14U; }; // of tools without a number
    }

    // Both tools in `folder`, with a suffix.
    void install(const std::string& folder, const std::string& suffix) {
        put(folder, "llvm-profdata" + suffix);
        put(folder, "llvm-cov" + suffix);
    }

    void put(const std::string& folder, const std::string& name) {
        ASSERT_THAT(make_directories(folder_->path() / folder), IsOk());
        ASSERT_THAT(write_file_atomically(folder_->path() / folder / name, "#!/bin/sh\n", 0755),
                    IsOk());
    }

    std::string chosen() const {
        const auto tools = choose_llvm_tools(surroundings_);
        return tools ? fs::relative(tools->profdata, folder_->path()).string()
                     : tools.error().one_line();
    }

    Result<TempDir> folder_ = TempDir::create("ktstr-test");
    Surroundings surroundings_{.rustc_llvm = 22};
};

} // namespace

TEST_F(ChooseLlvmTools, PrefersTheToolchain) {
    install("toolchain", "");
    install("bin", "-22");
    EXPECT_EQ(chosen(), "toolchain/llvm-profdata");
}

TEST_F(ChooseLlvmTools, PrefersTheSystemsOfRustcsOwnVersion) {
    install("bin", "");
    install("bin", "-19");
    install("bin", "-22");
    install("bin", "-23");
    EXPECT_EQ(chosen(), "bin/llvm-profdata-22");
}

TEST_F(ChooseLlvmTools, ElseTakesTheNewestThatReadsTheSameProfiles) {
    install("bin", "");
    install("bin", "-19");
    install("bin", "-21");
    EXPECT_EQ(chosen(), "bin/llvm-profdata-21");
}

TEST_F(ChooseLlvmTools, AsksAToolWithoutANumberForItsVersion) {
    install("bin", "");
    surroundings_.version_of = [](const fs::path&) { return 20U; };
    EXPECT_EQ(chosen(), "bin/llvm-profdata");
}

TEST_F(ChooseLlvmTools, AnOldRustcNeedsItsOwnVersion) {
    surroundings_.rustc_llvm = 17;
    install("bin", "-19");
    EXPECT_THAT(choose_llvm_tools(surroundings_), IsErrorWith("package llvm-17, or set"));
    install("bin", "-17");
    EXPECT_EQ(chosen(), "bin/llvm-profdata-17");
}

TEST_F(ChooseLlvmTools, HalfAPairDoesNotCount) {
    put("bin", "llvm-profdata-22");
    EXPECT_THAT(choose_llvm_tools(surroundings_), IsErrorWith("there is none on this system"));
}

TEST_F(ChooseLlvmTools, SaysWhatIsTooOldAndWhatToInstall) {
    install("bin", "");
    EXPECT_THAT(choose_llvm_tools(surroundings_),
                IsErrorWith("this system's (LLVM 14) cannot read them"));
    EXPECT_THAT(choose_llvm_tools(surroundings_),
                IsErrorWith("package llvm-22 (any from 19 on will do)"));
    EXPECT_THAT(choose_llvm_tools(surroundings_), IsErrorWith("rustup component add llvm-tools"));
}

TEST_F(ChooseLlvmTools, TheEnvironmentWinsAndIsChecked) {
    install("toolchain", "");
    surroundings_.llvm_cov = "/bin/true";
    EXPECT_THAT(choose_llvm_tools(surroundings_), IsErrorWith("set both or none"));
    surroundings_.llvm_profdata = "/no/such";
    EXPECT_THAT(choose_llvm_tools(surroundings_), IsErrorWith("LLVM_PROFDATA is `/no/such`"));
    surroundings_.llvm_profdata = "/bin/false";
    const auto tools = choose_llvm_tools(surroundings_);
    ASSERT_THAT(tools, IsOk());
    EXPECT_EQ(tools->cov, "/bin/true");
    EXPECT_EQ(tools->profdata, "/bin/false");
}

TEST(LlvmVersion, IsReadFromRustcAndFromTheTools) {
    EXPECT_EQ(
        llvm_version_in("host: x86_64-unknown-linux-gnu\nrelease: 1.95.0\nLLVM version: 22.1.2\n"),
        22U);
    EXPECT_EQ(llvm_version_in("Debian LLVM version 14.0.6\n  Optimized build.\n"), 14U);
    EXPECT_EQ(llvm_version_in("LLVM version"), 0U);
    EXPECT_EQ(llvm_version_in("gcc 12"), 0U);
}

} // namespace ktstr::coverage
