#include "ktstr-runner/machine/image/payload_fixture.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/matchers.hpp"

#include <fmt/format.h>

#include <sys/stat.h>

namespace ktstr::machine {

PayloadTest::PayloadTest() : root_(std::filesystem::canonical(directory_->path())) {}

std::filesystem::path
PayloadTest::file(const std::string& name, const std::string& content, unsigned mode) {
    const auto path = root_ / name;
    std::filesystem::create_directories(path.parent_path());
    EXPECT_THAT(write_file_atomically(path, content, mode), IsOk());
    return path;
}

std::filesystem::path PayloadTest::link(const std::string& name, const std::string& target) {
    const auto path = root_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::filesystem::create_symlink(target, path);
    return path;
}

std::map<std::string, Held> PayloadTest::held(const Payload& payload) {
    std::string bytes;
    EXPECT_THAT(
        payload.emit([&](std::uint64_t offset, std::span<const std::byte> piece) -> Result<> {
            EXPECT_EQ(offset, bytes.size());
            bytes.append(reinterpret_cast<const char*>(piece.data()), piece.size());
            return {};
        }),
        IsOk());
    EXPECT_EQ(bytes.size(), payload.size());
    std::map<std::string, Held> out;
    wire::cpio::Reader reader(bytes_of(bytes));
    while (const auto item = reader.next()) {
        const auto& name = item->entry.name;
        const auto slash = name.rfind('/');
        if (slash != std::string::npos) {
            const auto parent = out.find(fmt::format("/{}", name.substr(0, slash)));
            EXPECT_TRUE(parent != out.end() && S_ISDIR(parent->second.mode))
                << name << " comes before its directory";
        }
        out["/" + name] = {
            .mode = item->entry.mode,
            .mtime = item->entry.mtime,
            .data = {reinterpret_cast<const char*>(item->data.data()), item->data.size()}
        };
    }
    EXPECT_TRUE(reader.ok());
    EXPECT_EQ(out.size(), payload.entries());
    return out;
}

} // namespace ktstr::machine
