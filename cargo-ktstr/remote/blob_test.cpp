#include "cargo-ktstr/remote/blob_download.hpp"
#include "cargo-ktstr/remote/blob_upload.hpp"
#include "cargo-ktstr/remote/test_service.hpp"
#include "ktstr-runner/base/scratch_file.hpp"
#include "ktstr-runner/base/text.hpp"

#include <unistd.h>

#include <set>

namespace ktstr::remote {

using ::testing::AllOf;
using ::testing::IsEmpty;
using ::testing::Not;

namespace {

constexpr std::size_t size = 1'000'000;

std::string contents(int file) {
    std::string out(static_cast<std::size_t>(::lseek(file, 0, SEEK_END)), '\0');
    EXPECT_EQ(::pread(file, out.data(), out.size(), 0), static_cast<ssize_t>(out.size()));
    return out;
}

} // namespace

class BlobTest : public ServiceTest {
protected:
    void SetUp() override {
        ServiceTest::SetUp();
        auto file = scratch_file(testing::TempDir());
        ASSERT_THAT(file, IsOk());
        file_ = std::move(*file);
        ASSERT_THAT(write_all(file_.get(), net::pattern(size)), IsOk());
        auto into = scratch_file(testing::TempDir());
        ASSERT_THAT(into, IsOk());
        into_ = std::move(*into);
    }

    SignedUrl to() const { return {url("/blob/b?sp=cw&sig=secret")}; }

    SignedUrl from() const { return {url("/blob/b?sp=r&sig=secret")}; }

    static UploadPlan in_blocks() {
        return {.most_at_once = 100'000, .block = 90'000, .parallel = 4, .retry = no_waiting};
    }

    Result<> upload(const UploadPlan& plan) const {
        return upload_blob(to(), file_.get(), size, plan);
    }

