#include "guest/base/exec_error.hpp"
#include "guest/base/test_dir.hpp"

#include <gmock/gmock.h>

#include <elf.h>
#include <sys/stat.h>

#include <cstring>

namespace ktstr::guest {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string elf_with_interpreter(std::uint16_t machine, const std::string& interpreter) {
    Elf64_Ehdr file{};
    std::memcpy(file.e_ident, ELFMAG, SELFMAG);
    file.e_ident[EI_CLASS] = ELFCLASS64;
    file.e_machine = machine;
    file.e_phoff = sizeof file;
    file.e_phnum = 2;
    Elf64_Phdr load{};
    load.p_type = PT_LOAD;
    Elf64_Phdr interp{};
    interp.p_type = PT_INTERP;
    interp.p_offset = sizeof file + 2 * sizeof interp;
    interp.p_filesz = interpreter.size() + 1;
    std::string bytes(reinterpret_cast<const char*>(&file), sizeof file);
    bytes.append(reinterpret_cast<const char*>(&load), sizeof load);
    bytes.append(reinterpret_cast<const char*>(&interp), sizeof interp);
    return bytes + interpreter + '\0';
}

TEST(InterpreterOf, ReadsTheFirstWordBehindTheHashBang) {
    EXPECT_EQ(interpreter_of("#!/bin/sh\necho"), "/bin/sh");
    EXPECT_EQ(interpreter_of("#! /usr/bin/env python3\n"), "/usr/bin/env");
    EXPECT_EQ(interpreter_of("#!/bin/sh"), "/bin/sh");
    EXPECT_EQ(interpreter_of("#!\n"), "");
    EXPECT_EQ(interpreter_of("#!"), "");
}

TEST(InterpreterOf, ReadsTheProgramHeader) {
    EXPECT_EQ(interpreter_of(elf_with_interpreter(EM_X86_64, "/lib64/ld.so")), "/lib64/ld.so");
}

TEST(InterpreterOf, IsEmptyForWhatAsksForNone) {
    EXPECT_EQ(interpreter_of(""), "");
    EXPECT_EQ(interpreter_of("text"), "");
    EXPECT_EQ(interpreter_of("\177ELF"), "");
    const auto whole = elf_with_interpreter(EM_X86_64, "/lib64/ld.so");
    for (std::size_t size = 0; size < sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr); ++size) {
        EXPECT_EQ(interpreter_of(whole.substr(0, size)), "") << size;
    }
}

TEST(ElfMachine, NamesKnownOnesAndNumbersOthers) {
    EXPECT_EQ(elf_machine(elf_with_interpreter(EM_AARCH64, "x")), "aarch64");
    EXPECT_EQ(elf_machine(elf_with_interpreter(4711, "x")), "ELF machine 4711");
    EXPECT_EQ(elf_machine("#!/bin/sh"), "");
    EXPECT_EQ(elf_machine("\177ELF\2"), "");
}

TEST(ExplainExecFailure, TellsAMissingInterpreterFromAMissingProgram) {
    const TestDir dir;
    const auto script = dir.write("script", "#!/no/such/interpreter\n");
    EXPECT_THAT(explain_exec_failure(script, ENOENT),
                HasSubstr("interpreter /no/such/interpreter is missing"));
    EXPECT_EQ(explain_exec_failure("/no/such", ENOENT),
              "cannot execute /no/such: No such file or directory");
}

TEST(ExplainExecFailure, NamesTheOtherMachine) {
    const TestDir dir;
    const auto program = dir.write("program", elf_with_interpreter(EM_RISCV, "x"));
    EXPECT_THAT(explain_exec_failure(program, ENOEXEC), HasSubstr("made for riscv"));
    EXPECT_THAT(explain_exec_failure(dir.write("text", "hello"), ENOEXEC),
                HasSubstr("neither an ELF program"));
}

TEST(ExplainExecFailure, NamesWhatMayNotBeExecuted) {
    const TestDir dir;
    const auto file = dir.write("file", "#!/bin/sh\n");
    EXPECT_THAT(explain_exec_failure(file, EACCES), HasSubstr("not executable"));
    EXPECT_THAT(explain_exec_failure(dir.path(), EACCES), HasSubstr("directory"));
    ASSERT_EQ(::chmod(file.c_str(), 0755), 0);
    EXPECT_THAT(explain_exec_failure(file, EACCES), Not(HasSubstr("(")));
}

} // namespace
} // namespace ktstr::guest
