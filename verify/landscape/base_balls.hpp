#pragma once

/// @file
/// Zeros of ∂P confirmed in Arb balls.   `Restriction`: P on one pattern, as F = value(b) with
/// jacobian(b, curvature(b)), size() and domain(b): positive within the pattern, negative off it.

#include "hadamard/core/elementary.hpp"
#include "hadamard/core/interval.hpp"
#include "landscape/bound.hpp"
#include "landscape/region.hpp"

#include <Eigen/Eigenvalues>

#include <optional>
#include <vector>

namespace hadamard::landscape {

using Balls = std::vector<Interval>;

inline constexpr long final_bits = 160;

inline Interval ball_of(double lo, double hi) {
    return hull(Interval::exactly(lo), Interval::exactly(hi));
}
inline double lower(const Interval& a) {
    arf_t end;
    arf_init(end);
    arb_get_lbound_arf(end, a.data(), Interval::precision());
    const double out = arf_get_d(end, ARF_RND_FLOOR);
    arf_clear(end);
    return out;
}
inline double upper(const Interval& a) { return -lower(-a); }

/// Whether abs(b_i) ≤ edge_i for all i: positive if so, negative if not. No edges: so.
inline Sign within(const Balls& b, const Balls& edges) {
    Sign out = Sign::positive;
    for (std::size_t i = 0; i < edges.size(); ++i)
        for (const Interval& room : {edges[i] - b[i], edges[i] + b[i]}) {
            if (sign_of(room) == Sign::negative) return Sign::negative;
            if (sign_of(room) != Sign::positive) out = Sign::unknown;
        }
    return out;
}
/// The edges of b on these coordinates, where zeros beyond them are possible.
inline Balls edges_of(const Problem& problem, const Bound& bound, const std::vector<int>& S) {
    Balls out;
    for (const int i : S)
        if (bound.is_restricted())
            out.push_back(natural_power(Interval::exactly(bound.edges[static_cast<std::size_t>(i)]),
                                        static_cast<unsigned long>(problem.exponent())));
    return out;
}

/// The zero in a box, by Krawczyk's operator in balls: existence again, and digits. Nothing if the
/// balls do not confirm it.
template <class Restriction>
std::optional<Balls> refined(const Restriction& P, const Box& box) {
    const std::size_t m = P.size();
    Balls b;
    for (std::size_t i = 0; i < m; ++i) b.push_back(ball_of(box.lo[i], box.hi[i]));
    bool confirmed = false;
    for (int step = 0; step < 60; ++step) {
        Balls centre;
        for (const Interval& x : b) centre.push_back(x.midpoint());
        const Balls J = P.jacobian(b, P.curvature(b));
        Doubles C;
        for (const Interval& entry : P.jacobian(centre, P.curvature(centre)))
            C.push_back(entry.midpoint_as_double());
        if (!invert(C, m)) return std::nullopt;
        const Balls F = P.value(centre);
        bool inside = true, smaller = false;
        Balls next = centre;
        for (std::size_t i = 0; i < m; ++i) {
            for (std::size_t j = 0; j < m; ++j) {
                next[i] -= Interval::exactly(C[i * m + j]) * F[j];
                Interval entry(i == j ? 1 : 0);
                for (std::size_t l = 0; l < m; ++l)
                    entry -= Interval::exactly(C[i * m + l]) * J[l * m + j];
                next[i] += entry * (b[j] - centre[j]);
            }
            inside = inside && b[i].contains_in_interior(next[i]);
        }
        confirmed = confirmed || inside;
        for (std::size_t i = 0; i < m; ++i) {
            Interval both;
            if (arb_intersection(both.data(), b[i].data(), next[i].data(), final_bits) == 0)
                return std::nullopt;
            smaller = smaller || both.radius_as_double() < 0.95 * b[i].radius_as_double();
            b[i] = both;
        }
        if (!smaller) break;
    }
    if (!confirmed) return std::nullopt;
    return b;
}

/// Every zero of P on one pattern once, those off its domain left out. `complete` becomes false when
/// one is not confirmed, or may lie on the edge of the domain.
template <class Restriction>
std::vector<Balls> zeros_of(const Restriction& P, const std::vector<Box>& boxes, bool& complete) {
    std::vector<Balls> out;
    for (std::size_t z = 0; z < boxes.size(); ++z) {
        std::optional<Balls> b = refined(P, boxes[z]);
        if (!b) {
            complete = false;
            continue;
        }
        const Sign domain = P.domain(*b);
        bool fresh = domain == Sign::positive;
        complete = complete && (fresh || domain == Sign::negative);
        for (std::size_t other = 0; other < z && fresh; ++other) {
            bool within = true;
            for (std::size_t i = 0; i < P.size(); ++i)
                within = within && lower((*b)[i]) >= boxes[other].lo[i] &&
                         upper((*b)[i]) <= boxes[other].hi[i];
            fresh = !within;  // within: it is that one
        }
        if (fresh) out.push_back(std::move(*b));
    }
    return out;
}

/// Negative eigenvalues of J over a tight box: congruence by an approximate eigenbasis, Gershgorin.
template <class Restriction>
std::optional<int> negative_eigenvalues(const Restriction& P, const Balls& b) {
    const std::size_t m = b.size();
    if (m == 0) return 0;
    const Balls J = P.jacobian(b, P.curvature(b));
    const Eigen::Index rows = static_cast<Eigen::Index>(m);
    Eigen::MatrixXd middle(rows, rows);
    for (std::size_t i = 0; i < m; ++i)
        for (std::size_t j = 0; j < m; ++j)
            middle(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) =
                J[i * m + j].midpoint_as_double();
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(middle);
    if (solver.info() != Eigen::Success) return std::nullopt;
    const auto v = [&](std::size_t i, std::size_t l) {
        return Interval::exactly(
            solver.eigenvectors()(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(l)));
    };
    int negative = 0;
    for (std::size_t r = 0; r < m; ++r) {
        Interval diagonal(0), rest(0);
        Balls Jv(m);
        for (std::size_t i = 0; i < m; ++i)
            for (std::size_t j = 0; j < m; ++j) Jv[j] += v(i, r) * J[i * m + j];
        for (std::size_t c = 0; c < m; ++c) {
            Interval entry(0);
            for (std::size_t j = 0; j < m; ++j) entry += Jv[j] * v(j, c);
            if (r == c)
                diagonal = entry;
            else
                rest += entry.upper_magnitude();
        }
        if (!certainly_less(rest, diagonal.lower_magnitude())) return std::nullopt;
        if (sign_of(diagonal) == Sign::negative) ++negative;
    }
    return negative;
}

}  // namespace hadamard::landscape
