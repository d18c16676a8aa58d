# Writes `file`: the commit of `source`, and what compiles it.
cmake_minimum_required(VERSION 3.20)
execute_process(COMMAND git -C "${source}" describe --always --dirty --abbrev=12 --exclude=*
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE status)
if(NOT status EQUAL 0)
    set(commit "unknown")
endif()
string(STRIP "${flags}" flags)
string(REPLACE "\"" "\\\"" flags "${flags}")
file(CONFIGURE OUTPUT "${file}" @ONLY CONTENT "#pragma once

namespace hadamard::build {

constexpr const char* commit = \"@commit@\";
constexpr const char* compiler = \"@compiler@\";
constexpr const char* flags = \"@flags@\";

}  // namespace hadamard::build
")
