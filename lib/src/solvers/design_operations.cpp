#include "solvers/design_operations.hpp"

#include "solvers/work.hpp"

#include "hadamard/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace hadamard::optim::detail {
namespace {

std::string place(Index i, Index j) {
    return "X[" + std::to_string(i) + ", " + std::to_string(j) + "]";
}

using Eight = double __attribute__((vector_size(64)));

Eight load(const double* x) {
    Eight out;
    std::memcpy(&out, x, sizeof out);
    return out;
}

double sum_of(const Eight (&sums)[4]) {
    const Eight sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    return ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
}

/// aᵀb in an order that depends on n alone. Eigen's begins at the first aligned entry: the same data
/// elsewhere in memory would give other last bits.
double ordered_dot(const double* a, const double* b, Index n) {
    Eight sums[4] = {};
    Index i = 0;
    for (; i + 32 <= n; i += 32)
        for (int k = 0; k < 4; ++k) sums[k] += load(a + i + 8 * k) * load(b + i + 8 * k);
    for (; i + 8 <= n; i += 8) sums[0] += load(a + i) * load(b + i);
    double out = sum_of(sums);
    for (; i < n; ++i) out += a[i] * b[i];
    return out;
}

/// {aᵀa, aᵀb} with a read once, the latter as ordered_dot has it.
std::pair<double, double> ordered_squares_and_dot(const double* a, const double* b, Index n) {
    Eight squares[4] = {}, sums[4] = {};
    Index i = 0;
    for (; i + 32 <= n; i += 32)
        for (int k = 0; k < 4; ++k) {
            const Eight x = load(a + i + 8 * k);
            squares[k] += x * x;
            sums[k] += x * load(b + i + 8 * k);
        }
    for (; i + 8 <= n; i += 8) {
        const Eight x = load(a + i);
        squares[0] += x * x;
        sums[0] += x * load(b + i);
    }
    std::pair<double, double> out(sum_of(squares), sum_of(sums));
    for (; i < n; ++i) {
        out.first += a[i] * a[i];
        out.second += a[i] * b[i];
    }
    return out;
}

const Design& checked(const Design& X) {
    if (X.rows < 1) throw InputError("X has no rows; at least one is needed");
    if (X.columns < 1) throw InputError("X has no columns; at least one is needed");
    const bool by_rows = X.layout == Design::Layout::rows;
    const Index least = by_rows ? X.columns : X.rows, lines = by_rows ? X.rows : X.columns;
    if (X.layout != Design::Layout::sparse_columns && lines > 1 && X.stride < least)
        throw InputError("X: stride is " + std::to_string(X.stride) + "; it must be " +
                         std::to_string(least) + " or more, or entries overlap");
    return X;
}

}  // namespace

DesignOperations::DesignOperations(const Design& X, const Vector& r, const Vector& ones)
    : X_(checked(X)), norms_(X.columns), first_product_(X.columns), ones_(ones) {
    if (is_sparse()) check_sparse();
    if (X.layout == Design::Layout::rows)
        measure_rows(r);
    else
        measure_columns(r);
    for (Index j = 0; j < X.columns; ++j) {
        if (!std::isfinite(norms_[j])) refuse_column(j);
        // Squares below 1e-300 are no longer rounded to ε of themselves.
        if (norms_[j] < 1e-150 && !is_zero(j))
            throw InputError("X: the squares of column " + std::to_string(j) +
                             " underflow; scale it to entries above 1e-145");
    }
}

void DesignOperations::measure_columns(const Vector& r) {
    for (Index j = 0; j < X_.columns; ++j) {
        std::pair<double, double> sums;
        if (is_sparse())
            for_each(j, [&](Index i, double x) {
                sums.first += x * x;
                sums.second += x * r[i];
            });
        else
            sums = ordered_squares_and_dot(X_.values + j * X_.stride, r.data(), X_.rows);
        norms_[j] = std::sqrt(sums.first);
        first_product_[j] = sums.second;
    }
}

