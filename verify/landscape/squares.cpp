#include "landscape/squares.hpp"

#include "landscape/inertia.hpp"
#include "landscape/system.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>
#include <set>

namespace hadamard::landscape {
namespace {

using Exponents = std::vector<int>;
using Rows = std::vector<std::vector<Rational>>;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Six variables of degree 4, three of degree 6 are below. A step takes (monomials·parameters)²
/// products, here 1e8, and there are some hundred steps.
constexpr std::size_t most_monomials = 35;
constexpr std::size_t most_parameters = 300;

Exponents sum(Exponents a, const Exponents& b) {
    for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
    return a;
}

int degree(const Exponents& e) {
    int out = 0;
    for (const int n : e) out += n;
    return out;
}

/// Every e with 2e ≤ the degree of the p_j, together and in each variable.
std::vector<Exponents> candidates(const std::set<Exponents>& support) {
    Exponents most(support.begin()->size());
    int total = 0;
    for (const Exponents& e : support) {
        total = std::max(total, degree(e));
        for (std::size_t i = 0; i < e.size(); ++i) most[i] = std::max(most[i], e[i]);
    }
    std::vector<Exponents> out{Exponents(most.size())};
    for (std::size_t i = 0; i < most.size(); ++i)
        for (std::size_t n = 0, known = out.size(); n < known; ++n)
            for (int power = 1; 2 * power <= most[i]; ++power) {
                Exponents e = out[n];
                e[i] = power;
                if (2 * degree(e) <= total) out.push_back(std::move(e));
            }
    return out;
}

/// The monomials that a sum of squares with this support can have: one whose square is no other
/// product and not in the support has a zero on the diagonal of G, hence a zero row.
std::vector<Exponents> basis(const std::vector<Polynomial>& p) {
    std::set<Exponents> support;
    for (const Polynomial& part : p)
        for (const auto& [e, c] : part) support.insert(e);
    if (support.empty()) return {};
    support.insert(Exponents(support.begin()->size()));
    std::vector<Exponents> out = candidates(support);
    for (bool is_smaller = true; is_smaller;) {
        std::set<Exponents> products = support;
        for (std::size_t i = 0; i < out.size(); ++i)
            for (std::size_t j = 0; j < i; ++j) products.insert(sum(out[i], out[j]));
        const auto gone = std::remove_if(out.begin(), out.end(), [&](const Exponents& e) {
            return products.count(sum(e, e)) == 0;
        });
        is_smaller = gone != out.end();
        out.erase(gone, out.end());
    }
    return out;
}

/// Every solution of linear equations, x = x_0 + Σ_k y_k n_k.
struct Solutions {
    bool exist = true;
    Rows directions;  ///< x_0, n_1, …
};

/// @param equations  rows of coefficients, the right-hand side last
Solutions solutions(Rows equations, std::size_t unknowns) {
    std::vector<std::size_t> pivots;
    for (std::size_t c = 0; c < unknowns && pivots.size() < equations.size(); ++c) {
        const std::size_t rank = pivots.size();
        std::size_t row = rank;
        while (row < equations.size() && equations[row][c] == 0) ++row;
        if (row == equations.size()) continue;
        std::swap(equations[row], equations[rank]);
        std::vector<Rational>& pivot = equations[rank];
        for (std::size_t j = unknowns + 1; j-- > c;) pivot[j] /= pivot[c];
        for (std::size_t r = 0; r < equations.size(); ++r) {
            if (r == rank || equations[r][c] == 0) continue;
            const Rational factor = equations[r][c];
            for (std::size_t j = c; j <= unknowns; ++j)
                if (pivot[j] != 0) equations[r][j] -= factor * pivot[j];
        }
        pivots.push_back(c);
    }
    Solutions out;
    for (std::size_t r = pivots.size(); r < equations.size(); ++r)
        out.exist = out.exist && equations[r][unknowns] == 0;
    std::vector<bool> is_free(unknowns, true);
    for (const std::size_t c : pivots) is_free[c] = false;
    for (std::size_t column = 0; column <= unknowns; ++column) {
        const bool is_first = column == unknowns;
        if (!is_first && !is_free[column]) continue;
        std::vector<Rational> x(unknowns);
        if (!is_first) x[column] = 1;
        for (std::size_t r = 0; r < pivots.size(); ++r)
            x[pivots[r]] = is_first ? equations[r][column] : Rational(-equations[r][column]);
        out.directions.push_back(std::move(x));
    }
    std::rotate(out.directions.begin(), out.directions.end() - 1, out.directions.end());
    return out;
}

/// All (H, c, σ) with Σ_j σ_j p_j + c = (Wz)ᵀH(Wz) and Σσ_j = the number of the p_j.
class Family {
public:
    Family(const std::vector<Polynomial>& p, const std::vector<Exponents>& z, const Rows& W)
        : size_(W.size()), parts_(p.size()) {
        std::map<Exponents, std::vector<Rational>> equations;
        const auto coefficient = [&](const Exponents& e, std::size_t unknown) -> Rational& {
            std::vector<Rational>& row = equations[e];
            row.resize(unknowns() + 1);
            return row[unknown];
        };
        for (std::size_t a = 0; a < size_; ++a)
            for (std::size_t b = 0; b <= a; ++b)
                for (std::size_t i = 0; i < z.size(); ++i)
                    for (std::size_t j = 0; j < z.size() && W[a][i] != 0; ++j)
                        if (W[b][j] != 0)
                            coefficient(sum(z[i], z[j]), entry(a, b)) +=
                                (a == b ? 1 : 2) * W[a][i] * W[b][j];
        coefficient(Exponents(z.front().size()), constant()) -= 1;
        for (std::size_t j = 0; j < parts_; ++j)
            for (const auto& [e, c] : p[j]) coefficient(e, constant() + 1 + j) -= c;
        Rows rows;
        for (auto& [e, row] : equations) rows.push_back(std::move(row));
        rows.emplace_back(unknowns() + 1);
        for (std::size_t j = 0; j < parts_; ++j) rows.back()[constant() + 1 + j] = 1;
        rows.back().back() = static_cast<long>(parts_);
        solutions_ = solutions(std::move(rows), unknowns());
        for (std::size_t k = 0; solutions_.exist && k <= parameters(); ++k)
            matrices_.push_back(matrix(solutions_.directions[k]));
    }

