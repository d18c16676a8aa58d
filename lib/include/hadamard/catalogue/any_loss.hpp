#pragma once

#include "hadamard/core/concepts.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace hadamard {

/// A loss chosen by name at run time: a `Loss` that holds any `Loss`.
template <Field T>
class AnyLoss {
public:
    using Scalar = T;

    template <class L>
        requires(!std::same_as<L, AnyLoss> && Loss<L>)
    explicit AnyLoss(L loss) : held_(std::make_shared<Model<L>>(std::move(loss))) {}

    Index size() const { return held_->size(); }
    T value(const Vector<T>& x) const { return held_->value(x); }
    Vector<T> gradient(const Vector<T>& x) const { return held_->gradient(x); }
    Vector<T> hessian_times(const Vector<T>& x, const Vector<T>& v) const {
        return held_->hessian_times(x, v);
    }
    Matrix<T> hessian(const Vector<T>& x) const { return held_->hessian(x); }
    bool is_convex() const { return held_->is_convex(); }
    int smoothness() const { return held_->smoothness(); }

private:
    struct Concept {
        virtual ~Concept() = default;
        virtual Index size() const = 0;
        virtual T value(const Vector<T>&) const = 0;
        virtual Vector<T> gradient(const Vector<T>&) const = 0;
        virtual Vector<T> hessian_times(const Vector<T>&, const Vector<T>&) const = 0;
        virtual Matrix<T> hessian(const Vector<T>&) const = 0;
        virtual bool is_convex() const = 0;
        virtual int smoothness() const = 0;
    };
    template <class L>
    struct Model final : Concept {
        explicit Model(L l) : loss(std::move(l)) {}
        Index size() const override { return loss.size(); }
        T value(const Vector<T>& x) const override { return loss.value(x); }
        Vector<T> gradient(const Vector<T>& x) const override { return loss.gradient(x); }
        Vector<T> hessian_times(const Vector<T>& x, const Vector<T>& v) const override {
            return loss.hessian_times(x, v);
        }
        Matrix<T> hessian(const Vector<T>& x) const override { return dense_hessian(loss, x); }
        bool is_convex() const override { return loss.is_convex(); }
        int smoothness() const override { return loss.smoothness(); }
        L loss;
    };
    std::shared_ptr<const Concept> held_;
};

/// The loss `spec.kind` over T.
/// @throws InputError for an unknown kind (naming the nearest), for data that do not fit, and for
///         T = Rational when the loss has no exact values (`loss_over_rational`).
template <Field T>
AnyLoss<T> make_loss(const LossSpec& spec);

/// File names in losses/, sorted.
std::vector<std::string> loss_names();

/// Whether the loss of this name is exact over `Rational`.
bool loss_over_rational(const std::string& kind);

}  // namespace hadamard