void DesignOperations::measure_rows(const Vector& r) {
    norms_.setZero();
    first_product_.setZero();
    for (Index i = 0; i < X_.rows; ++i) {
        const Eigen::Map<const Vector> row(X_.values + i * X_.stride, X_.columns);
        norms_.array() += row.array().square();
        first_product_ += r[i] * row;
    }
    norms_ = norms_.cwiseSqrt();
}

void DesignOperations::check_sparse() const {
    if (X_.starts[0] != 0) throw InputError("X: the first column of a sparse matrix starts at 0");
    std::vector<Index> last(static_cast<std::size_t>(X_.rows), -1);  // column with an entry there
    for (Index j = 0; j < X_.columns; ++j)  // all, before any entry is looked at
        if (X_.starts[j + 1] < X_.starts[j])
            throw InputError("X: column " + std::to_string(j) + " ends before it starts");
    for (Index j = 0; j < X_.columns; ++j)
        for_each(j, [&](Index i, double) {
            if (i < 0 || i >= X_.rows)
                throw InputError("X: column " + std::to_string(j) + " has an entry in row " +
                                 std::to_string(i) + "; rows are 0 to " +
                                 std::to_string(X_.rows - 1));
            if (std::exchange(last[static_cast<std::size_t>(i)], j) == j)
                throw InputError("X: column " + std::to_string(j) + " has two entries in row " +
                                 std::to_string(i) + "; add them up");
        });
}

bool DesignOperations::is_zero(Index j) const {
    if (!is_sparse()) return dense(j).isZero(0);
    bool out = true;
    for_each(j, [&](Index, double x) { out = out && x == 0; });
    return out;
}

void DesignOperations::refuse_column(Index j) const {
    const auto check = [&](Index i, double x) {
        if (!std::isfinite(x))
            throw InputError(place(i, j) + " is " + (std::isnan(x) ? "NaN" : "infinite") +
                             "; it must be a finite number");
    };
    if (is_sparse())
        for_each(j, check);
    else
        for (Index i = 0; i < X_.rows; ++i) check(i, dense(j)[i]);
    throw InputError("X: the squares of column " + std::to_string(j) +
                     " overflow; scale it to entries below 1e150");
}

DesignOperations::Column DesignOperations::dense(Index j) const {
    if (X_.layout == Design::Layout::columns)
        return {X_.values + j * X_.stride, X_.rows, Eigen::InnerStride<>(1)};
    return {X_.values + j, X_.rows, Eigen::InnerStride<>(X_.stride)};
}

double DesignOperations::dot(Index j, const Vector& r) const {
    if (j == intercept_column) return ones_.size() == 0 ? r.sum() : ones_.dot(r);
    if (is_sparse()) {
        double sum = 0;
        for_each(j, [&](Index i, double x) { sum += x * r[i]; });
        return sum;
    }
    if (X_.layout == Design::Layout::columns)
        return ordered_dot(X_.values + j * X_.stride, r.data(), X_.rows);
    return dense(j).dot(r);
}

Vector DesignOperations::transpose_times(const Vector& r) const {
    using Stride = Eigen::OuterStride<>;
    using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    Vector out(X_.columns);
    switch (X_.layout) {
        case Design::Layout::columns:
            out.noalias() = Eigen::Map<const Matrix, 0, Stride>(X_.values, X_.rows, X_.columns,
                                                                Stride(X_.stride))
                                .transpose() *
                            r;
            break;
        case Design::Layout::rows:
            out.noalias() =
                Eigen::Map<const Rows, 0, Stride>(X_.values, X_.rows, X_.columns, Stride(X_.stride))
                    .transpose() *
                r;
            break;
        case Design::Layout::sparse_columns:
            for (Index j = 0; j < X_.columns; ++j) out[j] = dot(j, r);
    }
    return out;
}

void DesignOperations::add_column(Index j, double a, Vector& z) const {
    if (j == intercept_column && ones_.size() == 0)
        z.array() += a;
    else if (j == intercept_column)
        z += a * ones_;
    else if (is_sparse())
        for_each(j, [&](Index i, double x) { z[i] += a * x; });
    else
        z += a * dense(j);
}

