#pragma once

#include "hadamard/core/concepts.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace hadamard {

/// A penalty chosen at run time: a `Penalty`, and over ordered scalars a `ProximalPenalty`. A penalty
/// may also say that it `has_prox()` no more (default: it does) and offer a simpler
///     std::optional<…> majorizer(x, smoothing)
/// up to a constant ≥ R, with equality at x for smoothing = 0: what majorize–minimize runs on.
template <Field T>
class AnyPenalty {
public:
    using Scalar = T;

    template <class R>
        requires(!std::same_as<R, AnyPenalty> && Penalty<R>)
    explicit AnyPenalty(R penalty) : held_(std::make_shared<Model<R>>(std::move(penalty))) {}

    Index size() const { return held_->size(); }
    Exponent exponent() const { return held_->exponent(); }
    std::vector<PenaltyBlock<T>> blocks() const { return held_->blocks(); }
    std::vector<Kink<T>> kinks(const Vector<T>& x) const { return held_->kinks(x); }
    T value(const Vector<T>& x) const { return held_->value(x); }
    Vector<T> gradient(const Vector<T>& x) const { return held_->gradient(x); }
    Matrix<T> hessian(const Vector<T>& x) const { return held_->hessian(x); }
    AnyPenalty embed(Index size, const IndexList& positions) const {
        return held_->embed(size, positions);
    }
    /// The penalty that is held, if it is an R.
    template <class R>
    const R* target() const {
        const auto* model = dynamic_cast<const Model<R>*>(held_.get());
        return model == nullptr ? nullptr : &model->penalty;
    }
    Vector<T> prox(const Vector<T>& x, const T& step) const
        requires OrderedField<T>
    {
        return held_->prox(x, step);
    }
    T stationarity(const Vector<T>& x, const Vector<T>& g, const T& a) const
        requires OrderedField<T>
    {
        return held_->stationarity(x, g, a);
    }
    bool has_prox() const { return held_->has_prox(); }
    std::optional<AnyPenalty> majorizer(const Vector<T>& x, const T& smoothing) const {
        return held_->majorizer(x, smoothing);
    }

private:
    struct Concept {
        virtual ~Concept() = default;
        virtual Index size() const = 0;
        virtual Exponent exponent() const = 0;
        virtual std::vector<PenaltyBlock<T>> blocks() const = 0;
        virtual std::vector<Kink<T>> kinks(const Vector<T>&) const = 0;
        virtual T value(const Vector<T>&) const = 0;
        virtual Vector<T> gradient(const Vector<T>&) const = 0;
        virtual Matrix<T> hessian(const Vector<T>&) const = 0;
        virtual AnyPenalty embed(Index, const IndexList&) const = 0;
        virtual Vector<T> prox(const Vector<T>&, const T&) const = 0;
        virtual T stationarity(const Vector<T>&, const Vector<T>&, const T&) const = 0;
        virtual bool has_prox() const = 0;
        virtual std::optional<AnyPenalty> majorizer(const Vector<T>&, const T&) const = 0;
    };
    template <class R>
    struct Model final : Concept {
        explicit Model(R r) : penalty(std::move(r)) {}
        Index size() const override { return penalty.size(); }
        Exponent exponent() const override { return penalty.exponent(); }
        std::vector<PenaltyBlock<T>> blocks() const override { return penalty.blocks(); }
        std::vector<Kink<T>> kinks(const Vector<T>& x) const override { return penalty.kinks(x); }
        T value(const Vector<T>& x) const override { return penalty.value(x); }
        Vector<T> gradient(const Vector<T>& x) const override { return penalty.gradient(x); }
        Matrix<T> hessian(const Vector<T>& x) const override { return penalty.hessian(x); }
        AnyPenalty embed(Index size, const IndexList& positions) const override {
            return AnyPenalty(penalty.embed(size, positions));
        }
        // Over intervals the two are never reachable: the public members ask for an order.
        Vector<T> prox(const Vector<T>& x, const T& step) const override {
            if constexpr (OrderedField<T>)
                return penalty.prox(x, step);
            else
                throw PreconditionError("prox needs an ordered scalar");
        }
        T stationarity(const Vector<T>& x, const Vector<T>& g, const T& a) const override {
            if constexpr (OrderedField<T>)
                return penalty.stationarity(x, g, a);
            else
                throw PreconditionError("stationarity needs an ordered scalar");
        }
        bool has_prox() const override {
            if constexpr (requires { penalty.has_prox(); })
                return penalty.has_prox();
            else
                return true;
        }
        std::optional<AnyPenalty> majorizer(const Vector<T>& x, const T& smoothing) const override {
            if constexpr (requires { penalty.majorizer(x, smoothing); })
                if (const auto simpler = penalty.majorizer(x, smoothing))
                    return AnyPenalty(*simpler);
            return std::nullopt;
        }
        R penalty;
    };
    std::shared_ptr<const Concept> held_;
};

}  // namespace hadamard
