#include "cargo-ktstr/kernels/listing.hpp"

#include "cargo-ktstr/kernels/stale.hpp"
#include "ktstr-runner/base/columns.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace ktstr::kernels {

namespace {

Json path_or_null(const std::filesystem::path& path) {
    return path.empty() ? Json(nullptr) : Json(to_utf8(path.string()));
}

template <class T> Json value_or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

std::string cell(const std::optional<bool>& known) {
    return !known ? "unknown" : *known ? "yes" : "no";
}

} // namespace

Result<> verify_all(store::Listing& listing) {
    std::vector<store::Entry> good;
    for (auto& entry : listing.entries) {
        TRY_ASSIGN(const auto wrong, store::verify(entry));
        if (wrong.empty()) {
            good.push_back(std::move(entry));
        } else {
            listing.damaged.push_back({.key = entry.key, .why = join(wrong, "; ")});
        }
    }
    listing.entries = std::move(good);
    std::ranges::sort(listing.damaged, {}, &store::Damaged::key);
    return {};
}

std::string_view sched_ext_words(const store::Entry& entry) {
    const auto known = entry.known_sched_ext();
    return !known ? "sched_ext unknown" : *known ? "sched_ext" : "no sched_ext";
}

std::string listing_table(const store::Listing& listing,
                          const std::filesystem::path& root,
                          std::chrono::system_clock::time_point now) {
    std::vector<std::vector<std::string>> rows{
        {"KEY", "VERSION", "SCHED_EXT", "SIZE", "AGE", "USED"}
    };
    const auto age = [&](std::int64_t at) {
        const auto then = std::chrono::system_clock::time_point(std::chrono::seconds(at));
        return human_age(std::chrono::duration_cast<std::chrono::seconds>(now - then));
    };
    for (const auto& entry : listing.entries) {
        rows.push_back({entry.key,
                        printable(entry.version),
                        cell(entry.known_sched_ext()),
                        human_bytes(entry.size),
                        age(entry.made_at),
                        age(entry.used_at)});
    }
    auto out =
        listing.entries.empty()
            ? fmt::format("The kernel store {} is empty.\nMake a kernel with `cargo ktstr kernel "
                          "build --source DIR`, or "
                          "fetch one with `cargo ktstr kernel fetch-distro`.\n",
                          root.string())
            : columns(rows);
    for (const auto& entry : listing.entries) {
        if (const auto why = why_stale(entry)) {
            out += "stale: " + entry.key + ": " + *why + "\n";
        }
    }
    for (const auto& damaged : listing.damaged) {
        out += "damaged: " + printable(damaged.line()) + "\n";
    }
    return out;
}

std::string listing_json(const store::Listing& listing) {
    auto kernels = Json::array();
    for (const auto& entry : listing.entries) {
        kernels.push_back({
            {"key",       entry.key                             },
            {"version",   entry.version                         },
            {"arch",      entry.arch                            },
            {"source",    entry.source                          },
            {"origin",    entry.origin                          },
            {"sched_ext", value_or_null(entry.known_sched_ext())},
            {"size",      entry.size                            },
            {"made_at",   entry.made_at                         },
            {"last_used", entry.used_at                         },
            {"stale",     value_or_null(why_stale(entry))       },
            {"image",     path_or_null(entry.image)             },
            {"vmlinux",   path_or_null(entry.vmlinux)           },
            {"config",    path_or_null(entry.config)            },
            {"modules",   path_or_null(entry.modules)           }
        });
    }
    auto damaged = Json::array();
    for (const auto& one : listing.damaged) {
        damaged.push_back(to_utf8(one.line()));
    }
    const Json document{
        {"schema",  1                 },
        {"kernels", std::move(kernels)},
        {"damaged", std::move(damaged)}
    };
    return print_json(document, 2) + "\n";
}

} // namespace ktstr::kernels
