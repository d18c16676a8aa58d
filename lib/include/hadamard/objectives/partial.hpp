#pragma once

#include "hadamard/core/concepts.hpp"

#include <string>
#include <utility>
#include <vector>

namespace hadamard {

/// A transfer of some parameters:  K(ψ, ξ) = θ with θ_U = ψ, θ_T = K_inner(ξ), and
/// S(ψ, ξ) = S_inner(ξ), where U is the list `unpenalised` and T the other indices, increasing.
///
/// Shapes   θ: (p+d); surrogate vector (ψ; ξ): (p+D), ψ first.
/// Blocks   blocks(), symmetries() and imbalance() speak of the transferred part only: a ψ
///          coordinate is in no block and no symmetry moves it.
/// Exact    wherever the inner transfer is.
/// Source   claim minima.unpenalized-block.
template <Transfer P>
class Partial {
public:
    using Scalar = typename P::Scalar;

    /// @throws InputError unless `unpenalised` is strictly increasing within 0 … p+d−1.
    Partial(P inner, IndexList unpenalised)
        : inner_(std::move(inner)), kept_(std::move(unpenalised)), transferred_(complement()) {}

    const P& inner() const { return inner_; }
    const IndexList& unpenalised() const { return kept_; }
    const IndexList& transferred() const { return transferred_; }

    Index base_size() const { return p() + inner_.base_size(); }
    Index surrogate_size() const { return p() + inner_.surrogate_size(); }
    Exponent depth() const { return inner_.depth(); }

    Vector<Scalar> apply(const Vector<Scalar>& x) const {
        return in_base(psi(x), inner_.apply(xi(x)));
    }

    /// DK(x)[(a; b)] = a on U, DK_inner(ξ)[b] on T.
    Vector<Scalar> pushforward(const Vector<Scalar>& x, const Vector<Scalar>& v) const {
        return in_base(psi(v), inner_.pushforward(xi(x), xi(v)));
    }

    /// DK(x)ᵀg = (g_U; DK_inner(ξ)ᵀ g_T).
    Vector<Scalar> pullback(const Vector<Scalar>& x, const Vector<Scalar>& g) const {
        require_size(g.size(), base_size(), "Partial::pullback(g)");
        return stacked(gather(g, kept_), inner_.pullback(xi(x), gather(g, transferred_)));
    }

    /// K is linear in ψ: only ξ bends.
    Vector<Scalar> curvature(const Vector<Scalar>& x, const Vector<Scalar>& v,
                             const Vector<Scalar>& g) const {
        require_size(g.size(), base_size(), "Partial::curvature(g)");
        return below_zeros(inner_.curvature(xi(x), xi(v), gather(g, transferred_)));
    }

    Scalar penalty(const Vector<Scalar>& x) const { return inner_.penalty(xi(x)); }
    Vector<Scalar> penalty_gradient(const Vector<Scalar>& x) const {
        return below_zeros(inner_.penalty_gradient(xi(x)));
    }
    Vector<Scalar> penalty_hessian_times(const Vector<Scalar>& x, const Vector<Scalar>& v) const {
        return below_zeros(inner_.penalty_hessian_times(xi(x), xi(v)));
    }

    /// R_inner(θ_T).
    auto induced() const { return inner_.induced().embed(base_size(), transferred_); }

    /// (θ_U; lift of θ_T).
    Vector<Scalar> lift(const Vector<Scalar>& theta) const {
        require_size(theta.size(), base_size(), "Partial::lift(theta)");
        return stacked(gather(theta, kept_), inner_.lift(gather(theta, transferred_)));
    }

    Vector<Scalar> imbalance(const Vector<Scalar>& x) const { return inner_.imbalance(xi(x)); }

    std::vector<SignedPermutation> symmetries() const {
        std::vector<SignedPermutation> out;
        for (const SignedPermutation& symmetry : inner_.symmetries()) {
            SignedPermutation moved;
            for (Index i = 0; i < p(); ++i) moved.from.push_back(i);
            for (const Index a : symmetry.from) moved.from.push_back(p() + a);
            moved.sign.assign(kept_.size(), 1);
            moved.sign.insert(moved.sign.end(), symmetry.sign.begin(), symmetry.sign.end());
            out.push_back(std::move(moved));
        }
        return out;
    }

    /// Those of the inner transfer; ψ stays.
    Matrix<Scalar> gauge(const Vector<Scalar>& x) const {
        const Matrix<Scalar> inner = gauge_of(inner_, xi(x));
        Matrix<Scalar> out =
            Matrix<Scalar>::Constant(surrogate_size(), inner.cols(), Scalar(0));
        out.bottomRows(inner.rows()) = inner;
        return out;
    }

    std::vector<TransferBlock> blocks() const {
        std::vector<TransferBlock> out = inner_.blocks();
        for (TransferBlock& block : out) {
            for (Index& i : block.base) i = transferred_[static_cast<std::size_t>(i)];
            for (Index& a : block.surrogate) a += p();
        }
        return out;
    }

    int smoothness() const { return inner_.smoothness(); }
    int smoothness_at(const Vector<Scalar>& x) const { return inner_.smoothness_at(xi(x)); }

private:
    Index p() const { return static_cast<Index>(kept_.size()); }

    Vector<Scalar> psi(const Vector<Scalar>& x) const {
        require_size(x.size(), surrogate_size(), "Partial");
        return x.head(p());
    }
    Vector<Scalar> xi(const Vector<Scalar>& x) const {
        require_size(x.size(), surrogate_size(), "Partial");
        return x.tail(inner_.surrogate_size());
    }

    Vector<Scalar> in_base(const Vector<Scalar>& kept, const Vector<Scalar>& transferred) const {
        Vector<Scalar> out(base_size());
        scatter(out, kept_, kept);
        scatter(out, transferred_, transferred);
        return out;
    }

    static Vector<Scalar> stacked(const Vector<Scalar>& top, const Vector<Scalar>& bottom) {
        Vector<Scalar> out(top.size() + bottom.size());
        out.head(top.size()) = top;
        out.tail(bottom.size()) = bottom;
        return out;
    }
    Vector<Scalar> below_zeros(const Vector<Scalar>& bottom) const {
        return stacked(Vector<Scalar>::Constant(p(), Scalar(0)), bottom);
    }

    /// The indices not in `kept_`.
    IndexList complement() const {
        IndexList out;
        std::size_t next = 0;
        for (Index i = 0; i < base_size(); ++i)
            if (next < kept_.size() && kept_[next] == i)
                ++next;
            else
                out.push_back(i);
        if (next < kept_.size())
            throw InputError("unpenalised: entry " + std::to_string(next) + " is " +
                             std::to_string(kept_[next]) + ", must be increasing and from 0 to " +
                             std::to_string(base_size() - 1));
        return out;
    }

    P inner_;
    IndexList kept_;
    IndexList transferred_;
};

}  // namespace hadamard
