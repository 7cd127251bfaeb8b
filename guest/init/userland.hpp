// The small userland around a test: one tree of programs as on a merged-/usr distribution, the
// files of /etc that C libraries read, homes, and the links of busybox where the boot image has it.
#pragma once

#include "guest/base/os.hpp"

#include <span>
#include <string>
#include <vector>

namespace ktstr::guest {

struct EtcFile {
    const char* name; // below /etc
    const char* text;
};

std::span<const EtcFile> etc_files();

// `root` ends without a slash: "" in a guest. What is there already stays as it is.
void write_etc(const std::string& root);

// Makes /bin, /sbin, /lib and /lib64 links into /usr, moving what they hold; programs then are
// found under both of the names that distributions use.
void merge_usr(const std::string& root);

// Everything, in a guest.
void set_up_userland();

} // namespace ktstr::guest
