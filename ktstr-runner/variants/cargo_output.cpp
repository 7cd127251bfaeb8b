#include "ktstr-runner/variants/cargo_output.hpp"

namespace ktstr::variants {

namespace {

namespace fs = std::filesystem;

bool is_target_directory(const fs::path& folder) {
    std::error_code ignored;
    return fs::is_regular_file(folder / "CACHEDIR.TAG", ignored);
}

} // namespace

std::vector<std::string> CargoOutput::arguments() const {
    if (target.empty()) {
        return {};
    }
    std::vector<std::string> out{"--target-dir", target.string(), "--profile", profile};
    if (!triple.empty()) {
        out.insert(out.end(), {"--target", triple});
    }
    return out;
}

CargoOutput cargo_output_of(const fs::path& test_binary) {
    CargoOutput out;
    out.folder = test_binary.parent_path();
    if (out.folder.filename() == "deps") {
        out.folder = out.folder.parent_path();
    }
    const auto above = out.folder.parent_path();
    if (is_target_directory(above)) {
        out.target = above;
    } else if (is_target_directory(above.parent_path())) {
        out.target = above.parent_path();
        out.triple = above.filename();
    } else {
        return out;
    }
    const auto name = out.folder.filename().string();
    out.profile = name == "debug" ? "dev" : name; // dev's folder has a name of its own
    return out;
}

} // namespace ktstr::variants
