// The table against the nextest that is installed, if one is.
#include "cargo-ktstr/nextest/options.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"

#include <map>
#include <regex>
#include <set>

namespace ktstr::nextest {

namespace {

// The names of the options in a help text, with what follows each: "features" -> " <FEATURES>".
std::map<std::string, std::string> options_in_help(const std::string& subcommand) {
    auto help = run_captured({
        .argv = {"cargo-nextest", "nextest", subcommand, "--help"}
    });
    EXPECT_THAT(help, IsOk());
    static const std::regex pattern("^  (?:-\\w, |    )--([a-z-]+)(.*)$");
    std::map<std::string, std::string> found;
    for (const auto& line : split(help->out, '\n')) {
        if (std::smatch match; std::regex_match(line, match, pattern)) {
            found[match[1]] = match[2];
        }
    }
    return found;
}

TEST(Options, AreThoseOfTheInstalledNextest) {
    if (!find_program("cargo-nextest")) {
        GTEST_SKIP() << "no cargo-nextest";
    }
    const auto run = options_in_help("run");
    const auto list = options_in_help("list");
    ASSERT_GT(run.size(), 50U);
    const std::set<std::string> ours_to_drop{"extract-overwrite",
                                             "extract-to",
                                             "message-format",
                                             "persist-extract-tempdir",
                                             "show-progress"};
    for (const auto& [name, rest] : run) {
        const auto* option = find_option(name);
        ASSERT_NE(option, nullptr) << name;
        EXPECT_EQ(option->value == Value::required, rest.find(" <") != rest.npos) << name;
        EXPECT_EQ(option->scope == Scope::list_and_run,
                  list.contains(name) && !ours_to_drop.contains(name))
            << name;
    }
}

TEST(Options, AreFoundByNameAndLetter) {
    EXPECT_EQ(find_option("profile"), find_option('P'));
    EXPECT_EQ(find_option(""), nullptr);
    EXPECT_EQ(find_option('\0'), nullptr);
    EXPECT_EQ(find_option('T'), nullptr);
}

} // namespace

} // namespace ktstr::nextest