void DesignOperations::copy_column(Index j, Eigen::Ref<Vector> out) const {
    if (j == intercept_column) {
        if (ones_.size() == 0)
            out.setOnes();
        else
            out = ones_;
    } else if (is_sparse()) {
        out.setZero();
        for_each(j, [&](Index i, double x) { out[i] = x; });
    } else if (X_.layout == Design::Layout::columns) {
        std::copy_n(X_.values + j * X_.stride, X_.rows, out.data());
    } else {
        out = dense(j);
    }
}

// ---- ColumnStore --------------------------------------------------------------------------------

/// Room for so many columns at first: what is not used costs addresses only.
constexpr Index first_capacity = 2000;

ColumnStore::Slots ColumnStore::dense(Index from, Index count) const {
    return {dense_.data() + from * X_->rows(), X_->rows(), count};
}

void ColumnStore::reserve(Index slots) {
    if (X_->is_sparse() || slots <= capacity_) return;
    const Index all = X_->columns() + 1;
    const Index wanted = std::min(all, std::max(first_capacity, slots + slots / 2));
    Buffer larger(static_cast<std::size_t>(wanted) * static_cast<std::size_t>(X_->rows()));
    if (size() > 0) std::copy_n(dense_.data(), size() * X_->rows(), larger.data());
    dense_ = std::move(larger);
    capacity_ = wanted;
}

void ColumnStore::append(const std::vector<Index>& columns) {
    reserve(size() + static_cast<Index>(columns.size()));
    for (const Index j : columns) {
        if (!X_->is_sparse()) X_->copy_column(j, dense(size(), 1).col(0));
        columns_.push_back(j);
    }
}

void ColumnStore::keep(const std::vector<Index>& slots, Gram* gram) {
    std::vector<Index> columns;
    const auto m = static_cast<Index>(slots.size());
    for (Index to = 0; to < m; ++to) {  // slots ascend: nothing is overwritten that is still needed
        const Index from = slots[static_cast<std::size_t>(to)];
        columns.push_back(column(from));
        if (!X_->is_sparse() && from != to) dense(to, 1) = dense(from, 1);
        if (!gram) continue;
        auto G = gram->view(size());
        for (Index i = 0; i < m; ++i) G(i, to) = G(slots[static_cast<std::size_t>(i)], from);
    }
    columns_ = std::move(columns);
}

void Gram::reserve(Index size, Index known, Index most) {
    if (size <= capacity_) return;
    const Gram before = std::exchange(*this, {});
    capacity_ = std::min(most, std::max<Index>(512, 2 * size));
    stride_ = capacity_ + 8;  // a power of two would send whole rows to one set of the cache
    buffer_ = Buffer(static_cast<std::size_t>(stride_) * static_cast<std::size_t>(capacity_));
    if (known > 0) view(known) = before.view(known);
}

/// Products among columns take so many rows at a time, which stay in the cache: Eigen alone is up to
/// seven times slower where columns are few and long (5000 x 50).
constexpr Index rows_at_once = 512;

/// Copies the upper triangle below the diagonal, as far as its columns from `known` on are new.
void mirror_upper(Gram::View G, Index known) {
    const Index added = G.cols() - known;
    G.bottomLeftCorner(added, known) = G.topRightCorner(known, added).transpose();
    auto corner = G.bottomRightCorner(added, added);
    corner.triangularView<Eigen::StrictlyLower>() = corner.transpose();
}

void ColumnStore::extend_gram(Gram& gram, Index known, Index wanted) const {
    const Index m = wanted, added = m - known;
    multiplied += static_cast<double>(m * added * X_->rows());
    gram.reserve(size(), known, X_->columns() + 1);
    auto G = gram.view(m);
    if (X_->is_sparse()) {
        sparse_gram({}, known, G, {});
        return;
    }
    G.rightCols(added).setZero();
    for (Index row = 0; row < X_->rows(); row += rows_at_once) {
        const Index height = std::min(rows_at_once, X_->rows() - row);
        const auto fresh = dense(known, added).middleRows(row, height);
        if (known > 0)  // Eigen divides by the size
            G.topRightCorner(known, added).noalias() +=
                dense(0, known).middleRows(row, height).transpose() * fresh;
        G.bottomRightCorner(added, added)
            .selfadjointView<Eigen::Upper>()
            .rankUpdate(fresh.transpose());
    }
    mirror_upper(G, known);
}

