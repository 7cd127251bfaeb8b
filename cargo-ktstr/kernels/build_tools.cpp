#include "cargo-ktstr/kernels/build_tools.hpp"

#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"

#include <array>
#include <string>
#include <vector>

namespace ktstr::kernels {

namespace {

struct Tool {
    const char* name; // a program, or a header in <>
    const char* package;
};

constexpr std::array tools{
    Tool{"make",      "make"      },
    Tool{"gcc",       "gcc"       },
    Tool{"bc",        "bc"        },
    Tool{"flex",      "flex"      },
    Tool{"bison",     "bison"     },
    Tool{"perl",      "perl"      },
    Tool{"lz4",       "lz4"       }, // compresses the image
    Tool{"pahole",    "pahole"    }, // makes BTF
    Tool{"objcopy",   "binutils"  },
    Tool{"<gelf.h>",  "libelf-dev"}, // objtool
    Tool{"<stdio.h>", "libc6-dev" },
};

bool is_there(const std::string& name) {
    if (!name.starts_with('<')) {
        return find_program(name).has_value();
    }
    const auto header = name.substr(1, name.size() - 2);
    const auto tried = run_captured({
        .argv = {"gcc", "-fsyntax-only", "-include", header, "-x", "c", "/dev/null"}
    });
    return tried && tried->status.success();
}

} // namespace

Result<> check_build_tools() {
    std::vector<std::string> missing;
    std::vector<std::string> packages;
    for (const auto& tool : tools) {
        if (!is_there(tool.name)) {
            missing.emplace_back(tool.name);
            packages.emplace_back(tool.package);
        }
    }
    if (missing.empty()) {
        return {};
    }
    return fail(Error(ErrorKind::environment,
                      "a kernel build needs what is not here: " + join(missing, ", "))
                    .hint("on Debian: apt-get install " + join(packages, " ")));
}

} // namespace ktstr::kernels
