#include "solvers/inner_problem.hpp"

#include "hadamard/penalties/detail/power_prox.hpp"
#include "solvers/penalty_slopes.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>

#include <cmath>
#include <limits>

namespace hadamard::optim::detail {
namespace {

constexpr double unit = std::numeric_limits<double>::epsilon();

/// Sweeps that may follow one another before a Newton step: they settle signs and zeros, which a few
/// dozen do wherever a Newton step could be of use.
constexpr int most_sweeps = 40;

/// Up to so many columns a factor is kept: beyond, it would take longer than an interrupt may wait.
constexpr std::ptrdiff_t most_factored = 1024;

double norm_of(const Vector& x, const WorkingBlock& block) {
    return block.size == 1 ? std::abs(x[block.first]) : x.segment(block.first, block.size).norm();
}

}  // namespace

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
        size =
            penalty::detail::power_prox(std::abs(z), mu_ * block.weight / h, Exponent(2, depth_));
    const double after = std::copysign(size, z), change = after - before;
    if (change == 0) return false;
    b_[j] = after;
    q_.noalias() -= change * G_.col(j).head(q_.size());
    return before == 0 || after == 0 || (before < 0) != (after < 0);
}

bool InnerProblem::update_group(const WorkingBlock& block) {
    double h = block.curvature;
    if (h == 0) return false;
    auto b = b_.segment(block.first, block.size);
    const bool was_zero = b.isZero(0);
    const auto columns = G_.block(0, block.first, q_.size(), block.size);
    for (;; h *= 2) {
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
        const Vector image = columns * change;
        // The step lowers the objective as long as h is a bound along it; that of a large group holds
        // with probability 1 − 1e−10.
        const double bend = change.dot(image.segment(block.first, block.size));
        if (bend > (1 + 1e-8) * h * change.squaredNorm()) continue;
        b += change;
        if (size == 0) b.setZero();
        q_ -= image;
        return was_zero != (size == 0);
    }
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
        const double size = norm_of(b_, block);
        if (block.weight == 0) {
            const double reference = std::sqrt(block.curvature) * energy_;
            if (reference > 0) out = std::max(out, norm_of(q_, block) / reference);
        } else if (size > 0) {
            const double slope = penalty_slope(mu_ * block.weight, size, depth_);
            const auto b = b_.segment(block.first, block.size);
            const double miss = (q_.segment(block.first, block.size) - slope / size * b).norm();
            out = std::max(out, miss / slope);
        } else {
            const double leaves = entry_slope(mu_ * block.weight, block.curvature, depth_);
            out = std::max(out, norm_of(q_, block) / leaves - 1);
        }
    }
    return out;
}

InnerProblem::Support InnerProblem::support() const {
    Support out;
    for (const WorkingBlock& block : blocks_) {
        const double size = norm_of(b_, block);
        const bool is_free = block.weight == 0 && block.curvature > 0;
        if (!is_free && size == 0) continue;
        double pull = 0;
        if (!is_free) {
            const double along =
                b_.segment(block.first, block.size).dot(q_.segment(block.first, block.size)) / size;
            pull = penalty_slope(mu_ * block.weight, size, depth_) - along;
        }
        out.blocks.push_back(&block);
        out.sizes.push_back(size);
        out.pulls.push_back(pull);
        for (Index k = 0; k < block.size; ++k) out.slots.push_back(block.first + k);
    }
    return out;
}

Matrix InnerProblem::hessian(const Support& support, Bend bend) const {
    const auto f = static_cast<Index>(support.slots.size());
    Matrix A(f, f);
    for (Index j = 0; j < f; ++j) {
        const double* column =
            G_.data() + support.slots[static_cast<std::size_t>(j)] * G_.outerStride();
        for (Index i = j; i < f; ++i) A(i, j) = column[support.slots[static_cast<std::size_t>(i)]];
        A(j, j) *= 1 + ridge;
    }
    const double q = 2.0 / depth_;
    Index row = 0;
    for (std::size_t g = 0; g < support.blocks.size(); ++g) {
        const WorkingBlock& block = *support.blocks[g];
        auto here = A.block(row, row, block.size, block.size);
        row += block.size;
        if (block.weight == 0) continue;
        const double size = support.sizes[g];
        const double steep = penalty_slope(mu_ * block.weight, size, depth_) / size;
        double along = steep * (q - 1);
        if (bend != Bend::own)
            along += std::max(0.0, support.pulls[g]) * (depth_ - 1) / (depth_ * size);
        if (bend == Bend::convex) along = std::max(0.0, along);
        if (block.size == 1) {
            here(0, 0) += along;
        } else {
            const Vector direction = b_.segment(block.first, block.size) / size;
            here += (along - steep) * direction * direction.transpose();
            here.diagonal().array() += steep;
        }
    }
    return A;
}

