#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/sidecar/fields.hpp"
#include "ktstr-runner/sidecar/file_name.hpp"
#include "ktstr-runner/sidecar/names.hpp"
#include "ktstr-runner/sidecar/sidecar.hpp"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <set>
#include <thread>

namespace ktstr::sidecar {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

Record sample() {
    Record record{.run_id = "86fb3baa-0000-4000-8000-000000000000",
                  .package = "nix",
                  .binary_id = "nix::test",
                  .test = "sys::test_wait::wait_pid",
                  .attempt = 2,
                  .profile = "ci"};
    record.kernel_key = "6.12-abc";
    record.machine_reason = "kvm: /dev/kvm works";
    record.topology = "1n2l4c2t";
    record.vcpus = {
        {.exits = UINT64_MAX, .halts = 2, .halt_wait_ns = 3, .preemptions = 4, .signals = 5},
        {.exits = 6}
    };
    record.memory = std::uint64_t{1} << 40;
    record.host_only = true;
    record.verdict = Verdict::fail;
    record.reason = Reason::time_limit;
    record.headline = "time limit reached";
    record.exit_code = -7;
    record.started_at_ns = 1'790'000'000'123'456'789;
    record.wall_ns = 5'000'000'001;
    record.phases_ns[static_cast<std::size_t>(Phase::boot)] = 900'000'000;
    record.phases_ns[static_cast<std::size_t>(Phase::hand_over)] = 0;
    record.stdout_bytes = UINT64_MAX;
    record.leaked = {"12 sleep", "13 sh"};
    record.notes = {"a note"};
    record.performance_mode = true;
    record.host_cpus = "0,2; 4 for the rest";
    record.performance_missing = {"a: b"};
    record.console_tail = "line 1\nline 2\n";
    record.layer = 1;
    record.details = {"cgroup a starved", "by 3 s"};
    record.first_try = "qemu was killed by signal 9";
    record.scheduler_arguments = {"-v"};
    record.schedulers = {
        {.name = "scx_foo",
         .ops = "foo",
         .end = "stall",
         .attach_ns = 5,
         .kind = 1026,
         .reason = "runnable task stall",
         .message = "a[1] failed to run for 5.0s"}
    };
    record.facts.text = R"({"results":[{"z":1,"a":[0.5,null]}],"events":{}})";
    return record;
}

// The record's JSON with one key set to something else, or taken away (null).
std::string with(const std::string& key, const nlohmann::json& value) {
    auto json = nlohmann::json::parse(to_json(sample()));
    if (value.is_null()) {
        json.erase(key);
    } else {
        json[key] = value;
    }
    return json.dump();
}

std::filesystem::path written(const std::filesystem::path& folder, const Record& record) {
    const auto path = write(folder, record);
    EXPECT_THAT(path, IsOk());
    return path.value_or(std::filesystem::path());
}

} // namespace

TEST(Sidecar, ReadsBackEveryFieldThatItWrote) {
    const auto record = sample();
    const auto back = from_json(to_json(record), "x");
    ASSERT_THAT(back, IsOk());
    for (const auto& field : fields()) {
        EXPECT_TRUE(std::visit([&](auto member) { return (*back).*member == record.*member; },
                               field.member))
            << field.name;
    }
    EXPECT_EQ(to_json(*back), to_json(record));
}

TEST(Sidecar, WritesEveryFieldOnceAndOnlyPhasesThatHappened) {
    const auto json = nlohmann::json::parse(to_json(sample()));
    EXPECT_EQ(json.size(), fields().size() + 1); // and schema
    EXPECT_EQ(json["schema"], 3);
    EXPECT_EQ(json["facts"]["results"][0]["z"], 1);
    EXPECT_EQ(json["phases_ns"],
              nlohmann::json({
                  {"boot",      900'000'000},
                  {"hand-over", 0          }
    }));
    EXPECT_EQ(json["reason"], "time-limit");
}

TEST(Sidecar, EveryWordReadsBackAsItsValue) {
    for (const auto& row : verdicts) {
        EXPECT_EQ(verdict_named(name(row.value)), row.value);
    }
    for (const auto& row : reasons) {
        EXPECT_EQ(reason_named(name(row.value)), row.value);
    }
    for (const auto& row : phases) {
        EXPECT_EQ(phase_named(name(row.value)), row.value);
    }
    EXPECT_EQ(verdict_named("passed"), std::nullopt);
}

TEST(Sidecar, RefusesCountersThatAreNone) {
    EXPECT_THAT(from_json(with("vcpus", 5), "x"), IsErrorWith("vcpus"));
    EXPECT_THAT(from_json(with("vcpus", {{{"exits", "many"}}}), "x"), IsErrorWith("vcpus"));
    EXPECT_THAT(from_json(with("vcpus", {{{"exits", -1}}}), "x"), IsErrorWith("vcpus"));
}

TEST(Sidecar, ReadsTheSchemaBeforeThis) {
    EXPECT_THAT(from_json(with("schema", 1), "x"), IsOk());
}

