#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/sidecar/reference.hpp"

namespace ktstr::sidecar {

namespace {

std::string page(const std::string& name) {
    const auto text = read_file(std::string(KTSTR_SOURCE_DIR "/docs/reference/") + name);
    return text ? *text + "\n" : text.error().render();
}

} // namespace

using ::testing::HasSubstr;

TEST(Reference, SidecarPageListsEveryFieldAndPhase) {
    EXPECT_THAT(page("sidecar.md"), HasSubstr("\n\n" + fields_table() + "\n"));
    EXPECT_THAT(page("sidecar.md"), HasSubstr("\n\n" + phases_table() + "\n"));
}

TEST(Reference, VerdictsPageListsVerdictsReasonsAndExitCodes) {
    EXPECT_THAT(page("verdicts.md"), HasSubstr("\n\n" + verdicts_table() + "\n"));
    EXPECT_THAT(page("verdicts.md"), HasSubstr("\n\n" + reasons_table() + "\n"));
    EXPECT_THAT(page("verdicts.md"), HasSubstr("\n\n" + exit_codes_table() + "\n"));
}

} // namespace ktstr::sidecar