Vector InnerProblem::moved(const WorkingBlock& block, double size, double pull,
                           const Vector& delta) const {
    if (block.weight == 0) return delta;
    const auto b = b_.segment(block.first, block.size);
    const Vector direction = b / size;
    const double along = direction.dot(delta);
    if (!(pull > 0)) return size + along <= 0 ? Vector(-b) : delta;
    const double w = 1 + along / (depth_ * size);
    if (w <= 0.1) return -b;
    return delta + (size * (std::pow(w, depth_) - 1) - along) * direction;
}

double InnerProblem::change_of(const WorkingBlock& block, double size, const Vector& move) const {
    const auto slope = q_.segment(block.first, block.size);
    if (block.weight == 0) return -slope.dot(move);
    const auto b = b_.segment(block.first, block.size);
    if (block.size == 1 && depth_ == 2)  // no sign changes: the penalty is linear
        return (std::copysign(mu_ * block.weight, b[0]) - slope[0]) * move[0];
    const double q = 2.0 / depth_, after = (b + move).norm();
    const double rise = depth_ == 2 ? after - size : std::pow(after, q) - std::pow(size, q);
    return mu_ * block.weight * rise - slope.dot(move);
}

bool InnerProblem::accept(const Support& support, const Vector& move) {
    Vector image = Vector::Zero(q_.size());
    double change = 0, bend = 0;
    Index row = 0;
    for (std::size_t g = 0; g < support.blocks.size(); ++g) {
        const WorkingBlock& block = *support.blocks[g];
        change += change_of(block, support.sizes[g], move.segment(row, block.size));
        row += block.size;
    }
    for (Index j = 0; j < move.size(); ++j)
        if (move[j] != 0)
            image.noalias() +=
                move[j] * G_.col(support.slots[static_cast<std::size_t>(j)]).head(q_.size());
    for (Index j = 0; j < move.size(); ++j)
        bend += move[j] * image[support.slots[static_cast<std::size_t>(j)]];
    if (!(change + bend / 2 < 0)) return false;
    for (Index j = 0; j < move.size(); ++j) {
        double& b = b_[support.slots[static_cast<std::size_t>(j)]];
        b = move[j] == -b ? 0 : b + move[j];
    }
    q_ -= image;
    return true;
}

Vector InnerProblem::move_of(const Support& support, const Vector& step, double t,
                             bool on_arc) const {
    Vector out(step.size());
    Index row = 0;
    for (std::size_t g = 0; g < support.blocks.size(); ++g) {
        const WorkingBlock& block = *support.blocks[g];
        const double pull = on_arc ? support.pulls[g] : 0.0;
        if (block.size == 1 && !(pull > 0)) {  // moved(), without its vectors
            const double b = b_[block.first], delta = t * step[row];
            const bool is_beyond = b > 0 ? b + delta <= 0 : b + delta >= 0;
            out[row++] = block.weight != 0 && is_beyond ? -b : delta;
            continue;
        }
        const Vector delta = t * step.segment(row, block.size);
        out.segment(row, block.size) = moved(block, support.sizes[g], pull, delta);
        row += block.size;
    }
    return out;
}

