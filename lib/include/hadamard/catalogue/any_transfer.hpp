#pragma once

#include "hadamard/catalogue/any_penalty.hpp"
#include "hadamard/core/concepts.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace hadamard {

/// A transfer chosen by name at run time: a `Transfer` that holds any `Transfer`.
template <Field T>
class AnyTransfer {
public:
    using Scalar = T;

    template <class P>
        requires(!std::same_as<P, AnyTransfer> && Transfer<P>)
    explicit AnyTransfer(P transfer) : held_(std::make_shared<Model<P>>(std::move(transfer))) {}

    Index base_size() const { return held_->base_size(); }
    Index surrogate_size() const { return held_->surrogate_size(); }
    Exponent depth() const { return held_->depth(); }
    Vector<T> apply(const Vector<T>& xi) const { return held_->apply(xi); }
    Vector<T> pushforward(const Vector<T>& xi, const Vector<T>& v) const {
        return held_->pushforward(xi, v);
    }
    Vector<T> pullback(const Vector<T>& xi, const Vector<T>& g) const {
        return held_->pullback(xi, g);
    }
    Vector<T> curvature(const Vector<T>& xi, const Vector<T>& v, const Vector<T>& g) const {
        return held_->curvature(xi, v, g);
    }
    T penalty(const Vector<T>& xi) const { return held_->penalty(xi); }
    Vector<T> penalty_gradient(const Vector<T>& xi) const { return held_->penalty_gradient(xi); }
    Vector<T> penalty_hessian_times(const Vector<T>& xi, const Vector<T>& v) const {
        return held_->penalty_hessian_times(xi, v);
    }
    AnyPenalty<T> induced() const { return held_->induced(); }
    Vector<T> lift(const Vector<T>& beta) const { return held_->lift(beta); }
    Vector<T> imbalance(const Vector<T>& xi) const { return held_->imbalance(xi); }
    std::vector<SignedPermutation> symmetries() const { return held_->symmetries(); }
    std::vector<TransferBlock> blocks() const { return held_->blocks(); }
    Matrix<T> gauge(const Vector<T>& xi) const { return held_->gauge(xi); }
    int smoothness() const { return held_->smoothness(); }
    int smoothness_at(const Vector<T>& xi) const { return held_->smoothness_at(xi); }

private:
    struct Concept {
        virtual ~Concept() = default;
        virtual Index base_size() const = 0;
        virtual Index surrogate_size() const = 0;
        virtual Exponent depth() const = 0;
        virtual Vector<T> apply(const Vector<T>&) const = 0;
        virtual Vector<T> pushforward(const Vector<T>&, const Vector<T>&) const = 0;
        virtual Vector<T> pullback(const Vector<T>&, const Vector<T>&) const = 0;
        virtual Vector<T> curvature(const Vector<T>&, const Vector<T>&,
                                    const Vector<T>&) const = 0;
        virtual T penalty(const Vector<T>&) const = 0;
        virtual Vector<T> penalty_gradient(const Vector<T>&) const = 0;
        virtual Vector<T> penalty_hessian_times(const Vector<T>&, const Vector<T>&) const = 0;
        virtual AnyPenalty<T> induced() const = 0;
        virtual Vector<T> lift(const Vector<T>&) const = 0;
        virtual Vector<T> imbalance(const Vector<T>&) const = 0;
        virtual std::vector<SignedPermutation> symmetries() const = 0;
        virtual std::vector<TransferBlock> blocks() const = 0;
        virtual Matrix<T> gauge(const Vector<T>&) const = 0;
        virtual int smoothness() const = 0;
        virtual int smoothness_at(const Vector<T>&) const = 0;
    };
    template <class P>
    struct Model final : Concept {
        explicit Model(P p) : transfer(std::move(p)) {}
        Index base_size() const override { return transfer.base_size(); }
        Index surrogate_size() const override { return transfer.surrogate_size(); }
        Exponent depth() const override { return transfer.depth(); }
        Vector<T> apply(const Vector<T>& xi) const override { return transfer.apply(xi); }
        Vector<T> pushforward(const Vector<T>& xi, const Vector<T>& v) const override {
            return transfer.pushforward(xi, v);
        }
        Vector<T> pullback(const Vector<T>& xi, const Vector<T>& g) const override {
            return transfer.pullback(xi, g);
        }
        Vector<T> curvature(const Vector<T>& xi, const Vector<T>& v,
                            const Vector<T>& g) const override {
            return transfer.curvature(xi, v, g);
        }
        T penalty(const Vector<T>& xi) const override { return transfer.penalty(xi); }
        Vector<T> penalty_gradient(const Vector<T>& xi) const override {
            return transfer.penalty_gradient(xi);
        }
        Vector<T> penalty_hessian_times(const Vector<T>& xi, const Vector<T>& v) const override {
            return transfer.penalty_hessian_times(xi, v);
        }
        AnyPenalty<T> induced() const override { return AnyPenalty<T>(transfer.induced()); }
        Vector<T> lift(const Vector<T>& beta) const override { return transfer.lift(beta); }
        Vector<T> imbalance(const Vector<T>& xi) const override { return transfer.imbalance(xi); }
        std::vector<SignedPermutation> symmetries() const override {
            return transfer.symmetries();
        }
        std::vector<TransferBlock> blocks() const override { return transfer.blocks(); }
        Matrix<T> gauge(const Vector<T>& xi) const override { return gauge_of(transfer, xi); }
        int smoothness() const override { return transfer.smoothness(); }
        int smoothness_at(const Vector<T>& xi) const override {
            return transfer.smoothness_at(xi);
        }
        P transfer;
    };
    std::shared_ptr<const Concept> held_;
};

/// What claims and the command line need to know of a transfer before making one; see
/// `CataloguedTransfer`.
struct TransferTraits {
    std::string name;
    bool grouped = false;        ///< Takes `groups`.
    bool injective = false;      ///< K is one to one: every fibre is one point.
    bool finite_fibres = true;   ///< Every M(β) is finite: its points are isolated.
    std::function<bool(Exponent)> takes_depth;
    std::function<std::vector<TransferSpec>(const TransferSpec&)> variants;
    std::function<long(const TransferSpec&)> lift_degree;
};

/// One entry a file in transfers/, sorted by name.
std::vector<TransferTraits> transfer_catalogue();

/// The entry of this name.
/// @throws InputError naming the nearest name.
TransferTraits transfer_traits(const std::string& name);

/// The transfer `spec.name` over T.
/// @throws InputError for an unknown name, depth, groups or weights.
template <Field T>
AnyTransfer<T> make_transfer(const TransferSpec& spec);

}  // namespace hadamard
