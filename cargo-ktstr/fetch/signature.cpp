#include "cargo-ktstr/fetch/signature.hpp"

#include "cargo-ktstr/fetch/armor.hpp"
#include "cargo-ktstr/fetch/autosigner_key.hpp"
#include "cargo-ktstr/fetch/checksums.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace ktstr::fetch {

namespace {

constexpr const char* signer_variable = "KTSTR_KERNEL_SIGNER";
constexpr const char* keyring_variable = "KTSTR_KERNEL_KEYRING";
constexpr std::size_t most_keyring_bytes = std::size_t{16} << 20;
constexpr auto gpgv_limit = std::chrono::seconds{60};
constexpr std::string_view status_prefix = "[GNUPG:] ";

bool is_fingerprint(std::string_view text) {
    return (text.size() == 40 || text.size() == 64) && std::ranges::all_of(text, [](char c) {
               return std::isxdigit(static_cast<unsigned char>(c)) != 0;
           });
}

Result<std::string> fingerprint_from(const std::string& text) {
    if (!is_fingerprint(text)) {
        return fail(
            Error(ErrorKind::usage,
                  fmt::format("{} is no fingerprint: `{}`", signer_variable, printable(text)))
                .hint("give the 40 hex digits that `gpg --show-keys FILE` prints"));
    }
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) {
        return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    });
    return out;
}

// What gpgv says for programs (GnuPG's doc/DETAILS, "General status codes").
struct Verdict {
    bool good = false;                     // GOODSIG: valid now, by a key that is valid now
    std::vector<std::string> fingerprints; // VALIDSIG: primary keys of correct signatures
    std::string trouble;                   // why not, for people
};

Verdict read_status(std::string_view status) {
    Verdict verdict;
    for (const auto& line : split(status, '\n')) {
        if (!line.starts_with(status_prefix)) {
            continue;
        }
        const auto words = split(trim(std::string_view(line).substr(status_prefix.size())), ' ');
        const auto& word = words[0];
        if (word == "GOODSIG") {
            verdict.good = true;
        } else if (word == "VALIDSIG" && words.size() >= 11) {
            verdict.fingerprints.push_back(words[10]);
        } else if (word == "BADSIG") {
            verdict.trouble = "the signature is wrong: the text was changed";
        } else if (word == "EXPSIG") {
            verdict.trouble = "the signature has expired";
        } else if (word == "EXPKEYSIG") {
            verdict.trouble = "the key of the signature has expired";
        } else if (word == "REVKEYSIG") {
            verdict.trouble = "the key of the signature was revoked";
        } else if (word == "NO_PUBKEY" && words.size() >= 2) {
            verdict.trouble = "it is signed by another key, " + printable(words[1]);
        } else if (word == "NODATA") {
            verdict.trouble = "it has no signature";
        }
    }
    return verdict;
}

Error refused(const std::string& why, const Signer& signer) {
    const bool ours = signer.fingerprint == autosigner_fingerprint;
    return Error(ErrorKind::environment, why)
        .hint(fmt::format(
            "only {}{} is trusted; a mirror that signs for itself needs {} and {}; without "
            "verification: --no-verify",
            ours ? "kernel.org's signer of checksums, " : "the key ",
            signer.fingerprint,
            signer_variable,
            keyring_variable));
}

Result<std::string> run_gpgv(const std::filesystem::path& folder,
                             const std::filesystem::path& output) {
    auto variables = environment();
    std::erase_if(variables, [](const std::string& item) {
        return item.starts_with("LC_ALL=") || item.starts_with("GNUPGHOME=");
    });
    variables.emplace_back("LC_ALL=C.UTF-8");
    TRY_ASSIGN(const auto ended,
               run_captured(
                   {
                       .argv = {"gpgv",
                                "--homedir", folder.string(),
                                "--keyring", (folder / "keyring").string(),
                                "--weak-digest", "SHA1",
                                "--status-fd", "1",
                                "--output", output.string(),
                                (folder / "signed").string()},
                       .environment = std::move(variables),
    },
                   Deadline::in(gpgv_limit),
                   std::size_t{1} << 20),
               "cannot run gpgv");
    return ended.out;
}

} // namespace

std::string foreign_signer() {
    const auto given = env(signer_variable).value_or("");
    return given == autosigner_fingerprint ? std::string() : given;
}

Result<Signer> Signer::from_environment() {
    Signer signer{.fingerprint = std::string(autosigner_fingerprint)};
    std::string keys(autosigner_key);
    if (const auto file = env(keyring_variable)) {
        TRY_ASSIGN(keys, read_file(*file, most_keyring_bytes), keyring_variable);
    }
    TRY_ASSIGN(signer.keyring, dearmor_keys(keys), keyring_variable);
    if (const auto given = env(signer_variable)) {
        TRY_ASSIGN(signer.fingerprint, fingerprint_from(*given));
        say("{}: trusting {} instead of kernel.org's signer of checksums",
            signer_variable,
            signer.fingerprint);
    }
    return signer;
}

Result<std::string> verified_text(std::string_view clearsigned, const Signer& signer) {
    if (!find_program("gpgv")) {
        return fail(Error(ErrorKind::environment, "there is no gpgv, which verifies signatures")
                        .hint("install the package gpgv (Fedora: gnupg2), or go without "
                              "verification: --no-verify"));
    }
    TRY_ASSIGN(const auto folder, TempDir::create("ktstr-gpgv"));
    const auto output = folder.path() / "text";
    TRY(write_file_atomically(folder.path() / "keyring", signer.keyring));
    TRY(write_file_atomically(folder.path() / "signed", clearsigned));
    TRY_ASSIGN(const auto status, run_gpgv(folder.path(), output));
    const auto verdict = read_status(status);
    if (!verdict.trouble.empty()) {
        return fail(refused(verdict.trouble, signer));
    }
    if (!verdict.good || verdict.fingerprints.empty()) {
        return fail(refused("gpgv finds no valid signature in it", signer));
    }
    for (const auto& fingerprint : verdict.fingerprints) {
        if (fingerprint != signer.fingerprint) {
            return fail(refused("it is signed by another key, " + printable(fingerprint), signer));
        }
    }
    return read_file(output, Checksums::most_bytes);
}

} // namespace ktstr::fetch
