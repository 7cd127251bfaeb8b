// What tests of the store and of the makers of entries share: a store of their own, and images
// small enough to write.
#pragma once

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/store/store.hpp"

#include <cstdlib>
#include <string>

namespace ktstr::store {

// The setup header of boot.rst with a version string, and nothing that could boot.
inline std::string fake_bzimage(const std::string& release) {
    std::string image(2048, '\0');
    image.replace(0x202, 4, "HdrS");
    image[0x20E] = '\x00'; // 0x400: the string is at 0x600
    image[0x20F] = '\x04';
    return image.replace(0x600, release.size() + 9, release + " (x@y) #1");
}

// KTSTR_CACHE_DIR points into a folder of the test; KTSTR_KERNEL is unset.
class StoreTest : public ::testing::Test {
protected:
    void SetUp() override {
        auto folder = TempDir::create("ktstr-store");
        ASSERT_THAT(folder, IsOk());
        folder_.emplace(std::move(*folder));
        ::setenv("KTSTR_CACHE_DIR", root().c_str(), 1);
        ::unsetenv("KTSTR_KERNEL");
    }

    void TearDown() override { ::unsetenv("KTSTR_CACHE_DIR"); }

    std::filesystem::path folder() const { return folder_->path(); }

    std::filesystem::path root() const { return folder_->path() / "store"; }

    static void write(const std::filesystem::path& path, const std::string& text) {
        ASSERT_THAT(make_directories(path.parent_path()), IsOk());
        ASSERT_THAT(write_file_atomically(path, text), IsOk());
    }

    // An entry `<release>-x`.
    static Result<Entry> add(const std::string& release,
                             const std::string& arch,
                             const std::string& config = {},
                             const std::string& rest_of_key = "-x") {
        TRY_ASSIGN(auto draft, Draft::begin(release + rest_of_key));
        write(draft.directory() / "image", fake_bzimage(release));
        if (!config.empty()) {
            write(draft.directory() / "config", config);
        }
        Entry entry;
        entry.version = release;
        entry.arch = arch;
        entry.source = "deb";
        entry.made_from = {"0123"};
        return draft.commit(std::move(entry));
    }

private:
    std::optional<TempDir> folder_;
};

} // namespace ktstr::store
