#include "ktstr-runner/store/remembered.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"

namespace ktstr::store {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_bytes = 65536;
constexpr std::size_t digits = 16;

Result<fs::path> place_of(const std::string& spec) {
    TRY_ASSIGN(const auto folder, root());
    return folder / ".specs" / sha256_of(spec).substr(0, digits);
}

} // namespace

// The key, and the spec for people who look.
Result<> remember(const std::string& spec, const std::string& key) {
    TRY_ASSIGN(const auto path, place_of(spec));
    TRY(make_directories(path.parent_path()));
    return write_file_atomically(path, key + "\n" + to_utf8(spec) + "\n");
}

Result<std::optional<Entry>> remembered(const std::string& spec) {
    TRY_ASSIGN(const auto path, place_of(spec));
    const auto text = read_file(path, most_bytes);
    return text ? find(text->substr(0, text->find('\n'))) : std::optional<Entry>{};
}

} // namespace ktstr::store
