#include "cargo-ktstr/stats/target_directory.hpp"
#include "ktstr-runner/base/matchers.hpp"

namespace ktstr::stats {

namespace {

using Variable = std::optional<std::string>;

Variable none(const char*) {
    return std::nullopt;
}

Result<std::filesystem::path> asked(const std::string& metadata) {
    return target_directory(none, [&] { return Result<std::string>(metadata); }, "/ws");
}

} // namespace

TEST(TargetDirectory, TheVariableAnswersWithoutCargo) {
    const auto never = [] { return Result<std::string>(fail(ErrorKind::internal, "asked")); };
    const auto set = [](const std::string& name, const std::string& value) {
        return [=](const char* asked_for) {
            return name == asked_for ? Variable(value) : std::nullopt;
        };
    };
    EXPECT_EQ(target_directory(set("CARGO_TARGET_DIR", "/t"), never, "/ws").value_or(""), "/t");
    EXPECT_EQ(target_directory(set("CARGO_TARGET_DIR", "out"), never, "/ws").value_or(""),
              "/ws/out");
    EXPECT_EQ(target_directory(set("CARGO_BUILD_TARGET_DIR", "/b"), never, "/ws").value_or(""),
              "/b");
    EXPECT_THAT(target_directory(set("CARGO_TARGET_DIR", ""), never, "/ws"), IsErrorWith("--dir"));
}

TEST(TargetDirectory, ComesFromCargoMetadata) {
    EXPECT_EQ(asked(R"({"packages":[],"target_directory":"/ws/target"})").value_or(""),
              "/ws/target");
    EXPECT_THAT(asked(R"({"target_directory":3})"), IsErrorWith("names no target directory"));
    EXPECT_THAT(asked("{"), IsErrorWith("names no target directory"));
}

} // namespace ktstr::stats
