#include "engine/stationary_points.hpp"

#include "engine/instances.hpp"
#include "hadamard/objectives/active_coordinates.hpp"

#include <Eigen/LU>

#include <algorithm>
#include <array>
#include <utility>

namespace hadamard::verify {
namespace {

Vector<Rational> zeros(Index size) { return Vector<Rational>::Constant(size, Rational(0)); }

/// What is drawn before the loss: transfer, λ, and ψ's place.
class Planter {
public:
    Planter(Tape& tape, const Setting& setting, const ExactMenu& menu)
        : tape_(tape), setting_(setting), menu_(menu) {
        const Index d = tape.integer(1, menu.most_coordinates);
        instance_.transfer = draw_transfer(tape, setting, d);
        instance_.lambda = tape.positive_rational(4);
        if (tape.chance(1, 4)) instance_.unpenalised = {0};
        psi_ = static_cast<Index>(instance_.unpenalised.size());
        instance_.loss.kind = "quadratic";
        instance_.loss.A = Matrix<Rational>::Identity(d + psi_, d + psi_);
        instance_.loss.b = zeros(d + psi_);
    }

    std::optional<ExactPoint> from_surrogate() {
        const AnyTransfer<Rational> K = transfer();
        Vector<Rational> xi = drawn_xi(K);
        Vector<Rational> theta = K.apply(xi);
        std::optional<Vector<Rational>> g = stationary_gradient(K, xi);
        if (!g) return std::nullopt;
        draw_slopes(K, xi, theta, *g);
        return finished(std::move(xi), std::move(theta), *g);
    }

    std::optional<ExactPoint> from_base() {
        const AnyTransfer<Rational> K = transfer();
        Vector<Rational> theta = drawn_theta();
        Vector<Rational> xi = moved(K, K.lift(theta));
        Vector<Rational> g = -instance_.lambda * K.induced().gradient(theta);
        draw_slopes(K, xi, theta, g);
        return finished(std::move(xi), std::move(theta), g);
    }

private:
    AnyTransfer<Rational> transfer() const {
        return ProblemFamily(instance_).over<Rational>().surrogate.transfer();
    }

    /// (ψ; β), whole blocks 0 more often than `draw_exact_base_point` makes them. ψ comes first.
    Vector<Rational> drawn_theta() {
        Vector<Rational> beta = draw_exact_base_point(tape_, instance_.transfer);
        for (const TransferBlock& block : make_transfer<Rational>(instance_.transfer).blocks())
            if (tape_.chance(1, 3))
                for (const Index i : block.base) beta[i] = 0;
        Vector<Rational> theta(psi_ + beta.size());
        for (Index i = 0; i < psi_; ++i) theta[i] = tape_.rational(3);
        theta.tail(beta.size()) = beta;
        return theta;
    }

    Vector<Rational> drawn_xi(const AnyTransfer<Rational>& K) {
        if (menu_.off_fibre && tape_.chance(1, 2)) return small_point(K.surrogate_size());
        return moved(K, K.lift(drawn_theta()));
    }

    /// Entries ±s^den(k), whose k-th powers are rational; few values, so that equal moduli occur.
    Vector<Rational> small_point(Index size) {
        const Exponent power(setting_.depth.den());
        Vector<Rational> out(size);
        for (Index i = 0; i < size; ++i)
            out[i] = signed_power(Rational(tape_.signed_integer(2)), power);
        return out;
    }

    /// Another point of the same minimal fibre.
    Vector<Rational> moved(const AnyTransfer<Rational>& K, Vector<Rational> xi) {
        const std::vector<SignedPermutation> generators = K.symmetries();
        if (generators.empty()) return xi;
        for (int n = tape_.integer(0, 4); n > 0; --n) {
            const int which = tape_.integer(0, static_cast<int>(generators.size()) - 1);
            xi = generators[static_cast<std::size_t>(which)](xi);
        }
        return xi;
    }

    /// Solves DK(ξ)ᵀg = −λ∇S(ξ), free entries 0.
    std::optional<Vector<Rational>> stationary_gradient(const AnyTransfer<Rational>& K,
                                                        const Vector<Rational>& xi) const {
        const Vector<Rational> wanted = -instance_.lambda * K.penalty_gradient(xi);
        const Eigen::FullPivLU<Matrix<Rational>> lu(transposed_slope(K, xi));
        Vector<Rational> g = lu.solve(wanted);
        if (K.pullback(xi, g) != wanted) return std::nullopt;
        return g;
    }

    static Matrix<Rational> transposed_slope(const AnyTransfer<Rational>& K,
                                             const Vector<Rational>& xi) {
        Matrix<Rational> out(K.surrogate_size(), K.base_size());
        Vector<Rational> unit = zeros(K.base_size());
        for (Index i = 0; i < unit.size(); ++i) {
            unit[i] = 1;
            out.col(i) = K.pullback(xi, unit);
            unit[i] = 0;
        }
        return out;
    }

    /// At kinks that ∇Q does not see, DK being 0 there.
    void draw_slopes(const AnyTransfer<Rational>& K, const Vector<Rational>& xi,
                     const Vector<Rational>& theta, Vector<Rational>& g) {
        static const std::array<Rational, 5> shares = {Rational(0), Rational(1), Rational(2),
                                                       Rational(1, 2), Rational(5, 2)};
        const Matrix<Rational> slope = transposed_slope(K, xi);
        for (const Kink<Rational>& kink : K.induced().kinks(theta)) {
            const bool free = std::all_of(kink.indices.begin(), kink.indices.end(),
                                          [&](Index i) { return slope.col(i).isZero(); });
            if (!free) continue;
            const Rational& share = shares[static_cast<std::size_t>(tape_.integer(0, 4))];
            const Rational length =
                kink.bound ? Rational(share * instance_.lambda * *kink.bound) : 4 * share;
            scatter<Rational>(
                g, kink.indices,
                length * draw_unit_vector(tape_, static_cast<Index>(kink.indices.size())));
        }
    }