    bool exists() const { return solutions_.exist; }
    /// The length of y.
    std::size_t parameters() const { return solutions_.directions.size() - 1; }
    std::size_t size() const { return size_; }

    /// diag(H, σ) is matrices()[0] + Σ_k y_k matrices()[k].
    const std::vector<MatrixXd>& matrices() const { return matrices_; }
    MatrixXd at(const VectorXd& y) const {
        MatrixXd out = matrices_[0];
        for (std::size_t k = 0; k < parameters(); ++k)
            out += y[static_cast<Eigen::Index>(k)] * matrices_[k + 1];
        return out;
    }
    double constant(const VectorXd& y) const {
        double out = slope(0);
        for (std::size_t k = 0; k < parameters(); ++k)
            out += y[static_cast<Eigen::Index>(k)] * slope(k + 1);
        return out;
    }
    /// ∂c/∂y_k is slope(k + 1).
    double slope(std::size_t k) const {
        return solutions_.directions[k][constant()].convert_to<double>();
    }

    /// The proof at y, over Wz; nothing if it is none.
    std::optional<SumOfSquares> exactly_at(const std::vector<Rational>& y) const {
        std::vector<Rational> x = solutions_.directions[0];
        for (std::size_t k = 0; k < y.size(); ++k)
            for (std::size_t n = 0; n < x.size(); ++n)
                x[n] += y[k] * solutions_.directions[k + 1][n];
        SumOfSquares out;
        for (std::size_t a = 0; a < size_; ++a) {
            out.gram.emplace_back();
            for (std::size_t b = 0; b < size_; ++b)
                out.gram.back().push_back(x[entry(std::max(a, b), std::min(a, b))]);
        }
        out.constant = x[constant()];
        out.sigma.assign(x.end() - static_cast<std::ptrdiff_t>(parts_), x.end());
        for (const Rational& weight : out.sigma)
            if (weight <= 0) return std::nullopt;
        if (inertia(out.gram).negative > 0) return std::nullopt;
        return out;
    }

private:
    static std::size_t entry(std::size_t a, std::size_t b) { return a * (a + 1) / 2 + b; }
    std::size_t constant() const { return entry(size_, 0); }
    std::size_t unknowns() const { return constant() + 1 + parts_; }

