// What Rust's side needs: cargo, rustc, cargo-nextest, the coverage tools, and our own programs.
#include "cargo-ktstr/commands/checks.hpp"
#include "cargo-ktstr/commands/companion.hpp"
#include "cargo-ktstr/nextest/cargo.hpp"
#include "cargo-ktstr/planner/tool_config.hpp"
#include "ktstr-runner/base/process.hpp"

#include <fmt/format.h>

namespace ktstr::commands {

namespace {

constexpr std::string_view rustup = "install Rust: https://rustup.rs";

Finding program(std::vector<std::string> argv, std::string_view remedy) {
    const auto said = first_line_of(std::move(argv));
    return said.ran ? Finding{State::ok, said.line}
                    : Finding{State::missing, said.line, std::string(remedy)};
}

Finding nextest_version() {
    auto finding = program({nextest::cargo_program(), "nextest", "--version"},
                           "cargo install --locked cargo-nextest");
    if (finding.state != State::ok) {
        return finding;
    }
    const auto version = version_in(finding.what);
    if (version < version_in(planner::required_nextest)) {
        finding.state = State::missing;
        finding.remedy =
            fmt::format("update it to {} or newer: cargo install --locked cargo-nextest",
                        planner::required_nextest);
    } else if (version < version_in(planner::recommended_nextest)) {
        finding.state = State::degraded;
        finding.remedy = fmt::format("{} or newer is recommended", planner::recommended_nextest);
    }
    return finding;
}

Finding own_program(const std::string& name) {
    const auto path = companion(name);
    return path ? Finding{State::ok, path->string()}
                : Finding{State::missing, path.error().one_line(), path.error().hint()};
}

Finding llvm_tools() {
    constexpr std::string_view remedy = "rustup component add llvm-tools";
    if (const auto set = env("LLVM_PROFDATA"); set && !set->empty()) {
        return find_program(*set) ? Finding{State::ok, *set + " (LLVM_PROFDATA)"}
                                  : Finding{State::missing,
                                            "LLVM_PROFDATA=" + *set + " is no program",
                                            std::string(remedy)};
    }
    const auto sysroot = first_line_of({"rustc", "--print", "sysroot"});
    const auto triple = nextest::host_triple();
    if (!sysroot.ran || !triple) {
        return {State::missing, "no rustc to ask for its sysroot", std::string(rustup)};
    }
    const auto path = sysroot.line + "/lib/rustlib/" + *triple + "/bin/llvm-profdata";
    return find_program(path) ? Finding{State::ok, path}
                              : Finding{State::missing,
                                        "no llvm-profdata in rustc's sysroot",
                                        std::string(remedy)};
}

} // namespace

std::vector<Check> rust_checks() {
    return {
        {"cargo",
         Need::tests,
         [] { return program({nextest::cargo_program(), "--version"}, rustup); }                 },
        {"rustc",          Need::tests,    [] { return program({"rustc", "--version"}, rustup); }},
        {"cargo-nextest",  Need::tests,    nextest_version                                       },
        {"ktstr-runner",   Need::tests,    [] { return own_program("ktstr-runner"); }            },
        {"cargo-llvm-cov",
         Need::coverage,
         [] {
             return program({nextest::cargo_program(), "llvm-cov", "--version"},
                            "cargo install --locked cargo-llvm-cov");
         }                                                                                       },
        {"llvm-tools",     Need::coverage, llvm_tools                                            },
    };
}

} // namespace ktstr::commands