Vector InnerProblem::slopes(const Support& at) const {
    Vector out(static_cast<Index>(at.slots.size()));
    Index row = 0;
    for (std::size_t g = 0; g < at.blocks.size(); ++g) {
        const WorkingBlock& block = *at.blocks[g];
        out.segment(row, block.size) = q_.segment(block.first, block.size);
        if (block.weight != 0)
            out.segment(row, block.size) -= penalty_slope(mu_ * block.weight, at.sizes[g], depth_) /
                                            at.sizes[g] * b_.segment(block.first, block.size);
        row += block.size;
    }
    return out;
}

bool InnerProblem::straight_step() {
    if (!factor_) return false;
    const Support at = support();
    if (at.slots.empty() || std::ssize(at.slots) > most_factored) return false;
    if (!factor_->update(G_, at.slots)) return false;
    const Vector step = factor_->solve(slopes(at));
    if (!step.allFinite() || !accept(at, move_of(at, step, 1, false))) return false;
    ++counts_.newton_steps;
    return true;
}

bool InnerProblem::newton_step(const Interrupt& is_interrupted) {
    is_at_boundary_ = false;
    if (straight_step()) return true;
    const Support at = support();
    const auto f = static_cast<Index>(at.slots.size());
    if (f == 0) return false;
    Cholesky factors(hessian(at, Bend::lent), is_interrupted);
    if (!factors.is_there()) {
        if (depth_ == 2 || is_stopped(is_interrupted)) return false;
        factors = Cholesky(hessian(at, Bend::convex), is_interrupted);
        if (!factors.is_there()) return false;
    }

    const Vector step = factors.solve(slopes(at));
    if (!step.allFinite()) return false;
    for (double t = 1; t > 1e-3; t /= 2) {
        if (!accept(at, move_of(at, step, t, true))) continue;
        ++counts_.newton_steps;
        return true;
    }
    return depth_ == 2 && step_to_boundary(at, step);
}

bool InnerProblem::step_to_boundary(const Support& support, const Vector& step) {
    double most = std::numeric_limits<double>::infinity();
    Index first = -1, row = 0;
    for (const WorkingBlock* block : support.blocks) {
        if (block->weight != 0 && block->size > 1) return false;  // groups have no such point
        for (Index k = 0; k < block->size; ++k, ++row) {
            const double b = b_[block->first + k];
            if (block->weight == 0 || !(b * step[row] < 0) || -b / step[row] >= most) continue;
            most = -b / step[row];
            first = row;
        }
    }
    if (first < 0) return false;
    Vector move = most * step;
    move[first] = -b_[support.slots[static_cast<std::size_t>(first)]];
    if (!accept(support, move)) return false;
    ++counts_.newton_steps;
    is_at_boundary_ = true;
    return true;
}

bool InnerProblem::escape_saddle() {
    const Support at = support();
    if (depth_ == 2 || at.slots.empty()) return false;
    const Matrix A = hessian(at, Bend::own);
    if (Eigen::LLT<Matrix>(A).info() == Eigen::Success) return false;
    const Eigen::SelfAdjointEigenSolver<Matrix> spectrum(A);
    if (!(spectrum.eigenvalues()[0] < 0)) return false;
    const Vector direction = spectrum.eigenvectors().col(0);
    for (double t = b_.norm(); t > 1e-8 * b_.norm(); t /= 2)
        for (const double side : {t, -t})
            if (accept(at, move_of(at, direction, side, false))) return true;
    return false;
}

double InnerProblem::solve(double tolerance, int limit, const Interrupt& is_interrupted) {
    const auto stopped = [&] { return is_stopped(is_interrupted); };
    double before = std::numeric_limits<double>::infinity();
    int stalled = 0;
    // Along a path the factor of the last support, for the next λ, is most often the answer.
    if (factor_ && !factor_->is_empty()) straight_step();
    for (int cycle = 0; cycle < limit; ++cycle) {
        for (int k = 0; k < most_sweeps && sweep(); ++k)
            if (stopped()) return residual();
        double now = residual();
        if (now <= tolerance || stopped()) return now;
        if (!newton_step(is_interrupted))
            for (int k = 0; k < most_sweeps && !stopped(); ++k) sweep();
        // Each takes a column out of the support; sweeps in between would put others in.
        while (is_at_boundary_ && !stopped() && newton_step(is_interrupted)) {
        }
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
