#include "ktstr-runner/variants/describe.hpp"

#include "ktstr-runner/base/elf.hpp"
#include "ktstr-runner/base/mapped_file.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/host/file_digest.hpp"

namespace ktstr::variants {

namespace {

using namespace std::chrono_literals;

// It only prints constants. A host at its limits may keep it waiting.
constexpr auto answer_limit = 10s;

constexpr std::size_t largest_answer = std::size_t{4} << 20;

constexpr std::uint32_t version_note = 1;

Result<std::string> ask(const std::filesystem::path& binary) {
    TRY_ASSIGN(const auto answer,
               run_captured(
                   {
                       .argv = {binary.string(), "--ktstr-describe"}
    },
                   Deadline::in(answer_limit),
                   largest_answer));
    if (!answer.status.success()) {
        return fail(ErrorKind::environment,
                    "it ended with " + answer.status.describe() +
                        (answer.err.empty() ? "" : ": " + to_utf8(trim(answer.err))));
    }
    if (answer.out.size() >= largest_answer) {
        return fail(ErrorKind::environment, "it says more than " + human_bytes(largest_answer));
    }
    return answer.out;
}

// The text, from memory if the file is still the one that said it.
Result<std::string> answer_of(const std::filesystem::path& binary, const host::FactCache& facts) {
    TRY_ASSIGN(const auto identity, host::file_identity(binary));
    const auto key = identity + " " + KTSTR_VERSION;
    const auto fact = "describe-" + sha256_of(binary.string()).substr(0, 16);
    if (auto known = facts.recall(fact, key)) {
        return std::move(*known);
    }
    TRY_ASSIGN(auto answer, ask(binary));
    TRY_ASSIGN(const auto after, host::file_identity(binary));
    if (after == identity) { // else it was replaced while we asked
        facts.remember(fact, key, answer);
    }
    return answer;
}

} // namespace

std::optional<std::string> crate_version(const std::filesystem::path& binary) {
    const auto file = MappedFile::open(binary);
    if (!file) {
        return std::nullopt; // who starts it says what is wrong with it
    }
    auto version = note_in(file->bytes(), ".note.ktstr", "ktstr", version_note);
    if (version) {
        version->resize(version->find_last_not_of('\0') + 1);
    }
    return version;
}

Result<std::optional<Declarations>> declarations_of(const std::filesystem::path& binary,
                                                    const host::FactCache& facts) {
    const auto version = crate_version(binary);
    if (!version) {
        return std::nullopt;
    }
    if (*version != KTSTR_VERSION) {
        return fail(version_mismatch(to_utf8(*version))
                        .context("cannot run the tests of " + binary.string()));
    }
    const auto context = "cannot learn what the tests of " + binary.string() + " declare";
    TRY_ASSIGN(const auto answer, answer_of(binary, facts), context);
    TRY_ASSIGN(auto declarations, parse_declarations(answer), context);
    return declarations;
}

} // namespace ktstr::variants
