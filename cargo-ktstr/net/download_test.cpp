#include "cargo-ktstr/net/download.hpp"
#include "cargo-ktstr/net/http.hpp"
#include "cargo-ktstr/net/test_server.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/lock.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/base/text.hpp"

#include <signal.h>
#include <sys/resource.h>

namespace ktstr::net {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

namespace fs = std::filesystem;

class DownloadTest : public testing::Test {
protected:
    void SetUp() override {
        forget_proxies();
        auto folder = TempDir::create("ktstr-download");
        auto started = TestServer::start(KTSTR_SOURCE_DIR "/tests/fixtures/http/server.py");
        ASSERT_THAT(folder, IsOk());
        ASSERT_THAT(started, IsOk());
        folder_.emplace(std::move(*folder));
        server_.emplace(std::move(*started));
    }

    fs::path into() const { return folder_->path() / "file"; }

    fs::path part() const { return folder_->path() / "file.part"; }

    fs::path note() const { return folder_->path() / "file.part.json"; }

    Download wanted(const std::string& query, unsigned attempts = 5) {
        return {
            .url = server_->url("/file?" + query),
            .into = into(),
            .on_note = [this](const std::string& line) { notes_.push_back(line); },
            .retry = {.attempts = attempts, .first = 1ms, .most = 1ms},
            .silence_limit = 1s
        };
    }

    // A download that must succeed.
    Downloaded get(const Download& download) {
        const auto got = net::download(download);
        EXPECT_THAT(got, IsOk());
        EXPECT_TRUE(got && *got) << "absent";
        return got && *got ? **got : Downloaded{};
    }

    void expect_whole(std::size_t size) const {
        EXPECT_TRUE(read_file(into()).value_or("") == pattern(size)) << "other contents";
        EXPECT_FALSE(fs::exists(part()));
        EXPECT_FALSE(fs::exists(note()));
    }

    // The ranges that were asked for, "" for none.
    std::vector<std::string> ranges() const {
        std::vector<std::string> out;
        const auto response = send({.url = server_->url("/requests")});
        const auto requests = parse_json(response ? response->body : "");
        EXPECT_THAT(requests, IsOk());
        for (const auto& request : requests.value_or(Json::array())) {
            out.push_back(request["range"].is_null() ? "" : request["range"].get<std::string>());
        }
        return out;
    }

