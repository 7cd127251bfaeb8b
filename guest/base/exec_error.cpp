#include "guest/base/exec_error.hpp"

#include "guest/base/os.hpp"

#include <elf.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <array>
#include <cstring>
#include <optional>

namespace ktstr::guest {

namespace {

constexpr std::size_t head_size = 16384;

struct MachineName {
    std::uint16_t number;
    const char* name;
};

constexpr std::array machine_names = {
    MachineName{EM_386,     "i386"   },
    MachineName{EM_ARM,     "arm"    },
    MachineName{EM_X86_64,  "x86_64" },
    MachineName{EM_AARCH64, "aarch64"},
    MachineName{EM_RISCV,   "riscv"  },
    MachineName{EM_PPC64,   "ppc64"  },
    MachineName{EM_S390,    "s390x"  },
};

template <class T> std::optional<T> read_at(std::string_view bytes, std::uint64_t offset) {
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) {
        return std::nullopt;
    }
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

bool is_elf(std::string_view head) {
    return head.size() > EI_CLASS && head.starts_with(std::string_view(ELFMAG, SELFMAG));
}

std::string script_interpreter(std::string_view head) {
    auto line = head.substr(2, head.find('\n') - 2);
    const auto start = line.find_first_not_of(" \t");
    if (start == std::string_view::npos) {
        return {};
    }
    line.remove_prefix(start);
    return std::string(line.substr(0, line.find_first_of(" \t")));
}

template <class FileHeader, class ProgramHeader>
std::string elf_interpreter(std::string_view head) {
    const auto file = read_at<FileHeader>(head, 0);
    for (std::uint16_t i = 0; file && i < file->e_phnum; ++i) {
        const auto program =
            read_at<ProgramHeader>(head, file->e_phoff + std::uint64_t{i} * sizeof(ProgramHeader));
        if (program && program->p_type == PT_INTERP && program->p_offset < head.size()) {
            const auto text = head.substr(program->p_offset, program->p_filesz);
            return std::string(text.substr(0, text.find('\0')));
        }
    }
    return {};
}

} // namespace

std::string interpreter_of(std::string_view head) {
    if (head.starts_with("#!")) {
        return script_interpreter(head);
    }
    if (!is_elf(head)) {
        return {};
    }
    return head[EI_CLASS] == ELFCLASS32 ? elf_interpreter<Elf32_Ehdr, Elf32_Phdr>(head)
                                        : elf_interpreter<Elf64_Ehdr, Elf64_Phdr>(head);
}

std::string elf_machine(std::string_view head) {
    const auto machine = read_at<std::uint16_t>(head, offsetof(Elf64_Ehdr, e_machine));
    if (!is_elf(head) || !machine) {
        return {};
    }
    for (const auto& known : machine_names) {
        if (known.number == *machine) {
            return known.name;
        }
    }
    return "ELF machine " + std::to_string(*machine);
}

std::string explain_exec_failure(const std::string& path, int error) {
    const auto text = errno_text("cannot execute " + path, error);
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) {
        return text;
    }
    if (S_ISDIR(status.st_mode)) {
        return text + " (it is a directory)";
    }
    const auto head = read_file(path, head_size).value_or("");
    if (error == ENOENT) {
        const auto interpreter = interpreter_of(head);
        return interpreter.empty()
                   ? text
                   : text + " (its interpreter " + interpreter + " is missing in the guest)";
    }
    if (error == ENOEXEC) {
        utsname name{};
        ::uname(&name);
        const auto machine = elf_machine(head);
        return text + (machine.empty()
                           ? " (neither an ELF program nor a script with #!)"
                           : " (made for " + machine + ", the guest is " + name.machine + ')');
    }
    if (error == EACCES && (status.st_mode & 0111U) == 0) {
        return text + " (it is not executable)";
    }
    return text;
}

} // namespace ktstr::guest
