#include "solvers/logistic_loss.hpp"

#include "hadamard/losses/logistic.hpp"

#include <algorithm>
#include <limits>

namespace hadamard::optim::detail {
namespace {

/// So many rows at once: what is computed on the way stays on the stack and in the first cache.
constexpr Eigen::Index chunk = 256;
using Array = Eigen::Array<double, Eigen::Dynamic, 1, 0, chunk, 1>;
using Row = loss::detail::LogisticError<double>;

/// visit(first, count) for every chunk.
template <class Visit>
void in_chunks(Eigen::Index size, Visit visit) {
    for (Eigen::Index first = 0; first < size; first += chunk)
        visit(first, std::min(chunk, size - first));
}

/// σ(a) and σ(−a), both to relative accuracy, from w = e^{−|a|}.
struct Odds {
    explicit Odds(const Array& a) : w((-a.abs()).exp()), large(1 / (1 + w)), small(w * large) {}
    Array w, large, small;

    Array mean(const Array& a) const { return (a < 0).select(small, large); }
    Array rest(const Array& a) const { return (a < 0).select(large, small); }
};

/// φ(t) = (1+t) log(1+t) − t for t ≥ −1, nonnegative: relative error some units of rounding.
///
/// |t| < 1/8: the series Σ_{j≥2} (−t)^j / (j(j−1)) to j = 18; the next term is below 2^{-51}/342 of the
/// first, t²/2. Elsewhere φ ≥ 1/136, and the rounding of 1 + t is all that cancellation magnifies.
Array entropy(const Array& t) {
    constexpr int last = 18;
    Array series = Array::Constant(t.size(), 1.0 / (last * (last - 1)));
    for (int j = last - 1; j >= 2; --j) series = 1.0 / (j * (j - 1)) - t * series;
    const Array p = (1 + t).max(0.0);
    // p = 0: φ(−1) = 1.
    const Array direct = p * p.max(std::numeric_limits<double>::min()).log() - t;
    return (t.abs() < 0.125).select(t * t * series, direct);
}

}  // namespace

LogisticLoss::LogisticLoss(std::span<const double> y) : y_(y) {
    signs_.resize(static_cast<Eigen::Index>(y.size()));
    std::transform(y.begin(), y.end(), signs_.begin(), [](double v) { return 1 - 2 * v; });
}

bool LogisticLoss::is_moderate(const Vector& z) {
    return (z.array().abs() < 700).all();  // false where NaN
}

double LogisticLoss::sum(const Vector& z) const {
    double out = 0;
    if (!is_moderate(z)) {
        for (Eigen::Index i = 0; i < z.size(); ++i) out += Row().value(z[i], y(i));
        return out;
    }
    in_chunks(z.size(), [&](Eigen::Index first, Eigen::Index count) {
        const Array a = reflected(z, first, count);
        out += (a.max(0.0) + (-a.abs()).exp().log1p()).sum();
    });
    return out;
}

void LogisticLoss::derivatives(const Vector& z, Vector& out) const {
    out.resize(z.size());
    if (!is_moderate(z)) {
        for (Eigen::Index i = 0; i < z.size(); ++i) out[i] = Row().derivative(z[i], y(i));
        return;
    }
    in_chunks(z.size(), [&](Eigen::Index first, Eigen::Index count) {
        const Array a = reflected(z, first, count);
        out.segment(first, count).array() = signs_.segment(first, count) * Odds(a).mean(a);
    });
}

void LogisticLoss::curvatures(const Vector& z, double, Vector& out) const {
    out.resize(z.size());
    if (!is_moderate(z)) {
        for (Eigen::Index i = 0; i < z.size(); ++i) out[i] = Row().curvature(z[i], y(i));
        return;
    }
    in_chunks(z.size(), [&](Eigen::Index first, Eigen::Index count) {
        const Odds odds(z.segment(first, count).array());
        out.segment(first, count).array() = odds.large * odds.small;
    });
}

double LogisticLoss::fenchel_young(const Vector& z, const Vector& nu) const {
    double out = 0;
    if (!is_moderate(z)) {
        for (Eigen::Index i = 0; i < z.size(); ++i) {
            const double term = Row().fenchel_young(z[i], y(i), nu[i]);
            out += term < 0 ? 0 : term;  // not std::max, which hides NaN
        }
        return out;
    }
    in_chunks(z.size(), [&](Eigen::Index first, Eigen::Index count) {
        const Array a = reflected(z, first, count);
        const Odds odds(a);
        const Array mean = odds.mean(a), rest = odds.rest(a);
        const Array e = Array(reflected(nu, first, count)) - mean;
        out += (mean * entropy(e / mean) + rest * entropy(-e / rest)).sum();
    });
    return out;
}

double LogisticLoss::dual_scale(const Vector& nu, double wanted) const {
    const auto p = reflected(nu, 0, nu.size());
    if (!(p >= 0).all()) return std::min(0.0, wanted);
    return std::min({1.0, wanted, 1 / std::max(1.0, p.maxCoeff())});
}

}  // namespace hadamard::optim::detail
