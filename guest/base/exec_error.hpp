// Why a program could not be executed, in words that name the cause: execve's errno alone is the
// same for a missing program and a missing interpreter.
#pragma once

#include <string>
#include <string_view>

namespace ktstr::guest {

// The interpreter that a file asks for by `#!` or PT_INTERP, from its first bytes; empty when it
// asks for none.
std::string interpreter_of(std::string_view head);

// What an ELF file is made for ("aarch64", ...); empty when it is no ELF file.
std::string elf_machine(std::string_view head);

// One line for execve(`path`) = `error`; reads the file's first bytes.
std::string explain_exec_failure(const std::string& path, int error);

} // namespace ktstr::guest
