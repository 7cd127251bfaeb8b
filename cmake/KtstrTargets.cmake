# Compile options of the house, and the two kinds of target it has: a folder's library and its unit tests.
include_guard()

option(KTSTR_WERROR "Treat warnings as errors" OFF)

add_library(ktstr_options INTERFACE)
target_include_directories(ktstr_options INTERFACE ${CMAKE_SOURCE_DIR})
# -Wnull-dereference of GCC 12 is wrong about std::vector::back() once it is inlined; the asan preset finds real ones.
# -Wrestrict, -Wstringop-overflow and -Warray-bounds of GCC 12 are wrong about `"text" + std::string` (GCC bug 105651).
# Files that are compiled as one see the constants of each other: then -Wshadow tells of locals alone, and what is private to a
# file (-Wsubobject-linkage) seems to be in a header.
# Clang's are off for the macros of libseccomp, which are C, and for the algorithms of libstdc++ 12.
target_compile_options(ktstr_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wcast-align
  -Wnon-virtual-dtor -Woverloaded-virtual -Wno-missing-field-initializers
  "$<$<CXX_COMPILER_ID:GNU>:-Wlogical-op;-Wno-restrict;-Wno-stringop-overflow;-Wno-array-bounds>"
  "$<$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:${CMAKE_UNITY_BUILD}>>:-Wno-shadow;-Wshadow=local;-Wno-subobject-linkage>"
  "$<$<CXX_COMPILER_ID:Clang>:-Wno-c99-extensions;-Wno-deprecated-declarations>"
  $<$<BOOL:${KTSTR_WERROR}>:-Werror>)
target_compile_definitions(ktstr_options INTERFACE
  KTSTR_VERSION="${PROJECT_VERSION}"
  $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)

# Precompiled headers take a third off a small file. The dev preset, which clang-tidy reads, goes without, so that a missing
# include shows.
option(KTSTR_PRECOMPILE "Precompile the standard headers that nearly every file reads" OFF)

# A test runs once and is compiled as often: of the compiler's time for one, optimising is more than half.
set(KTSTR_UNIT_TEST_OPTIONS "" CACHE STRING "Compile options of unit tests alone")

set(KTSTR_PRECOMPILED <algorithm> <array> <chrono> <filesystem> <functional> <map> <memory> <optional> <span> <string>
  <string_view> <utility> <variant> <vector> <fmt/format.h> <tl/expected.hpp> <nlohmann/json.hpp>)

# ktstr_precompile(NAME FROM precompiled [HEADERS <a> ...] [OPTIONS -a ...] [DEPENDS libs ...]): NAME reads the headers of the
# library `precompiled`, which is made by the first who asks: those that all read, and HEADERS. OPTIONS: NAME's own.
function(ktstr_precompile name)
  cmake_parse_arguments(arg "" "FROM" "HEADERS;OPTIONS;DEPENDS" ${ARGN})
  if(NOT KTSTR_PRECOMPILE OR CMAKE_CURRENT_SOURCE_DIR MATCHES "/guest/") # the guest has options of its own
    return()
  endif()
  if(NOT TARGET ${arg_FROM})
    file(WRITE ${CMAKE_BINARY_DIR}/precompiled.cpp "")
    add_library(${arg_FROM} STATIC ${CMAKE_BINARY_DIR}/precompiled.cpp)
    target_link_libraries(${arg_FROM} PRIVATE ktstr_options fmt::fmt tl::expected nlohmann_json::nlohmann_json ${arg_DEPENDS})
    target_compile_options(${arg_FROM} PRIVATE ${arg_OPTIONS})
    target_precompile_headers(${arg_FROM} PRIVATE ${KTSTR_PRECOMPILED} ${arg_HEADERS})
  endif()
  target_precompile_headers(${name} REUSE_FROM ${arg_FROM})
endfunction()

# ktstr_library(NAME SOURCES a.cpp ... [SEPARATE b.cpp ...] [DEPENDS libs ...]): the static library of one folder. All presets
# but dev compile its sources as one (unity builds), except SEPARATE ones: they have private names that another has too.
function(ktstr_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;SEPARATE;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  set_source_files_properties(${arg_SEPARATE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  if(NOT TARGET libraries)
    add_custom_target(libraries)
  endif()
  add_dependencies(libraries ${name})
  target_link_libraries(${name} PUBLIC ktstr_options ${arg_DEPENDS})
  ktstr_precompile(${name} FROM ktstr_precompiled)
endfunction()

# ktstr_unit_test(NAME SOURCES a_test.cpp ... [SEPARATE b_test.cpp ...] DEPENDS libs ...): one gtest program, label `unit`.
function(ktstr_unit_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;SEPARATE;DEPENDS" ${ARGN})
  add_executable(${name} EXCLUDE_FROM_ALL ${arg_SOURCES})
  set_source_files_properties(${arg_SEPARATE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/unit)
  target_link_libraries(${name} PRIVATE ${arg_DEPENDS} GTest::gmock GTest::gtest_main)
  target_compile_options(${name} PRIVATE ${KTSTR_UNIT_TEST_OPTIONS})
  ktstr_precompile(${name} FROM ktstr_precompiled_tests HEADERS <gmock/gmock.h> OPTIONS ${KTSTR_UNIT_TEST_OPTIONS} DEPENDS GTest::gmock)
  if(NOT TARGET unit_tests)
    add_custom_target(unit_tests)
  endif()
  add_dependencies(unit_tests ${name})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()

# ktstr_embed(OUTPUT SYMBOL TARGET): sets the variable OUTPUT to a source with the program or library TARGET, stripped, between
# the symbols SYMBOL_begin and SYMBOL_end. Debug information would only fill the guest's memory.
function(ktstr_embed output symbol target)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.S)
  add_custom_command(
    OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -DINPUT=$<TARGET_FILE:${target}> -DSTRIP=${CMAKE_STRIP} -DSYMBOL=${symbol}
            -DSTRIPPED=${CMAKE_CURRENT_BINARY_DIR}/${target}.stripped -DOUTPUT=${source} -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${target} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    COMMENT "Embedding ${target}"
    VERBATIM)
  set(${output} ${source} PARENT_SCOPE)
endfunction()
