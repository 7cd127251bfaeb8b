#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/session/inputs.hpp"
#include "ktstr-runner/sidecar/inputs.hpp"

#include <gmock/gmock.h>

namespace ktstr::session {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class InputsOf : public ::testing::Test {
protected:
    void SetUp() override {
        auto folder = TempDir::create("inputs");
        ASSERT_THAT(folder, IsOk());
        folder_.emplace(std::move(*folder));
        request_.machine.emulator = file("qemu", "q");
        request_.machine.emulator_version = "10.0.2";
        request_.spec.kernel = file("kernel", "k");
        request_.spec.initramfs = file("initramfs", "i");
        request_.job.argv = {file("test", "t")};
        request_.job.environment = {"A=1"};
        request_.seed = 7;
        before_ = inputs();
    }

    std::string file(const std::string& name, const std::string& text) {
        const auto path = folder_->path() / name;
        EXPECT_THAT(write_file_atomically(path, text), IsOk());
        return path.string();
    }

    std::vector<std::string> inputs(const templates::Meta* machine = nullptr) {
        const auto told = inputs_of(request_, machine, folder_->path());
        EXPECT_THAT(told, IsOk());
        return told.value_or(std::vector<std::string>{});
    }

    std::vector<std::string> changed(const templates::Meta* machine = nullptr) {
        return sidecar::different_inputs(before_, inputs(machine));
    }

    std::optional<TempDir> folder_;
    Request request_;
    std::vector<std::string> before_;
};

TEST_F(InputsOf, TheSameAreTheSame) {
    EXPECT_THAT(changed(), IsEmpty());
    request_.job.seed = "ab"; // comes of `seed`
    EXPECT_THAT(changed(), IsEmpty());
}

TEST_F(InputsOf, WhatChangesIsNamed) {
    file("kernel", "another");
    EXPECT_THAT(changed(), ElementsAre("kernel"));
    file("kernel", "k");
    request_.job.environment = {"A=2"};
    EXPECT_THAT(changed(), ElementsAre("environment"));
    request_.job.environment = {"A=1"};
    file("test", "built anew");
    EXPECT_THAT(changed(), ElementsAre("test binary"));
    file("test", "t");
    request_.machine.emulator_version = "10.0.3";
    EXPECT_THAT(changed(), ElementsAre("emulator"));
    request_.machine.emulator_version = "10.0.2";
    request_.seed = 8;
    request_.job.cwd = "/elsewhere";
    EXPECT_THAT(changed(), ElementsAre("job", "seed"));
}

TEST_F(InputsOf, ATemplateIsKnownByItsMemory) {
    const auto with = [](std::string ram, std::string state) {
        return templates::Meta{
            .files = {{.name = "ram0", .size = 1, .digest = std::move(ram)},
                      {.name = "state", .size = 1, .digest = std::move(state)}}
        };
    };
    const auto one = with("a", "s");
    EXPECT_THAT(changed(&one), ElementsAre("template"));
    before_ = inputs(&one);
    EXPECT_THAT(changed(&one), IsEmpty());
    const auto anew = with("a", "at another hour"); // the host's clock is in it
    EXPECT_THAT(changed(&anew), IsEmpty());
    const auto other = with("b", "s");
    EXPECT_THAT(changed(&other), ElementsAre("template"));
}

TEST_F(InputsOf, FilesAndSetupAreKnownByTheirContent) {
    ASSERT_THAT(request_.payload.add_text("/etc/x", "1"), IsOk());
    request_.setup.emplace();
    EXPECT_THAT(changed(), ElementsAre("files", "setup"));
    before_ = inputs();
    ASSERT_THAT(request_.setup->payload.add_text("/etc/y", "1"), IsOk());
    EXPECT_THAT(changed(), ElementsAre("setup"));
}

TEST_F(InputsOf, WhatCannotBeReadIsAnError) {
    std::filesystem::remove(request_.spec.kernel);
    EXPECT_THAT(inputs_of(request_, nullptr, folder_->path()), IsErrorWith("kernel"));
}

} // namespace ktstr::session
