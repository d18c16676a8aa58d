// The lasso on three observations: found by the base solver, decided by exact arithmetic.
#include <hadamard/minima/decide.hpp>
#include <hadamard/optimizers/find.hpp>

#include <iostream>

int main() {
    hadamard::Instance instance;
    instance.transfer = {.name = "hadamard_product", .depth = 2, .base_size = 2};
    instance.lambda = hadamard::Rational(1, 2);
    instance.loss.kind = "least_squares";
    instance.loss.X.resize(3, 2);
    instance.loss.X << 1, 0, 0, 1, 1, 1;
    instance.loss.y.resize(3);
    instance.loss.y << 3, 0, 3;

    const hadamard::ProblemFamily family(instance);
    const hadamard::Vector<double> start = hadamard::Vector<double>::Zero(2);
    const auto found = hadamard::optim::find_base_minimizer(
        family, start, hadamard::optim::BaseMethod::coordinate_descent, 50);
    const auto decided = hadamard::minima::decide_base(family, found.point);
    std::cout << to_string(decided.decision.outcome) << ": " << decided.decision.reason << '\n';
    // β = (9/4, 0): X'X/3 has the diagonal 2/3, X'y/3 is (2, 1), and λ = 1/2.
    const bool right = decided.decision.outcome == hadamard::minima::Outcome::minimizer &&
                       (*decided.enclosure)[0].contains(hadamard::Rational(9, 4)) &&
                       is_zero((*decided.enclosure)[1]);
    return right ? 0 : 1;
}
