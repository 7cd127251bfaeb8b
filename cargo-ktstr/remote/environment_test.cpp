#include "cargo-ktstr/remote/environment.hpp"
#include "ktstr-runner/base/matchers.hpp"

#include <algorithm>
#include <map>

namespace ktstr::remote {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

using Map = std::map<std::string, std::string>;

Result<std::optional<Access>> access(const Map& given) {
    return access_from([&](const char* name) {
        const auto at = given.find(name);
        return at == given.end() ? std::nullopt : std::optional(at->second);
    });
}

// All that a job on github.com has, with changes.
Map job(const Map& changes = {}) {
    Map all = changes;
    all.merge(Map{
        {"KTSTR_GHA_CACHE",       "1"                            },
        {"ACTIONS_RESULTS_URL",   "https://results.example.com//"},
        {"ACTIONS_RUNTIME_TOKEN", "secret"                       },
        {"GITHUB_SERVER_URL",     "https://github.com"           }
    });
    return all;
}

} // namespace

TEST(Environment, IsUsedWhenAskedForAlone) {
    const auto asked = access(job());
    ASSERT_THAT(asked, IsOk());
    ASSERT_TRUE(*asked);
    EXPECT_EQ((*asked)->url, "https://results.example.com");
    EXPECT_EQ((*asked)->token, "secret");
    auto unset = job();
    unset.erase("KTSTR_GHA_CACHE");
    for (const auto& not_asked : {
             unset, job({{"KTSTR_GHA_CACHE", "0"}}
              ), Map{                       }
    }) {
        const auto none = access(not_asked);
        ASSERT_THAT(none, IsOk());
        EXPECT_FALSE(*none);
    }
}

TEST(Environment, OtherValuesAreRefusedByName) {
    for (const auto* value : {"", "true", "on", "2", "01", " 1"}) {
        const auto refused = access(job({
            {"KTSTR_GHA_CACHE", value}
        }));
        EXPECT_THAT(refused, IsErrorWith("KTSTR_GHA_CACHE")) << value;
        EXPECT_EQ(refused.error().kind(), ErrorKind::usage);
    }
}

TEST(Environment, MissingVariablesComeWithTheStepThatExportsThem) {
    auto without = job({
        {"ACTIONS_RUNTIME_TOKEN", " "}
    });
    EXPECT_THAT(access(without),
                AllOf(IsErrorWith("ACTIONS_RUNTIME_TOKEN is not set"),
                      IsErrorWith(export_step()),
                      Not(IsErrorWith("ACTIONS_RESULTS_URL and"))));
    without.erase("ACTIONS_RESULTS_URL");
    EXPECT_THAT(access(without),
                IsErrorWith("ACTIONS_RESULTS_URL and ACTIONS_RUNTIME_TOKEN are not set"));
    EXPECT_EQ(std::ranges::count(export_step(), '\n'), 6);
    EXPECT_THAT(access(job({
                    {"ACTIONS_RESULTS_URL", "file:///x"}
    })),
                IsErrorWith("no http"));
}

TEST(Environment, EnterpriseServersAreNotSupported) {
    for (const auto* url :
         {"https://git.example.com", "https://github.com.evil.org", "http://localhost"}) {
        EXPECT_THAT(access(job({
                        {"GITHUB_SERVER_URL", url}
        })),
                    IsErrorWith("Enterprise Server"))
            << url;
    }
    for (const auto* url :
         {"", "https://GitHub.com/", "https://x.ghe.com", "http://a.localhost:3000"}) {
        EXPECT_THAT(access(job({
                        {"GITHUB_SERVER_URL", url}
        })),
                    IsOk())
            << url;
    }
}

TEST(Environment, TheModeSaysWhatIsAllowed) {
    const auto allowed = [](const char* mode) {
        const auto found = access(job({
            {"ACTIONS_CACHE_MODE", mode}
        }));
        EXPECT_THAT(found, IsOk());
        return std::pair((*found)->may_read, (*found)->may_write);
    };
    EXPECT_EQ(allowed("none"), std::pair(false, false));
    EXPECT_EQ(allowed("read"), std::pair(true, false));
    EXPECT_EQ(allowed("write"), std::pair(true, true));
    EXPECT_EQ(allowed(" Write-Only "), std::pair(false, true));
    EXPECT_EQ(allowed(""), std::pair(true, true));
    EXPECT_EQ(allowed("of tomorrow"), std::pair(true, true));
}

} // namespace ktstr::remote