TEST(Sidecar, HasNoFactsWhereThereAreNone) {
    auto record = sample();
    record.facts.text.clear();
    EXPECT_TRUE(nlohmann::json::parse(to_json(record))["facts"].is_null());
    const auto back = from_json(to_json(record), "x");
    ASSERT_THAT(back, IsOk());
    EXPECT_EQ(back->facts, JsonText());
}

TEST(Sidecar, RefusesSchedulersThatAreNone) {
    EXPECT_THAT(from_json(with("schedulers", 5), "x"), IsErrorWith("schedulers"));
    EXPECT_THAT(from_json(with("schedulers", {{{"name", 1}}}), "x"), IsErrorWith("schedulers"));
}

TEST(Sidecar, ReplacesBytesThatAreNotUtf8) {
    auto record = sample();
    record.console_tail = "ok \xff\xfe end";
    const auto back = from_json(to_json(record), "x");
    ASSERT_THAT(back, IsOk());
    EXPECT_EQ(back->console_tail, "ok \xEF\xBF\xBD\xEF\xBF\xBD end");
}

TEST(Sidecar, AnUnknownSchemaIsAnErrorThatNamesBoth) {
    EXPECT_THAT(from_json(with("schema", 4), "f.json"), IsErrorWith("f.json"));
    EXPECT_THAT(from_json(with("schema", 4), "f.json"),
                IsErrorWith("schema 4, but this program reads schemas 1 to 3"));
    EXPECT_THAT(from_json(with("schema", 0), "f.json"), IsErrorWith("schema 0"));
    EXPECT_THAT(from_json(with("schema", 1.5), "f.json"), IsErrorWith("schema 1.5"));
    EXPECT_THAT(from_json(with("schema", "1"), "f.json"), IsErrorWith("schema \"1\""));
    EXPECT_THAT(from_json(with("schema", nullptr), "f.json"), IsErrorWith("no field `schema`"));
}

TEST(Sidecar, RefusesAMissingRequiredFieldAndDefaultsAnOptionalOne) {
    for (const auto& field : fields()) {
        const auto result = from_json(with(std::string(field.name), nullptr), "x");
        if (field.presence == Presence::required) {
            EXPECT_THAT(result, IsErrorWith("field `" + std::string(field.name) + "` is missing"));
        } else {
            EXPECT_THAT(result, IsOk());
        }
    }
}

TEST(Sidecar, IgnoresKeysItDoesNotKnow) {
    EXPECT_THAT(from_json(with("new_measurement", 3), "x"), IsOk());
}

TEST(Sidecar, RefusesEveryFieldOfAWrongType) {
    for (const auto& field : fields()) {
        EXPECT_THAT(from_json(with(std::string(field.name), nlohmann::json::array({1.5})), "x"),
                    IsErrorWith("field `" + std::string(field.name) + "`"));
    }
}

TEST(Sidecar, RefusesNumbersThatDoNotFit) {
    EXPECT_THAT(from_json(with("attempt", -1), "x"), IsErrorWith("`attempt`"));
    EXPECT_THAT(from_json(with("attempt", std::uint64_t{1} << 32), "x"), IsErrorWith("`attempt`"));
    EXPECT_THAT(from_json(with("exit_code", std::int64_t{1} << 31), "x"),
                IsErrorWith("`exit_code`"));
    EXPECT_THAT(from_json(with("wall_ns", UINT64_MAX), "x"), IsErrorWith("`wall_ns`"));
    EXPECT_THAT(from_json(with("memory", 1.5), "x"), IsErrorWith("`memory`"));
}

TEST(Sidecar, RefusesUnknownWords) {
    EXPECT_THAT(from_json(with("verdict", "passed"), "x"), IsErrorWith("\"passed\""));
    EXPECT_THAT(from_json(with("reason", "exit_code"), "x"), IsErrorWith("\"exit_code\""));
    EXPECT_THAT(from_json(with("phases_ns",
                               {
                                   {"bootx", 1}
    }),
                          "x"),
                IsErrorWith("`phases_ns`"));
}

TEST(Sidecar, EveryTruncationIsAnError) {
    const auto text = std::string(trim(to_json(sample())));
    for (std::size_t length = 0; length < text.size(); ++length) {
        EXPECT_THAT(from_json(text.substr(0, length), "x"), IsErrorWith("not whole JSON"))
            << length;
    }
}

TEST(Sidecar, SurvivesHostileText) {
    EXPECT_THAT(from_json(std::string(1'000'000, '['), "x"), IsErrorWith("not whole JSON"));
    EXPECT_THAT(from_json(std::string(1000, '[') + std::string(1000, ']'), "x"),
                IsErrorWith("nested too deep"));
    EXPECT_THAT(from_json("[]", "x"), IsErrorWith("not a JSON object"));
    EXPECT_THAT(from_json(std::string("{\"schema\": 1\0}", 14), "x"),
                IsErrorWith("not whole JSON"));
    EXPECT_THAT(from_json("{\"schema\": 1e999}", "x"), IsErrorWith("not whole JSON"));
    EXPECT_THAT(from_json("\xff\xfe", "x"), IsErrorWith("not whole JSON"));
}

