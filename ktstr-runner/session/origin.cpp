#include "ktstr-runner/session/origin.hpp"

#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/host/file_digest.hpp"

#include <fmt/format.h>

namespace ktstr::session {

namespace {

constexpr std::size_t key_digits = 32;

Result<> settle(Origin& origin,
                const Request& request,
                TemplateLayer layer,
                const std::function<bool()>& wait) {
    TRY_ASSIGN(origin.store, templates::Store::open(request.templates->root));
    if (origin.key.empty()) {
        TRY_ASSIGN(origin.key, template_key(request, layer));
    }
    while (true) {
        std::string damage;
        TRY_ASSIGN(origin.use, origin.store->use(origin.key, damage));
        if (origin.use) {
            return {};
        }
        TRY_ASSIGN(origin.maker, origin.store->try_lock(origin.key));
        if (origin.maker) {
            damage.clear(); // it may have been finished between the two looks
            TRY_ASSIGN(origin.use, origin.store->use(origin.key, damage));
            if (origin.use) {
                origin.maker.reset();
            } else if (!damage.empty()) {
                origin.notes.push_back("a template was damaged and is made anew: " + damage);
            }
            return {};
        }
        if (!wait()) {
            return {};
        }
    }
}

} // namespace

Result<std::string> setup_identity(const Setup& setup, const std::filesystem::path& cache) {
    auto job = setup.job;
    job.wall_time_ns = 0;
    job.clock_is_given = false;
    job.time_stamp = 0;
    job.time_stamp_khz = 0;
    job.time_limit_ms = 0;
    job.seed.clear();
    job.varied = 0;
    const host::FactCache facts(cache);
    TRY_ASSIGN(const auto files,
               setup.payload.identity([&](const std::filesystem::path& path) {
                   return host::file_digest(path, facts);
               }),
               "cannot read what the setup needs");
    return wire::dump(job) + '\n' + files;
}

Result<std::string> template_key(const Request& request, TemplateLayer layer) {
    TRY_ASSIGN(auto text,
               machine::identity(request.machine, request.spec, request.templates->facts));
    if (layer == TemplateLayer::set_up) {
        TRY_ASSIGN(const auto setup, setup_identity(*request.setup, request.templates->facts));
        text += "setup\n" + setup;
    }
    return sha256_of(
               fmt::format("template {} of ktstr {}\n{}", templates::format, KTSTR_VERSION, text))
        .substr(0, key_digits);
}

void find_origin(Origin& origin,
                 const Request& request,
                 TemplateLayer layer,
                 const std::function<bool()>& wait) {
    if (!request.templates) {
        return;
    }
    if (const auto settled = settle(origin, request, layer, wait); !settled) {
        origin.store.reset();
        origin.maker.reset();
        origin.notes.push_back("no template is used: " + settled.error().one_line());
    }
}

} // namespace ktstr::session