bool ColumnStore::weighted_gram(const Vector& weights, Gram& gram, Index known,
                                Precision precision, const Interrupt& interrupt) const {
    const Index m = size(), added = m - known;
    if (added == 0) return true;
    multiplied += static_cast<double>(m * added * X_->rows());
    gram.reserve(m, known, X_->columns() + 1);
    auto G = gram.view(m);
    if (X_->is_sparse()) return sparse_gram(weights, known, G, interrupt);
    const bool is_done = precision == Precision::single
                             ? dense_gram<float>(weights, known, G, interrupt)
                             : dense_gram<double>(weights, known, G, interrupt);
    if (is_done) mirror_upper(G, known);
    return is_done;
}

template <class Scalar>
bool ColumnStore::dense_gram(const Vector& weights, Index known, Gram::View G,
                             const Interrupt& interrupt) const {
    using Block = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
    const Index m = G.cols(), added = m - known;
    // Of columns of norm 1 no square leaves the range of floats.
    Vector norms(m);
    for (Index s = 0; s < m; ++s) norms[s] = X_->norm(column(s));
    const Vector inverses = (norms.array() > 0).select(norms.cwiseInverse(), 0.0);
    const Vector roots = weights.cwiseSqrt();
    Block old, fresh, sum = Block::Zero(m, added);
    G.rightCols(added).setZero();
    for (Index row = 0; row < X_->rows(); row += rows_at_once) {
        if (row > 0 && is_stopped(interrupt)) return false;
        const Index height = std::min(rows_at_once, X_->rows() - row);
        const auto scaled = [&](Index from, Index count) {
            Block out(height, count);
            for (Index s = 0; s < count; ++s) {
                const auto x = dense(from + s, 1).col(0).segment(row, height).array();
                const double factor = inverses[from + s];
                if (weights.size() == 0)
                    out.col(s) = (x * factor).matrix().template cast<Scalar>();
                else
                    out.col(s) = (x * roots.segment(row, height).array() * factor)
                                     .matrix()
                                     .template cast<Scalar>();
            }
            return out;
        };
        fresh = scaled(known, added);
        sum.bottomRows(added).template selfadjointView<Eigen::Upper>().rankUpdate(
            fresh.transpose());
        if (known > 0) {  // Eigen divides by the size
            old = scaled(0, known);
            sum.topRows(known).noalias() += old.transpose() * fresh;
        }
        if ((row / rows_at_once) % 8 != 7 && row + height < X_->rows()) continue;
        G.rightCols(added) += sum.template cast<double>();
        sum.setZero();
    }
    G.rightCols(added) = norms.asDiagonal() * G.rightCols(added);
    G.rightCols(added) = G.rightCols(added) * norms.tail(added).asDiagonal();
    return true;
}

bool ColumnStore::sparse_gram(const Vector& weights, Index known, Gram::View G,
                              const Interrupt& interrupt) const {
    Vector scattered(X_->rows());
    for (Index j = known; j < G.cols(); ++j) {
        if (is_stopped(interrupt)) return false;
        X_->copy_column(column(j), scattered);
        if (weights.size() > 0) scattered.array() *= weights.array();
        for (Index i = 0; i <= j; ++i) {
            G(i, j) = X_->dot(column(i), scattered);
            G(j, i) = G(i, j);
        }
    }
    return true;
}

Vector ColumnStore::transpose_times(const Vector& r, Index from) const {
    if (size() == from) return {};
    multiplied += static_cast<double>((size() - from) * X_->rows());
    if (!X_->is_sparse()) return dense(from, size() - from).transpose() * r;
    Vector out(size() - from);
    for (Index s = from; s < size(); ++s) out[s - from] = X_->dot(column(s), r);
    return out;
}

void ColumnStore::times(const Vector& b, Vector& z) const {
    z.setZero();
    for (Index s = 0; s < size(); ++s) {
        if (b[s] == 0) continue;
        multiplied += static_cast<double>(X_->rows());
        if (X_->is_sparse())
            X_->add_column(column(s), b[s], z);
        else
            z += b[s] * dense(s, 1);
    }
}

}  // namespace hadamard::optim::detail
