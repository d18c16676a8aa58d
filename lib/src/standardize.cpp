#include "hadamard/data/standardize.hpp"

#include "hadamard/core/suggest.hpp"
#include "hadamard/data/number.hpp"
#include "hadamard/losses/huber.hpp"
#include "hadamard/losses/least_squares.hpp"
#include "hadamard/losses/logistic.hpp"
#include "hadamard/losses/poisson.hpp"

#include <Eigen/Cholesky>

#include <algorithm>
#include <set>

namespace hadamard {
namespace {

/// The integer nearest to a; halves go up.
Integer nearest_integer(const Rational& a) {
    const Integer twice_up = 2 * numerator(a) + denominator(a), twice = 2 * denominator(a);
    Integer out;
    mpz_fdiv_q(out.backend().data(), twice_up.backend().data(), twice.backend().data());
    return out;
}

/// √a for a > 0, to 15 significant decimal digits.
Rational rounded_root(const Rational& a) {
    const Real<50> root = square_root(from_rational<Real<50>>(a));
    return parse_decimal(root.str(15, std::ios_base::scientific));
}

/// Minimizes a convex linear model over the coordinates `free`, the others 0, by Newton's method
/// with Levenberg's damping: what lambda_max needs before there is an optimizer to ask.
template <class L>
Vector<double> null_model(const L& loss, const IndexList& free) {
    Vector<double> theta = Vector<double>::Zero(loss.size());
    if (free.empty()) return theta;
    const Index p = static_cast<Index>(free.size());
    Matrix<double> X(loss.observations(), p);
    for (Index j = 0; j < p; ++j) X.col(j) = loss.design().col(free[static_cast<std::size_t>(j)]);

    double damping = 0, value = loss.value(theta);
    for (int iteration = 0; iteration < 200; ++iteration) {
        const Vector<double> slope = X.transpose() * loss.linear_derivatives(theta) / loss.count();
        const Vector<double> weights = loss.linear_curvatures(theta);
        Matrix<double> hessian = X.transpose() * weights.asDiagonal() * X / loss.count();
        const double scale = X.colwise().squaredNorm().maxCoeff() / loss.count();
        hessian.diagonal().array() += (damping + 1e-14) * scale;
        const Vector<double> step = -hessian.ldlt().solve(slope);
        Vector<double> trial = theta;
        for (Index j = 0; j < p; ++j) trial[free[static_cast<std::size_t>(j)]] += step[j];
        const double trial_value = loss.value(trial);
        if (trial_value <= value) {  // false for NaN as well
            const bool settled = step.norm() <= 1e-15 * (1 + theta.norm());
            theta = trial;
            value = trial_value;
            damping = damping < 1e-8 ? 0 : damping / 10;
            if (settled) break;
        } else {
            if (step.norm() <= 1e-13 * (1 + theta.norm())) break;
            damping = std::max(1e-6, 10 * damping);
        }
    }
    return theta;
}

template <class L>
double largest_slope(const LossSpec& spec, const IndexList& unpenalised,
                     const std::vector<IndexList>& groups, const std::vector<double>& weights,
                     const IndexList& penalised) {
    const L loss = L::from(spec);
    const Vector<double> gradient = loss.gradient(null_model(loss, unpenalised));
    double out = 0;
    for (std::size_t j = 0; j < groups.size(); ++j) {
        double squares = 0;
        for (const Index i : groups[j])
            squares += square(double(gradient[penalised[static_cast<std::size_t>(i)]]));
        out = std::max(out, std::sqrt(squares) / weights[j]);
    }
    return out;
}

}  // namespace

Moments moments(const Vector<Rational>& column, const Vector<Rational>& weights) {
    const Index n = column.size();
    require(n >= 1, "moments: no entries");
    require(weights.size() == 0 || weights.size() == n, "moments: one weight an entry is needed");
    const auto weight = [&](Index i) { return weights.size() == 0 ? Rational(1) : weights[i]; };
    Rational total(0);
    Moments out{Rational(0), Rational(0)};
    for (Index i = 0; i < n; ++i) {
        total += weight(i);
        out.mean += Rational(weight(i) * column[i]);
    }
    require(total > 0, "moments: the weights have no positive sum");
    out.mean /= total;
    for (Index i = 0; i < n; ++i) {
        const Rational distance = column[i] - out.mean;
        out.variance += Rational(weight(i) * Rational(distance * distance));
    }
    out.variance /= total;
    return out;
}

Vector<Rational> standardized(const Vector<Rational>& column, const std::string& name,
                              const Vector<Rational>& weights) {
    const Index n = column.size();
    const auto [mean, variance] = moments(column, weights);
    Vector<Rational> out(n);
    for (Index i = 0; i < n; ++i) out[i] = column[i] - mean;
    if (variance == 0)
        throw InputError("column " + in_quotes(name) +
                         " is constant; remove it, an intercept takes its place");
    const Rational deviation = rounded_root(variance);
    const Integer grid = Integer(1) << 64;
    for (Index i = 0; i < n; ++i)
        out[i] = Rational(nearest_integer(Rational(out[i] * grid / deviation)), grid);
    return out;
}

std::vector<std::string> regression_columns(const Table& table, const std::string& response,
                                            bool intercept) {
    const Index skipped = table.column(response);
    std::vector<std::string> out;
    if (intercept) out.push_back("(intercept)");
    for (Index j = 0; j < table.values.cols(); ++j)
        if (j != skipped) out.push_back(table.columns[static_cast<std::size_t>(j)]);
    return out;
}

LossSpec regression_problem(const Table& table, const std::string& response,
                            const std::string& kind, bool intercept, bool standardize,
                            const Vector<Rational>& weights) {
    const std::vector<std::string> kinds = {"huber", "least_squares", "logistic", "poisson"};
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
        throw InputError("no loss for tables is named " + in_quotes(kind) +
                         did_you_mean(kind, kinds) +
                         " (there are huber, least_squares, logistic and poisson)");
    const Index target = table.column(response);
    const std::string who = table.source + ": column " + in_quotes(response);
    if (table.rows() < 2)
        throw InputError(table.source + ": has one row of data; a regression needs at least two");
    if (table.values.cols() < 2)
        throw InputError(table.source + ": has no column beside the response " +
                         in_quotes(response));

    LossSpec spec;
    spec.kind = kind;
    spec.y = table.values.col(target);
    if (kind == "logistic") {
        std::set<Rational> values(spec.y.data(), spec.y.data() + spec.y.size());
        if (values.size() != 2)
            throw InputError(who + " has " + std::to_string(values.size()) +
                             " distinct values; a logistic response needs exactly two");
        for (Index i = 0; i < spec.y.size(); ++i)
            spec.y[i] = Rational(spec.y[i] == *values.rbegin() ? 1 : 0);
    } else if (kind == "poisson") {
        for (Index i = 0; i < spec.y.size(); ++i)
            if (spec.y[i] < 0 || denominator(spec.y[i]) != 1)
                throw InputError(who + " has the value " + spec.y[i].str() + " in row " +
                                 std::to_string(i + 1) +
                                 "; a poisson response needs nonnegative integers");
    }
    spec.X.resize(table.rows(), table.values.cols() - 1 + (intercept ? 1 : 0));
    Index next = 0;
    if (intercept) spec.X.col(next++).setConstant(Rational(1));
    for (Index j = 0; j < table.values.cols(); ++j) {
        if (j == target) continue;
        if (!standardize) {
            spec.X.col(next++) = table.values.col(j);
            continue;
        }
        try {
            spec.X.col(next++) =
                standardized(table.values.col(j), table.columns[static_cast<std::size_t>(j)], weights);
        } catch (const InputError& e) {
            throw InputError(table.source + ": " + e.what());
        }
    }
    return spec;
}

Rational lambda_max(const LossSpec& loss, const IndexList& unpenalised,
                    const std::vector<IndexList>& groups, const std::vector<Rational>& weights) {
    IndexList penalised;
    for (Index j = 0; j < loss.X.cols(); ++j)
        if (std::find(unpenalised.begin(), unpenalised.end(), j) == unpenalised.end())
            penalised.push_back(j);
    std::vector<IndexList> blocks = groups;
    if (blocks.empty())
        for (std::size_t j = 0; j < penalised.size(); ++j)
            blocks.push_back({static_cast<Index>(j)});
    for (const IndexList& block : blocks)
        for (const Index i : block)
            require(i >= 0 && i < static_cast<Index>(penalised.size()),
                    "lambda_max: a group names a coordinate that does not exist");
    require(weights.empty() || weights.size() == blocks.size(),
            "lambda_max: one weight a group is needed");
    std::vector<double> scales(blocks.size(), 1);
    for (std::size_t j = 0; j < weights.size(); ++j) {
        require(weights[j] > 0, "lambda_max: weights must be positive");
        scales[j] = from_rational<double>(weights[j]);
    }

    double slope = 0;
    if (loss.kind == "least_squares")
        slope =
            largest_slope<loss::LeastSquares<double>>(loss, unpenalised, blocks, scales, penalised);
    else if (loss.kind == "logistic")
        slope = largest_slope<loss::Logistic<double>>(loss, unpenalised, blocks, scales, penalised);
    else if (loss.kind == "poisson")
        slope = largest_slope<loss::Poisson<double>>(loss, unpenalised, blocks, scales, penalised);
    else if (loss.kind == "huber")
        slope = largest_slope<loss::Huber<double>>(loss, unpenalised, blocks, scales, penalised);
    else
        throw InputError("lambda_max: " + in_quotes(loss.kind) +
                         " is not a linear model; give lambda itself");
    if (!(slope > 0) || !is_finite(slope))
        throw InputError(
            "lambda_max: the penalised columns have no slope at 0: every lambda gives zeros");
    return Rational(to_rational(slope) * Rational(1'000'000'001, 1'000'000'000));
}

}  // namespace hadamard
