// The boot image: an initramfs (newc cpio, uncompressed) with ktstr-init as /init, busybox, and the
// host's shell with its libraries, which nearly every test needs. Constant for a host: nothing of a
// test is in it.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/machine/image/payload.hpp"

#include <filesystem>
#include <string>

namespace ktstr::machine {

struct BootImage {
    std::filesystem::path path; // in the cache, named by its digest
    std::string digest;         // SHA-256 of the content
    bool has_busybox = false;   // else there is no shell in the guest; doctor says how to get one
};

// What the boot image takes of the host beside busybox: /bin/sh and, with it, libc, ld.so and
// libgcc_s. A payload need not bring it (Payload::leave_out). Empty where the host has no shell.
Result<Payload> userland();

// Makes it in `cache` unless it is there. ktstr-init is embedded in this program; busybox is the
// host's static one. `stamp_of` tells a file from another without reading it: a test does not read
// 4 MB to find out that nothing changed.
Result<BootImage> boot_image(const std::filesystem::path& cache,
                             const Payload& userland,
                             const Payload::FileDigest& stamp_of);

} // namespace ktstr::machine
