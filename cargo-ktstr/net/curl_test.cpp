#include "cargo-ktstr/net/curl.hpp"

#include <gtest/gtest.h>

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace ktstr::net {

TEST(CurlTest, WithoutARouteWhatCannotBeReachedIsFinal) {
    for (const auto code : {CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY}) {
        EXPECT_TRUE(is_transient(code, 0, Route::some));
        EXPECT_FALSE(is_transient(code, 0, Route::none));
    }
    for (const int error : {ENETUNREACH, EHOSTUNREACH}) {
        EXPECT_TRUE(is_transient(CURLE_COULDNT_CONNECT, error, Route::some));
        EXPECT_FALSE(is_transient(CURLE_COULDNT_CONNECT, error, Route::none));
    }
    EXPECT_TRUE(is_transient(CURLE_COULDNT_CONNECT, ECONNREFUSED, Route::none))
        << "a server of this host, or a proxy, that is about to start";
    EXPECT_TRUE(is_transient(CURLE_RECV_ERROR, ECONNRESET, Route::none));
    EXPECT_FALSE(is_transient(CURLE_PEER_FAILED_VERIFICATION, 0, Route::some));
}

// In a network namespace of its own a process has not even a loopback that is up.
TEST(CurlTest, ANamespaceWithoutNetworksHasNoRoute) {
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const bool apart = ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
        ::_exit(!apart ? 2 : route_to_others() == Route::none ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 2) {
        GTEST_SKIP() << "this user may not unshare a network";
    }
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

} // namespace ktstr::net
