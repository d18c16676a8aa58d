# hadamard_catalogue(<output header> FAMILY <folder> NAMESPACE <ns> ALIAS <Alias>)
#
# Lists lib/include/hadamard/<folder>/*.hpp and writes a header with
#     template <class T> using <Alias> = TypeList<ns::TypeA<T>, ns::TypeB<T>, ...>;
# File name -> type name: `hadamard_product.hpp` -> `HadamardProduct`. Presence is membership.
function(hadamard_catalogue output)
    cmake_parse_arguments(ARG "" "FAMILY;NAMESPACE;ALIAS" "" ${ARGN})
    set(root "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../include")
    file(GLOB headers CONFIGURE_DEPENDS RELATIVE "${root}" "${root}/hadamard/${ARG_FAMILY}/*.hpp")
    list(SORT headers)
    set(includes "")
    set(types "")
    foreach(header IN LISTS headers)
        get_filename_component(stem "${header}" NAME_WE)
        string(REPLACE "_" ";" words "${stem}")
        set(type "")
        foreach(word IN LISTS words)
            string(SUBSTRING "${word}" 0 1 head)
            string(SUBSTRING "${word}" 1 -1 tail)
            string(TOUPPER "${head}" head)
            string(APPEND type "${head}${tail}")
        endforeach()
        string(APPEND includes "#include \"${header}\"\n")
        list(APPEND types "${ARG_NAMESPACE}::${type}<T>")
    endforeach()
    list(JOIN types ",\n    " types)
    file(CONFIGURE OUTPUT "${output}" @ONLY CONTENT
"#pragma once
// Generated from the listing of hadamard/@ARG_FAMILY@/. Do not edit.
#include \"hadamard/core/type_list.hpp\"
@includes@
namespace hadamard::catalogue {

template <class T>
using @ARG_ALIAS@ = TypeList<
    @types@>;

}  // namespace hadamard::catalogue
")
endfunction()