    // The first bytes of a file, as a call that was ended left them.
    void leave_part(const std::string& query) {
        EXPECT_THAT(download(wanted(query + "&cut=40000&times=1", 1)), Not(IsOk()));
        EXPECT_EQ(fs::file_size(part()), 40'000U);
    }

    std::vector<std::string> notes_;
    std::optional<TestServer> server_;
    std::optional<TempDir> folder_;
};

TEST_F(DownloadTest, FetchesAFile) {
    std::vector<Transferred> seen;
    auto download = wanted("size=300000");
    download.on_progress = [&](const Transferred& now) { seen.push_back(now); };
    const auto got = get(download);
    EXPECT_EQ(got.bytes, 300'000U);
    EXPECT_EQ(got.attempts, 1U);
    EXPECT_EQ(got.resumed_from, 0U);
    expect_whole(300'000);
    ASSERT_FALSE(seen.empty());
    EXPECT_EQ(seen.back().bytes, 300'000U);
    EXPECT_EQ(seen.back().total, 300'000U);
    EXPECT_EQ(get(download).attempts, 0U) << "it is there";
    EXPECT_THAT(ranges(), ElementsAre(""));
}

TEST_F(DownloadTest, FetchesAnEmptyFileAndOneOfUnknownLength) {
    EXPECT_EQ(get(wanted("size=0")).bytes, 0U);
    expect_whole(0);
    fs::remove(into());
    EXPECT_EQ(get(wanted("chunked")).bytes, 100'000U);
    expect_whole(100'000);
}

TEST_F(DownloadTest, GoesOnWhereAConnectionBroke) {
    for (const auto* etag : {"e", "date"}) {
        SCOPED_TRACE(etag);
        const auto got = get(wanted(fmt::format("etag={0}&name={0}&cut=30000&times=3", etag)));
        EXPECT_EQ(got.attempts, 4U);
        EXPECT_EQ(got.resumed_from, 0U) << "of this call alone";
        expect_whole(100'000);
        fs::remove(into());
    }
    EXPECT_THAT(ranges(),
                ElementsAre("",
                            "bytes=30000-",
                            "bytes=60000-",
                            "bytes=90000-",
                            "",
                            "bytes=30000-",
                            "bytes=60000-",
                            "bytes=90000-"));
    EXPECT_THAT(notes_, SizeIs(6));
    EXPECT_THAT(notes_[0], AllOf(HasSubstr("attempt 2 of 5"), HasSubstr("/file?...")));
}

TEST_F(DownloadTest, GoesOnAfterSilence) {
    auto impatient = wanted("silent=50000&times=1");
    impatient.silence_limit = 1s;
    const auto got = get(impatient);
    EXPECT_EQ(got.attempts, 2U);
    expect_whole(100'000);
    EXPECT_THAT(ranges(), ElementsAre("", "bytes=50000-"));
}

TEST_F(DownloadTest, GoesOnInTheNextCall) {
    leave_part("name=a");
    const auto got = get(wanted("name=a&cut=40000&times=1"));
    EXPECT_EQ(got.resumed_from, 40'000U);
    EXPECT_EQ(got.attempts, 1U);
    expect_whole(100'000);
    EXPECT_THAT(ranges(), ElementsAre("", "bytes=40000-"));
}

TEST_F(DownloadTest, BytesOfAnotherUrlAreNotGoneOnWith) {
    leave_part("name=a");
    EXPECT_EQ(get(wanted("name=b")).resumed_from, 0U);
    expect_whole(100'000);
    EXPECT_THAT(ranges(), ElementsAre("", ""));
}

TEST_F(DownloadTest, BytesWithoutAGoodNoteAreNotGoneOnWith) {
    int number = 0;
    for (const auto* text : {"", "{", "[]", R"({"schema": 2})", R"({"schema": 1, "url": 3})"}) {
        SCOPED_TRACE(text);
        const auto name = std::to_string(number++);
        leave_part("name=" + name);
        ASSERT_THAT(write_file_atomically(note(), text), IsOk());
        EXPECT_EQ(get(wanted("name=" + name + "&cut=40000&times=1")).resumed_from, 0U);
        expect_whole(100'000);
        fs::remove(into());
    }
}

TEST_F(DownloadTest, BeginsAnewWhenTheFileChanged) {
    const auto other = [this](const std::string& etag) {
        // The server's file changes under one URL: its note is all that tells.
        auto text = read_file(note()).value_or("");
        const auto at = text.find("\\\"e\\\"");
        ASSERT_NE(at, std::string::npos) << text;
        ASSERT_THAT(write_file_atomically(note(), text.replace(at + 2, 1, etag)), IsOk());
    };
    leave_part("name=a");
    other("f");
    const auto got = get(wanted("name=a&cut=40000&times=1"));
    EXPECT_EQ(got.resumed_from, 0U);
    EXPECT_EQ(got.attempts, 1U) << "200 in place of 206";
    expect_whole(100'000);
}

TEST_F(DownloadTest, ServersWithoutRangesOrValidatorsBeginAnew) {
    for (const auto* how : {"norange", "etag=none", "etag=weak"}) {
        SCOPED_TRACE(how);
        const auto got = get(wanted(fmt::format("{0}&name={0}&cut=30000&times=2", how)));
        EXPECT_EQ(got.attempts, 3U);
        expect_whole(100'000);
        fs::remove(into());
    }
}

TEST_F(DownloadTest, APartThatIsNotTheOneAskedForBeginsAnew) {
    leave_part("name=a&shift=7");
    const auto got = get(wanted("name=a&shift=7&cut=40000&times=1"));
    EXPECT_EQ(got.attempts, 2U);
    EXPECT_EQ(got.resumed_from, 0U);
    expect_whole(100'000);
    EXPECT_THAT(ranges(), ElementsAre("", "bytes=40000-", ""));
}

TEST_F(DownloadTest, AWholePartIsTakenWhenNothingIsLeftToSend) {
    leave_part("name=a&size=100000");
    // All bytes came, and the process ended before it could rename.
    ASSERT_THAT(write_file_atomically(part(), pattern(100'000)), IsOk());
    EXPECT_EQ(get(wanted("name=a&size=100000&cut=40000&times=1")).resumed_from, 100'000U);
    expect_whole(100'000);
    fs::remove(into());
    // More than the server's: it cannot be the same file.
    leave_part("name=b");
    ASSERT_THAT(write_file_atomically(part(), pattern(100'001)), IsOk());
    const auto got = get(wanted("name=b&cut=40000&times=1"));
    EXPECT_EQ(got.resumed_from, 0U);
    EXPECT_EQ(got.attempts, 2U);
    expect_whole(100'000);
}

TEST_F(DownloadTest, AsksAgainAfterFailuresThatPass) {
    for (const int status : {408, 429, 500, 502, 503, 504}) {
        const auto got =
            get(wanted(fmt::format("name={0}&status={0}&times=2&retry_after=0", status)));
        EXPECT_EQ(got.attempts, 3U) << status;
        fs::remove(into());
    }
    EXPECT_THAT(
        download(wanted("status=503")),
        AllOf(IsErrorWith("the server answered 503"), IsErrorWith("given up after attempt 5")));
    EXPECT_THAT(download(wanted("status=429&retry_after=86400")),
                IsErrorWith("given up after attempt 1"));
    EXPECT_THAT(notes_, Each(HasSubstr("begins in")));
}

TEST_F(DownloadTest, WaitsAsTheServerAsks) {
    const auto got = get(wanted("status=429&times=1&retry_after=1"));
    EXPECT_EQ(got.attempts, 2U);
    EXPECT_GE(got.took, 1s);
}

TEST_F(DownloadTest, WhatTheServerDoesNotHaveIsAbsent) {
    for (const auto* status : {"404", "410"}) {
        const auto got = download(wanted(std::string("status=") + status));
        ASSERT_THAT(got, IsOk());
        EXPECT_FALSE(*got);
        EXPECT_FALSE(fs::exists(part()));
        EXPECT_FALSE(fs::exists(note()));
    }
    EXPECT_THAT(notes_, IsEmpty());
}

TEST_F(DownloadTest, OtherAnswersAreErrorsAtOnce) {
    EXPECT_THAT(
        download(wanted("status=403&name=a&sig=secret")),
        AllOf(IsErrorWith("/file?..."), IsErrorWith("answered 403"), Not(IsErrorWith("secret"))));
    EXPECT_THAT(download(wanted("html&name=b")), IsErrorWith("a web page (text/html"));
    EXPECT_THAT(download(wanted("status=202&name=c")), IsErrorWith("answered 202"));
    EXPECT_THAT(ranges(), SizeIs(3));
    EXPECT_FALSE(fs::exists(into()));
}

TEST_F(DownloadTest, LargerThanAllowedIsRefused) {
    for (const auto* how : {"size=100001", "size=100001&chunked"}) {
        auto large = wanted(how);
        large.most_bytes = 100'000;
        EXPECT_THAT(download(large),
                    AnyOf(IsErrorWith("that are allowed"), IsErrorWith("of the file")))
            << how;
        EXPECT_FALSE(fs::exists(into()));
    }
    auto fits = wanted("size=100000");
    fits.most_bytes = 100'000;
    get(fits);
}

TEST_F(DownloadTest, SecretsOfAUrlAreNotWrittenDown) {
    leave_part("name=a&sig=secret");
    const auto text = read_file(note());
    ASSERT_THAT(text, IsOk());
    EXPECT_THAT(*text, Not(HasSubstr("secret")));
}

// A limit on the size of files stands for a full disk: both end write(2) with an error in the
// middle.
TEST_F(DownloadTest, AFullDiskKeepsWhatCame) {
    auto child = Child::fork(
        [&] {
            ::signal(SIGXFSZ, SIG_IGN);
            const rlimit limit{.rlim_cur = 50'000, .rlim_max = RLIM_INFINITY};
            ::setrlimit(RLIMIT_FSIZE, &limit);
            const auto got = download(wanted("name=a"));
            ::_exit(!got && got.error().render().find("make room on the disk") != std::string::npos
                        ? 0
                        : 1);
        },
        {});
    ASSERT_THAT(child, IsOk());
    EXPECT_TRUE(child->wait()->success());
    EXPECT_EQ(fs::file_size(part()), 50'000U);
    EXPECT_EQ(get(wanted("name=a")).resumed_from, 50'000U);
    expect_whole(100'000);
}

TEST_F(DownloadTest, GoesOnAfterTheProcessWasKilled) {
    auto download = wanted("name=a&silent=20000&times=4");
    for (std::uint64_t had = 20'000; had <= 80'000; had += 20'000) {
        auto out = make_pipe();
        ASSERT_THAT(out, IsOk());
        auto child = Child::fork(
            [&] {
                download.on_progress = [&](const Transferred& now) {
                    if (now.bytes == had) {
                        static_cast<void>(write_all(out->write.get(), "x"));
                    }
                };
                static_cast<void>(net::download(download));
            },
            {out->write.get()});
        ASSERT_THAT(child, IsOk());
        out->write.reset();
        char c = 0;
        ASSERT_EQ(::read(out->read.get(), &c, 1), 1);
        child->kill();
        EXPECT_EQ(fs::file_size(part()), had);
    }
    EXPECT_EQ(get(download).resumed_from, 80'000U);
    expect_whole(100'000);
}

TEST_F(DownloadTest, TwoProcessesFetchOneFileOnce) {
    auto held = FileLock::acquire(into().string() + ".lock", FileLock::Mode::exclusive);
    ASSERT_THAT(held, IsOk());
    auto out = make_pipe();
    ASSERT_THAT(out, IsOk());
    auto child = Child::fork(
        [&] {
            auto download = wanted("");
            download.on_note = [&](const std::string& line) {
                static_cast<void>(write_all(out->write.get(), line));
            };
            const auto got = net::download(download);
            ::_exit(got && *got && (*got)->attempts == 0 && (*got)->bytes == 3 ? 0 : 1);
        },
        {out->write.get()});
    ASSERT_THAT(child, IsOk());
    std::array<char, 200> line{};
    const auto n = ::read(out->read.get(), line.data(), line.size());
    ASSERT_GT(n, 0);
    EXPECT_THAT(std::string(line.data(), static_cast<std::size_t>(n)),
                HasSubstr("waiting for another"));
    ASSERT_THAT(write_file_atomically(into(), "abc"), IsOk());
    {
        const auto released = std::move(*held);
    }
    EXPECT_TRUE(child->wait()->success());
    EXPECT_THAT(ranges(), IsEmpty());
}

TEST_F(DownloadTest, MemoryStaysBounded) {
    auto out = make_pipe();
    ASSERT_THAT(out, IsOk());
    auto child = Child::fork(
        [&] {
            const auto resident = [] {
                rusage usage{};
                ::getrusage(RUSAGE_SELF, &usage);
                return usage.ru_maxrss; // KiB
            };
            const auto before = resident();
            const auto got = net::download(wanted("size=300000000"));
            const bool whole = got && *got && (*got)->bytes == 300'000'000;
            static_cast<void>(
                write_all(out->write.get(), std::to_string(whole ? resident() - before : 1 << 30)));
        },
        {out->write.get()});
    ASSERT_THAT(child, IsOk());
    EXPECT_TRUE(child->wait()->success());
    std::array<char, 32> text{};
    ASSERT_GT(::read(out->read.get(), text.data(), text.size() - 1), 0);
    const auto grown = parse_u64(text.data());
    ASSERT_TRUE(grown) << text.data();
    RecordProperty("grown_kib", std::to_string(*grown));
    EXPECT_LT(*grown, 100'000U);
}

} // namespace ktstr::net
