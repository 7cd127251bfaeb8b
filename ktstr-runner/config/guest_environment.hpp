// The environment that a test has in the machine: what nextest gave, less what makes no sense
// there.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::config {

struct EnvRule {
    std::string_view pattern; // a name; one `*` stands for any run of characters
    std::string_view value;   // what the guest has instead; empty: nothing
    std::string_view reason;
};

// The first rule that fits a name holds. A name without a rule goes to the guest as it is.
std::span<const EnvRule> guest_env_rules();

// `host` is "NAME=value" each; `cwd` is where the test starts. The names that a rule gives a value
// are there in any case; PATH is the host's with the system directories that it lacks behind it.
std::vector<std::string> guest_environment(const std::vector<std::string>& host,
                                           const std::string& cwd);

} // namespace ktstr::config