TEST(SidecarFile, TheSameAttemptTwiceGivesTwoFiles) {
    const auto folder = TempDir::create("ktstr-test");
    ASSERT_THAT(folder, IsOk());
    std::set<std::filesystem::path> paths;
    for (int i = 0; i < 5; ++i) {
        paths.insert(written(folder->path() / "run", sample()));
    }
    EXPECT_THAT(paths, SizeIs(5));
    const auto run = read_run(folder->path() / "run");
    ASSERT_THAT(run, IsOk());
    EXPECT_THAT(run->records, SizeIs(5));
}

TEST(SidecarFile, ConcurrentWritersLoseNothing) {
    const auto folder = TempDir::create("ktstr-test");
    ASSERT_THAT(folder, IsOk());
    {
        std::vector<std::jthread> writers;
        for (int i = 0; i < 8; ++i) {
            writers.emplace_back([&] {
                for (int n = 0; n < 10; ++n) {
                    written(folder->path(), sample());
                }
            });
        }
    }
    const auto run = read_run(folder->path());
    ASSERT_THAT(run, IsOk());
    EXPECT_THAT(run->records, SizeIs(80));
    EXPECT_THAT(run->damaged, SizeIs(0));
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder->path()), {}), 80);
}

TEST(SidecarFile, NamesFitTheFileSystemWhateverTheTestIsCalled) {
    const auto folder = TempDir::create("ktstr-test");
    ASSERT_THAT(folder, IsOk());
    auto record = sample();
    for (const auto& test : {std::string("../../etc/passwd"),
                             std::string(1000, 'x') + "/y\n:\xff",
                             std::string(),
                             std::string(".hidden")}) {
        record.test = test;
        record.binary_id = test;
        const auto path = written(folder->path(), record);
        EXPECT_EQ(path.parent_path(), folder->path());
        EXPECT_LE(path.filename().string().size(), 240U);
        EXPECT_TRUE(is_record_name(path.filename().string())) << path;
    }
    EXPECT_EQ(file_name(sample(), "0123abcd"),
              "nix__test-sys__test_wait__wait_pid-2-0123abcd.json");
}

TEST(SidecarFile, AnUnwritableDirectoryIsNamedWithTheTest) {
    EXPECT_THAT(write("/proc/no-such", sample()), IsErrorWith("/proc/no-such"));
    EXPECT_THAT(write("/proc/no-such", sample()), IsErrorWith("sys::test_wait::wait_pid"));
}

TEST(Run, ListsDamagedFilesAndLeavesOthersAlone) {
    const auto folder = TempDir::create("ktstr-test");
    ASSERT_THAT(folder, IsOk());
    const auto put = [&](const std::string& name, std::string_view text) {
        const auto fd = open_file(folder->path() / name, O_WRONLY | O_CREAT);
        ASSERT_THAT(fd, IsOk());
        ASSERT_THAT(write_all(fd->get(), text), IsOk());
    };
    const auto good = written(folder->path(), sample());
    put("a-b-1-00000000.json", "{\"schema\": 1, \"run");
    put("a-b-1-00000001.json", "");
    put("a-b-1-00000002.json", with("schema", 9));
    put("plan.json", "{}");
    put(".a-b-1-00000003.json.XXXXXX", "{");
    ASSERT_EQ(::mkfifo((folder->path() / "a-b-1-00000004.json").c_str(), 0600), 0);
    const auto run = read_run(folder->path());
    ASSERT_THAT(run, IsOk());
    EXPECT_THAT(run->records, SizeIs(1));
    EXPECT_THAT(run->damaged,
                ElementsAre(HasSubstr("00000000.json: not whole JSON"),
                            HasSubstr("00000001.json: not whole JSON"),
                            HasSubstr("00000002.json: schema 9"),
                            HasSubstr("00000004.json: not a regular file")));
}

TEST(Run, IsInTheOrderOfTheStarts) {
    const auto folder = TempDir::create("ktstr-test");
    ASSERT_THAT(folder, IsOk());
    auto record = sample();
    for (const std::int64_t start : {30, 10, 20}) {
        record.started_at_ns = start;
        record.test = "t" + std::to_string(100 - start);
        written(folder->path(), record);
    }
    const auto run = read_run(folder->path());
    ASSERT_THAT(run, IsOk());
    std::vector<std::int64_t> starts;
    for (const auto& read : run->records) {
        starts.push_back(read.started_at_ns);
    }
    EXPECT_THAT(starts, ElementsAre(10, 20, 30));
}

TEST(Run, AMissingDirectoryIsAnError) {
    EXPECT_THAT(read_run("/no/such/run"), IsErrorWith("/no/such/run"));
}

} // namespace ktstr::sidecar
