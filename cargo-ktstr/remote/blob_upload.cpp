#include "cargo-ktstr/remote/blob_upload.hpp"

#include "cargo-ktstr/net/http.hpp"
#include "cargo-ktstr/net/retrying.hpp"
#include "cargo-ktstr/remote/parallel.hpp"

#include <fmt/format.h>

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>

namespace ktstr::remote {

namespace {

constexpr std::uint64_t most_blocks = 50'000; // of a blob, Azure's limit

// A version 4 UUID (RFC 9562, 5.4).
Result<std::string> random_uuid() {
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        return fail(ErrorKind::environment, "there are no random numbers");
    }
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        out += i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "";
        out += fmt::format("{:02x}", bytes[i]);
    }
    return out;
}

std::string with_query(const SignedUrl& url, const std::string& query) {
    return url.text + (url.text.find('?') == std::string::npos ? "?" : "&") + query;
}

// Base64 has three characters that mean something in a query.
std::string escaped(const std::string& base64) {
    std::string out;
    for (const char c : base64) {
        out += c == '+' ? "%2B" : c == '/' ? "%2F" : c == '=' ? "%3D" : std::string(1, c);
    }
    return out;
}

// `size` bytes of the file from `begin` on.
net::BodyReader part_of(int file, std::uint64_t begin, std::uint64_t size) {
    const auto read = [=](std::uint64_t at, std::span<std::byte> room) -> Result<std::size_t> {
        ssize_t n = -1;
        do {
            n = ::pread(file, room.data(), room.size(), static_cast<off_t>(begin + at));
        } while (n < 0 && errno == EINTR);
        if (n < 0) {
            return fail(Error::from_errno("read the file to upload"));
        }
        if (n == 0) {
            return fail(ErrorKind::internal, "the file to upload became shorter");
        }
        return static_cast<std::size_t>(n);
    };
    return {.size = size, .read = read};
}

// 201 says that it is there.
Result<> put(net::Client& client, net::Request request, const net::RetryPolicy& retry) {
    request.method = "PUT";
    TRY_ASSIGN(const auto response, net::send_retrying(client, request, retry));
    if (!response.ok()) {
        return fail(ErrorKind::environment,
                    fmt::format("the store of blobs answered {} to an upload", response.status));
    }
    return {};
}

std::string block_list(const std::string& uuid, std::uint64_t blocks) {
    std::string xml = "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>";
    for (std::uint64_t i = 0; i < blocks; ++i) {
        xml += "<Latest>" + block_id(uuid, i) + "</Latest>";
    }
    return xml + "</BlockList>";
}

} // namespace

std::string block_id(const std::string& uuid, std::uint64_t number) {
    const auto plain = uuid + fmt::format("{:012}", number);
    std::string out(4 * ((plain.size() + 2) / 3) + 1, '\0');
    const auto n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(plain.data()),
                                   static_cast<int>(plain.size()));
    out.resize(static_cast<std::size_t>(n));
    return out;
}

Result<> upload_blob(const SignedUrl& to, int file, std::uint64_t size, const UploadPlan& plan) {
    net::Client client;
    if (size <= plan.most_at_once) {
        return put(client,
                   {
                       .url = to.text,
                       .headers = {{"x-ms-blob-type", "BlockBlob"},
                                   {"Content-Type", "application/octet-stream"}},
                       .body = part_of(file, 0, size)
        },
                   plan.retry);
    }
    const auto blocks = (size + plan.block - 1) / plan.block;
    if (blocks > most_blocks) {
        return fail(ErrorKind::environment, "a blob has at most 50000 blocks");
    }
    TRY_ASSIGN(const auto uuid, random_uuid());
    const auto worker = [&]() -> Piece {
        return [&, own = std::make_shared<net::Client>()](std::uint64_t number) {
            const auto begin = number * plan.block;
            const auto query = "comp=block&blockid=" + escaped(block_id(uuid, number));
            return put(*own,
                       {.url = with_query(to, query),
                        .headers = {{"Content-Type", "application/octet-stream"}},
                        .body = part_of(file, begin, std::min(plan.block, size - begin))},
                       plan.retry);
        };
    };
    TRY(for_each_piece(blocks, plan.parallel, worker));
    return put(client,
               {
                   .url = with_query(to, "comp=blocklist"),
                   .headers = {{"Content-Type", "application/xml"},
                               {"x-ms-blob-content-type", "application/octet-stream"}},
                   .body = block_list(uuid, blocks)
    },
               plan.retry);
}

} // namespace ktstr::remote
