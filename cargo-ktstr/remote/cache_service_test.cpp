#include "cargo-ktstr/remote/cache_service.hpp"
#include "cargo-ktstr/remote/test_service.hpp"

namespace ktstr::remote {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::VariantWith;

namespace {

constexpr const char* get = "GetCacheEntryDownloadURL";
constexpr const char* create = "CreateCacheEntry";
constexpr const char* finalize = "FinalizeCacheEntryUpload";

} // namespace

class CacheServiceTest : public ServiceTest {
protected:
    CacheService service(const std::string& version = "v1") const {
        return {access(), version, no_waiting};
    }

    // The service answers so the next `times` times.
    void answers(const char* method,
                 int status,
                 const Json& body,
                 int times = 1,
                 const Json& headers = Json::object()) const {
        control({
            {"rpc",
             {{{"method", method},
               {"status", status},
               {"body", body},
               {"times", times},
               {"headers", headers}}}}
        });
    }

    // A finalized entry with a blob.
    void add(const std::string& key) const {
        auto calls = service();
        const auto made = calls.create(key);
        ASSERT_THAT(made, IsOk());
        const auto* to = std::get_if<SignedUrl>(&*made);
        ASSERT_TRUE(to);
        const auto put = net::send({.method = "PUT",
                                    .url = to->text,
                                    .headers = {{"x-ms-blob-type", "BlockBlob"}},
                                    .body = std::string("blob of " + key)});
        ASSERT_THAT(put, IsOk());
        ASSERT_EQ(put->status, 201);
        ASSERT_THAT(calls.finalize(key, 8 + key.size()), IsOk());
    }
};

TEST_F(CacheServiceTest, AnEntryIsFoundOnceItIsFinalized) {
    auto calls = service();
    ASSERT_THAT(calls.create("k"), IsOk());
    EXPECT_THAT(*calls.find("k"), VariantWith<Missing>(testing::_));
    EXPECT_THAT(calls.finalize("k", 4), IsErrorWith("the blob has another size"));
    add("other");
    const auto found = calls.find("other");
    ASSERT_THAT(found, IsOk());
    ASSERT_TRUE(std::holds_alternative<SignedUrl>(*found));
    EXPECT_EQ(net::send({.url = std::get<SignedUrl>(*found).text})->body, "blob of other");
    EXPECT_THAT(*service("v2").find("other"), VariantWith<Missing>(testing::_));
}

TEST_F(CacheServiceTest, SpeaksAsTheOfficialClientDoes) {
    add("k");
    ASSERT_THAT(service().find("k"), IsOk());
    const auto calls = state()["rpcs"];
    ASSERT_EQ(calls.size(), 3U);
    EXPECT_EQ(calls[0]["body"], R"({"key":"k","version":"v1"})");
    EXPECT_EQ(calls[1]["body"], R"({"key":"k","size_bytes":"9","version":"v1"})");
    EXPECT_EQ(calls[2]["body"], R"({"key":"k","restore_keys":[],"version":"v1"})");
    for (const auto& call : calls) {
        EXPECT_EQ(call["authorization"], "Bearer the-token");
    }
}

TEST_F(CacheServiceTest, BothSpellingsOfNamesAreRead) {
    control({
        {"camel_case", true}
    });
    add("k");
    EXPECT_THAT(*service().find("k"), VariantWith<SignedUrl>(testing::_));
}

TEST_F(CacheServiceTest, AKeyThatMerelyBeginsSoIsNoHit) {
    add("linux-6.12-more");
    EXPECT_THAT(*service().find("linux-6.12"), VariantWith<Missing>(testing::_));
    EXPECT_THAT(*service().find("linux-6.12-more"), VariantWith<SignedUrl>(testing::_));
    answers(get,
            200,
            {
                {"ok",                  true      },
                {"signed_download_url", "http://x"}
    });
    EXPECT_THAT(*service().find("k"), VariantWith<Missing>(testing::_)) << "no matched key at all";
}

TEST_F(CacheServiceTest, ASecondWriterIsTold) {
    add("k");
    EXPECT_THAT(*service().create("k"), VariantWith<Taken>(testing::_));
    answers(create,
            200,
            {
                {"ok", false}
    });
    EXPECT_THAT(*service().create("x"), VariantWith<Taken>(testing::_)) << "servers without 409";
}

TEST_F(CacheServiceTest, TokensThatMayNotDoSoAreNoFailure) {
    control({
        {"read_only", true},
        {"deny_read", true}
    });
    EXPECT_THAT(
        *service().create("k"),
        VariantWith<Denied>(testing::Field(&Denied::why, StartsWith("cache write denied:"))));
    EXPECT_THAT(*service().find("k"),
                VariantWith<Denied>(testing::Field(&Denied::why, HasSubstr("cache read denied:"))));
    answers(create,
            403,
            {
                {"code", "permission_denied"    },
                {"msg",  "cache write denied: x"}
    });
    EXPECT_THAT(*service().create("k"), VariantWith<Denied>(testing::_));
}

TEST_F(CacheServiceTest, FailuresThatPassAreTriedAgain) {
    for (const int status : {500, 502, 503, 504, 429}) {
        answers(get,
                status,
                "no JSON",
                2,
                {
                    {"Retry-After", "0"}
        });
        EXPECT_THAT(service().find("k"), IsOk()) << status;
    }
    EXPECT_EQ(state()["rpcs"].size(), 15U);
    answers(get,
            503,
            {
                {"code", "unavailable"},
                {"msg",  "later"      }
    },
            3);
    EXPECT_THAT(service().find("k"), IsErrorWith("503 with unavailable: later"));
    answers(get,
            429,
            {
                {"code", "resource_exhausted"},
                {"msg",  "slow down"         }
    },
            1,
            {{"Retry-After", "3600"}});
    EXPECT_THAT(service().find("k"), IsErrorWith("slow down")) << "too long to wait";
    EXPECT_EQ(state()["rpcs"].size(), 19U);
}

TEST_F(CacheServiceTest, OtherFailuresAreSaidAtOnce) {
    for (const int status : {400, 401, 403}) {
        answers(create,
                status,
                {
                    {"code",    "some_code"},
                    {"message", "why\nso"  }
        });
        EXPECT_THAT(service().create("k"), IsErrorWith("with some_code: why so")) << status;
    }
    answers(create,
            200,
            {
                {"message", "insufficient usage"}
    });
    EXPECT_THAT(service().create("k"), IsErrorWith("insufficient usage"));
    answers(create,
            403,
            {
                {"code", "x"                          },
                {"msg",  "insufficient usage to write"}
    });
    EXPECT_THAT(service().create("k"), IsErrorWith("quota is spent"));
    EXPECT_EQ(state()["rpcs"].size(), 5U);
}

TEST_F(CacheServiceTest, NonsenseIsAnError) {
    for (const Json& body : {Json("text"), Json(3), Json::array()}) {
        answers(get, 200, body);
        EXPECT_THAT(service().find("k"), IsErrorWith("no JSON object"));
    }
    answers(get,
            200,
            {
                {"ok",          true},
                {"matched_key", "k" }
    });
    EXPECT_THAT(service().find("k"), IsErrorWith("no URL to read from"));
    answers(create,
            200,
            {
                {"ok",                true},
                {"signed_upload_url", 3   }
    });
    EXPECT_THAT(service().create("k"), IsErrorWith("no URL to write to"));
    answers(finalize,
            404,
            {
                {"code", "not_found"}
    });
    EXPECT_THAT(service().finalize("k", 1), IsErrorWith("404 with not_found"));
}

TEST_F(CacheServiceTest, TheTokenIsNeverShown) {
    CacheService nowhere({.url = "http://127.0.0.1:1", .token = "the-token"}, "v", {.attempts = 1});
    EXPECT_THAT(nowhere.find("k"),
                AllOf(IsErrorWith("GetCacheEntry"), Not(IsErrorWith("the-token"))));
    CacheService odd({.url = url(""), .token = "the-token\r\nX: y"}, "v", {.attempts = 1});
    EXPECT_THAT(odd.find("k"),
                AllOf(IsErrorWith("more than one line"), Not(IsErrorWith("the-token"))));
}

} // namespace ktstr::remote
