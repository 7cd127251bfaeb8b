#include "cargo-ktstr/nextest/test_list.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace ktstr::nextest {

namespace {

using Json = nlohmann::json;

TestCase test_case(const std::string& name, const Json& json) {
    const auto& match = json.at("filter-match");
    return {.name = name,
            .ignored = json.at("ignored").get<bool>(),
            .matches = match.at("status").get<std::string>() == "matches",
            .mismatch = match.value("reason", std::string())};
}

Suite suite(const Json& json) {
    Suite suite{.binary_id = json.at("binary-id").get<std::string>(),
                .binary_name = json.at("binary-name").get<std::string>(),
                .package = json.at("package-name").get<std::string>(),
                .kind = json.at("kind").get<std::string>(),
                .binary = json.at("binary-path").get<std::string>(),
                .cwd = json.at("cwd").get<std::string>(),
                .build_platform = json.value("build-platform", std::string("target")),
                .status = json.value("status", std::string("listed"))};
    for (const auto& [name, test] : json.at("testcases").items()) {
        suite.tests.push_back(test_case(name, test));
    }
    return suite;
}

TestList test_list(const Json& json) {
    const auto& meta = json.at("rust-build-meta");
    TestList list{.target_directory = meta.at("target-directory").get<std::string>()};
    const auto& platforms = meta.at("platforms");
    list.host_triple = platforms.at("host").at("platform").at("triple").get<std::string>();
    for (const auto& target : platforms.at("targets")) {
        list.target_triples.push_back(target.at("platform").at("triple").get<std::string>());
    }
    for (const auto& [id, one] : json.at("rust-suites").items()) {
        list.suites.push_back(suite(one));
    }
    return list;
}

} // namespace

std::size_t TestList::matching() const {
    std::size_t count = 0;
    for (const auto& suite : suites) {
        count += static_cast<std::size_t>(std::ranges::count_if(suite.tests, &TestCase::matches));
    }
    return count;
}

std::size_t TestList::total() const {
    std::size_t count = 0;
    for (const auto& suite : suites) {
        count += suite.tests.size();
    }
    return count;
}

Result<TestList> parse_test_list(std::string_view json) {
    try {
        return test_list(Json::parse(json));
    } catch (const Json::exception& error) {
        return fail(Error(ErrorKind::environment, error.what())
                        .context("cannot read the test list of `cargo nextest list`")
                        .hint("`cargo ktstr doctor` says which versions of cargo-nextest work"));
    }
}

} // namespace ktstr::nextest
