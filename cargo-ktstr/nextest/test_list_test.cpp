#include "cargo-ktstr/nextest/test_list.hpp"
#include "ktstr-runner/base/matchers.hpp"

namespace ktstr::nextest {

namespace {

// As cargo-nextest 0.9.143 writes it, less what we do not read.
constexpr std::string_view sample = R"({
 "rust-build-meta": {"target-directory": "/w/target", "build-directory": "/w/target", "base-output-directories": ["debug"],
  "platforms": {"host": {"platform": {"triple": "x86_64-unknown-linux-gnu", "target-features": "unknown"},
                         "libdir": {"status": "available", "path": "/lib"}},
                "targets": [{"platform": {"triple": "x86_64-unknown-linux-musl", "target-features": "unknown"}}]}},
 "test-count": 3,
 "rust-suites": {
  "demo": {"package-name": "demo", "binary-id": "demo", "binary-name": "demo_lib", "package-id": "path+file:///w#demo@0.1.0",
   "kind": "lib", "binary-path": "/w/target/debug/deps/demo-1", "build-platform": "target", "cwd": "/w", "status": "listed",
   "testcases": {"a::adds": {"kind": "test", "ignored": false, "filter-match": {"status": "matches"}},
                 "a::slow": {"kind": "test", "ignored": true, "filter-match": {"status": "mismatch", "reason": "ignored"}}}},
  "demo::it": {"package-name": "demo", "binary-id": "demo::it", "binary-name": "it", "package-id": "x", "kind": "test",
   "binary-path": "/w/target/debug/deps/it-2", "build-platform": "host", "cwd": "/w/sub", "status": "skipped",
   "testcases": {}}}})";

TEST(TestList, HasSuitesWithTheirTests) {
    const auto list = parse_test_list(sample);
    ASSERT_THAT(list, IsOk());
    EXPECT_EQ(list->target_directory, "/w/target");
    EXPECT_EQ(list->host_triple, "x86_64-unknown-linux-gnu");
    EXPECT_THAT(list->target_triples, testing::ElementsAre("x86_64-unknown-linux-musl"));
    ASSERT_EQ(list->suites.size(), 2U);
    EXPECT_EQ(list->suites[0].binary_name, "demo_lib");
    EXPECT_EQ(list->suites[0].tests.at(0).name, "a::adds");
    EXPECT_TRUE(list->suites[0].tests.at(0).matches);
    EXPECT_TRUE(list->suites[0].tests.at(1).ignored);
    EXPECT_EQ(list->suites[0].tests.at(1).mismatch, "ignored");
    EXPECT_EQ(list->suites[1].build_platform, "host");
    EXPECT_EQ(list->suites[1].status, "skipped");
    EXPECT_EQ(list->matching(), 1U);
    EXPECT_EQ(list->total(), 2U);
}

TEST(TestList, ThatIsNoJsonIsAnError) {
    EXPECT_THAT(parse_test_list("warning: something"), IsErrorWith("cannot read the test list"));
}

TEST(TestList, ThatLacksAFieldIsAnErrorThatNamesIt) {
    EXPECT_THAT(parse_test_list(R"({"rust-build-meta": {}})"), IsErrorWith("target-directory"));
}

} // namespace

} // namespace ktstr::nextest