    // With 10 ranges, the last a short one.
    Result<std::uint64_t> download(const SignedUrl& url) {
        return download_blob(url,
                             into_.get(),
                             [this]() -> Result<SignedUrl> {
                                 ++renewed_;
                                 return SignedUrl{from().text + "2"};
                             },
                             {.range = 110'000, .parallel = 4, .retry = no_waiting});
    }

    void expect_whole(const Result<std::uint64_t>& got) const {
        ASSERT_THAT(got, IsOk());
        EXPECT_EQ(*got, size);
        EXPECT_TRUE(contents(into_.get()) == net::pattern(size)) << "other contents";
    }

    // The next so many requests of that verb fail.
    void fault(Json fault) const {
        control({
            {"blob", Json::array({std::move(fault)})}
        });
    }

    Fd file_;
    Fd into_;
    int renewed_ = 0;
};

TEST_F(BlobTest, ASmallOneGoesAtOnce) {
    ASSERT_THAT(upload({.most_at_once = size, .retry = no_waiting}), IsOk());
    EXPECT_EQ(state()["blobs"].size(), 1U);
    expect_whole(download(from()));
}

TEST_F(BlobTest, ALargeOneGoesInBlocksSideBySide) {
    control({
        {"together", 4}
    });
    ASSERT_THAT(upload(in_blocks()), IsOk());
    const auto seen = state();
    std::set<std::string> ids;
    for (const auto& request : seen["blobs"]) {
        if (request["query"]["comp"] == "block") {
            ids.insert(request["query"]["blockid"].get<std::string>());
        }
    }
    EXPECT_EQ(ids.size(), 12U);
    EXPECT_EQ(seen["blobs"].size(), 13U);
    EXPECT_EQ(seen["blobs"].back()["query"]["comp"], "blocklist");
    EXPECT_EQ(seen["most_at_once"], 4);
    expect_whole(download(from()));
}

TEST_F(BlobTest, BlocksAreNamedAsAzuresClientDoes) {
    EXPECT_EQ(block_id("01234567-89ab-4def-8123-456789abcdef", 7),
              "MDEyMzQ1NjctODlhYi00ZGVmLTgxMjMtNDU2Nzg5YWJjZGVmMDAwMDAwMDAwMDA3");
}

TEST_F(BlobTest, UploadsThatFailInAWayThatPassesGoOn) {
    fault({
        {"verb",   "PUT"       },
        {"match",  "comp=block"},
        {"times",  2           },
        {"status", 503         }
    });
    ASSERT_THAT(upload(in_blocks()), IsOk());
    expect_whole(download(from()));
    fault({
        {"verb",   "PUT"           },
        {"match",  "comp=blocklist"},
        {"times",  3               },
        {"status", 503             }
    });
    EXPECT_THAT(upload(in_blocks()), IsErrorWith("503"));
}

TEST_F(BlobTest, OtherFailuresOfAnUploadEndIt) {
    fault({
        {"verb",   "PUT"},
        {"times",  1    },
        {"status", 403  }
    });
    auto one_by_one = in_blocks();
    one_by_one.parallel = 1;
    EXPECT_THAT(upload(one_by_one), AllOf(IsErrorWith("answered 403"), Not(IsErrorWith("secret"))));
    EXPECT_EQ(state()["blobs"].size(), 1U) << "no block begins after the failure";
    EXPECT_THAT(upload_blob(to(), file_.get(), size + 1, in_blocks()),
                IsErrorWith("became shorter"));
}

TEST_F(BlobTest, RangesComeSideBySide) {
    ASSERT_THAT(upload({.most_at_once = size}), IsOk());
    control({
        {"together", 4}
    });
    expect_whole(download(from()));
    const auto seen = state();
    EXPECT_EQ(seen["blobs"].size(), 11U);
    EXPECT_EQ(seen["most_at_once"], 4);
}

TEST_F(BlobTest, AServerWithoutRangesSendsAllAtOnce) {
    ASSERT_THAT(upload({.most_at_once = size}), IsOk());
    control({
        {"no_ranges", true}
    });
    expect_whole(download(from()));
    EXPECT_EQ(state()["blobs"].size(), 2U);
    fault({
        {"verb",  "GET"  },
        {"times", 1      },
        {"cut",   500'000}
    });
    expect_whole(download(from()));
}

TEST_F(BlobTest, ABrokenRangeIsGoneOnWith) {
    ASSERT_THAT(upload({.most_at_once = size}), IsOk());
    fault({
        {"verb",  "GET" },
        {"times", 1     },
        {"cut",   60'000}
    });
    expect_whole(download(from()));
    std::size_t rests = 0;
    const auto seen = state();
    for (const auto& request : seen["blobs"]) {
        const auto range = request["range"].is_null() ? "" : request["range"].get<std::string>();
        const auto dash = range.find('-');
        rests +=
            range.size() > 6 && *parse_u64(range.substr(6, dash - 6)) % 110'000 == 60'000 ? 1 : 0;
    }
    EXPECT_EQ(rests, 1U);
    fault({
        {"verb",   "GET"},
        {"times",  3    },
        {"status", 500  }
    });
    EXPECT_THAT(download(from()), IsErrorWith("answered 500"));
}

TEST_F(BlobTest, AUrlThatIsNoLongerValidIsRenewedOnce) {
    ASSERT_THAT(upload({.most_at_once = size}), IsOk());
    control({
        {"expires", 6}
    });
    expect_whole(download(from()));
    EXPECT_EQ(renewed_, 1);
    control({
        {"expires", 1}
    });
    EXPECT_THAT(download({from().text + "3"}),
                AllOf(IsErrorWith("403"), Not(IsErrorWith("secret"))));
    EXPECT_EQ(renewed_, 2);
}

TEST_F(BlobTest, LargerThanAllowedIsRefused) {
    ASSERT_THAT(upload({.most_at_once = size}), IsOk());
    const auto bounded = [this] {
        return download_blob(
            from(), into_.get(), {}, {.most_bytes = size - 1, .range = 1000, .retry = no_waiting});
    };
    EXPECT_THAT(bounded(), IsErrorWith("that are allowed"));
    control({
        {"no_ranges", true}
    });
    EXPECT_THAT(bounded(), IsErrorWith("that are allowed"));
}

} // namespace ktstr::remote
