#include "hadamard/data/synthetic.hpp"

#include "hadamard/core/error.hpp"
#include "hadamard/optimizers/detail/random.hpp"

#include <cmath>

namespace hadamard {
namespace {

void check(const SyntheticDesign& d) {
    const auto wants = [](bool holds, const char* what) {
        if (!holds) throw InputError(what);
    };
    wants(d.rows >= 2 && d.rows <= 1'000'000, "rows: expected a number from 2 to 1000000");
    wants(d.columns >= 1 && d.columns <= 1'000'000, "columns: expected a number from 1 to 1000000");
    wants(d.rows * d.columns <= 50'000'000, "rows, columns: at most 50 million entries in all");
    wants(std::abs(d.correlation) < 1, "correlation: expected a number between -1 and 1");
    wants(d.group >= 1 && d.columns % d.group == 0, "group: expected a divisor of columns");
    wants(d.nonzeros >= 0 && d.nonzeros <= d.columns && d.nonzeros % d.group == 0,
          "nonzeros: expected a multiple of group, at most columns");
    wants(d.snr > 0 && std::isfinite(d.snr), "snr: expected a number > 0");
}

Rational rounded(double a) {
    const double scaled = std::nearbyint(std::ldexp(a, 20));
    return to_rational(std::ldexp(scaled, -20));
}

}  // namespace

Table synthetic_table(const SyntheticDesign& d) {
    check(d);
    optim::detail::Random random(d.seed);
    const auto normal = [&] { return random.normal<double>(); };
    Matrix<double> X(d.rows, d.columns);
    const double rho = d.correlation, fresh = std::sqrt(1 - rho * rho);
    for (Index j = 0; j < d.columns; ++j)
        for (Index i = 0; i < d.rows; ++i)
            X(i, j) = j == 0 ? normal() : rho * X(i, j - 1) + fresh * normal();
    Vector<double> beta = Vector<double>::Zero(d.columns);
    const IndexList places = random.permutation(d.columns / d.group);
    for (Index g = 0; g < d.nonzeros / d.group; ++g)
        for (Index s = 0; s < d.group; ++s)
            beta[places[static_cast<std::size_t>(g)] * d.group + s] = normal();
    const Vector<double> signal = X * beta;
    Vector<double> noise(d.rows);
    for (Index i = 0; i < d.rows; ++i) noise[i] = normal();
    const double size = signal.norm() > 0 ? signal.norm() / (d.snr * noise.norm()) : 1;

    Table out;
    out.values.resize(d.rows, d.columns + 1);
    for (Index j = 0; j < d.columns; ++j) {
        out.columns.push_back("x" + std::to_string(j + 1));
        for (Index i = 0; i < d.rows; ++i) out.values(i, j) = rounded(X(i, j));
    }
    out.columns.emplace_back("y");
    for (Index i = 0; i < d.rows; ++i) {
        const double y = signal[i] + size * noise[i];
        out.values(i, d.columns) = d.binary ? Rational(y > 0 ? 1 : 0) : rounded(y);
    }
    return out;
}

}  // namespace hadamard
