#include "landscape/base_enumeration.hpp"

#include <algorithm>
#include <cmath>

namespace hadamard::landscape {
namespace {

bool all_finite(const Doubles& numbers) {
    return std::all_of(numbers.begin(), numbers.end(), [](double x) { return std::isfinite(x); });
}

}  // namespace

BaseEnumeration::BaseEnumeration(BaseLoss loss, const SearchLimits& limits, int rounds, long steps)
    : loss_(std::move(loss)), limits_(limits), rounds_(rounds), steps_(steps) {
    if (!loss_.is_quadratic()) return;
    for (const Range& entry : loss_.H()) inverse_H_.push_back(entry.middle());
    if (!invert(inverse_H_, size())) inverse_H_.clear();
}

Ranges BaseEnumeration::ranges(const Box& box) {
    Ranges out;
    for (std::size_t i = 0; i < box.size(); ++i) out.push_back(box[i]);
    return out;
}

BoxesOfZeros BaseEnumeration::run(Box box) {
    stack_.push_back(std::move(box));
    for (long step = 0; !stack_.empty() && step < steps_; ++step) {
        if (step % 64 == 0 && limits_.stop && limits_.stop()) throw Interrupted();
        Box next = std::move(stack_.back());
        stack_.pop_back();
        visit(std::move(next));
    }
    return {std::move(zeros_), complete_ && stack_.empty()};
}

void BaseEnumeration::visit(Box box) {
    for (int round = 0; round < rounds_; ++round) {
        for (const Box& zero : zeros_)
            if (box.is_within(zero)) return;
        const double before = extent(box);
        if (!contract_by_equations(box) || !contract_by_combinations(box)) return;
        if (is_regular(box)) {
            const Step step = newton(box);
            if (step == Step::excluded) return;
            if (step == Step::unique) {
                zeros_.push_back(std::move(box));
                return;
            }
        }
        if (extent(box) > 0.8 * before) break;
    }
    if (is_regular(box) && try_around(box)) return;
    bisect(std::move(box));
}

/// c·F = 0 for the rows c of H⁻¹: b_i plus pulls and a constant.
bool BaseEnumeration::contract_by_combinations(Box& box) const {
    const std::size_t m = size();
    Ranges pull;
    for (std::size_t i = 0; i * m < inverse_H_.size(); ++i) {
        const Ranges b = ranges(box);
        pulls(box, pull);
        const double* c = &inverse_H_[i * m];
        Range rest(0.0), own(0.0);
        for (std::size_t j = 0; j < m; ++j) {
            Range alpha(0.0);
            for (std::size_t l = 0; l < m; ++l) alpha += scaled(c[l], loss_.H()[l * m + j]);
            rest += scaled(c[j], pull[j] + loss_.g0()[j]);
            if (j == i)
                own = alpha;
            else
                rest += alpha * b[j];
        }
        if (!own.is_positive()) continue;
        const Range value = -rest * reciprocal(own);
        if (!narrow(box, i, value.lo(), value.hi())) return false;
    }
    return true;
}

/// Rows of C·F in mean-value form, C an inverse of J at the middle; `unique` if Krawczyk's image is
/// inside.
BaseEnumeration::Step BaseEnumeration::newton(Box& box) const {
    const std::size_t m = size();
    const Ranges b = ranges(box);
    Ranges middle(m), offset(m), F, J;
    for (std::size_t i = 0; i < m; ++i) {
        middle[i] = Range(b[i].middle());
        offset[i] = b[i] - middle[i];
    }
    value(middle, F);
    jacobian(middle, J);
    Doubles C;
    for (const Range& entry : J) C.push_back(entry.middle());
    if (!invert(C, m) || !all_finite(C)) return Step::smaller;
    jacobian(b, J);
    bool inside = true;
    Box smaller = box;
    for (std::size_t i = 0; i < m; ++i) {
        Range step(0.0), image(0.0), others(0.0), own(0.0);
        for (std::size_t j = 0; j < m; ++j) {
            step += scaled(C[i * m + j], F[j]);
            Range entry(0.0);
            for (std::size_t l = 0; l < m; ++l) entry += scaled(C[i * m + l], J[l * m + j]);
            image += (Range(i == j ? 1.0 : 0.0) - entry) * offset[j];
            if (i == j)
                own = entry;
            else
                others += entry * offset[j];
        }
        image += middle[i] - step;
        inside = inside && image.is_inside(box.lo[i], box.hi[i]);
        if (!narrow(smaller, i, image.lo(), image.hi())) return Step::excluded;
        if (!own.is_positive()) continue;
        const Range row = middle[i] - (step + others) * reciprocal(own);
        if (!narrow(smaller, i, row.lo(), row.hi())) return Step::excluded;
    }
    if (inside) return Step::unique;
    box = std::move(smaller);
    return Step::smaller;
}

/// A zero near or on the edge of a box shows in a box around it.
bool BaseEnumeration::try_around(const Box& box) {
    for (const double factor : {0.02, 0.3, 2.0, 20.0}) {
        std::optional<Box> larger = around(box, factor);
        if (!larger) return false;
        Box contracted = *larger;
        if (newton(contracted) != Step::unique) continue;
        zeros_.push_back(std::move(*larger));
        return true;
    }
    return false;
}

void BaseEnumeration::bisect(Box box) {
    const std::optional<std::pair<std::size_t, double>> place = cut(box);
    if (!place) {
        complete_ = false;
        return;
    }
    Box lower_half = box, upper_half = std::move(box);
    lower_half.hi[place->first] = place->second;
    upper_half.lo[place->first] = place->second;
    stack_.push_back(std::move(upper_half));
    stack_.push_back(std::move(lower_half));
}

}  // namespace hadamard::landscape
