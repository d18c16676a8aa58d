#include "report/picture.hpp"

#include "hadamard/core/error.hpp"
#include "landscape/mutant.hpp"
#include "landscape/plot.hpp"

#include <nlohmann/json.hpp>

namespace hadamard::report {

std::string picture(const nlohmann::ordered_json& certificate, const std::atomic<bool>& stop) {
    if (!certificate.contains("instance"))
        throw InputError("\"instance\" is missing; a certificate has one");
    const landscape::Question question =
        landscape::question_from_json(nlohmann::json(certificate["instance"]));
    if (question.mutant != landscape::Mutant::none) return "";
    const landscape::Problem problem = problem_of(question);
    if (problem.size > 2) return "";
    landscape::Settings settings;
    settings.limits.stop = [&stop] { return stop.load(); };
    settings.progress = [](const std::string&) {};
    const landscape::Landscape found = landscape_of(problem, settings);
    return found.sentence == certificate["sentence"] ? plot(found) : "";
}

}  // namespace hadamard::report
