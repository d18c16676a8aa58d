# Settings of this build, attached to our own targets only, never to consumers.
option(HADAMARD_WERROR "Treat warnings as errors" OFF)
set(HADAMARD_SANITIZE "" CACHE STRING "Comma-separated sanitizers, e.g. address,undefined")

add_library(hadamard_dev INTERFACE)
target_compile_options(hadamard_dev INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wdouble-promotion
    # A contracted a*b+c changes signs near zero.
    -ffp-contract=off
    # GCC 12 takes Eigen's aligned reallocation for one (Memory.h:203).
    $<$<CXX_COMPILER_ID:GNU>:-Wno-use-after-free>
    $<$<BOOL:${HADAMARD_WERROR}>:-Werror>)
if(HADAMARD_SANITIZE)
    target_compile_options(hadamard_dev INTERFACE
        -fsanitize=${HADAMARD_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(hadamard_dev INTERFACE -fsanitize=${HADAMARD_SANITIZE})
endif()
