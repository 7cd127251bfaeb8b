#include "ktstr-runner/session/modules.hpp"

#include "ktstr-runner/store/module_file.hpp"

namespace ktstr::session {

Result<> add_modules(machine::Payload& payload,
                     const store::Entry& kernel,
                     std::span<const std::string> names,
                     wire::Job& job) {
    if (names.empty()) {
        return {};
    }
    TRY_ASSIGN(const auto modules,
               store::find_modules(kernel, names),
               "cannot bring the `modules` of .config/ktstr.toml");
    for (const auto& module : modules) {
        if (module.file.extension() == ".ko") {
            TRY(payload.add_file_as(module.file, module.place));
        } else {
            TRY_ASSIGN(auto bytes, store::read_module(module.file));
            TRY(payload.add_text(module.place, std::move(bytes)));
        }
        job.modules.push_back(module.place.string());
    }
    return {};
}

} // namespace ktstr::session
