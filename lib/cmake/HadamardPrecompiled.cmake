# The libraries' headers, parsed once instead of in each of our files: a sixth of a build from
# nothing. With a compiler cache the default is off: there, unchanged preprocessed text is the gain.
if(CMAKE_CXX_COMPILER_LAUNCHER)
    set(precompiled_by_default OFF)
else()
    set(precompiled_by_default ON)
endif()
option(HADAMARD_PRECOMPILED_HEADERS "Parse the libraries' headers once" ${precompiled_by_default})

# hadamard_precompile(target [REUSE_FROM other] [HEADERS ...]): a target reuses another's if both
# are compiled with the same options.
function(hadamard_precompile target)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "REUSE_FROM" "HEADERS")
    if(NOT HADAMARD_PRECOMPILED_HEADERS)
        return()
    endif()
    if(arg_REUSE_FROM)
        target_precompile_headers(${target} REUSE_FROM ${arg_REUSE_FROM})
    else()
        target_precompile_headers(${target} PRIVATE
            <Eigen/Dense> <boost/multiprecision/gmp.hpp> <boost/multiprecision/mpfr.hpp>
            <nlohmann/json.hpp> ${arg_HEADERS})
    endif()
endfunction()
