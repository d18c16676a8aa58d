#pragma once

#include "hadamard/catalogue/any_loss.hpp"
#include "hadamard/catalogue/any_penalty.hpp"
#include "hadamard/catalogue/any_transfer.hpp"
#include "hadamard/catalogue/problem_family.hpp"
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

    static TransferFactory standard();

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

template <Field T>
Problem<T> ProblemFamily::over() const {
    const AnyLoss<T> loss = make_loss<T>(instance_.loss);
    AnyTransfer<T> transfer = factory_->make<T>(instance_.transfer);
    if (!instance_.unpenalised.empty())
        transfer = AnyTransfer<T>(Partial<AnyTransfer<T>>(transfer, instance_.unpenalised));
    const T lambda = from_rational<T>(instance_.lambda);
    return {AnyBase<T>(loss, transfer.induced(), lambda), AnySurrogate<T>(loss, transfer, lambda)};
}

}  // namespace hadamard
