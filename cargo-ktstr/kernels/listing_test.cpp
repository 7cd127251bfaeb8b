#include "cargo-ktstr/kernels/listing.hpp"
#include "ktstr-runner/store/test_support.hpp"

#include <nlohmann/json.hpp>

namespace ktstr::kernels {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using ListingTest = store::StoreTest;

TEST_F(ListingTest, TableHasOneRowForEachKernelAndItsAge) {
    store::Listing listing;
    listing.entries = {
        {.key = "6.12-x",
         .config = "/store/6.12-x/config",
         .version = "6.12",
         .made_at = 1000,
         .sched_ext = true,
         .recipe = "of another time",
         .size = 1024,
         .used_at = 1000 + 3 * 86'400},
        {.key = "6.1-long-key", .version = "6.1", .made_at = 10, .used_at = 10}
    };
    listing.damaged = {
        {.key = "6.2-x", .why = "image is gone"}
    };
    const auto now =
        std::chrono::system_clock::time_point(std::chrono::seconds(1000 + 3 * 86'400 + 5));
    EXPECT_EQ(listing_table(listing, "/store", now),
              "KEY           VERSION  SCHED_EXT  SIZE   AGE  USED\n"
              "6.12-x        6.12     yes        1 KiB  3 d  5 s\n"
              "6.1-long-key  6.1      unknown    0 B    3 d  3 d\n"
              "stale: 6.12-x: made with other settings than this ktstr asks for; `cargo ktstr "
              "kernel build` makes another\n"
              "damaged: 6.2-x: image is gone\n");
}

TEST_F(ListingTest, EmptyStoreSaysWhereItIsAndWhatToDo) {
    const auto text = listing_table({}, "/store", {});
    EXPECT_THAT(text, HasSubstr("/store is empty"));
    EXPECT_THAT(text, HasSubstr("cargo ktstr kernel fetch-distro"));
}

TEST_F(ListingTest, JsonCarriesASchemaAndNullForWhatIsAbsent) {
    ASSERT_THAT(add("6.12", "x86_64"), IsOk());
    const auto document = nlohmann::json::parse(listing_json(store::list().value()));
    EXPECT_EQ(document.at("schema"), 1);
    const auto& kernel = document.at("kernels").at(0);
    EXPECT_EQ(kernel.at("key"), "6.12-x");
    EXPECT_EQ(kernel.at("image"), (root() / "6.12-x/image").string());
    EXPECT_TRUE(kernel.at("config").is_null());
    EXPECT_TRUE(kernel.at("sched_ext").is_null()) << "it came without configuration";
    EXPECT_TRUE(kernel.at("stale").is_null());
    EXPECT_GE(kernel.at("last_used"), kernel.at("made_at"));
}

TEST_F(ListingTest, VerifyMovesChangedEntriesToTheDamagedOnes) {
    ASSERT_THAT(add("6.12", "x86_64"), IsOk());
    ASSERT_THAT(add("6.13", "x86_64", "CONFIG_A=y\n"), IsOk());
    write(root() / "6.13-x/config", "CONFIG_B=y\n");
    auto listing = store::list().value();
    ASSERT_EQ(listing.entries.size(), 2U);
    ASSERT_THAT(verify_all(listing), IsOk());
    ASSERT_EQ(listing.entries.size(), 1U);
    EXPECT_EQ(listing.entries[0].key, "6.12-x");
    ASSERT_EQ(listing.damaged.size(), 1U);
    EXPECT_THAT(listing.damaged[0].line(), StartsWith("6.13-x: config"));
}

} // namespace ktstr::kernels
