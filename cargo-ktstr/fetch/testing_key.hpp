// A key that lives as long as a test, made and used by gpg. Tests only.
#pragma once

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/base/text.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace ktstr::fetch {

class TestingKey final {
public:
    TestingKey() : home_(TempDir::create("ktstr-gpg").value()) {
        // Old enough that signatures of the past are possible.
        gpg({"--faked-system-time",
             "20200101T000000!",
             "--quick-gen-key",
             "Test signer <signer@test.invalid>",
             "ed25519",
             "sign",
             "never"});
        for (const auto& line : split(gpg({"--with-colons", "--list-keys"}), '\n')) {
            if (line.starts_with("fpr:")) {
                fingerprint_ = split(line, ':').at(9);
            }
        }
    }

    TestingKey(const TestingKey&) = delete;
    TestingKey& operator=(const TestingKey&) = delete;

    // gpg started an agent for its keys, which would stay.
    ~TestingKey() {
        static_cast<void>(run_captured({
            .argv = {"gpgconf", "--homedir", home_.path().string(), "--kill", "all"}
        }));
    }

    const std::string& fingerprint() const { return fingerprint_; }

    std::string armored() const { return gpg({"--armor", "--export"}); }

    std::string binary() const { return gpg({"--export"}); }

    // With options of gpg, such as a time that it is to think it is.
    std::string clearsign(const std::string& text, std::vector<std::string> options = {}) const {
        const auto file = home_.path() / "text";
        EXPECT_THAT(write_file_atomically(file, text), IsOk());
        options.insert(options.end(), {"--output", "-", "--clearsign", file.string()});
        return gpg(std::move(options));
    }

    std::string gpg(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(),
                         {"gpg",
                          "--homedir",
                          home_.path().string(),
                          "--batch",
                          "--quiet",
                          "--pinentry-mode",
                          "loopback",
                          "--passphrase",
                          ""});
        const auto ended =
            run_captured({.argv = std::move(arguments)}, Deadline::in(std::chrono::seconds{60}));
        EXPECT_THAT(ended, IsOk());
        EXPECT_TRUE(ended->status.success()) << ended->err;
        return ended->out;
    }

private:
    TempDir home_;
    std::string fingerprint_;
};

} // namespace ktstr::fetch
