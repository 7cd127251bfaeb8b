#include "cargo-ktstr/net/retrying.hpp"

namespace ktstr::net {

Result<Response> send_retrying(Client& client, const Request& request, const RetryPolicy& policy) {
    for (unsigned done = 1;; ++done) {
        auto exchange = client.exchange(request);
        const bool again =
            exchange.broken ? exchange.transient : is_transient(exchange.response.status);
        const auto asked_for = parse_retry_after(
            exchange.response.header("Retry-After").value_or(""), std::chrono::system_clock::now());
        const auto delay =
            again ? delay_after(policy, done, asked_for, system_random) : std::nullopt;
        if (delay) {
            pause(*delay);
        } else if (exchange.broken) {
            return fail(std::move(*exchange.broken));
        } else {
            return std::move(exchange.response);
        }
    }
}

} // namespace ktstr::net
