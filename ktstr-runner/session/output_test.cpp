#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/session/output.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>

namespace ktstr::session {

namespace {

std::string drain(Pipe& pipe) {
    pipe.write.reset();
    std::string out;
    std::array<char, 4096> buffer{};
    for (ssize_t n = 0; (n = ::read(pipe.read.get(), buffer.data(), buffer.size())) > 0;) {
        out.append(buffer.data(), static_cast<std::size_t>(n));
    }
    return out;
}

} // namespace

TEST(Output, RelaysAllThatIsWithinTheLimit) {
    auto pipe = make_pipe();
    ASSERT_THAT(pipe, IsOk());
    Output output(pipe->write.get(), {.head = 10, .tail = 4});
    ASSERT_THAT(output.add("0123"), IsOk());
    ASSERT_THAT(output.add("456789"), IsOk());
    EXPECT_EQ(output.finish().value_or(99), 0U);
    EXPECT_EQ(drain(*pipe), "0123456789");
}

TEST(Output, KeepsBothEndsOfAFloodAndSaysWhatIsMissing) {
    auto pipe = make_pipe();
    ASSERT_THAT(pipe, IsOk());
    Output output(pipe->write.get(), {.head = 4, .tail = 3});
    for (int i = 0; i < 1000; ++i) {
        ASSERT_THAT(output.add("abcdefghij"), IsOk());
    }
    EXPECT_EQ(output.total(), 10000U);
    EXPECT_EQ(output.finish().value_or(0), 10000U - 7U);
    EXPECT_EQ(drain(*pipe), "abcd\n[ktstr: 9993 bytes (9.8 KiB) of output left out here]\nhij");
}

TEST(Output, OutlivesAReaderThatWentAway) {
    ::signal(SIGPIPE, SIG_IGN);
    auto pipe = make_pipe();
    ASSERT_THAT(pipe, IsOk());
    pipe->read.reset();
    Output output(pipe->write.get(), {});
    EXPECT_THAT(output.add("lost"), IsOk());
    EXPECT_EQ(output.total(), 4U);
}

} // namespace ktstr::session
