#include "cargo-ktstr/fetch/armor.hpp"
#include "ktstr-runner/base/matchers.hpp"

namespace ktstr::fetch {

namespace {

std::string block(const std::string& inside) {
    return "-----BEGIN PGP PUBLIC KEY BLOCK-----\n" + inside +
           "\n-----END PGP PUBLIC KEY BLOCK-----\n";
}

} // namespace

TEST(Armor, DecodesBlocksOneAfterTheOther) {
    EXPECT_EQ(
        dearmor_keys("words before\n" + block("Comment: a: b\nVersion: 1\n\naGVs\nbG8=\n=abcd"))
            .value(),
        "hello");
    EXPECT_EQ(dearmor_keys(block("\naGVsbG8s") + block("\nIHlvdQ==")).value(), "hello, you");
    EXPECT_EQ(dearmor_keys(block("\r\naGVsbG8s\r")).value(), "hello,");
}

TEST(Armor, LeavesBinaryAlone) {
    const std::string binary("\x99\x00\x01-----BEGIN", 13);
    EXPECT_EQ(dearmor_keys(binary).value(), binary);
}

TEST(Armor, RefusesGarbledBlocks) {
    EXPECT_THAT(dearmor_keys("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\naGVs"),
                IsErrorWith("cut off"));
    EXPECT_THAT(dearmor_keys(block("\naG?s")), IsErrorWith("garbled"));
    EXPECT_THAT(dearmor_keys(block("\naG=s")), IsErrorWith("garbled"));
}

} // namespace ktstr::fetch
