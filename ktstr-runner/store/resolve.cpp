// From what the user typed to an entry of the store or an image outside it.
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/store/image_file.hpp"
#include "ktstr-runner/store/kernel_spec.hpp"
#include "ktstr-runner/store/metadata.hpp"
#include "ktstr-runner/store/remembered.hpp"
#include "ktstr-runner/store/store.hpp"
#include "ktstr-runner/store/version.hpp"

#include <algorithm>
#include <array>

namespace ktstr::store {

namespace {

namespace fs = std::filesystem;

constexpr const char* how_to_get_one =
    "make one with `cargo ktstr kernel build`, or fetch your distribution's with "
    "`cargo ktstr kernel fetch-distro`";

bool is_file(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

Result<Entry> image_outside(const fs::path& image) {
    TRY_ASSIGN(const auto facts, read_image_file(image));
    TRY_ASSIGN(const auto digest, sha256_of_file(image));
    Entry entry{.key = "image-" + digest.substr(0, 12),
                .image = image,
                .version = facts.release,
                .arch = facts.arch,
                .source = "image",
                .origin = image.string()};
    entry.digests.emplace("image", digest);
    if (facts.kind == ImageFile::Kind::elf) {
        entry.vmlinux = image;
    }
    return entry;
}

Result<> with_config(Entry& entry, const fs::path& config) {
    if (is_file(config)) {
        TRY_ASSIGN(const auto text, read_file(config, std::size_t{16} << 20));
        entry.config = config;
        entry.sched_ext = has_sched_ext(text);
    }
    return {};
}

Result<Entry> resolve_image(const fs::path& path) {
    TRY_ASSIGN(auto entry, image_outside(path));
    // Distributions keep the configuration beside the image: /boot/config-<release>.
    TRY(with_config(entry, path.parent_path() / ("config-" + entry.version)));
    return entry;
}

// A source tree or a build directory (make O=).
Result<Entry> resolve_tree(const fs::path& tree) {
    static constexpr std::array images{"arch/x86/boot/bzImage", "arch/arm64/boot/Image"};
    for (const auto* name : images) {
        if (!is_file(tree / name)) {
            continue;
        }
        TRY_ASSIGN(auto entry, image_outside(tree / name));
        entry.source = "source-tree";
        entry.origin = tree.string();
        if (is_file(tree / "vmlinux")) {
            entry.vmlinux = tree / "vmlinux";
        }
        TRY(with_config(entry, tree / ".config"));
        return entry;
    }
    if (is_file(tree / "Kconfig") && is_file(tree / "Makefile")) {
        return fail(Error(ErrorKind::environment,
                          "the kernel tree " + tree.string() + " has no built image")
                        .hint("build it with `cargo ktstr kernel build --source " +
                              shell_quote(tree.string()) + "`"));
    }
    return fail(Error(ErrorKind::usage, tree.string() + " holds no kernel")
                    .hint("a kernel source tree, a build directory of one, or a directory of the "
                          "kernel store will do"));
}

Result<Entry> resolve_deb(const fs::path& package) {
    TRY_ASSIGN(const auto digest, sha256_of_file(package));
    TRY_ASSIGN(const auto listing, list());
    for (const auto& entry : listing.entries) {
        if (std::ranges::find(entry.made_from, digest) != entry.made_from.end()) {
            return entry;
        }
    }
    return fail(Error(ErrorKind::environment,
                      package.string() + " is a package that is not in the kernel store yet")
                    .hint("import it with `cargo ktstr kernel build --deb " +
                          shell_quote(package.string()) + "`"));
}

Result<Entry> resolve_path(const fs::path& given) {
    std::error_code error;
    const auto path = fs::canonical(given, error);
    if (error) {
        return fail(ErrorKind::usage, given.string() + ": " + error.message());
    }
    if (fs::is_directory(path, error)) {
        return is_file(path / metadata_name) ? load_entry(path) : resolve_tree(path);
    }
    return path.extension() == ".deb" ? resolve_deb(path) : resolve_image(path);
}

std::string what_there_is(const Listing& listing) {
    if (listing.entries.empty()) {
        return "the kernel store is empty";
    }
    std::vector<std::string> keys;
    for (const auto& entry : listing.entries) {
        keys.push_back(entry.key);
    }
    constexpr std::size_t shown = 8;
    const auto more =
        keys.size() > shown ? " and " + std::to_string(keys.size() - shown) + " more" : "";
    keys.resize(std::min(keys.size(), shown));
    return "the kernel store holds " + join(keys, ", ") + more;
}

Result<Entry> newest() {
    TRY_ASSIGN(const auto listing, list());
    const auto arch = host_arch();
    const auto fits = [&](const Entry& entry) { return entry.arch == arch; };
    const auto best = std::ranges::find_if(
        listing.entries, [&](const Entry& entry) { return fits(entry) && entry.sched_ext; });
    const auto any = std::ranges::find_if(listing.entries, fits);
    if (const auto found = best != listing.entries.end() ? best : any;
        found != listing.entries.end()) {
        return *found;
    }
    const auto why = listing.entries.empty() ? std::string("the kernel store is empty")
                                             : "the kernel store has none for " + arch;
    auto error = Error(ErrorKind::environment, why);
    for (const auto& damaged : listing.damaged) {
        error = std::move(error).context("damaged entry " + damaged.line());
    }
    return fail(std::move(error).context("no kernel to boot").hint(how_to_get_one));
}

std::string how_to_make(const std::string& spec) {
    return "make it with `cargo ktstr kernel build " + shell_quote(spec) + "`";
}

Error not_in_the_store(const Listing& listing, const std::string& spec) {
    return Error(ErrorKind::environment, what_there_is(listing))
        .context("cannot resolve the kernel `" + to_utf8(spec) + "`");
}

Result<Entry> resolve_version(const std::string& version) {
    TRY_ASSIGN(const auto found, find_version(version, host_arch()));
    if (found) {
        return *found;
    }
    TRY_ASSIGN(const auto listing, list());
    return fail(not_in_the_store(listing, version).hint(how_to_make(version)));
}

Result<Entry> resolve_git(const std::string& spec) {
    TRY_ASSIGN(auto entry, remembered(spec));
    if (entry) {
        return std::move(*entry);
    }
    return fail(Error(ErrorKind::environment, "the store has nothing made of it")
                    .context("cannot resolve the kernel `" + to_utf8(spec) + "`")
                    .hint(how_to_make(spec)));
}

// A key, a longer version than kernel.org's, or a file here.
Result<Entry> resolve_key(const std::string& key) {
    TRY_ASSIGN(const auto exact, find(key));
    if (exact) {
        return *exact;
    }
    TRY_ASSIGN(const auto of_version, find_version(key, host_arch()));
    if (of_version) {
        return *of_version;
    }
    TRY_ASSIGN(const auto listing, list());
    std::error_code ignored;
    if (fs::exists(key, ignored)) {
        return resolve_path(key);
    }
    std::vector<std::string_view> names;
    for (const auto& entry : listing.entries) {
        names.insert(names.end(), {entry.key, entry.version});
    }
    const auto near = nearest(key, names);
    return fail(Error(ErrorKind::usage, what_there_is(listing))
                    .context("not a file, and nothing in the store has this key or version")
                    .context("cannot resolve the kernel `" + to_utf8(key) + "`")
                    .hint(near ? "did you mean `" + *near + "`?" : how_to_get_one));
}

struct Resolver {
    const std::string& text;

    Result<Entry> operator()(const GitSpec&) const { return resolve_git(text); }

    Result<Entry> operator()(const RangeSpec&) const {
        return fail(
            Error(ErrorKind::usage, "`" + text + "` is several kernels, one is wanted here")
                .hint("name one of them, such as " + series_of(text.substr(text.find("..") + 2))));
    }

    Result<Entry> operator()(const PathSpec& path) const {
        TRY_ASSIGN(
            auto entry, resolve_path(path.path), "cannot use the kernel `" + to_utf8(text) + "`");
        return entry;
    }

    Result<Entry> operator()(const VersionSpec& version) const {
        return resolve_version(version.version);
    }

    Result<Entry> operator()(const KeySpec& key) const { return resolve_key(key.key); }
};

} // namespace

Result<Entry> resolve(const std::string& spec) {
    if (spec.empty()) {
        const auto chosen = env("KTSTR_KERNEL").value_or("");
        if (chosen.empty()) {
            return newest();
        }
        TRY_ASSIGN(auto entry, resolve(chosen), "KTSTR_KERNEL=" + to_utf8(chosen));
        return entry;
    }
    TRY_ASSIGN(const auto form, parse_kernel_spec(spec));
    return std::visit(Resolver{spec}, form);
}

} // namespace ktstr::store
