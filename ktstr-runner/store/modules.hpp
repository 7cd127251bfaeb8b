// Which modules a kernel has and what each needs, read from the lists that depmod(8) and kbuild
// make. Values only.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::store {

// "kernel/net/dummy-x.ko.xz" as "dummy_x", the kernel's own name of it: "-" and "_" are alike to
// modprobe(8). A name without a folder and a suffix is that of the module already.
std::string module_name(std::string_view path);

// The name without the suffix of its compression: "kernel/a.ko.xz" as "kernel/a.ko".
std::string_view without_compression(std::string_view path);

class Modules final {
public:
    // The text of modules.dep, a line for each module: "<path>: <path>...", modules.dep(5); and of
    // modules.builtin, a path a line. Paths are relative to the folder of the lists; one that would
    // leave it is an error.
    static Result<Modules> parse(std::string_view dep, std::string_view builtin);

    // The files to load for these modules, each once and behind all that it needs, as modprobe(8)
    // does. What is built in needs no file. An unknown module is an error with the nearest ones.
    Result<std::vector<std::string>> load_order(std::span<const std::string> names) const;

private:
    struct Module {
        std::string path;
        std::vector<std::string> needs; // the last is to be loaded first
    };

    Error unknown(const std::string& name) const;

    std::map<std::string, Module> modules_; // by module_name
    std::set<std::string> built_in_;
};

} // namespace ktstr::store
