#include "guest/base/test_dir.hpp"
#include "guest/engine/handle.hpp"

#include <gmock/gmock.h>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <string>

namespace ktstr::guest {
namespace {

using testing::HasSubstr;

// Engines that are scripts of the shell: descriptor 3 is the agent's.
class Handle : public testing::Test {
protected:
    std::string script(const std::string& text) const {
        auto path = dir_.write("engine", "#!/bin/sh\n" + text);
        EXPECT_EQ(::chmod(path.c_str(), 0755), 0);
        return path;
    }

    std::string socket() const { return dir_.path() + "/run/engine.sock"; }

    TestDir dir_;
    std::function<bool()> never_ = [] { return false; };
    std::string facts_;
    std::function<void(std::string_view)> take_ = [this](std::string_view piece) {
        facts_ += piece;
    };
};

TEST_F(Handle, PassesOnFactsAndStory) {
    const auto program = script("echo ready >&3; read word <&3\n"
                                "echo 'facts {\"a\":' >&3; echo 'facts 1}' >&3\n"
                                "echo \"story {\\\"verdict\\\":\\\"$word\\\"}\" >&3\n");
    EngineHandle engine("", program.c_str(), socket());
    ASSERT_EQ(engine.problem(), std::nullopt);
    EXPECT_EQ(engine.finish(take_), R"({"verdict":"finish"})");
    EXPECT_EQ(facts_, "{\"a\":1}");
}

// What its cgroup would be told: whether there was something to kill.
TEST_F(Handle, KillsTheCgroupOnlyOfAnEngineThatLeftSomething) {
    const std::string tells = "echo ready >&3; read word <&3; ";
    const std::string leaves = "sleep 60 3>&- 4>&- & echo $! >" + dir_.path() + "/child; ";
    const auto kill = dir_.write("cgroup.kill", "");
    const auto end = [&](const std::string& text) {
        const auto program = script(tells + text);
        EngineHandle(dir_.path(), program.c_str(), socket()).finish(take_);
        return read_file(kill).value_or("");
    };
    EXPECT_EQ(end("echo 'story {}' >&3"), "");
    EXPECT_EQ(end("exit 1"), "");
    ::prctl(PR_SET_CHILD_SUBREAPER, 1); // as PID 1 is
    EXPECT_EQ(end(leaves + "echo 'story {}' >&3"), "1");
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
    const pid_t left = std::stoi(read_file(dir_.path() + "/child").value_or("0"));
    ASSERT_GT(left, 1);
    ::kill(left, SIGKILL);
    EXPECT_EQ(::waitpid(left, nullptr, 0), left);
}

TEST_F(Handle, TellsWhetherTheSchedulerIsAttached) {
    const auto program = script("echo ready >&3; read word <&3\n"
                                "echo 'attached {\"schedulers\":[{\"log\":\"l\"}]}' >&3\n"
                                "read word <&3; echo 'attached {\"problem\":\"no\"}' >&3\n");
    EngineHandle engine("", program.c_str(), socket());
    const auto first = engine.attach({.name = "s"}, never_);
    EXPECT_EQ(first.problem, std::nullopt);
    EXPECT_EQ(first.story.schedulers.at(0).log, "l");
    EXPECT_EQ(engine.attach({.name = "s"}, never_).problem, "no");
}

TEST_F(Handle, TellsTheEngineToGiveUp) {
    const auto program = script("echo ready >&3; read word <&3; read word <&3\n"
                                "echo \"attached {\\\"problem\\\":\\\"$word\\\"}\" >&3\n");
    EngineHandle engine("", program.c_str(), socket());
    EXPECT_EQ(engine.attach({.name = "s"}, [] { return true; }).problem, "give up");
}

TEST_F(Handle, IsNotFooledByAnEngineThatIsGone) {
    const auto program = script("echo ready >&3; read word <&3; kill -9 $$\n");
    EngineHandle engine("", program.c_str(), socket());
    EXPECT_THAT(engine.finish(take_), HasSubstr("the engine is gone"));
}

TEST_F(Handle, IsNotFooledByOneThatIsGoneWhileItAttaches) {
    const auto program = script("echo ready >&3; read word <&3; exit 1\n");
    EngineHandle engine("", program.c_str(), socket());
    EXPECT_EQ(engine.attach({.name = "s"}, never_).problem, "the engine is gone");
}

TEST_F(Handle, SaysThatTheEngineDoesNotStart) {
    EngineHandle engine("", "/no/such/program", socket());
    EXPECT_THAT(engine.problem().value_or(""), HasSubstr("does not start"));
    EXPECT_THAT(engine.finish(take_), HasSubstr("does not start"));
    EXPECT_THAT(engine.attach({}, never_).problem.value_or(""), HasSubstr("does not start"));
}

TEST_F(Handle, MakesItsSocketAndRefusesALongPath) {
    const auto listener = listen_at(socket());
    EXPECT_EQ(listener.problem, std::nullopt);
    struct stat status{};
    EXPECT_EQ(::stat(socket().c_str(), &status), 0);
    EXPECT_TRUE(S_ISSOCK(status.st_mode));
    EXPECT_THAT(listen_at('/' + std::string(200, 'x')).problem.value_or(""), HasSubstr("too long"));
}

} // namespace
} // namespace ktstr::guest
