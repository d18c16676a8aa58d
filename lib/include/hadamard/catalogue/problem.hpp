#pragma once

#include "hadamard/catalogue/any_loss.hpp"
#include "hadamard/catalogue/any_penalty.hpp"
#include "hadamard/catalogue/any_transfer.hpp"
#include "hadamard/objectives/base.hpp"
#include "hadamard/objectives/partial.hpp"
#include "hadamard/objectives/surrogate.hpp"

#include <functional>
#include <tuple>
#include <utility>

namespace hadamard {

template <Field T>
using AnyBase = Base<AnyLoss<T>, AnyPenalty<T>>;
template <Field T>
using AnySurrogate = Surrogate<AnyLoss<T>, AnyTransfer<T>>;

/// P and Q of one instance over one scalar.
template <Field T>
struct Problem {
    AnyBase<T> base;
    AnySurrogate<T> surrogate;
};

/// How a `TransferSpec` becomes a transfer over each scalar. `standard()` is the catalogue; a claim's
/// mutant brings its own.
class TransferFactory {
public:
    template <class T>
    using Make = std::function<AnyTransfer<T>(const TransferSpec&)>;

    static TransferFactory standard() {
        return from([]<class T>(const TransferSpec& spec) { return make_transfer<T>(spec); });
    }

    /// @param maker  maker.operator()<T>(spec) is the transfer over T.
    template <class Maker>
    static TransferFactory from(Maker maker) {
        TransferFactory out;
        out.fill(std::move(maker));
        return out;
    }

    /// Every spec becomes a P<T>.
    template <template <class> class P>
    static TransferFactory of() {
        TransferFactory out;
        out.fill([]<class T>(const TransferSpec& spec) {
            return AnyTransfer<T>(P<T>::from(spec));
        });
        return out;
    }

    template <class T>
    AnyTransfer<T> make(const TransferSpec& spec) const {
        return std::get<Make<T>>(makers_)(spec);
    }

private:
    template <class Maker>
    void fill(Maker maker) {
        auto one = [&]<class T>(Make<T>& slot) {
            slot = [maker](const TransferSpec& spec) { return maker.template operator()<T>(spec); };
        };
        std::apply([&](auto&... slots) { (one(slots), ...); }, makers_);
    }

    std::tuple<Make<double>, Make<Real<50>>, Make<Real<100>>, Make<Real<200>>, Make<Rational>,
               Make<Interval>>
        makers_;
};

/// One instance over every scalar: the exact data, and P and Q made from them on demand.
class ProblemFamily {
public:
    /// @throws InputError when the instance is not one: sizes, λ ≤ 0, groups, depth.
    explicit ProblemFamily(Instance instance,
                           TransferFactory factory = TransferFactory::standard())
        : instance_(std::move(instance)), factory_(std::move(factory)) {
        if (sign_of(instance_.lambda) != Sign::positive)
            throw InputError("lambda: " + text(instance_.lambda) + ", must be positive");
    }

    const Instance& instance() const { return instance_; }

    /// Over `Interval` the data are enclosed at the precision of the current scope.
    template <Field T>
    Problem<T> over() const {
        const AnyLoss<T> loss = make_loss<T>(instance_.loss);
        const AnyTransfer<T> transfer = partial_transfer<T>();
        const T lambda = from_rational<T>(instance_.lambda);
        return {AnyBase<T>(loss, transfer.induced(), lambda), AnySurrogate<T>(loss, transfer, lambda)};
    }

    bool over_rational() const { return loss_over_rational(instance_.loss.kind); }

private:
    template <Field T>
    AnyTransfer<T> partial_transfer() const {
        AnyTransfer<T> inner = factory_.make<T>(instance_.transfer);
        if (instance_.unpenalised.empty()) return inner;
        return AnyTransfer<T>(Partial<AnyTransfer<T>>(std::move(inner), instance_.unpenalised));
    }

    Instance instance_;
    TransferFactory factory_;
};

}  // namespace hadamard
