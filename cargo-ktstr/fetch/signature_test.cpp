#include "cargo-ktstr/fetch/armor.hpp"
#include "cargo-ktstr/fetch/autosigner_key.hpp"
#include "cargo-ktstr/fetch/signature.hpp"
#include "cargo-ktstr/fetch/testing_key.hpp"

#include <cstdlib>

namespace ktstr::fetch {

using ::testing::HasSubstr;
using ::testing::Not;

namespace {

class SignatureTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        key = new TestingKey;
        other = new TestingKey;
    }

    static void TearDownTestSuite() {
        delete other;
        delete key;
    }

    static Signer signer() { return {key->fingerprint(), key->binary()}; }

    static inline TestingKey* key = nullptr;
    static inline TestingKey* other = nullptr;
};

const std::string text = "0123  linux-6.12.tar.xz\n- dashed\n";

} // namespace

TEST_F(SignatureTest, GivesTheSignedText) {
    const auto found = verified_text(key->clearsign(text), signer());
    ASSERT_THAT(found, IsOk());
    EXPECT_EQ(*found, text);
}

TEST_F(SignatureTest, TextAroundTheSignedPartDoesNotCount) {
    const auto found = verified_text(
        "evil  linux-6.12.tar.xz\n" + key->clearsign(text) + "evil  linux-6.13.tar.xz\n", signer());
    if (found) {
        EXPECT_EQ(*found, text);
    }
}

TEST_F(SignatureTest, ASecondMessageDoesNotCount) {
    const auto evil = other->clearsign("evil  linux-6.12.tar.xz\n");
    for (const auto& both : {key->clearsign(text) + evil, evil + key->clearsign(text)}) {
        const auto found = verified_text(both, signer());
        if (found) {
            EXPECT_THAT(*found, Not(HasSubstr("evil")));
        }
    }
}

TEST_F(SignatureTest, ChangedTextIsRefused) {
    auto changed = key->clearsign(text);
    changed.replace(changed.find("0123"), 4, "4567");
    EXPECT_THAT(verified_text(changed, signer()), IsErrorWith("the text was changed"));
}

TEST_F(SignatureTest, AnotherKeyIsRefused) {
    const auto foreign = other->clearsign(text);
    EXPECT_THAT(verified_text(foreign, signer()), IsErrorWith("signed by another key"));
    // Known to the keyring, and yet not the pinned one.
    const Signer both{key->fingerprint(), key->binary() + other->binary()};
    EXPECT_THAT(verified_text(foreign, both),
                IsErrorWith("signed by another key, " + other->fingerprint()));
    EXPECT_THAT(verified_text(key->clearsign(text), both), IsOk());
}

TEST_F(SignatureTest, WhatIsNotSignedIsRefused) {
    for (const std::string file : {"", "<html>Sign in</html>\n", "0123  linux-6.12.tar.xz\n"}) {
        EXPECT_THAT(verified_text(file, signer()), IsErrorWith("signature")) << file;
    }
    const auto whole = key->clearsign(text);
    EXPECT_THAT(verified_text(whole.substr(0, whole.size() / 2), signer()),
                IsErrorWith("--no-verify"));
    EXPECT_THAT(verified_text(key->armored(), signer()), IsErrorWith("--no-verify"));
}

TEST_F(SignatureTest, ExpiredSignaturesAreRefused) {
    const auto old = key->clearsign(
        text, {"--faked-system-time", "20200201T000000!", "--default-sig-expire", "1d"});
    EXPECT_THAT(verified_text(old, signer()), IsErrorWith("the signature has expired"));
}

TEST_F(SignatureTest, TheEnvironmentReplacesSignerAndKeyring) {
    const auto folder = TempDir::create("ktstr-keyring").value();
    const auto file = folder.path() / "keys.asc";
    ASSERT_THAT(write_file_atomically(file, key->armored()), IsOk());
    ::setenv("KTSTR_KERNEL_KEYRING", file.c_str(), 1);
    EXPECT_EQ(Signer::from_environment()->fingerprint, autosigner_fingerprint);
    ::setenv("KTSTR_KERNEL_SIGNER", key->fingerprint().c_str(), 1);
    testing::internal::CaptureStderr();
    const auto replaced = Signer::from_environment();
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr(key->fingerprint()));
    ASSERT_THAT(replaced, IsOk());
    EXPECT_THAT(verified_text(key->clearsign(text), *replaced), IsOk());
    ::setenv("KTSTR_KERNEL_KEYRING", (folder.path() / "absent").c_str(), 1);
    EXPECT_THAT(Signer::from_environment(), IsErrorWith("KTSTR_KERNEL_KEYRING"));
    ::unsetenv("KTSTR_KERNEL_KEYRING");
    for (const auto* wrong : {"", "0123", "589DA6B1", "xyz"}) {
        ::setenv("KTSTR_KERNEL_SIGNER", wrong, 1);
        EXPECT_THAT(Signer::from_environment(), IsErrorWith("KTSTR_KERNEL_SIGNER")) << wrong;
    }
    ::unsetenv("KTSTR_KERNEL_SIGNER");
}

TEST_F(SignatureTest, AbsentGpgvIsSaid) {
    const std::string path = std::getenv("PATH");
    ::setenv("PATH", "/nonexistent", 1);
    const auto found = verified_text("x", {});
    ::setenv("PATH", path.c_str(), 1);
    EXPECT_THAT(found, IsErrorWith("install the package gpgv"));
    EXPECT_THAT(found, IsErrorWith("--no-verify"));
}

// gpg computes the fingerprint from the key itself.
TEST_F(SignatureTest, TheBuiltInKeyHasThePinnedFingerprint) {
    const auto folder = TempDir::create("ktstr-keyring").value();
    const auto file = folder.path() / "key";
    ASSERT_THAT(write_file_atomically(file, Signer::from_environment()->keyring), IsOk());
    EXPECT_THAT(key->gpg({"--with-colons", "--show-keys", file.string()}),
                HasSubstr("fpr:::::::::" + std::string(autosigner_fingerprint) + ":"));
}

} // namespace ktstr::fetch
