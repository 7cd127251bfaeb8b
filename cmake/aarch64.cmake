# Compiles for aarch64 all that is not x86-64's own. No program of the host is linked, so its libraries are those of the machine that compiles;
# OpenSSL and curl alone have headers that are an architecture's, and they say nothing that differs between 64-bit ones.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

execute_process(COMMAND gcc -print-multiarch OUTPUT_VARIABLE host OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
set(fmt_DIR /usr/lib/${host}/cmake/fmt)
set(simdjson_DIR /usr/lib/${host}/cmake/simdjson)
set(GTest_DIR /usr/lib/${host}/cmake/GTest)
set(CMAKE_LIBRARY_PATH /usr/lib/${host})
set(ENV{PKG_CONFIG_PATH} /usr/lib/${host}/pkgconfig)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/include-host)
file(CREATE_LINK /usr/include/${host}/openssl ${CMAKE_BINARY_DIR}/include-host/openssl SYMBOLIC)
file(CREATE_LINK /usr/include/${host}/curl ${CMAKE_BINARY_DIR}/include-host/curl SYMBOLIC)
set(CURL_INCLUDE_DIR ${CMAKE_BINARY_DIR}/include-host)
set(CMAKE_CXX_FLAGS_INIT "-isystem ${CMAKE_BINARY_DIR}/include-host")
