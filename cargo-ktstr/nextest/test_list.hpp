// What `cargo nextest list --message-format json` says, as values. The format is public API of
// nextest (nexte.st/docs/machine-readable/list), append-only within 0.9.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::nextest {

struct TestCase {
    std::string name;
    bool ignored = false;
    bool matches = false;
    std::string mismatch; // nextest's reason, empty when it matches
};

struct Suite {
    std::string binary_id;
    std::string binary_name;
    std::string package;
    std::string kind; // lib, test, bench, bin, example, proc-macro
    std::filesystem::path binary;
    std::filesystem::path cwd;
    std::string build_platform; // target, host
    std::string status;         // listed, skipped, skipped-default-filter
    std::vector<TestCase> tests;
};

struct TestList {
    std::filesystem::path target_directory;
    std::string host_triple;
    std::vector<std::string> target_triples; // empty: built for the host
    std::vector<Suite> suites;

    std::size_t matching() const;
    std::size_t total() const;
};

Result<TestList> parse_test_list(std::string_view json);

} // namespace ktstr::nextest
