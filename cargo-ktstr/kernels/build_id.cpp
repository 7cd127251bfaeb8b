#include "cargo-ktstr/kernels/build_id.hpp"

#include "cargo-ktstr/kernels/kconfig.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/store/image_file.hpp"

#include <string_view>

namespace ktstr::kernels {

namespace {

// Of what follows: another order or meaning of it is another number.
constexpr std::string_view format = "ktstr kernel build 1\n";

std::string first_line_of(const std::string& program) {
    const auto ran = run_captured({
        .argv = {program, "--version"}
    });
    return ran && ran->status.success() ? ran->out.substr(0, ran->out.find('\n')) : "none";
}

// Each part with its length, so that no two lists of parts are one text.
void add(Sha256& digest, std::string_view part) {
    digest.add(std::to_string(part.size())).add(":").add(part).add("\n");
}

bool is_named(const std::string& base) {
    return base == "lean" || base == "defconfig";
}

} // namespace

const std::string& tool_versions() {
    static const std::string versions = [] {
        std::string out;
        for (const auto* program : {"gcc", "ld", "pahole"}) {
            out += first_line_of(program) + "\n";
        }
        return out;
    }();
    return versions;
}

Result<std::string> build_id(const std::string& source_identity, const BuildRequest& request) {
    if (request.base == "tree") {
        return fail(Error(ErrorKind::usage, "--base tree is for a source tree of your own")
                        .hint("these sources have no .config; give lean, defconfig or a file"));
    }
    Sha256 digest;
    digest.add(format);
    add(digest, source_identity);
    add(digest, store::host_arch());
    add(digest, tool_versions());
    for (const auto& fragment : builtin_fragments()) {
        add(digest, fragment.name);
        add(digest, fragment.text);
    }
    add(digest, is_named(request.base) ? request.base : "file");
    if (!is_named(request.base)) {
        TRY_ASSIGN(const auto contents, sha256_of_file(request.base), "the base configuration");
        add(digest, contents);
    }
    for (const auto& file : request.extra_kconfig) {
        TRY_ASSIGN(const auto contents, sha256_of_file(file), "the extra configuration");
        add(digest, contents);
    }
    return digest.hex();
}

} // namespace ktstr::kernels
