#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/sidecar/inputs.hpp"

namespace ktstr::sidecar {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(DifferentInputs, AreNamedOnceWhicheverSideHasThem) {
    const std::vector<std::string> a{"kernel: 1", "emulator: 10.0.2", "setup: 5"};
    const std::vector<std::string> b{"emulator: 10.0.2", "kernel: 2", "files: 7"};
    EXPECT_THAT(different_inputs(a, b), ElementsAre("kernel", "setup", "files"));
    EXPECT_THAT(different_inputs(a, a), IsEmpty());
}

TEST(DifferentInputs, OfARecordThatTellsNoneNothingIsSaid) {
    const std::vector<std::string> a{"kernel: 1"};
    EXPECT_THAT(different_inputs(a, {}), IsEmpty());
    EXPECT_THAT(different_inputs({}, a), IsEmpty());
}

} // namespace ktstr::sidecar
