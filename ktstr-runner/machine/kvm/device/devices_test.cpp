#include "ktstr-runner/machine/kvm/architecture.hpp"
#include "ktstr-runner/machine/kvm/device/devices.hpp"

#include <gmock/gmock.h>

#include <array>

namespace ktstr::machine::kvm {

namespace {

constexpr std::uint16_t com1 = 0x3f8;

class DevicesTest : public testing::Test {
protected:
    std::optional<Devices::Wish> out(std::uint16_t port, std::uint8_t value) {
        const std::byte byte{value};
        return devices.write(Space::ports, port, {&byte, 1});
    }

    std::uint8_t in(std::uint16_t port) {
        std::byte byte{};
        devices.read(Space::ports, port, {&byte, 1});
        return std::to_integer<std::uint8_t>(byte);
    }

    ConsoleRing console;
    Devices devices{architecture::devices(), console};
};

} // namespace

TEST_F(DevicesTest, WhatIsSentIsOnTheConsole) {
    for (const char c : {'h', 'i', '\n'}) {
        EXPECT_EQ(out(com1, static_cast<std::uint8_t>(c)), std::nullopt);
        EXPECT_EQ(in(com1 + 5), 0x60); // ready for the next at once
    }
    EXPECT_EQ(console.text(), "hi\n");
}

TEST_F(DevicesTest, TheDivisorIsNotOutput) {
    out(com1 + 3, 0x83);
    out(com1, 0x0c);
    out(com1 + 1, 0x01);
    EXPECT_EQ(in(com1), 0x0c);
    EXPECT_EQ(in(com1 + 1), 0x01);
    out(com1 + 3, 0x03);
    EXPECT_EQ(in(com1), 0); // nothing is ever received
    EXPECT_EQ(console.text(), "");
}

// What Linux's 8250 driver asks to tell a 16550A (drivers/tty/serial/8250/8250_port.c, autoconfig).
TEST_F(DevicesTest, LooksLikeA16550A) {
    out(com1 + 1, 0xff);
    EXPECT_EQ(in(com1 + 1), 0x0f);
    out(com1 + 1, 0);
    EXPECT_EQ(in(com1 + 1), 0);
    out(com1 + 7, 0xa5);
    EXPECT_EQ(in(com1 + 7), 0xa5);
    out(com1 + 2, 0x01);
    EXPECT_EQ(in(com1 + 2), 0xc1);
    out(com1 + 4, 0x1a); // loop-back with OUT2 and RTS
    EXPECT_EQ(in(com1 + 6) & 0xf0, 0x90);
    out(com1, 'x'); // goes round, not out
    EXPECT_EQ(console.text(), "");
}

TEST_F(DevicesTest, TheTransmitterAsksForMoreWhenItMay) {
    out(com1 + 1, 0x02);
    EXPECT_EQ(in(com1 + 2), 0x02);
    out(com1 + 1, 0x00);
    EXPECT_EQ(in(com1 + 2), 0x01);
}

TEST_F(DevicesTest, EndsTheMachineAtTheRightRegistersAlone) {
    EXPECT_EQ(out(0x600, 0x34), Devices::Wish::power_off);
    EXPECT_EQ(out(0x600, 0x14), std::nullopt); // without SLP_EN
    EXPECT_EQ(out(0x600, 0x24), std::nullopt); // another sleep
    EXPECT_EQ(out(0x602, 1), Devices::Wish::reset);
    EXPECT_EQ(out(0x602, 2), std::nullopt);
    EXPECT_EQ(out(0x601, 0x34), std::nullopt);
    EXPECT_EQ(in(0x601), 0);
}

TEST_F(DevicesTest, EveryOtherPortIsEmpty) {
    for (unsigned port = 0; port <= 0xffff; ++port) {
        const auto at = static_cast<std::uint16_t>(port);
        if ((port >= com1 && port < com1 + 8U) || port == 0x601) {
            continue;
        }
        EXPECT_EQ(in(at), 0xff) << port;
        if (port != 0x600 && port != 0x602) {
            EXPECT_EQ(out(at, 0x34), std::nullopt) << port;
        }
    }
    EXPECT_EQ(console.text(), "");
}

TEST_F(DevicesTest, AWideAccessIsOneToEachPort) {
    const std::array word{std::byte{0x41}, std::byte{0x00}};
    EXPECT_EQ(devices.write(Space::ports, com1, word), std::nullopt); // data, then interrupt enable
    EXPECT_EQ(console.text(), "A");
    std::array<std::byte, 4> four{};
    devices.read(Space::ports, 0xffff, four); // beyond the last port there is none
    EXPECT_EQ(four[1], std::byte{0xff});
}

TEST_F(DevicesTest, TheUartsStateIsAllThereIs) {
    out(com1 + 3, 0x83);
    out(com1, 0x07);
    out(com1 + 7, 0x42);
    const auto state = devices.uart_state();
    Devices fresh{architecture::devices(), console};
    fresh.set_uart_state(state);
    std::byte byte{};
    fresh.read(Space::ports, com1, {&byte, 1});
    EXPECT_EQ(byte, std::byte{0x07});
    fresh.read(Space::ports, com1 + 7, {&byte, 1});
    EXPECT_EQ(byte, std::byte{0x42});
}

TEST_F(DevicesTest, NoAddressInMemoryHasADevice) {
    for (const std::uint64_t at : {std::uint64_t{com1}, std::uint64_t{0x600}, ~std::uint64_t{3}}) {
        std::array<std::byte, 8> bytes{};
        devices.read(Space::memory, at, bytes);
        EXPECT_THAT(bytes, testing::Each(std::byte{0xff}));
        bytes.fill(std::byte{0x34});
        EXPECT_EQ(devices.write(Space::memory, at, bytes), std::nullopt);
    }
    EXPECT_EQ(console.text(), "");
}

TEST(ConsoleRing, KeepsTheLastBytes) {
    ConsoleRing ring;
    for (std::size_t i = 0; i < ConsoleRing::capacity + 10; ++i) {
        ring.put(static_cast<char>('a' + i % 26));
    }
    const auto text = ring.text();
    ASSERT_EQ(text.size(), ConsoleRing::capacity);
    EXPECT_EQ(text.front(), 'a' + 10);
    EXPECT_EQ(text.back(), static_cast<char>('a' + (ConsoleRing::capacity + 9) % 26));
}

} // namespace ktstr::machine::kvm