    MatrixXd matrix(const std::vector<Rational>& x) const {
        const Eigen::Index n = static_cast<Eigen::Index>(size_ + parts_);
        MatrixXd out = MatrixXd::Zero(n, n);
        const auto set = [&](std::size_t a, std::size_t b, const Rational& value) {
            const Eigen::Index r = static_cast<Eigen::Index>(a), c = static_cast<Eigen::Index>(b);
            out(r, c) = out(c, r) = value.convert_to<double>();
        };
        for (std::size_t a = 0; a < size_; ++a)
            for (std::size_t b = 0; b <= a; ++b) set(a, b, x[entry(a, b)]);
        for (std::size_t j = 0; j < parts_; ++j) set(size_ + j, size_ + j, x[constant() + 1 + j]);
        return out;
    }

    std::size_t size_, parts_;
    Solutions solutions_;
    std::vector<MatrixXd> matrices_;
};

/// Newton's method on price·c(y) + weight·ε − log det(diag(H, σ)(y) + εI), in y and ε.
class Barrier {
public:
    explicit Barrier(const Family& family) : family_(family) {
        y_ = VectorXd::Zero(static_cast<Eigen::Index>(family.parameters()));
        const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(family.at(y_));
        shift_ = 1 + std::max(0.0, -2 * solver.eigenvalues()[0]);
    }

    const VectorXd& y() const { return y_; }
    double shift() const { return shift_; }
    void drop_shift() { shift_ = 0; }

    /// @param weight  of ε; 0: ε stays
    void centre(double price, double weight) {
        constexpr int most_steps = 60;
        for (int step = 0; step < most_steps; ++step)
            if (!improve(price, weight)) return;
    }

private:
    /// Nothing beyond the domain.
    std::optional<double> value(const VectorXd& y, double shift, double price,
                                double weight) const {
        MatrixXd F = family_.at(y);
        F.diagonal().array() += shift;
        const Eigen::LLT<MatrixXd> factors(F);
        if (factors.info() != Eigen::Success) return std::nullopt;
        const double out = price * family_.constant(y) + weight * shift -
                           2 * factors.matrixLLT().diagonal().array().log().sum();
        return std::isfinite(out) ? std::optional(out) : std::nullopt;
    }

    /// One damped step. @returns false where there is no more to gain
    bool improve(double price, double weight) {
        const std::optional<double> before = value(y_, shift_, price, weight);
        if (!before) return false;
        const Eigen::Index n = y_.size(), variables = n + (weight > 0 ? 1 : 0);
        MatrixXd F = family_.at(y_);
        F.diagonal().array() += shift_;
        const MatrixXd L = F.llt().matrixL();
        MatrixXd columns(F.size(), variables);  // L⁻¹F_kL⁻ᵀ, one a column
        VectorXd gradient(variables);
        for (Eigen::Index k = 0; k < variables; ++k) {
            MatrixXd M = k < n ? family_.matrices()[static_cast<std::size_t>(k) + 1]
                               : MatrixXd::Identity(F.rows(), F.cols());
            L.triangularView<Eigen::Lower>().solveInPlace(M);
            M.transposeInPlace();
            L.triangularView<Eigen::Lower>().solveInPlace(M);
            gradient[k] =
                (k < n ? price * family_.slope(static_cast<std::size_t>(k) + 1) : weight) -
                M.trace();
            columns.col(k) = M.reshaped();
        }
        const MatrixXd hessian = columns.transpose() * columns;
        const VectorXd step = -hessian.ldlt().solve(gradient);
        const double decrease = -gradient.dot(step);
        constexpr double enough = 1e-6, smallest = 1e-10;
        if (!step.allFinite() || !(decrease > enough)) return false;
        for (double t = 1; t > smallest; t /= 2) {
            const VectorXd y = y_ + t * step.head(n);
            const double shift = weight > 0 ? shift_ + t * step[n] : shift_;
            const std::optional<double> after = value(y, shift, price, weight);
            if (!after || *after > *before - 0.1 * t * decrease) continue;
            y_ = y;
            shift_ = shift;
            return true;
        }
        return false;
    }

