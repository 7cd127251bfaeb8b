#include "cargo-ktstr/kernels/deb.hpp"

#include "cargo-ktstr/kernels/modules_dep.hpp"
#include "cargo-ktstr/kernels/package_stream.hpp"
#include "cargo-ktstr/kernels/unpack_vmlinux.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/store/image_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace ktstr::kernels {

namespace {

constexpr std::uint64_t image_limit = std::uint64_t{512} << 20;
constexpr std::uint64_t packed_config_limit = std::uint64_t{16} << 20;
constexpr std::uint64_t control_limit = std::uint64_t{1} << 20;

// Where kernel packages keep what an entry needs. <release> follows the prefix, and the suffix
// follows it.
struct Place {
    enum class What { image, config, module };
    What what;
    std::string_view prefix;
    std::string_view suffix;
};

constexpr std::array places{
    Place{Place::What::image,  "boot/vmlinuz-",    ""        }, // up to Debian 13; Ubuntu
    Place{Place::What::config, "boot/config-",     ""        }, // in Ubuntu's linux-modules-*
    Place{Place::What::image,  "usr/lib/modules/", "/vmlinuz"}, // Debian's 7.x
    Place{Place::What::config, "usr/lib/modules/", "/config" },
    Place{Place::What::image,  "lib/modules/",     "/vmlinuz"},
    Place{Place::What::config, "lib/modules/",     "/config" },
};

struct Found {
    std::string release;
    std::string arch;                  // of the packages, in Debian's words
    std::vector<std::string> packages; // "name version"
    bool image = false;
    bool config = false;
    bool modules = false;
};

std::string field(std::string_view control, std::string_view name) {
    for (const auto& line : split(control, '\n')) {
        if (line.starts_with(name) && line.substr(name.size()).starts_with(": ")) {
            return printable(trim(line.substr(name.size() + 2)));
        }
    }
    return {};
}

std::string uname_arch(const std::string& debian) {
    return debian == "amd64" ? "x86_64" : debian == "arm64" ? "aarch64" : debian;
}

// The release between prefix and suffix, if the name has this form.
std::optional<std::string> release_in(const Place& place, std::string_view name) {
    if (!name.starts_with(place.prefix) || !name.ends_with(place.suffix) ||
        name.size() <= place.prefix.size() + place.suffix.size()) {
        return std::nullopt;
    }
    name =
        name.substr(place.prefix.size(), name.size() - place.prefix.size() - place.suffix.size());
    return name.find('/') == std::string_view::npos ? std::optional<std::string>(name)
                                                    : std::nullopt;
}

// "<release>/kernel/fs/x.ko" for a file below lib/modules that the module loader reads.
std::optional<std::string> module_path(std::string_view name) {
    for (const std::string_view prefix : {"usr/lib/modules/", "lib/modules/"}) {
        if (name.starts_with(prefix)) {
            name.remove_prefix(prefix.size());
            const auto slash = name.find('/');
            const auto rest =
                slash == std::string_view::npos ? std::string_view{} : name.substr(slash + 1);
            if (rest.starts_with("kernel/") || rest.starts_with("modules.")) {
                return std::string(name);
            }
        }
    }
    return std::nullopt;
}

Result<> same(std::string& known, const std::string& now, std::string_view what) {
    if (!known.empty() && known != now) {
        return fail(Error(ErrorKind::usage,
                          fmt::format("the packages are of two {}s, {} and {}", what, known, now))
                        .hint("give the packages of one kernel at a time"));
    }
    known = now;
    return {};
}

Result<> take_control(PackageFile& file, Found& found) {
    if (file.name() != "control") {
        return {};
    }
    TRY_ASSIGN(const auto text, file.read(control_limit));
    found.packages.push_back(field(text, "Package") + " " + field(text, "Version"));
    const auto arch = field(text, "Architecture");
    return arch == "all" ? Result<>{} : same(found.arch, arch, "architecture");
}

Result<>
copy_once(PackageFile& file, const std::filesystem::path& to, std::uint64_t limit, bool& have) {
    if (file.size() == 0 || file.size() > limit) {
        return fail(ErrorKind::usage,
                    fmt::format("it has {}, which is no size for it", human_bytes(file.size())));
    }
    if (have) {
        return fail(ErrorKind::usage, "a second one; the packages must be of one kernel");
    }
    have = true;
    return file.copy_to(to);
}

Result<> take_data(PackageFile& file, const std::filesystem::path& draft, Found& found) {
    for (const auto& place : places) {
        const auto release = release_in(place, file.name());
        if (!release) {
            continue;
        }
        TRY(same(found.release, *release, "release"));
        return place.what == Place::What::image
                   ? copy_once(file, draft / "image", image_limit, found.image)
                   : copy_once(file, draft / "config", packed_config_limit, found.config);
    }
    if (const auto path = module_path(file.name())) {
        if (path->find("/kernel/") != std::string::npos) {
            TRY(same(found.release, path->substr(0, path->find('/')), "release"));
            found.modules = true;
        }
        const auto to = draft / "modules" / *path;
        std::error_code ignored;
        if (std::filesystem::exists(to, ignored)) {
            return fail(ErrorKind::usage, "another package has it too; give those of one kernel");
        }
        return file.copy_to(to);
    }
    return {};
}

Result<> check_whole(const Found& found, const std::filesystem::path& draft) {
    if (!found.image) {
        return fail(Error(ErrorKind::usage, "no kernel image in " + join(found.packages, ", "))
                        .hint("the image is in linux-image-<version>, in Ubuntu's "
                              "linux-image-unsigned-<version>, or in linux-binary-<version> of "
                              "newer kernels"));
    }
    TRY_ASSIGN(const auto image, store::read_image_file(draft / "image"));
    if (!image.release.empty() && image.release != found.release) {
        return fail(ErrorKind::usage,
                    fmt::format("the image is of release {}, its file name says {}",
                                printable(image.release),
                                found.release));
    }
    return {};
}

std::string file_names(const std::vector<std::filesystem::path>& packages) {
    std::vector<std::string> names;
    for (const auto& package : packages) {
        names.push_back(package.filename().string());
    }
    return join(names, ", ");
}

} // namespace

