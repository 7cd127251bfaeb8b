#include "cargo-ktstr/fetch/source_cache.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/lock.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/store/store.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

namespace ktstr::fetch {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_holder_bytes = 64;

// The process that holds a lock writes its number into the file, for those who wait.
std::string holder(const fs::path& lock) {
    const auto text = read_file(lock, most_holder_bytes);
    const auto pid = text ? parse_u64(trim(*text)) : std::nullopt;
    return pid ? fmt::format("process {}", *pid) : std::string("another process");
}

Result<> sign(const fs::path& lock) {
    TRY_ASSIGN(const auto fd, open_file(lock, O_WRONLY | O_TRUNC));
    return write_all(fd.get(), fmt::format("{}\n", ::getpid()));
}

} // namespace

Result<SourceCache> SourceCache::open() {
    TRY_ASSIGN(const auto root, store::writable_root());
    return at(root / ".sources");
}

Result<SourceCache> SourceCache::at(fs::path directory) {
    TRY(make_directories(directory), "cannot keep sources of kernels");
    std::error_code error;
    auto real = fs::canonical(directory, error); // as builds name it
    return SourceCache(error ? std::move(directory) : std::move(real));
}

Result<FileLock>
SourceCache::lock(const std::string& name, const std::string& what, Progress& progress) const {
    const auto path = directory_ / (name + ".lock");
    TRY_ASSIGN(auto held, FileLock::try_acquire(path, FileLock::Mode::exclusive));
    if (!held) {
        progress.note(fmt::format("{} is {}; waiting for it", holder(path), what));
        TRY_ASSIGN(held, FileLock::acquire(path, FileLock::Mode::exclusive));
    }
    TRY(sign(path));
    return std::move(*held);
}

Result<FileLock> SourceCache::hold(const fs::path& tree) const {
    TRY_ASSIGN(auto held,
               FileLock::acquire(directory_ / (tree.filename().string() + ".lock"),
                                 FileLock::Mode::shared));
    std::error_code error;
    if (!fs::is_directory(tree, error)) {
        return fail(Error(ErrorKind::environment, tree.string() + " was removed meanwhile")
                        .hint("run the command again"));
    }
    return held;
}

Result<fs::path>
SourceCache::tree(const std::string& name, Progress& progress, const Make& make) const {
    auto into = directory_ / name;
    std::error_code error;
    if (fs::is_directory(into, error)) {
        return into;
    }
    TRY_ASSIGN(const auto alone, lock(name, "fetching " + name, progress));
    if (fs::is_directory(into, error)) {
        return into;
    }
    remove(name + ".tmp-");
    TRY(make(into));
    return into;
}

void SourceCache::remove(const std::string& prefix) const {
    std::error_code error;
    for (fs::directory_iterator at(directory_, error); !error && at != fs::directory_iterator();
         at.increment(error)) {
        if (at->path().filename().string().starts_with(prefix)) {
            std::error_code ignored;
            fs::remove_all(at->path(), ignored);
        }
    }
}

} // namespace ktstr::fetch
