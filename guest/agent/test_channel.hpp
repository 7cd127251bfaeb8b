// A window in memory that no host has: the agent's channel, and what the host would read. Tests
// only.
#pragma once

#include "guest/agent/window.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <span>
#include <vector>

namespace ktstr::guest {

class ChannelTest : public testing::Test {
    std::vector<std::byte> memory_ = std::vector<std::byte>(wire::layout::payload + 4096);
    Window window_{memory_};

protected:
    Channel channel_{window_};
    wire::RingReader host_{
        reinterpret_cast<wire::RingControl*>(memory_.data() + wire::layout::to_host_control),
        std::span(memory_).subspan(wire::layout::to_host_ring, wire::layout::to_host_size)};
};

} // namespace ktstr::guest
