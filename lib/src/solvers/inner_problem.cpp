#include "solvers/inner_problem.hpp"

#include "hadamard/penalties/detail/power_prox.hpp"

#include <Eigen/Cholesky>

#include <cmath>
#include <limits>

namespace hadamard::optim::detail {
namespace {

constexpr double unit = std::numeric_limits<double>::epsilon();

/// Sweeps that may follow one another before a Newton step: they settle signs and zeros, which a few
/// dozen do wherever a Newton step could be of use.
constexpr int most_sweeps = 40;

/// Relative ridge of the Newton matrix: copies of a column make it singular, and along their
/// difference the right-hand side is 0 up to rounding, so that no precision is lost.
constexpr double ridge = 1e-11;

double norm_of(const Vector& x, const WorkingBlock& block) {
    return block.size == 1 ? std::abs(x[block.first]) : x.segment(block.first, block.size).norm();
}

/// The groups that a Newton step moves, and their slots side by side.
struct Support {
    std::vector<const WorkingBlock*> blocks;
    std::vector<Index> slots;
};

Support support_of(const std::vector<WorkingBlock>& blocks, const Vector& b) {
    Support out;
    for (const WorkingBlock& block : blocks) {
        const bool is_free = block.weight == 0 && block.curvature > 0;
        if (!is_free && norm_of(b, block) == 0) continue;
        out.blocks.push_back(&block);
        for (Index k = 0; k < block.size; ++k) out.slots.push_back(block.first + k);
    }
    return out;
}

}  // namespace

/// μ w q s^{q−1}, the slope of the penalty at ‖b_g‖ = s > 0.
double InnerProblem::threshold(double weight, double size) const {
    if (depth_ == 2) return mu_ * weight;
    const double q = 2.0 / depth_;
    return mu_ * weight * q * std::pow(size, q - 1);
}

bool InnerProblem::update_single(const WorkingBlock& block) {
    const Index j = block.first;
    const double h = block.curvature, before = b_[j];
    if (h == 0) return false;
    const double z = before + q_[j] / h;
    double size;
    if (block.weight == 0)
        size = std::abs(z);
    else if (depth_ == 2)
        size = std::max(0.0, std::abs(z) - mu_ * block.weight / h);
    else
        size = penalty::detail::power_prox(std::abs(z), mu_ * block.weight / h,
                                           Exponent(2, depth_));
    const double after = std::copysign(size, z), change = after - before;
    if (change == 0) return false;
    b_[j] = after;
    q_.noalias() -= change * G_.col(j).head(q_.size());
    return before == 0 || after == 0 || (before < 0) != (after < 0);
}

bool InnerProblem::update_group(const WorkingBlock& block) {
    const double h = block.curvature;
    if (h == 0) return false;
    auto b = b_.segment(block.first, block.size);
    const bool was_zero = b.isZero(0);
    const Vector z = b + q_.segment(block.first, block.size) / h;
    const double length = z.norm();
    double size = length;
    if (block.weight != 0 && length > 0)
        size = depth_ == 2 ? std::max(0.0, length - mu_ * block.weight / h)
                           : penalty::detail::power_prox(length, mu_ * block.weight / h,
                                                         Exponent(2, depth_));
    if (size == 0 && was_zero) return false;
    const Vector change = (length > 0 ? size / length : 0.0) * z - b;
    if (change.isZero(0)) return false;
    b += change;
    if (size == 0) b.setZero();
    q_.noalias() -= G_.block(0, block.first, q_.size(), block.size) * change;
    return was_zero != (size == 0);
}

bool InnerProblem::sweep() {
    ++counts_.sweeps;
    bool changed = false;
    for (const WorkingBlock& block : blocks_) {
        const bool here = block.size == 1 ? update_single(block) : update_group(block);
        changed = changed || here;
    }
    return changed;
}

double InnerProblem::residual() const {
    double out = 0;
    for (const WorkingBlock& block : blocks_) {
        const double size = norm_of(b_, block), scale = mu_ * block.weight;
        if (block.weight == 0) {
            const double reference = std::sqrt(block.curvature) * energy_;
            if (reference > 0) out = std::max(out, norm_of(q_, block) / reference);
        } else if (size > 0) {
            const double slope = threshold(block.weight, size);
            const auto b = b_.segment(block.first, block.size);
            const double miss =
                (q_.segment(block.first, block.size) - slope / size * b).norm();
            out = std::max(out, miss / scale);
        } else if (depth_ == 2) {
            out = std::max(out, (norm_of(q_, block) - scale) / scale);
        }
    }
    return out;
}

bool InnerProblem::newton_step() {
    const Support support = support_of(blocks_, b_);
    const auto f = static_cast<Index>(support.slots.size());
    if (f == 0) return false;

    Matrix A(f, f);
    for (Index j = 0; j < f; ++j) {
        const double* column = G_.data() + support.slots[static_cast<std::size_t>(j)] * G_.outerStride();
        for (Index i = j; i < f; ++i) A(i, j) = column[support.slots[static_cast<std::size_t>(i)]];
        A(j, j) *= 1 + ridge;
    }
    // Right-hand side g − λ∇R, the curvature of R, and what the factors lend: WorkingSet's derivation.
    Vector rhs(f), at(f);
    std::vector<double> pull(support.blocks.size());  // d of each group
    const double q = 2.0 / depth_;
    Index row = 0;
    Matrix concave;
    for (std::size_t g = 0; g < support.blocks.size(); ++g) {
        const WorkingBlock& block = *support.blocks[g];
        const auto b = b_.segment(block.first, block.size);
        const auto slope = q_.segment(block.first, block.size);
        auto here = A.block(row, row, block.size, block.size);
        at.segment(row, block.size) = b;
        rhs.segment(row, block.size) = slope;
        if (block.weight != 0) {
            const double size = norm_of(b_, block), steep = threshold(block.weight, size);
            const Vector direction = b / size;
            pull[g] = steep - direction.dot(slope);
            rhs.segment(row, block.size) -= steep * direction;
            const double lent =
                std::max(0.0, pull[g]) * (depth_ - 1) / (depth_ * size) + steep * (q - 1) / size;
            if (block.size == 1) {
                here(0, 0) += lent;
            } else {
                here += lent * direction * direction.transpose();
                here -= steep / size * direction * direction.transpose();
                here.diagonal().array() += steep / size;
            }
        }
        row += block.size;
    }

    Eigen::LLT<Eigen::Ref<Matrix>> factors(A);
    if (factors.info() != Eigen::Success) return false;
    const Vector step = factors.solve(rhs);
    if (!step.allFinite()) return false;

    Vector moved(f), image(q_.size());
    for (double t = 1; t > 1e-3; t /= 2) {
        double penalty = 0;  // change of μ Σ w‖b‖^q − qᵀ(change), group by group against cancellation
        row = 0;
        for (std::size_t g = 0; g < support.blocks.size(); ++g) {
            const WorkingBlock& block = *support.blocks[g];
            const auto b = at.segment(row, block.size);
            const Vector delta = t * step.segment(row, block.size);
            auto out = moved.segment(row, block.size);
            const auto slope = q_.segment(block.first, block.size);
            if (block.weight == 0) {
                out = delta;
                penalty -= slope.dot(delta);
            } else {
                const double size = block.size == 1 ? std::abs(b[0]) : b.norm();
                const Vector direction = b / size;
                const double along = direction.dot(delta);
                if (pull[g] > 0) {
                    const double w = 1 + along / (depth_ * size);
                    const double radius = w <= 0.1 ? 0 : size * std::pow(w, depth_);
                    if (radius == 0)
                        out = -b;
                    else
                        out = delta + (radius - size - along) * direction;
                } else {
                    out = size + along <= 0 ? Vector(-b) : delta;
                }
                const double after = block.size == 1 ? std::abs(b[0] + out[0]) : (b + out).norm();
                const double rise = depth_ == 2 ? after - size
                                                : std::pow(after, q) - std::pow(size, q);
                penalty += block.size == 1 && depth_ == 2
                               ? (mu_ * block.weight * direction[0] - slope[0]) * out[0]
                               : mu_ * block.weight * rise - slope.dot(out);
            }
            row += block.size;
        }
        image.setZero();
        for (Index j = 0; j < f; ++j)
            if (moved[j] != 0)
                image.noalias() += moved[j] * G_.col(support.slots[static_cast<std::size_t>(j)])
                                                  .head(q_.size());
        double bend = 0;
        for (Index j = 0; j < f; ++j) bend += moved[j] * image[support.slots[static_cast<std::size_t>(j)]];
        if (!(penalty + bend / 2 < 0)) continue;
        for (Index j = 0; j < f; ++j) {
            double& b = b_[support.slots[static_cast<std::size_t>(j)]];
            b = moved[j] == -b ? 0 : b + moved[j];
        }
        q_ -= image;
        ++counts_.newton_steps;
        return true;
    }
    return false;
}

double InnerProblem::solve(double tolerance, int limit,
                           const std::function<bool()>& is_interrupted) {
    double before = std::numeric_limits<double>::infinity();
    int stalled = 0;
    for (int cycle = 0; cycle < limit; ++cycle) {
        for (int k = 0; k < most_sweeps && sweep(); ++k) {}
        double now = residual();
        if (now <= tolerance) return now;
        if (is_interrupted && is_interrupted()) return now;
        if (!newton_step())
            for (int k = 0; k < most_sweeps; ++k) sweep();
        now = residual();
        if (now <= tolerance) return now;
        // Rounding is met when neither kind of step gains any more.
        stalled = now < before * 0.999 ? 0 : stalled + 1;
        if (stalled > 20 && now < 1e4 * unit * static_cast<double>(b_.size())) return now;
        before = std::min(before, now);
    }
    return residual();
}

}  // namespace hadamard::optim::detail
