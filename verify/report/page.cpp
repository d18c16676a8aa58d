#include "report/page.hpp"

#include <nlohmann/json.hpp>

#include <string_view>
#include <utility>

/// The bytes of a file of this folder between two symbols. `.incbin` looks along the include path;
/// CMake knows of the dependency.
#define HADAMARD_ASSET(symbol, file)                                                         \
    extern "C" const char symbol##_begin[], symbol##_end[];                                  \
    __asm__(".section .rodata\n.global " #symbol "_begin\n.global " #symbol "_end\n" #symbol \
            "_begin:\n.incbin \"" file "\"\n" #symbol "_end:\n.byte 0\n.previous\n")

HADAMARD_ASSET(hadamard_report_html, "report/report.html");
HADAMARD_ASSET(hadamard_report_css, "report/report.css");
HADAMARD_ASSET(hadamard_report_js, "report/report.js");
HADAMARD_ASSET(hadamard_plotly_js, "report/assets/plotly-basic.min.js");

namespace hadamard::report {
namespace {

std::string_view between(const char* begin, const char* end) {
    return {begin, static_cast<std::size_t>(end - begin)};
}

/// Nothing in the data can end its element: "<" occurs in JSON within strings alone.
std::string embedded(const nlohmann::ordered_json& data) {
    const std::string text = data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    std::string out;
    out.reserve(text.size());
    for (const char c : text) c == '<' ? out += "\\u003c" : out += c;
    return out;
}

}  // namespace

std::string page(const nlohmann::ordered_json& data) {
    const std::string json = embedded(data);
    const std::pair<std::string_view, std::string_view> parts[] = {
        {"@css@", between(hadamard_report_css_begin, hadamard_report_css_end)},
        {"@data@", json},
        {"@plotly@", between(hadamard_plotly_js_begin, hadamard_plotly_js_end)},
        {"@js@", between(hadamard_report_js_begin, hadamard_report_js_end)}};
    std::string_view rest = between(hadamard_report_html_begin, hadamard_report_html_end);
    std::string out;
    for (const auto& [mark, part] : parts) {  // in the order of the template
        const std::size_t place = rest.find(mark);
        out += rest.substr(0, place);
        out += part;
        rest.remove_prefix(place + mark.size());
    }
    out += rest;
    return out;
}

}  // namespace hadamard::report
