#pragma once

#include <nlohmann/json_fwd.hpp>

#include <atomic>
#include <string>

namespace hadamard::report {

/// The landscape of a certificate as SVG: its instance enumerated once more and drawn by
/// `landscape::plot`.
/// @returns empty where that cannot be drawn: more than two coordinates, a mutant, or an
///          enumeration that does not end in the certificate's own sentence.
std::string picture(const nlohmann::ordered_json& certificate, const std::atomic<bool>& stop);

}  // namespace hadamard::report