Result<Made> import_debs(const DebImport& import) {
    if (import.packages.empty()) {
        return fail(ErrorKind::usage, "no package to import");
    }
    std::vector<std::string> digests;
    for (const auto& package : import.packages) {
        TRY_ASSIGN(
            auto digest, sha256_of_file(package), "cannot read the package " + package.string());
        digests.push_back(std::move(digest));
    }
    std::ranges::sort(digests);
    digests.erase(std::unique(digests.begin(), digests.end()), digests.end());
    const auto identity = sha256_of(join(digests, "\n")).substr(0, 12);

    TRY_ASSIGN(const auto listing, store::list());
    for (const auto& entry : listing.entries) {
        if (entry.made_from == digests) {
            return Made{.entry = entry, .was_there = true};
        }
    }
    // The release, so the key, is known only once a package was read; equal sets of packages meet
    // at this name.
    TRY_ASSIGN(auto unpacked, store::Draft::begin("deb-" + identity));
    Found found;
    for (const auto& package : import.packages) {
        TRY(read_package(
            package,
            {.control = [&](PackageFile& file) { return take_control(file, found); },
             .data =
                 [&](PackageFile& file) { return take_data(file, unpacked.directory(), found); }}));
    }
    TRY(check_whole(found, unpacked.directory()), "cannot import " + file_names(import.packages));
    if (found.modules) {
        TRY(write_modules_dep(unpacked.directory() / "modules" / found.release),
            "cannot tell what the modules need of " + file_names(import.packages));
    } else { // lists of modules that are not there
        std::error_code ignored;
        std::filesystem::remove_all(unpacked.directory() / "modules", ignored);
    }
    TRY(unpack_vmlinux(unpacked.directory() / "image", unpacked.directory() / "vmlinux"));
    store::Entry entry;
    entry.version = found.release;
    entry.arch = uname_arch(found.arch);
    entry.key = fmt::format("{}-{}-{}", found.release, entry.arch, identity);
    entry.source = "deb";
    entry.origin = join(found.packages, ", ");
    entry.made_from = digests;
    TRY_ASSIGN(auto made, unpacked.commit(std::move(entry)));
    return Made{.entry = std::move(made), .was_there = false};
}

} // namespace ktstr::kernels
