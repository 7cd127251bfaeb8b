// Requests that are sent again when the connection or the server failed in a way that passes.
#pragma once

#include "cargo-ktstr/net/backoff.hpp"
#include "cargo-ktstr/net/http.hpp"

namespace ktstr::net {

// The last answer, whatever its status: one that is transient only when the policy ends there. An
// error when the last attempt got no whole answer.
Result<Response>
send_retrying(Client& client, const Request& request, const RetryPolicy& policy = {});

} // namespace ktstr::net
