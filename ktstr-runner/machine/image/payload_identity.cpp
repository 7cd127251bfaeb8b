// What a payload is, as text: the part that a template's key is made of.
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/machine/image/payload.hpp"

#include <fmt/format.h>

#include <sys/stat.h>

namespace ktstr::machine {

namespace {

struct ContentIdentity {
    const Payload::FileDigest& digest_of;

    Result<std::string> operator()(std::monostate) const { return std::string(); }

    Result<std::string> operator()(const std::string& text) const { return sha256_of(text); }

    Result<std::string> operator()(std::span<const std::byte> bytes) const {
        Sha256 hash;
        hash.add(bytes);
        return hash.hex();
    }

    Result<std::string> operator()(const std::filesystem::path& path) const {
        return digest_of(path);
    }

    Result<std::string> operator()(const Archive::Pieced& file) const {
        TRY_ASSIGN(auto text, digest_of(file.path));
        for (const auto& piece : file.pieces) {
            text += fmt::format(" {}+{}{}",
                                piece.offset,
                                piece.size,
                                piece.text.empty() ? "" : ":" + sha256_of(piece.text));
        }
        return text;
    }
};

} // namespace

Result<std::string> Payload::identity(const FileDigest& digest_of, Times times) const {
    std::string text;
    for (const auto& [entry, content] : archive_.items()) {
        TRY_ASSIGN(const auto what, std::visit(ContentIdentity{digest_of}, content));
        text += fmt::format("{:?} {:o} {} {} {}\n",
                            entry.name,
                            entry.mode,
                            entry.size,
                            times == Times::all || S_ISREG(entry.mode) ? entry.mtime : 0,
                            what);
    }
    return text;
}

} // namespace ktstr::machine
