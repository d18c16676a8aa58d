#include "landscape/factor_system.hpp"

namespace hadamard::landscape {
namespace {

Range power_of(const Range& a, int n) { return power(a, n); }

double power_of(double a, int n) {
    double out = 1;
    for (int l = 0; l < n; ++l) out *= a;
    return out;
}

template <class Number>
Number number(const Range& a) {
    if constexpr (std::is_same_v<Number, double>)
        return a.middle();
    else
        return a;
}

/// ∂_i of a sum of monomials.
std::vector<Monomial> derived(const std::vector<Monomial>& terms, std::size_t i) {
    std::vector<Monomial> out;
    for (const Monomial& term : terms) {
        if (term.exponents[i] == 0) continue;
        out.push_back(term);
        out.back().coefficient *= term.exponents[i];
        --out.back().exponents[i];
    }
    return out;
}

constexpr std::size_t none = static_cast<std::size_t>(-1);

/// sign·m of a block, differentiated once for each of p and q that is a position within it.
template <class Number>
Number monomial(const Block& block, const std::vector<Number>& xi, std::size_t p = none,
                std::size_t q = none) {
    Number out(static_cast<double>(block.sign));
    for (std::size_t j = 0; j < block.variables.size(); ++j) {
        int e = block.exponents[j];
        for (const std::size_t times : {p, q})
            if (times == j) out = out * Number(static_cast<double>(e--));
        if (e < 0) return Number(0.0);
        out = out * power_of(xi[block.variables[j]], e);
    }
    return out;
}

Block block_of(std::size_t coordinate, std::size_t first, std::vector<int> exponents,
               const Range& mu) {
    Block out;
    out.coordinate = coordinate;
    for (std::size_t j = 0; j < exponents.size(); ++j) out.variables.push_back(first + j);
    out.exponents = std::move(exponents);
    out.lead = first;
    out.mu = mu;
    return out;
}

/// The blocks of one coordinate, its variables numbered from `first`.
std::vector<Block> blocks_of(const Problem& problem, std::size_t i, std::size_t first) {
    const int k = problem.depth;
    const Range mu = enclosure(problem.mu[i]);
    if (problem.kind == Kind::product)
        return {block_of(i, first, std::vector<int>(static_cast<std::size_t>(k), 1), mu)};
    if (problem.kind == Kind::shared) {
        Block block = block_of(i, first, {1, k - 1}, mu);
        block.lead = first + 1;
        return {block};
    }
    Block minus = block_of(i, first + 1, {k}, mu);
    minus.sign = -1;
    return {block_of(i, first, {k}, mu), minus};
}

}  // namespace

FactorSystem::FactorSystem(const Problem& problem)
    : coordinates_(static_cast<std::size_t>(problem.size)), variables_(0), depth_(problem.depth) {
    for (std::size_t i = 0; i < coordinates_; ++i)
        for (Block& block : blocks_of(problem, i, variables_)) {
            variables_ += block.variables.size();
            blocks_.push_back(std::move(block));
        }
    for (std::size_t i = 0; i < coordinates_; ++i) {
        const std::vector<Monomial> first = derived(problem.terms, i);
        gradient_.push_back(sum_of(first));
        for (std::size_t j = 0; j < coordinates_; ++j)
            hessian_.push_back(sum_of(derived(first, j)));
    }
}

FactorSystem::Sum FactorSystem::sum_of(const std::vector<Monomial>& terms) {
    Sum out;
    for (const Monomial& term : terms) {
        Product product{enclosure(term.coefficient), {}};
        for (std::size_t i = 0; i < term.exponents.size(); ++i)
            if (term.exponents[i] > 0) product.powers.emplace_back(i, term.exponents[i]);
        out.push_back(std::move(product));
    }
    return out;
}

template <class Number>
Number FactorSystem::evaluate(const Sum& sum, const std::vector<Number>& beta) {
    Number out(0.0);
    for (const Product& product : sum) {
        Number value = number<Number>(product.coefficient);
        for (const auto& [i, exponent] : product.powers)
            value = value * power_of(beta[i], exponent);
        out = out + value;
    }
    return out;
}

template <class Number>
std::vector<Number> FactorSystem::image_of(const std::vector<Number>& xi) const {
    std::vector<Number> out(coordinates_, Number(0.0));
    for (const Block& block : blocks_)
        out[block.coordinate] = out[block.coordinate] + monomial(block, xi);
    return out;
}

template <class Number>
void FactorSystem::gradient_of(const std::vector<Number>& xi, std::vector<Number>& out) const {
    const std::vector<Number> beta = image_of(xi);
    out.assign(variables_, Number(0.0));
    for (const Block& block : blocks_) {
        const Number g = evaluate(gradient_[block.coordinate], beta);
        for (std::size_t p = 0; p < block.variables.size(); ++p) {
            const std::size_t v = block.variables[p];
            const Number pull = number<Number>(block.mu) * Number(double(block.exponents[p]));
            out[v] = g * monomial(block, xi, p) + pull * xi[v];
        }
    }
}

template <class Number>
void FactorSystem::hessian_of(const std::vector<Number>& xi, std::vector<Number>& out) const {
    const std::vector<Number> beta = image_of(xi);
    std::vector<Number> slopes(variables_);  // ∂_vK
    std::vector<std::size_t> coordinate(variables_);
    out.assign(variables_ * variables_, Number(0.0));
    for (const Block& block : blocks_) {
        const Number g = evaluate(gradient_[block.coordinate], beta);
        for (std::size_t p = 0; p < block.variables.size(); ++p) {
            const std::size_t v = block.variables[p];
            slopes[v] = monomial(block, xi, p);
            coordinate[v] = block.coordinate;
            for (std::size_t q = 0; q < block.variables.size(); ++q)
                out[v * variables_ + block.variables[q]] = g * monomial(block, xi, p, q);
            Number& diagonal = out[v * variables_ + v];
            diagonal = diagonal + number<Number>(block.mu) * Number(double(block.exponents[p]));
        }
    }
    std::vector<Number> curvature(coordinates_ * coordinates_);
    for (std::size_t c = 0; c < curvature.size(); ++c) curvature[c] = evaluate(hessian_[c], beta);
    for (std::size_t v = 0; v < variables_; ++v)
        for (std::size_t w = 0; w < variables_; ++w) {
            Number& entry = out[v * variables_ + w];
            entry = entry + curvature[coordinate[v] * coordinates_ + coordinate[w]] *
                                (slopes[v] * slopes[w]);
        }
}

void FactorSystem::image(const std::vector<Range>& xi, std::vector<Range>& out) const {
    out = image_of(xi);
}

void FactorSystem::slope(const std::vector<Range>& beta, std::vector<Range>& out) const {
    out.resize(coordinates_);
    for (std::size_t i = 0; i < coordinates_; ++i) out[i] = evaluate(gradient_[i], beta);
}

void FactorSystem::gradient(const std::vector<Range>& xi, std::vector<Range>& out) const {
    gradient_of(xi, out);
}

void FactorSystem::hessian(const std::vector<Range>& xi, std::vector<Range>& out) const {
    hessian_of(xi, out);
}

void FactorSystem::gradient(const std::vector<double>& xi, std::vector<double>& out) const {
    gradient_of(xi, out);
}

void FactorSystem::hessian(const std::vector<double>& xi, std::vector<double>& out) const {
    hessian_of(xi, out);
}

}  // namespace hadamard::landscape
