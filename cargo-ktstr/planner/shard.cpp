#include "cargo-ktstr/planner/shard.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

namespace ktstr::planner {

std::string Shard::partition() const {
    return fmt::format("hash:{}/{}", number, of);
}

Result<Shard> parse_shard(std::string_view name, std::string_view text) {
    constexpr std::uint64_t most = 10'000; // machines
    const auto slash = text.find('/');
    const auto number = parse_u64(text.substr(0, slash)).value_or(0);
    const auto of = slash == text.npos ? 0 : parse_u64(text.substr(slash + 1)).value_or(0);
    if (number == 0 || number > of || of > most) {
        return fail(
            Error(ErrorKind::usage,
                  fmt::format("{}: \"{}\" is no part of a run", name, to_utf8(text)))
                .hint(fmt::format("{} 1/3, {} 2/3 and {} 3/3 are the parts of three machines",
                                  name,
                                  name,
                                  name)));
    }
    return Shard{.number = static_cast<unsigned>(number), .of = static_cast<unsigned>(of)};
}

} // namespace ktstr::planner
