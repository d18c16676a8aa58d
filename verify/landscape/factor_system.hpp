#pragma once

/// @file
/// Q in all its D variables, from the monomials of L and the formulas of the transfers. Nothing
/// here knows of sign patterns or of the reduction to one unknown per coordinate (FORMAT.md section
/// 4).

#include "landscape/directed.hpp"
#include "landscape/problem.hpp"

#include <vector>

namespace hadamard::landscape {

/// A monomial of K_i: sign·Π_v ξ_v^{e_v} over its variables, whose penalty is ½ μ Σ_v e_v ξ_v².
///
///     transfer               blocks of coordinate i          e
///     hadamard_product       u_1 ⋯ u_k                       1, …, 1
///     shared_product         u v^{k−1}  (v ≥ 0)              1, k−1
///     hadamard_difference    u^k  and  −v^k                  k
///
/// Hence ξ_v ∂_vQ = e_v (sign·m·g_i + μ ξ_v²), m the product of powers: at a stationary point all
/// abs(ξ_v) of a block are one t, and t = 0 or sign·sgn(m)·g_i·t^{k−2} = −μ, as Σ e_v = k.
struct Block {
    std::size_t coordinate = 0;
    int sign = 1;
    std::vector<std::size_t> variables;
    std::vector<int> exponents;
    std::size_t lead = 0;  ///< The variable of the block that is cut first.
    Range mu;
};

/// ∇Q and ∇²Q for Q(ξ) = L(K(ξ)) + ½ Σ_blocks μ Σ_v e_v ξ_v².   Shapes   ξ, ∇Q: (D); ∇²Q: D × D.
///
/// shared_product is the polynomial that it is where all v ≥ 0. There both have the same stationary
/// points, also for k = 2: Q is C¹ at v_i = 0 = u_i, and nowhere else at v_i = 0 has either a zero
/// of its (one-sided) ∂_{u_i} = μ u_i.
/// @pre the thread rounds upwards wherever `Range` is involved.
class FactorSystem {
public:
    explicit FactorSystem(const Problem& problem);

    std::size_t size() const { return variables_; }
    std::size_t coordinates() const { return coordinates_; }
    int depth() const { return depth_; }
    const std::vector<Block>& blocks() const { return blocks_; }

    /// K(ξ).
    void image(const std::vector<Range>& xi, std::vector<Range>& out) const;
    /// ∇L(β).
    void slope(const std::vector<Range>& beta, std::vector<Range>& out) const;
    void gradient(const std::vector<Range>& xi, std::vector<Range>& out) const;
    void hessian(const std::vector<Range>& xi, std::vector<Range>& out) const;
    /// The same in plain doubles.
    void gradient(const std::vector<double>& xi, std::vector<double>& out) const;
    void hessian(const std::vector<double>& xi, std::vector<double>& out) const;

private:
    struct Product {
        Range coefficient;
        std::vector<std::pair<std::size_t, int>> powers;
    };
    using Sum = std::vector<Product>;

    static Sum sum_of(const std::vector<Monomial>& terms);
    template <class Number>
    static Number evaluate(const Sum& sum, const std::vector<Number>& beta);
    template <class Number>
    std::vector<Number> image_of(const std::vector<Number>& xi) const;
    template <class Number>
    void gradient_of(const std::vector<Number>& xi, std::vector<Number>& out) const;
    template <class Number>
    void hessian_of(const std::vector<Number>& xi, std::vector<Number>& out) const;

    std::size_t coordinates_, variables_;
    int depth_;
    std::vector<Block> blocks_;
    std::vector<Sum> gradient_, hessian_;
};

}  // namespace hadamard::landscape
