#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/store/kernel_spec.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace ktstr::store {
namespace {

template <class T> T parsed(std::string_view text) {
    const auto spec = parse_kernel_spec(text);
    EXPECT_THAT(spec, IsOk());
    const auto* form = spec ? std::get_if<T>(&*spec) : nullptr;
    EXPECT_NE(form, nullptr) << text << " has another form";
    return form != nullptr ? *form : T{};
}

TEST(KernelSpec, GitHasAnAddressAndARef) {
    const auto git = parsed<GitSpec>("git+https://host/a/linux.git#sched_ext/for-next");
    EXPECT_EQ(git.url, "https://host/a/linux.git");
    EXPECT_EQ(git.ref, "sched_ext/for-next");
    EXPECT_EQ(parsed<GitSpec>("git+file:///x#y#z").ref, "y#z");
    EXPECT_EQ(parsed<GitSpec>("git+https://host/v1..v2#a..b").ref, "a..b");
    for (const auto* text : {"git+https://host/linux", "git+#main", "git+https://host/linux#"}) {
        EXPECT_THAT(parse_kernel_spec(text), IsErrorWith("git+URL#REF")) << text;
    }
}

TEST(KernelSpec, GitTakesNoPassword) {
    const auto spec = parse_kernel_spec("git+https://user:secret@host/linux#main");
    EXPECT_THAT(spec, IsErrorWith("must not hold a password"));
    EXPECT_EQ(spec.error().render().find("secret"), std::string::npos);
    EXPECT_EQ(parsed<GitSpec>("git+ssh://git@host/linux#main").url, "ssh://git@host/linux");
    EXPECT_EQ(parsed<GitSpec>("git+https://host:8443/linux#a@b:c").ref, "a@b:c");
}

TEST(KernelSpec, ARangeHasTwoVersionsInOrder) {
    const auto range = parsed<RangeSpec>("6.12..6.14");
    EXPECT_EQ(range.first, "6.12");
    EXPECT_EQ(range.last, "6.14");
    EXPECT_EQ(parsed<RangeSpec>("6.12..6.12").last, "6.12");
    EXPECT_THAT(parse_kernel_spec("6.14..6.12"), IsErrorWith("6.12..6.14"));
    EXPECT_THAT(parse_kernel_spec("6.14.."), IsErrorWith("`` is no version"));
    EXPECT_THAT(parse_kernel_spec("6.12..next"), IsErrorWith("`next` is no version"));
}

TEST(KernelSpec, APathHasASlashOrBeginsWithADot) {
    EXPECT_EQ(parsed<PathSpec>("./linux").path, "./linux");
    EXPECT_EQ(parsed<PathSpec>("..").path, "..");
    EXPECT_EQ(parsed<PathSpec>("../linux").path, "../linux");
    EXPECT_EQ(parsed<PathSpec>("a/6.12..6.14").path, "a/6.12..6.14");
    ::setenv("HOME", "/home/x", 1);
    EXPECT_EQ(parsed<PathSpec>("~/linux").path, "/home/x/linux");
}

TEST(KernelSpec, VersionsAreNumbers) {
    for (const auto* text : {"6", "6.14", "7.0.13", "6.15-rc3", "6.15.0-rc12"}) {
        EXPECT_EQ(parsed<VersionSpec>(text).version, text);
    }
    for (const auto* text : {"6.", "6.14.1.2", "6.14-rc", "6.14-rc3x", "v6.14", "123456", ""}) {
        EXPECT_FALSE(is_version(text)) << text;
    }
}

TEST(KernelSpec, AllElseIsAKeyOrRefused) {
    EXPECT_EQ(parsed<KeySpec>("6.12.117-ktstr-x86_64-1dda94c767fc").key,
              "6.12.117-ktstr-x86_64-1dda94c767fc");
    EXPECT_THAT(parse_kernel_spec("my kernel"), IsErrorWith("`my kernel` is no kernel"));
    EXPECT_THAT(parse_kernel_spec(""), IsErrorWith("it is empty"));
}

TEST(SeriesOf, IsMajorAndMinor) {
    EXPECT_EQ(series_of("6.14.3"), "6.14");
    EXPECT_EQ(series_of("6.14"), "6.14");
    EXPECT_EQ(series_of("6.14-rc2"), "6.14");
    EXPECT_EQ(series_of("6"), "6");
}

TEST(KernelLabel, IsAWord) {
    const auto label = [](std::string_view text) {
        return kernel_label(parse_kernel_spec(text).value_or(KernelSpec{}));
    };
    EXPECT_EQ(label("6.14"), "kernel_6_14");
    EXPECT_EQ(label("6.15-rc3"), "kernel_6_15_rc3");
    EXPECT_EQ(label("git+https://host/Owner/linux.git#sched_ext/for-next"),
              "kernel_git_owner_linux_sched_ext_for_next");
    EXPECT_EQ(label("6.12.117-ktstr-x86_64-1dda94c767fc"),
              "kernel_6_12_117_ktstr_x86_64_1dda94c767fc");
    const auto tree = label("/src/linux/");
    EXPECT_EQ(tree, label("/src/x/../linux"));
    EXPECT_NE(tree, label("/other/linux"));
    EXPECT_EQ(tree.size(), std::string("kernel_path_linux_123456").size());
    EXPECT_TRUE(tree.starts_with("kernel_path_linux_"));
}

} // namespace
} // namespace ktstr::store
