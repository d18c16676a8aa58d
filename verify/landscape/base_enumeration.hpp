#pragma once

/// @file
/// Bisection on P's side: what coordinates and groups have in common. Nothing of Q's side is in it.

#include "landscape/base_loss.hpp"
#include "landscape/base_side.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace hadamard::landscape {

/// Boxes in b that hold exactly one zero of F = ∇L(b) + pull(b) each, and all zeros between them:
/// bisection, contracting the boxes it keeps by each equation, by the rows of H⁻¹F of a quadratic loss,
/// and by Newton's step where F is smooth.
///
/// @pre the thread rounds upwards.
class BaseEnumeration {
public:
    /// @throws Interrupted
    BoxesOfZeros run(Box box);

protected:
    /// @param rounds  of contraction before a box is bisected
    /// @param steps   boxes looked at before the rest is given up
    BaseEnumeration(BaseLoss loss, const SearchLimits& limits, int rounds, long steps);
    ~BaseEnumeration() = default;

    const BaseLoss& loss() const { return loss_; }
    std::size_t size() const { return loss_.size(); }

    /// Whether F and its Jacobian are finite all over the box.
    virtual bool is_regular(const Box& box) const = 0;
    /// The pulls over a box, enclosed where it is not regular too.
    virtual void pulls(const Box& box, Ranges& out) const = 0;
    /// F and J where b is regular.
    virtual void value(const Ranges& b, Ranges& out) const = 0;
    virtual void jacobian(const Ranges& b, Ranges& out) const = 0;
    /// Contracts by F_i = 0 solved for the pull; false if nothing is left.
    virtual bool contract_by_equations(Box& box) const = 0;
    /// How large a box is, for whether contracting it was worth it.
    virtual double extent(const Box& box) const = 0;
    /// A box `factor` times as large around it, if that is regular.
    virtual std::optional<Box> around(const Box& box, double factor) const = 0;
    /// Where to bisect: a coordinate and a place inside; nothing if the box is too small.
    virtual std::optional<std::pair<std::size_t, double>> cut(const Box& box) const = 0;

    /// Intersects coordinate i with [low, high]; false if nothing is left.
    static bool narrow(Box& box, std::size_t i, double low, double high) {
        if (low > box.lo[i]) box.lo[i] = low;
        if (high < box.hi[i]) box.hi[i] = high;
        return box.lo[i] <= box.hi[i];
    }
    static Ranges ranges(const Box& box);

private:
    enum class Step { excluded, unique, smaller };

    void visit(Box box);
    bool contract_by_combinations(Box& box) const;
    Step newton(Box& box) const;
    bool try_around(const Box& box);
    void bisect(Box box);

    BaseLoss loss_;
    const SearchLimits& limits_;
    int rounds_;
    long steps_;
    Doubles inverse_H_;
    std::vector<Box> stack_, zeros_;
    bool complete_ = true;
};

}  // namespace hadamard::landscape
