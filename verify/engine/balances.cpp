#include "engine/balances.hpp"

#include "hadamard/core/error.hpp"

#include <numeric>
#include <random>

namespace hadamard::verify {
namespace {

/// Positive integers below 1000, alike on every platform. Fractions would be no more generic, and
/// cost a gcd in every operation.
class Drawn {
public:
    Vector<Rational> operator()(Index n) {
        Vector<Rational> out(n);
        for (Index i = 0; i < n; ++i) out[i] = Rational(1 + next());
        return out;
    }

private:
    int next() { return static_cast<int>(rng_() % 997); }
    std::mt19937_64 rng_{20230707};
};

/// Row echelon form, reduced; the rank is the number of rows left.
Matrix<Rational> reduced(Matrix<Rational> rows) {
    Index rank = 0;
    for (Index column = 0; column < rows.cols() && rank < rows.rows(); ++column) {
        Index pivot = rank;
        while (pivot < rows.rows() && rows(pivot, column) == 0) ++pivot;
        if (pivot == rows.rows()) continue;
        rows.row(pivot).swap(rows.row(rank));
        const Rational scale = rows(rank, column);
        for (Index j = column; j < rows.cols(); ++j) rows(rank, j) /= scale;
        for (Index i = 0; i < rows.rows(); ++i) {
            const Rational factor = rows(i, column);
            if (i == rank || factor == 0) continue;
            for (Index j = column; j < rows.cols(); ++j) rows(i, j) -= factor * rows(rank, j);
        }
        ++rank;
    }
    return rows.topRows(rank).eval();
}

/// Columns: a basis of { z : M z = 0 }.
Matrix<Rational> null_space(const Matrix<Rational>& M) {
    const Matrix<Rational> R = reduced(M);
    std::vector<Index> pivots, free;
    Index row = 0;
    for (Index j = 0; j < M.cols(); ++j) {
        if (row < R.rows() && R(row, j) != 0) {
            pivots.push_back(j);
            ++row;
        } else {
            free.push_back(j);
        }
    }
    Matrix<Rational> out =
        Matrix<Rational>::Constant(M.cols(), static_cast<Index>(free.size()), Rational(0));
    for (Index f = 0; f < out.cols(); ++f) {
        const Index j = free[static_cast<std::size_t>(f)];
        out(j, f) = 1;
        for (Index i = 0; i < R.rows(); ++i) out(pivots[static_cast<std::size_t>(i)], f) = -R(i, j);
    }
    return out;
}

/// The symmetric matrices on a block, as vectors of their upper triangles, diagonal first.
class Triangle {
public:
    explicit Triangle(const IndexList& block) {
        for (const Index a : block) entries_.emplace_back(a, a);
        for (std::size_t i = 0; i < block.size(); ++i)
            for (std::size_t j = i + 1; j < block.size(); ++j)
                entries_.emplace_back(block[i], block[j]);
    }

    Index size() const { return static_cast<Index>(entries_.size()); }

