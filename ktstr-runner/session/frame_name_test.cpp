#include "ktstr-runner/session/frame_name.hpp"

#include <gtest/gtest.h>

namespace ktstr::session {

TEST(FrameName, IsAWordForWhatAGuestSendsAndANumberForTheRest) {
    EXPECT_EQ(frame_name(wire::FrameType::out), "out");
    EXPECT_EQ(frame_name(wire::FrameType::file_begin), "file-begin");
    EXPECT_EQ(frame_name(wire::FrameType::stop), "66");
    EXPECT_EQ(frame_name(static_cast<wire::FrameType>(4000)), "4000");
}

} // namespace ktstr::session
