#include "cargo-ktstr/kernels/listing.hpp"

#include "ktstr-runner/base/columns.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::kernels {

namespace {

Json path_or_null(const std::filesystem::path& path) {
    return path.empty() ? Json(nullptr) : Json(to_utf8(path.string()));
}

} // namespace

Result<> verify_all(store::Listing& listing) {
    std::vector<store::Entry> good;
    for (auto& entry : listing.entries) {
        TRY_ASSIGN(const auto wrong, store::verify(entry));
        if (wrong.empty()) {
            good.push_back(std::move(entry));
        } else {
            listing.damaged.push_back(entry.key + ": " + join(wrong, "; "));
        }
    }
    listing.entries = std::move(good);
    std::ranges::sort(listing.damaged);
    return {};
}

std::string listing_table(const store::Listing& listing,
                          const std::filesystem::path& root,
                          std::chrono::system_clock::time_point now) {
    std::vector<std::vector<std::string>> rows{
        {"KEY", "VERSION", "SCHED_EXT", "SIZE", "AGE"}
    };
    for (const auto& entry : listing.entries) {
        const auto made =
            std::chrono::system_clock::time_point(std::chrono::seconds(entry.made_at));
        rows.push_back({entry.key,
                        entry.version,
                        entry.sched_ext ? "yes" : "no",
                        human_bytes(entry.size),
                        human_age(std::chrono::duration_cast<std::chrono::seconds>(now - made))});
    }
    auto out =
        listing.entries.empty()
            ? fmt::format("The kernel store {} is empty.\nMake a kernel with `cargo ktstr kernel "
                          "build --source DIR`, or "
                          "fetch one with `cargo ktstr kernel fetch-distro`.\n",
                          root.string())
            : columns(rows);
    for (const auto& damaged : listing.damaged) {
        out += "damaged: " + damaged + "\n";
    }
    return out;
}

std::string listing_json(const store::Listing& listing) {
    auto kernels = Json::array();
    for (const auto& entry : listing.entries) {
        kernels.push_back({
            {"key",       entry.key                  },
            {"version",   entry.version              },
            {"arch",      entry.arch                 },
            {"source",    entry.source               },
            {"origin",    entry.origin               },
            {"sched_ext", entry.sched_ext            },
            {"size",      entry.size                 },
            {"made_at",   entry.made_at              },
            {"image",     path_or_null(entry.image)  },
            {"vmlinux",   path_or_null(entry.vmlinux)},
            {"config",    path_or_null(entry.config) },
            {"modules",   path_or_null(entry.modules)}
        });
    }
    const Json document{
        {"schema",  1                 },
        {"kernels", std::move(kernels)},
        {"damaged", listing.damaged   }
    };
    return print_json(document, 2) + "\n";
}

} // namespace ktstr::kernels
