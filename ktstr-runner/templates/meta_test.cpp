#include "ktstr-runner/templates/meta.hpp"
#include "ktstr-runner/templates/test_support.hpp"

#include <fstream>

namespace ktstr::templates {

namespace {

class MetaTest : public TemplatesTest {
protected:
    void SetUp() override {
        TemplatesTest::SetUp();
        make(store(), "key");
    }

    std::filesystem::path at(const char* name) const { return root() / "key" / name; }

    void overwrite(const char* name, std::size_t offset, char byte) const {
        std::fstream file(at(name), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(offset));
        file.put(byte);
    }
};

} // namespace

TEST_F(MetaTest, IsReadAsWritten) {
    const auto meta = read_meta(root() / "key");
    ASSERT_THAT(meta, IsOk());
    EXPECT_EQ(meta->key, "key");
    EXPECT_EQ(meta->received, 7U);
    EXPECT_EQ(meta->sent, 9U);
    ASSERT_EQ(meta->files.size(), 2U);
    EXPECT_EQ(meta->files[0].name, "ram0");
    EXPECT_EQ(meta->files[0].size, 64U << 10);
}

TEST_F(MetaTest, NoticesAChangedByte) {
    overwrite("state", 3, '!');
    EXPECT_THAT(read_meta(root() / "key"), IsErrorWith("state is not what was written"));
}

TEST_F(MetaTest, NoticesAnotherSize) {
    std::filesystem::resize_file(at("ram0"), 100);
    EXPECT_THAT(read_meta(root() / "key"), IsErrorWith("ram0 has 100 bytes instead of 65536"));
}

TEST_F(MetaTest, NoticesAMissingFile) {
    std::filesystem::remove(at("state"));
    EXPECT_THAT(read_meta(root() / "key"), IsErrorWith("state: No such file"));
}

TEST_F(MetaTest, RefusesAnotherFormatAndNonsense) {
    for (const auto* text :
         {"", "{", "[]", "{\"format\": 0}", "{\"format\": \"1\"}", "{\"format\": 1}"}) {
        std::ofstream(at("meta.json")) << text;
        EXPECT_FALSE(read_meta(root() / "key")) << text;
    }
}

TEST_F(MetaTest, RefusesTheMetaOfAnother) {
    std::filesystem::rename(root() / "key", root() / "other");
    EXPECT_THAT(read_meta(root() / "other"), IsErrorWith("meta.json is that of key"));
}

} // namespace ktstr::templates