    Matrix<Rational> form(const Vector<Rational>& coefficients, Index D) const {
        Matrix<Rational> A = Matrix<Rational>::Constant(D, D, Rational(0));
        for (Index e = 0; e < size(); ++e) {
            const auto& [a, b] = entries_[static_cast<std::size_t>(e)];
            A(a, b) = coefficients[e];
            A(b, a) = coefficients[e];
        }
        return A;
    }

private:
    std::vector<std::pair<Index, Index>> entries_;
};

/// A B, where B is mostly zeros.
Matrix<Rational> sparse_product(const Matrix<Rational>& A, const Matrix<Rational>& B) {
    Matrix<Rational> out = Matrix<Rational>::Constant(A.rows(), B.cols(), Rational(0));
    for (Index j = 0; j < B.cols(); ++j)
        for (Index l = 0; l < B.rows(); ++l) {
            if (B(l, j) == 0) continue;
            for (Index i = 0; i < A.rows(); ++i)
                if (A(i, l) != 0) out(i, j) += A(i, l) * B(l, j);
        }
    return out;
}

/// The columns of `basis`, coefficients of forms A, combined so that DK(ξ) A ξ = 0 at this point too.
Matrix<Rational> restricted(const AnyTransfer<Rational>& transfer, const Triangle& triangle,
                            const Matrix<Rational>& basis, const Vector<Rational>& xi) {
    Matrix<Rational> slopes(transfer.base_size(), basis.cols());
    for (Index j = 0; j < basis.cols(); ++j) {
        const Matrix<Rational> A = triangle.form(basis.col(j), xi.size());
        slopes.col(j) = transfer.pushforward(xi, form_times(A, xi));
    }
    if (slopes.isZero()) return basis;
    return sparse_product(basis, null_space(slopes));
}

long degree_of(const TransferSpec& spec) {
    const Exponent degree = spec.depth * root_degree(spec);
    require(degree.is_integer(), "root_degree: not a multiple of the depth's denominator");
    return degree.num();
}

/// The same block with weight 2, if the transfer takes one weight for it.
std::optional<TransferSpec> weighted(TransferSpec spec) try {
    spec.weights = {Rational(2)};
    make_transfer<Rational>(spec);
    return spec;
} catch (const InputError&) {
    return std::nullopt;
}

}  // namespace

long root_degree(const TransferSpec& spec) {
    long out = spec.depth.den();
    for (const Exponent e : spec.exponents) out = std::lcm(out, e.den());
    return out;
}

std::vector<Vector<Rational>> lattice(Index n, long degree) {
    std::vector<Vector<Rational>> out;
    Vector<Rational> x = Vector<Rational>::Constant(n, Rational(1));
    const auto extend = [&](auto&& self, Index i, long left) -> void {
        if (i == n) {
            out.push_back(x);
            return;
        }
        for (long step = 0; step <= left; ++step) {
            x[i] = 1 + step;
            self(self, i + 1, left - step);
        }
    };
    extend(extend, 0, degree);
    return out;
}

Vector<Rational> block_point(Index size, const IndexList& block, const Vector<Rational>& x,
                             long N) {
    Vector<Rational> out = Vector<Rational>::Constant(size, Rational(1));
    for (std::size_t i = 0; i < block.size(); ++i)
        out[block[i]] =
            natural_power(Rational(x[static_cast<Index>(i)]), static_cast<unsigned long>(N));
    return out;
}

bool has_degree_of_depth(const AnyTransfer<Rational>& transfer, const TransferSpec& spec) {
    const long N = root_degree(spec), order = degree_of(spec) + 1;
    const Index D = transfer.surrogate_size();
    IndexList everything(static_cast<std::size_t>(D));
    std::iota(everything.begin(), everything.end(), Index(0));
    Drawn drawn;
    for (int line = 0; line < 2; ++line) {
        const Vector<Rational> start = drawn(D), step = drawn(D);
        Vector<Rational> difference = Vector<Rational>::Constant(transfer.base_size(), Rational(0));
        Rational binomial(1);
        for (long j = 0; j <= order; ++j) {
            const Vector<Rational> x = start + Rational(j) * step;
            difference += binomial * transfer.apply(block_point(D, everything, x, N));
            binomial *= Rational(-(order - j), j + 1);
        }
        if (!difference.isZero()) return false;
    }
    return true;
}

std::vector<Balance> balances(const AnyTransfer<Rational>& transfer, const TransferSpec& spec,
                              Search search) {
    constexpr int enough = 3;  // drawn points in a row that exclude nothing
    const long N = root_degree(spec);
    const Index D = transfer.surrogate_size();
    const std::vector<TransferBlock> blocks = transfer.blocks();
    std::vector<Balance> out;
    Drawn drawn;
    for (std::size_t j = 0; j < blocks.size(); ++j) {
        const IndexList& block = blocks[j].surrogate;
        const Index n = static_cast<Index>(block.size());
        const Triangle triangle(block);
        Matrix<Rational> basis = Matrix<Rational>::Identity(triangle.size(), triangle.size());
        const auto restrict_to = [&](const Vector<Rational>& x) {
            basis = restricted(transfer, triangle, basis, block_point(D, block, x, N));
        };
        for (int same = 0; same < enough && basis.cols() > 0;) {
            const Index before = basis.cols();
            restrict_to(drawn(n));
            same = basis.cols() == before ? same + 1 : 0;
        }
        if (search == Search::lattice && basis.cols() > 0)
            for (const Vector<Rational>& x : lattice(n, degree_of(spec))) restrict_to(x);
        const Matrix<Rational> rows = reduced(basis.transpose());
        for (Index i = 0; i < rows.rows(); ++i)
            out.push_back({j, triangle.form(rows.row(i).transpose(), D)});
    }
    return out;
}

std::optional<Rational> isotropy(const AnyTransfer<Rational>& transfer, const TransferSpec& spec,
                                 const IndexList& block) try {
    const Index D = transfer.surrogate_size(), n = static_cast<Index>(block.size());
    std::optional<Rational> c;
    for (const Vector<Rational>& x : lattice(n, 2)) {
        const Vector<Rational> xi = block_point(D, block, x, root_degree(spec));
        const Vector<Rational> slope = transfer.penalty_gradient(xi);
        for (const Index a : block) {
            const Rational here = slope[a] / (2 * xi[a]);
            if (c && *c != here) return std::nullopt;
            c = here;
        }
    }
    return c;
} catch (const NotRepresentable&) {
    return std::nullopt;  // a power of ξ that is no square
}

std::optional<std::vector<Matrix<Rational>>> imbalance_forms(
    const AnyTransfer<Rational>& transfer) try {
    const Index D = transfer.surrogate_size();
    const Matrix<Rational> unit = Matrix<Rational>::Identity(D, D);
    const Index count = transfer.imbalance(unit.col(0)).size();
    std::vector<Matrix<Rational>> out(static_cast<std::size_t>(count), Matrix<Rational>(D, D));
    std::vector<Vector<Rational>> squares;
    for (Index a = 0; a < D; ++a) squares.push_back(transfer.imbalance(unit.col(a)));
    for (Index b = 0; b < D; ++b)
        for (Index a = 0; a <= b; ++a) {
            const Vector<Rational> both = transfer.imbalance(unit.col(a) + unit.col(b));
            for (Index r = 0; r < count; ++r) {
                Matrix<Rational>& A = out[static_cast<std::size_t>(r)];
                A(a, b) = (both[r] - squares[static_cast<std::size_t>(a)][r] -
                           squares[static_cast<std::size_t>(b)][r]) /
                          2;
                A(b, a) = A(a, b);
            }
        }
    Drawn drawn;
    for (int point = 0; point < 3; ++point) {
        const Vector<Rational> xi = drawn(D), value = transfer.imbalance(xi);
        for (Index r = 0; r < count; ++r)
            if (quadratic_value(out[static_cast<std::size_t>(r)], xi) != value[r])
                return std::nullopt;
    }
    return out;
} catch (const NotRepresentable&) {
    return std::nullopt;
}

bool is_balance(const AnyTransfer<Rational>& transfer, const TransferSpec& spec,
                const Matrix<Rational>& form, const IndexList& block) {
    const Index D = transfer.surrogate_size(), n = static_cast<Index>(block.size());
    for (const Vector<Rational>& x : lattice(n, degree_of(spec))) {
        const Vector<Rational> xi = block_point(D, block, x, root_degree(spec));
        if (!transfer.pushforward(xi, form_times(form, xi)).isZero()) return false;
    }
    return true;
}

std::vector<TransferSpec> one_block_specs(const TransferTraits& traits, Exponent depth, Index n) {
    TransferSpec plain;
    plain.name = traits.name;
    plain.depth = depth;
    plain.base_size = n;
    if (traits.grouped) {
        plain.groups.emplace_back(static_cast<std::size_t>(n));
        std::iota(plain.groups[0].begin(), plain.groups[0].end(), Index(0));
    }
    std::vector<TransferSpec> out;
    for (const TransferSpec& variant : traits.variants(plain)) {
        constexpr Index largest = 8;  // balances of a matrix have D² unknowns
        const AnyTransfer<Rational> transfer = make_transfer<Rational>(variant);
        if (transfer.blocks().size() != 1) return {};
        if (variant.rows > 0 && transfer.surrogate_size() > largest) continue;
        out.push_back(variant);
        if (std::optional<TransferSpec> heavier = weighted(variant)) out.push_back(*heavier);
    }
    return out;
}

}  // namespace hadamard::verify
