# hadamard::number_libraries: GMP, MPFR, FLINT and Arb, none of which ships a CMake package.
include_guard(GLOBAL)
add_library(hadamard::number_libraries INTERFACE IMPORTED GLOBAL)
# Debian calls Arb's library flint-arb, everyone else arb.
foreach(names "flint-arb;arb" "flint" "mpfr" "gmp")
    list(GET names 0 key)
    string(MAKE_C_IDENTIFIER "HADAMARD_LIBRARY_${key}" variable)
    find_library(${variable} NAMES ${names} REQUIRED)
    mark_as_advanced(${variable})
    target_link_libraries(hadamard::number_libraries INTERFACE "${${variable}}")
endforeach()
find_path(HADAMARD_ARB_INCLUDE arb.h PATH_SUFFIXES flint REQUIRED)
mark_as_advanced(HADAMARD_ARB_INCLUDE)
target_include_directories(hadamard::number_libraries SYSTEM INTERFACE "${HADAMARD_ARB_INCLUDE}")
