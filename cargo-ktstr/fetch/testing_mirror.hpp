// A mirror of kernel.org of a test's own: small tarballs, a signed list, a server. Tests only.
#pragma once

#include "cargo-ktstr/fetch/mirror.hpp"
#include "cargo-ktstr/fetch/testing_kernel.hpp"
#include "cargo-ktstr/fetch/testing_key.hpp"
#include "cargo-ktstr/net/test_server.hpp"
#include "ktstr-runner/base/sha256.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <memory>

namespace ktstr::fetch {

class TestingMirror final {
public:
    // Tarballs of these releases, and of 6.15-rc3.
    TestingMirror() {
        net::forget_proxies();
        write("releases.json", R"({"releases": [
          {"moniker": "mainline", "version": "6.15-rc3", "iseol": false},
          {"moniker": "stable", "version": "6.14.11", "iseol": false},
          {"moniker": "longterm", "version": "6.12.9", "iseol": false},
          {"moniker": "linux-next", "version": "next-20260928", "iseol": false}]})");
        std::string list;
        for (const auto* version : {"6.11", "6.11.2", "6.12.9", "6.14.10", "6.14.11"}) {
            const auto tarball = pack(kernel_members(version));
            const auto name = fmt::format("linux-{}.tar.xz", version);
            write("pub/linux/kernel/v6.x/" + name, tarball);
            list += fmt::format("{}  {}\n", sha256_of(tarball), name);
        }
        write("pub/linux/kernel/v6.x/sha256sums.asc", key_.clearsign(list));
        write("torvalds/t/linux-6.15-rc3.tar.gz",
              pack(kernel_members("6.15-rc3"), archive_write_add_filter_gzip));
        write("keys.asc", key_.armored());
        ::setenv("KTSTR_KERNEL_SIGNER", key_.fingerprint().c_str(), 1);
        ::setenv("KTSTR_KERNEL_KEYRING", (folder_.path() / "keys.asc").c_str(), 1);
        auto server = net::TestServer::start(KTSTR_SOURCE_DIR "/tests/fixtures/kernel_org/serve.py",
                                             {folder_.path().string()});
        EXPECT_THAT(server, IsOk());
        server_ = std::make_unique<net::TestServer>(std::move(*server));
    }

    TestingMirror(const TestingMirror&) = delete;
    TestingMirror& operator=(const TestingMirror&) = delete;

    ~TestingMirror() {
        ::unsetenv("KTSTR_KERNEL_SIGNER");
        ::unsetenv("KTSTR_KERNEL_KEYRING");
    }

    Mirror mirror(const std::string& fault = {}) const {
        return Mirror::at(base(fault), "x").value();
    }

    std::string base(const std::string& fault = {}) const {
        return server_->url(fault.empty() ? "" : "/fault/" + fault);
    }

    std::filesystem::path folder() const { return folder_.path(); }

    const TestingKey& key() const { return key_; }

private:
    void write(const std::filesystem::path& name, const std::string& text) const {
        const auto path = folder_.path() / name;
        EXPECT_THAT(make_directories(path.parent_path()), IsOk());
        EXPECT_THAT(write_file_atomically(path, text), IsOk());
    }

    TempDir folder_ = TempDir::create("ktstr-mirror").value();
    TestingKey key_;
    std::unique_ptr<net::TestServer> server_;
};

} // namespace ktstr::fetch