    const Family& family_;
    VectorXd y_;
    double shift_ = 0;
};

/// The fraction of smallest denominator at a number; if there is none, one near it.
std::optional<Rational> simple(double x) {
    struct Guess {
        long most;
        double near;
    };
    for (const auto& [most, near] : {Guess{2000, 1e-5}, Guess{64, 1e-3}})
        for (long below = 1; below <= most; ++below) {
            const double scaled = x * static_cast<double>(below);
            const double above = std::nearbyint(scaled);
            if (std::fabs(scaled - above) < near)
                return Rational(static_cast<long>(above), below);
        }
    return std::nullopt;
}

/// Rows that span the vectors orthogonal to a kernel given to rounding, if it has a simple basis.
/// @param kernel  one vector a row
std::optional<Rows> complement(MatrixXd kernel) {
    std::vector<Eigen::Index> pivots;
    for (Eigen::Index r = 0; r < kernel.rows(); ++r) {
        Eigen::Index row = 0, column = 0;
        kernel.bottomRows(kernel.rows() - r).cwiseAbs().maxCoeff(&row, &column);
        kernel.row(r).swap(kernel.row(r + row));
        kernel.row(r) /= kernel(r, column);
        for (Eigen::Index other = 0; other < kernel.rows(); ++other)
            if (other != r) kernel.row(other) -= (kernel(other, column) * kernel.row(r)).eval();
        pivots.push_back(column);
    }
    Rows out;
    for (Eigen::Index c = 0; c < kernel.cols(); ++c) {
        if (std::find(pivots.begin(), pivots.end(), c) != pivots.end()) continue;
        out.emplace_back(static_cast<std::size_t>(kernel.cols()));
        out.back()[static_cast<std::size_t>(c)] = 1;
        for (Eigen::Index r = 0; r < kernel.rows(); ++r) {
            const std::optional<Rational> entry = simple(kernel(r, c));
            if (!entry) return std::nullopt;
            out.back()[static_cast<std::size_t>(pivots[static_cast<std::size_t>(r)])] = -*entry;
        }
    }
    return out;
}

Rows product(const Rows& A, const Rows& B) {
    Rows out;
    for (const std::vector<Rational>& row : A) {
        out.emplace_back(B.front().size());
        for (std::size_t l = 0; l < B.size(); ++l)
            for (std::size_t j = 0; j < B[l].size(); ++j)
                if (row[l] != 0) out.back()[j] += row[l] * B[l][j];
    }
    return out;
}

/// Makes c small, and rounds y ever less until what it says is a proof.
std::optional<SumOfSquares> polished(const Family& family, Barrier& barrier) {
    const double size = static_cast<double>(family.matrices()[0].rows());
    constexpr double share = 0.05, largest_price = 1e6;
    barrier.drop_shift();
    // At the centre c exceeds its least value by at most size/price.
    for (double price = 1; price < largest_price; price *= 4) {
        barrier.centre(price, 0);
        if (size / price <= share * family.constant(barrier.y())) break;
    }
    const VectorXd& y = barrier.y();
    const double largest = std::max(1.0, y.size() > 0 ? y.cwiseAbs().maxCoeff() : 0.0);
    for (const int bits : {5, 8, 12, 18, 26, 36, 50}) {
        const double unit = std::ldexp(1.0, std::ilogb(largest) - bits);
        std::vector<Rational> rounded;
        for (const double entry : y)
            rounded.push_back(exactly(std::nearbyint(entry / unit) * unit));
        if (std::optional<SumOfSquares> out = family.exactly_at(rounded)) return out;
    }
    return std::nullopt;
}

/// One round: a proof over Wz, or W cut down to where G can be nonzero.
struct Round {
    std::optional<SumOfSquares> proof;
    std::optional<Rows> smaller;
};

Round round(const Family& family) {
    Barrier barrier(family);
    constexpr double largest_weight = 1e11, feasible = 1e-5, least_sigma = 1e-4;
    // A weight above the price of c: else c → −∞ with ε = −c.
    for (double weight = 10; weight < largest_weight && barrier.shift() >= 0; weight *= 10)
        barrier.centre(1, weight);
    Round out;
    if (barrier.shift() < 0) {
        out.proof = polished(family, barrier);
        return out;
    }
    if (!(barrier.shift() <= feasible)) return out;
    // On the border alone: what every such H maps to zero is left out.
    const MatrixXd F = family.at(barrier.y());
    const Eigen::Index n = static_cast<Eigen::Index>(family.size());
    const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(F.topLeftCorner(n, n));
    if (F.diagonal().tail(F.rows() - n).minCoeff() < least_sigma) return out;
    // Vectors whose value is forced to 0 by another's come later, as roots of the shift.
    for (const double zero : {1e-8, 1e-4}) {
        Eigen::Index flat = 0;
        while (flat < n && solver.eigenvalues()[flat] < zero) ++flat;
        if (flat == 0 || flat == n) continue;
        out.smaller = complement(solver.eigenvectors().leftCols(flat).transpose());
        if (out.smaller) break;
    }
    return out;
}

/// Over z, without the monomials that do not occur, and of the p_j before they were scaled.
SumOfSquares expanded(SumOfSquares proof, const std::vector<Exponents>& z, const Rows& W,
                      const Rational& scale) {
    const Rows half = product(proof.gram, W);
    Rows gram(z.size(), std::vector<Rational>(z.size()));
    for (std::size_t i = 0; i < z.size(); ++i)
        for (std::size_t j = 0; j < z.size(); ++j)
            for (std::size_t a = 0; a < W.size(); ++a)
                if (W[a][i] != 0) gram[i][j] += scale * W[a][i] * half[a][j];
    proof.constant *= scale;
    proof.gram.clear();
    for (std::size_t i = 0; i < z.size(); ++i) {
        if (gram[i][i] == 0) continue;
        proof.monomials.push_back(z[i]);
        proof.gram.emplace_back();
        for (std::size_t j = 0; j < z.size(); ++j)
            if (gram[j][j] != 0) proof.gram.back().push_back(gram[i][j]);
    }
    return proof;
}

/// A power of two near the largest coefficient.
Rational size_of(const std::vector<Polynomial>& p) {
    double out = 0;
    for (const Polynomial& part : p)
        for (const auto& [e, c] : part) out = std::max(out, std::fabs(c.convert_to<double>()));
    return out > 0 && std::isfinite(out) ? exactly(std::ldexp(1.0, std::ilogb(out))) : Rational(1);
}

}  // namespace

std::optional<SumOfSquares> sum_of_squares(std::vector<Polynomial> p) {
    const std::vector<Exponents> z = basis(p);
    if (z.empty() || z.size() > most_monomials) return std::nullopt;
    const Rational scale = size_of(p);
    for (Polynomial& part : p)
        for (auto& [e, c] : part) c /= scale;
    Rows W(z.size(), std::vector<Rational>(z.size()));
    for (std::size_t i = 0; i < z.size(); ++i) W[i][i] = 1;
    while (true) {  // W has fewer rows each time
        const Family family(p, z, W);
        if (!family.exists() || family.parameters() > most_parameters) return std::nullopt;
        const Round next = round(family);
        if (next.proof) return expanded(*next.proof, z, W, scale);
        if (!next.smaller) return std::nullopt;
        W = product(*next.smaller, W);
    }
}

}  // namespace hadamard::landscape
