#include "cargo-ktstr/stats/run_files.hpp"

#include "ktstr-runner/base/fd.hpp"

namespace ktstr::stats {

Result<std::optional<std::string>> read_run_file(const std::filesystem::path& file) {
    constexpr std::size_t largest = std::size_t{256} << 20;
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (status.type() == std::filesystem::file_type::not_found) {
        return std::nullopt;
    }
    if (!std::filesystem::is_regular_file(status)) {
        return fail(ErrorKind::environment, file.string() + ": not a regular file");
    }
    TRY_ASSIGN(auto text, read_file(file, largest));
    return std::optional(std::move(text));
}

} // namespace ktstr::stats
