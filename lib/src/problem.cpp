#include "hadamard/catalogue/problem.hpp"

namespace hadamard {

TransferFactory TransferFactory::standard() {
    return from([]<class T>(const TransferSpec& spec) { return make_transfer<T>(spec); });
}

ProblemFamily::ProblemFamily(Instance instance)
    : ProblemFamily(std::move(instance), TransferFactory::standard()) {}

ProblemFamily::ProblemFamily(Instance instance, TransferFactory factory)
    : instance_(std::move(instance)),
      factory_(std::make_shared<const TransferFactory>(std::move(factory))) {
    if (sign_of(instance_.lambda) != Sign::positive)
        throw InputError("lambda: " + text(instance_.lambda) + ", must be positive");
}

bool ProblemFamily::over_rational() const { return loss_over_rational(instance_.loss.kind); }

}  // namespace hadamard