    ExactPoint finished(Vector<Rational> xi, Vector<Rational> theta, const Vector<Rational>& g) {
        instance_.loss.A = drawn_curvature(theta);
        instance_.loss.b = instance_.loss.A * theta - g;
        return {instance_, std::move(xi), std::move(theta)};
    }

    Matrix<Rational> drawn_curvature(const Vector<Rational>& theta) {
        static constexpr std::array<int, 4> signs = {1, 0, -1, 2};
        const Index n = theta.size();
        Matrix<Rational> B(n, n), scaled(n, n);
        for (Index i = 0; i < n; ++i) {
            const int sign = signs[static_cast<std::size_t>(tape_.integer(0, 3))];
            for (Index j = 0; j < n; ++j) {
                B(i, j) = i == j ? Rational(1) : Rational(tape_.signed_integer(1));
                scaled(i, j) = sign * B(i, j);
            }
        }
        Matrix<Rational> A = B.transpose() * scaled;
        try {
            A -= instance_.lambda * transfer().induced().hessian(theta);
        } catch (const NotRepresentable&) {  // off M: the curvature of R only shapes the drawing
        }
        return A;
    }

    Tape& tape_;
    const Setting& setting_;
    ExactMenu menu_;
    Instance instance_;
    Index psi_ = 0;
};

}  // namespace

std::optional<ExactPoint> draw_surrogate_stationary(Tape& tape, const Setting& setting,
                                                    const ExactMenu& menu) {
    try {
        return Planter(tape, setting, menu).from_surrogate();
    } catch (const NotRepresentable&) {
        return std::nullopt;
    }
}

std::optional<ExactPoint> draw_base_stationary(Tape& tape, const Setting& setting,
                                               const ExactMenu& menu) {
    try {
        return Planter(tape, setting, menu).from_base();
    } catch (const NotRepresentable&) {
        return std::nullopt;
    }
}

Vector<Rational> draw_unit_vector(Tape& tape, Index size) {
    Vector<Rational> out = zeros(size);
    const Index first = tape.integer(0, static_cast<int>(size) - 1);
    if (size == 1) {
        out[0] = tape.chance(1, 2) ? -1 : 1;
        return out;
    }
    // ((1 − t²), 2t)/(1 + t²) is a rational unit vector.
    const Rational t = tape.rational(3);
    out[first] = (1 - t * t) / (1 + t * t);
    out[(first + 1) % size] = 2 * t / (1 + t * t);
    return out;
}

TransferSpec single_block(const Setting& setting, Index size, const Rational& weight) {
    TransferSpec out;
    out.name = setting.transfer.name;
    out.depth = setting.depth;
    out.base_size = size;
    if (setting.transfer.grouped) {
        out.groups.emplace_back();
        for (Index i = 0; i < size; ++i) out.groups.front().push_back(i);
    }
    out.weights = {weight};
    return out;
}

std::vector<TransferSpec> single_blocks(const Setting& setting) {
    std::vector<TransferSpec> out;
    for (Index size = 1; size <= (setting.transfer.grouped ? 2 : 1); ++size)
        for (const int weight : {1, 2})
            for (TransferSpec& spec :
                 setting.transfer.variants(single_block(setting, size, Rational(weight))))
                out.push_back(std::move(spec));
    return out;
}

int smoothness_at_zero(const Setting& setting) {
    int worst = analytic;
    for (const TransferSpec& spec : setting.transfer.variants(single_block(setting, 1, 1))) {
        const AnyTransfer<double> K = make_transfer<double>(spec);  // 0 is 0 in every scalar
        worst = std::min(worst, K.smoothness_at(Vector<double>::Zero(K.surrogate_size())));
    }
    return worst;
}

std::vector<Vector<Rational>> direction_grid(Index size) {
    std::vector<Vector<Rational>> out;
    if (size == 1) {
        for (const int sign : {1, -1}) out.push_back(Vector<Rational>::Constant(1, Rational(sign)));
        return out;
    }
    for (int a = -3; a <= 3; ++a) {
        Vector<Rational> unit(2);
        unit << Rational(1 - a * a, 1 + a * a), Rational(2 * a, 1 + a * a);
        out.push_back(std::move(unit));
    }
    return out;
}

bool is_flat_at_zero(const AnyTransfer<Rational>& K) {
    const Vector<Rational> origin = Vector<Rational>::Constant(K.surrogate_size(), Rational(0));
    if (!K.penalty_gradient(origin).isZero()) return false;
    for (Index i = 0; i < K.base_size(); ++i)
        if (!K.pullback(origin, Vector<Rational>::Unit(K.base_size(), i)).isZero()) return false;
    return true;
}

nlohmann::ordered_json witness_of(const ExactPoint& point) {
    nlohmann::ordered_json out = witness_of(point.instance);
    out["surrogate_point"] = exact_list(point.surrogate_point);
    out["image"] = exact_list(point.base_point);
    return out;
}

}  // namespace hadamard::verify
