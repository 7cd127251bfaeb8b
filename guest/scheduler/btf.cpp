#include "guest/scheduler/btf.hpp"

#include <linux/btf.h>

#include <cstddef>
#include <cstring>

namespace ktstr::guest {

namespace {

template <class T> std::optional<T> read_at(std::string_view bytes, std::size_t at) {
    T value;
    if (at > bytes.size() || bytes.size() - at < sizeof value) {
        return std::nullopt;
    }
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

// Up to its NUL; empty when it is not in the section.
std::string_view text_at(std::string_view strings, std::uint32_t at) {
    if (at >= strings.size()) {
        return {};
    }
    const auto text = strings.substr(at);
    return text.substr(0, text.find('\0'));
}

// Bytes behind a struct btf_type, by its kind (Documentation/bpf/btf.rst, 2.2).
std::optional<std::size_t> extra_size(std::uint32_t info) {
    const std::size_t count = BTF_INFO_VLEN(info);
    switch (BTF_INFO_KIND(info)) {
    case BTF_KIND_INT:
    case BTF_KIND_VAR:
    case BTF_KIND_DECL_TAG:
        return 4;
    case BTF_KIND_ARRAY:
        return sizeof(btf_array);
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
        return count * sizeof(btf_member);
    case BTF_KIND_ENUM:
        return count * sizeof(btf_enum);
    case BTF_KIND_FUNC_PROTO:
        return count * sizeof(btf_param);
    case BTF_KIND_DATASEC:
        return count * sizeof(btf_var_secinfo);
    case BTF_KIND_ENUM64:
        return count * sizeof(btf_enum64);
    case BTF_KIND_PTR:
    case BTF_KIND_FWD:
    case BTF_KIND_TYPEDEF:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_CONST:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_FUNC:
    case BTF_KIND_FLOAT:
    case BTF_KIND_TYPE_TAG:
        return 0;
    default:
        return std::nullopt;
    }
}

std::optional<std::uint32_t> offset_in(std::string_view members,
                                       std::string_view strings,
                                       bool has_bit_fields,
                                       std::string_view name) {
    for (std::size_t at = 0; const auto member = read_at<btf_member>(members, at);
         at += sizeof(btf_member)) {
        if (text_at(strings, member->name_off) != name) {
            continue;
        }
        const auto bits = has_bit_fields ? BTF_MEMBER_BIT_OFFSET(member->offset) : member->offset;
        const bool is_bit_field =
            bits % 8 != 0 || (has_bit_fields && BTF_MEMBER_BITFIELD_SIZE(member->offset) != 0);
        return is_bit_field ? std::nullopt : std::optional(bits / 8);
    }
    return std::nullopt;
}

} // namespace

std::optional<BtfMember>
find_member(std::string_view btf, std::string_view structure, std::string_view member) {
    const auto header = read_at<btf_header>(btf, 0);
    if (!header || header->magic != BTF_MAGIC || header->hdr_len > btf.size()) {
        return std::nullopt;
    }
    const auto body = btf.substr(header->hdr_len);
    if (header->type_off > body.size() || header->str_off > body.size()) {
        return std::nullopt;
    }
    const auto types = body.substr(header->type_off, header->type_len);
    const auto strings = body.substr(header->str_off, header->str_len);
    std::size_t at = 0;
    for (std::uint32_t id = 1; const auto type = read_at<btf_type>(types, at); ++id) {
        const auto extra = extra_size(type->info);
        at += sizeof(btf_type);
        if (!extra || types.size() - at < *extra) {
            return std::nullopt;
        }
        if (BTF_INFO_KIND(type->info) == BTF_KIND_STRUCT &&
            text_at(strings, type->name_off) == structure) {
            const auto offset = offset_in(
                types.substr(at, *extra), strings, BTF_INFO_KFLAG(type->info) != 0, member);
            return offset ? std::optional(BtfMember{.struct_id = id, .offset = *offset})
                          : std::nullopt;
        }
        at += *extra;
    }
    return std::nullopt;
}

} // namespace ktstr::guest
