#include "ktstr-runner/machine/image/embedded_init.hpp"

extern "C" {
extern const std::byte ktstr_embedded_init_begin[];
extern const std::byte ktstr_embedded_init_end[];
extern const char ktstr_embedded_init_digest[];
}

namespace ktstr::machine {

EmbeddedInit embedded_init() {
    const auto size = ktstr_embedded_init_end - ktstr_embedded_init_begin;
    return {
        .bytes = {ktstr_embedded_init_begin,  static_cast<std::size_t>(size)},
        .digest = {ktstr_embedded_init_digest, 64                            }
    };
}

} // namespace ktstr::machine
