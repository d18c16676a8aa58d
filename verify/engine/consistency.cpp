#include "engine/consistency.hpp"

#include "engine/instances.hpp"

namespace hadamard::verify {
namespace {

using R200 = Real<200>;
using Point = Vector<R200>;

constexpr std::string_view part = "the transfer is consistent";

/// Central differences of step h err by h²/6 times a third derivative, and by rounding/h: 1e-100 and
/// 1e-150 of the values in 200 digits. Entries of ξ are at least 1/8 and at most 5, so that third
/// derivatives of powers up to 12 exceed the values by less than 1e8.
const R200& difference_step() {
    static const R200 h("1e-50");
    return h;
}

const R200& difference_tolerance() {
    static const R200 tolerance("1e-80");
    return tolerance;
}

const R200& equality_tolerance() {
    static const R200 tolerance("1e-180");
    return tolerance;
}

R200 size_of(const Point& x) { return x.size() == 0 ? R200(0) : R200(x.cwiseAbs().maxCoeff()); }

bool agree_to(const R200& tolerance, const Point& a, const Point& b) {
    return size_of(a - b) <= tolerance * (1 + size_of(a) + size_of(b));
}

Point single(const R200& value) { return Point::Constant(1, value); }

template <class F>
Point central_difference(const F& f, const Point& x, const Point& v) {
    const R200& h = difference_step();
    const Point ahead = x + h * v, behind = x - h * v;
    const Point rise = f(ahead) - f(behind);
    return rise / (2 * h);
}

Vector<Rational> draw_without_zeros(Tape& tape, Index size) {
    Vector<Rational> out = draw_point(tape, size);
    for (Index i = 0; i < size; ++i)
        if (out[i] == 0) out[i] = 1;
    return out;
}

/// The drawn point of one check, and the first law that fails there.
class Check {
public:
    Check(const TransferSpec& spec, Tape& tape)
        : transfer_(make_transfer<R200>(spec)),
          exact_xi_(draw_without_zeros(tape, transfer_.surrogate_size())),
          xi_(from_rational<R200>(exact_xi_)),
          v_(from_rational<R200>(draw_without_zeros(tape, transfer_.surrogate_size()))),
          g_(from_rational<R200>(draw_without_zeros(tape, transfer_.base_size()))) {}

    const Vector<Rational>& point() const { return exact_xi_; }

    /// Empty when all hold.
    std::string failed_law() const {
        if (!pushforward_holds()) return "pushforward";
        if (!pullback_holds()) return "pullback";
        if (!curvature_holds()) return "curvature";
        if (!penalty_gradient_holds()) return "penalty_gradient";
        if (!penalty_hessian_holds()) return "penalty_hessian_times";
        if (!symmetries_hold()) return "symmetries";
        if (!blocks_hold()) return "blocks";
        return "";
    }

private:
    bool pushforward_holds() const {
        const auto K = [this](const Point& x) { return transfer_.apply(x); };
        return agree_to(difference_tolerance(), central_difference(K, xi_, v_),
                        transfer_.pushforward(xi_, v_));
    }

    bool pullback_holds() const {
        const R200 pushed = g_.dot(transfer_.pushforward(xi_, v_));
        const R200 pulled = transfer_.pullback(xi_, g_).dot(v_);
        return agree_to(equality_tolerance(), single(pushed), single(pulled));
    }

    bool curvature_holds() const {
        const auto pullback = [this](const Point& x) { return transfer_.pullback(x, g_); };
        return agree_to(difference_tolerance(), central_difference(pullback, xi_, v_),
                        transfer_.curvature(xi_, v_, g_));
    }

    bool penalty_gradient_holds() const {
        const auto S = [this](const Point& x) { return single(transfer_.penalty(x)); };
        return agree_to(difference_tolerance(), central_difference(S, xi_, v_),
                        single(transfer_.penalty_gradient(xi_).dot(v_)));
    }

    bool penalty_hessian_holds() const {
        const auto gradient = [this](const Point& x) { return transfer_.penalty_gradient(x); };
        return agree_to(difference_tolerance(), central_difference(gradient, xi_, v_),
                        transfer_.penalty_hessian_times(xi_, v_));
    }

    bool symmetries_hold() const {
        const Point beta = transfer_.apply(xi_);
        const Point S = single(transfer_.penalty(xi_));
        for (const SignedPermutation& generator : transfer_.symmetries()) {
            const Point moved = generator(xi_);
            if (!agree_to(equality_tolerance(), transfer_.apply(moved), beta) ||
                !agree_to(equality_tolerance(), single(transfer_.penalty(moved)), S))
                return false;
        }
        return true;
    }

    bool blocks_hold() const {
        const Point beta = transfer_.apply(xi_);
        for (const TransferBlock& block : transfer_.blocks()) {
            Point without = xi_, expected = beta;
            for (const Index i : block.surrogate) without[i] = 0;
            for (const Index i : block.base) expected[i] = 0;
            if (!agree_to(equality_tolerance(), transfer_.apply(without), expected)) return false;
        }
        return true;
    }

    AnyTransfer<R200> transfer_;
    Vector<Rational> exact_xi_;
    Point xi_, v_, g_;
};

}  // namespace

void check_consistency(Trial& trial, const TransferSpec& spec) {
    const Check check(spec, trial.tape());
    const std::string law = check.failed_law();
    if (law.empty()) {
        if (!trial.empty()) trial.holds(part);
        return;
    }
    nlohmann::ordered_json witness;
    witness["transfer"] = spec.name;
    witness["depth"] = spec.depth.text();
    witness["base_size"] = spec.base_size;
    if (!spec.groups.empty()) witness["groups"] = spec.groups;
    for (const Exponent e : spec.exponents) witness["exponents"].push_back(e.text());
    if (spec.inner_depth > 0) witness["inner_depth"] = spec.inner_depth;
    witness["surrogate_point"] = exact_list(check.point());
    witness["law"] = law;
    trial.refute(part, std::move(witness));
}

}  // namespace hadamard::verify
