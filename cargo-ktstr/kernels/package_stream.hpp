// Reads a Debian package in one pass: ar, in it the compressed control and data archives.
// Everything in it is hostile input: names that leave the package, devices and absurd sizes are
// errors. Spec: deb(5).
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

struct archive;

namespace ktstr::kernels {

// A regular file inside a package, which the visitor may read or leave.
class PackageFile final {
public:
    PackageFile(archive* inner, std::string name, std::uint64_t size)
        : inner_(inner), name_(std::move(name)), size_(size) {}

    // Relative to the file system's root, without "./".
    const std::string& name() const { return name_; }

    std::uint64_t size() const { return size_; }

    // Contents; refused above `limit`.
    Result<std::string> read(std::uint64_t limit);
    Result<> copy_to(const std::filesystem::path& path);

private:
    archive* inner_;
    std::string name_;
    std::uint64_t size_;
};

struct PackageVisitor {
    std::function<Result<>(PackageFile&)> control; // files of control.tar
    std::function<Result<>(PackageFile&)> data;    // files of data.tar
};

// Limits on what one package may claim to hold.
struct PackageLimits {
    std::uint64_t bytes = std::uint64_t{8}
                          << 30; // Debian's largest kernel package, with debug data, has about 6 GB
    std::uint64_t entries = 300'000;
};

Result<> read_package(const std::filesystem::path& package,
                      const PackageVisitor& visitor,
                      const PackageLimits& limits = {});

} // namespace ktstr::kernels
