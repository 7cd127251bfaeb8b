// What the store's tests share: a store in a directory of its own, and templates of a few bytes.
// Tests only.
#pragma once

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/templates/store.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ktstr::templates {

class TemplatesTest : public testing::Test {
protected:
    void SetUp() override {
        auto made = TempDir::create("templates");
        ASSERT_THAT(made, IsOk());
        dir.emplace(std::move(*made));
    }

    std::filesystem::path root() const { return dir->path() / "store"; }

    Store store() const {
        auto opened = Store::open(root());
        EXPECT_THAT(opened, IsOk());
        return std::move(*opened);
    }

    static void make(const Store& store,
                     const std::string& key,
                     std::size_t bytes = 64 << 10,
                     std::uint64_t cap = 1 << 30) {
        auto draft = store.begin();
        ASSERT_THAT(draft, IsOk());
        ASSERT_THAT(write_file_atomically(draft->directory() / "ram0", std::string(bytes, 'r')),
                    IsOk());
        ASSERT_THAT(write_file_atomically(draft->directory() / "state", "state of " + key), IsOk());
        ASSERT_THAT(
            store.commit(std::move(*draft), Meta{.key = key, .received = 7, .sent = 9}, cap),
            IsOk());
    }

    static std::optional<Use> use(const Store& store, const std::string& key, std::string& damage) {
        auto used = store.use(key, damage);
        EXPECT_THAT(used, IsOk());
        return used ? std::move(*used) : std::nullopt;
    }

    std::optional<TempDir> dir;
};

} // namespace ktstr::templates
