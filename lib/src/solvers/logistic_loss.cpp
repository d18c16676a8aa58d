#include "solvers/logistic_loss.hpp"

#include <algorithm>
#include <limits>

namespace hadamard::optim::detail {
namespace {

/// So many rows at once: what is computed on the way stays on the stack and in the first cache.
constexpr Eigen::Index chunk = 256;
using Array = Eigen::Array<double, Eigen::Dynamic, 1, 0, chunk, 1>;

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

LogisticLoss::LogisticLoss(std::span<const double> y, const Vector& roots,
                           std::unique_ptr<VectorLoss> by_rows)
    : by_rows_(std::move(by_rows)) {
    const auto n = static_cast<Eigen::Index>(y.size());
    roots_ = roots.size() > 0 ? Eigen::ArrayXd(roots) : Eigen::ArrayXd::Ones(n);
    const Eigen::ArrayXd signs = 1 - 2 * Eigen::Map<const Eigen::ArrayXd>(y.data(), n);
    reflections_ = (roots_ > 0).select(signs / roots_, 0.0);
}

bool LogisticLoss::is_moderate(const Vector& z) const {
    return ((reflections_ * z.array()).abs() < 700).all();  // false where NaN
}

double LogisticLoss::sum(const Vector& z) const {
    if (!is_moderate(z)) return by_rows_->sum(z);
    double out = 0;
    in_chunks(z.size(), [&](Eigen::Index first, Eigen::Index count) {
        const Array a = reflected(z, first, count);
        const auto squares = roots_.segment(first, count).square();
        out += (squares * (a.max(0.0) + (-a.abs()).exp().log1p())).sum();
    });
    return out;
}

void LogisticLoss::derivatives(const Vector& z, Vector& out) const {
    if (!is_moderate(z)) return by_rows_->derivatives(z, out);
    out.resize(z.size());
    in_chunks(z.size(), [&](Eigen::Index first, Eigen::Index count) {
        const Array a = reflected(z, first, count);
        // ρ · (1 − 2y) = ρ² · (1 − 2y)/ρ.
        out.segment(first, count).array() = roots_.segment(first, count).square() *
                                            reflections_.segment(first, count) * Odds(a).mean(a);
    });
}

void LogisticLoss::curvatures(const Vector& z, double share, Vector& out) const {
    if (!is_moderate(z)) return by_rows_->curvatures(z, share, out);
    out.resize(z.size());
    in_chunks(z.size(), [&](Eigen::Index first, Eigen::Index count) {
        const Odds odds(Array(reflected(z, first, count)));
        out.segment(first, count).array() =
            (roots_.segment(first, count) > 0).select(odds.large * odds.small, 0.0);
    });
}

double LogisticLoss::fenchel_young(const Vector& z, const Vector& nu) const {
    if (!is_moderate(z)) return by_rows_->fenchel_young(z, nu);
    double out = 0;
    in_chunks(z.size(), [&](Eigen::Index first, Eigen::Index count) {
        const Array a = reflected(z, first, count);
        const Odds odds(a);
        const Array mean = odds.mean(a), rest = odds.rest(a);
        const Array e = Array(reflected(nu, first, count)) - mean;
        const Array terms = mean * entropy(e / mean) + rest * entropy(-e / rest);
        out += (roots_.segment(first, count).square() * terms).sum();
    });
    return out;
}

}  // namespace hadamard::optim::detail
