#include "ktstr-runner/config/fixed_environment.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace ktstr::config {

namespace {

struct Fixed {
    std::string_view name;  // a prefix when it ends in `*`
    std::string_view value; // empty: it is left out
};

// nextest documentation, "Environment variables"; GitHub Actions and GitLab CI, "Variables".
constexpr std::array fixed{
    Fixed{"NEXTEST_RUN_ID",           "00000000-0000-0000-0000-000000000000"  },
    Fixed{"NEXTEST_ATTEMPT_ID",       "00000000-0000-0000-0000-000000000000:1"},
    Fixed{"NEXTEST_ATTEMPT",          "1"                                     },
    Fixed{"NEXTEST_TOTAL_ATTEMPTS",   "1"                                     },
    Fixed{"NEXTEST_TEST_GLOBAL_SLOT", "0"                                     },
    Fixed{"NEXTEST_TEST_GROUP_SLOT",  "0"                                     },
    Fixed{"NEXTEST_TEST_THREADS",     "1"                                     },
    Fixed{"NEXTEST_STRESS_*",         ""                                      },
    Fixed{"GITHUB_*",                 ""                                      },
    Fixed{"RUNNER_*",                 ""                                      },
    Fixed{"CI_*",                     ""                                      },
};

bool is_meant(const Fixed& one, std::string_view name) {
    return one.name.ends_with('*') ? name.starts_with(one.name.substr(0, one.name.size() - 1))
                                   : name == one.name;
}

} // namespace

std::vector<std::string> fixed_environment(std::vector<std::string> environment) {
    std::vector<std::string> out;
    for (auto& entry : environment) {
        const auto name = std::string_view(entry).substr(0, entry.find('='));
        const auto found =
            std::ranges::find_if(fixed, [&](const Fixed& one) { return is_meant(one, name); });
        if (found == fixed.end()) {
            out.push_back(std::move(entry));
        } else if (!found->value.empty()) {
            out.push_back(std::string(name) + "=" + std::string(found->value));
        }
    }
    std::ranges::sort(out);
    return out;
}

} // namespace ktstr::config
