#include "guest/scheduler/btf.hpp"

#include <gtest/gtest.h>

#include <linux/btf.h>

#include <string>
#include <vector>

namespace ktstr::guest {
namespace {

template <class T> std::string bytes_of(const T& value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

constexpr std::uint32_t info(std::uint32_t kind, std::uint32_t count, bool flag = false) {
    return (flag ? 1U << 31 : 0) | kind << 24 | count;
}

// An int, a struct "ops" {u32 a; u32 timeout_ms; u32 bits : 3}, a struct "value" {ops data at 64}.
std::string example() {
    std::string strings(1, '\0');
    const auto name = [&](const char* text) {
        const auto at = static_cast<std::uint32_t>(strings.size());
        strings += text;
        strings += '\0';
        return at;
    };
    std::string types;
    types += bytes_of(btf_type{.name_off = name("u32"), .info = info(BTF_KIND_INT, 0), .size = 4});
    types += bytes_of(std::uint32_t{32});
    types += bytes_of(
        btf_type{.name_off = name("ops"), .info = info(BTF_KIND_STRUCT, 3, true), .size = 12});
    types += bytes_of(btf_member{.name_off = name("a"), .type = 1, .offset = 0});
    types += bytes_of(btf_member{.name_off = name("timeout_ms"), .type = 1, .offset = 32});
    types += bytes_of(btf_member{.name_off = name("bits"), .type = 1, .offset = 3U << 24 | 64});
    types +=
        bytes_of(btf_type{.name_off = name("value"), .info = info(BTF_KIND_STRUCT, 1), .size = 76});
    types += bytes_of(btf_member{.name_off = name("data"), .type = 2, .offset = 64 * 8});
    btf_header header{.magic = BTF_MAGIC, .version = 1, .hdr_len = sizeof(btf_header)};
    header.type_len = static_cast<std::uint32_t>(types.size());
    header.str_off = header.type_len;
    header.str_len = static_cast<std::uint32_t>(strings.size());
    return bytes_of(header) + types + strings;
}

TEST(FindMember, TellsNumberAndOffset) {
    const auto btf = example();
    const auto timeout = find_member(btf, "ops", "timeout_ms");
    ASSERT_TRUE(timeout);
    EXPECT_EQ(timeout->struct_id, 2U);
    EXPECT_EQ(timeout->offset, 4U);
    const auto data = find_member(btf, "value", "data");
    ASSERT_TRUE(data);
    EXPECT_EQ(data->struct_id, 3U);
    EXPECT_EQ(data->offset, 64U);
}

TEST(FindMember, HasNothingForWhatIsNotThere) {
    const auto btf = example();
    EXPECT_FALSE(find_member(btf, "ops", "timeout"));
    EXPECT_FALSE(find_member(btf, "op", "a"));
    EXPECT_FALSE(find_member(btf, "ops", "bits")); // a bit field
    EXPECT_FALSE(find_member(btf, "u32", "a"));    // no struct
}

TEST(FindMember, SurvivesEveryCutAndEveryByte) {
    const auto btf = example();
    for (std::size_t size = 0; size < btf.size(); ++size) {
        find_member(std::string_view(btf).substr(0, size), "value", "data");
    }
    for (std::size_t at = 0; at < btf.size(); ++at) {
        auto broken = btf;
        broken[at] = '\xff';
        find_member(broken, "value", "data");
    }
    EXPECT_FALSE(find_member("", "value", "data"));
    EXPECT_FALSE(find_member(std::string_view(btf).substr(0, 30), "value", "data"));
}

} // namespace
} // namespace ktstr::guest
