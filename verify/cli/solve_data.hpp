#pragma once

#include "hadamard/core/specification.hpp"
#include "hadamard/data/table.hpp"
#include "hadamard/optimizers/method.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hadamard::cli {

/// What `hadamard solve` is asked to solve, as typed.
struct SolveRequest {
    std::string file, response;
    std::string loss;      ///< Empty: logistic for two distinct values, else least_squares.
    std::string delta;     ///< Of the Huber loss; empty: 1.
    std::string transfer;  ///< Empty: group_product where there are groups, else hadamard_product.
    std::string depth;     ///< Empty: 2, or what a transfer from a file has.
    std::string groups;    ///< A number of columns or a CSV file; empty: none.
    std::string weights;   ///< A CSV file; empty: all 1.
    std::string observation_weights;  ///< A column; empty: all 1.
    bool standardize = true, intercept = true;
};

/// A penalised regression: exactly as stated, and rounded once to double for the solvers. Columns
/// or groups are its *units*, each with a weight of the transfer: 0 is not penalised, none
/// (infinite) is left out.
///
/// Shapes  X: (n × p), without a column for the intercept; y: (n); one weight a unit.
/// Units   X is standardised where asked: column = (original − mean)/deviation, both weighted where the
///         observations are. Rows of observation weight 0 are not there.
class Regression {
public:
    /// @throws InputError as `read_table` and `regression_problem`, and for groups, weights, a
    ///         depth or a transfer that are not possible, naming what is.
    explicit Regression(const SolveRequest& request);
    /// The same of a table that is not in a file; `request.file` names it.
    Regression(const SolveRequest& request, const Table& table);

    const SolveRequest& request() const { return request_; }
    const std::vector<std::string>& columns() const { return columns_; }
    Index rows() const { return x_.rows(); }
    int depth() const { return depth_; }
    const std::string& loss() const { return exact_.kind; }
    const std::string& transfer() const { return transfer_; }
    std::size_t group_count() const { return groups_.size(); }

    /// Views of this object's memory.
    optim::SparseProblem problem() const;
    /// The same with its surrogate, for the methods that are found by name; views likewise.
    /// @throws InputError for a depth that is no whole number, and for weights inf.
    optim::SurrogateSpec surrogate_spec(double lambda) const;

    /// Exactly what `problem` is at λ. A column of ones comes first where there is an intercept, and
    /// the columns that are left out are not there.
    /// A row of observation weight s is there s/u times, u the largest number that makes these whole.
    /// @throws InputError when nothing is penalised, or the rows become too many.
    Instance instance(const Rational& lambda) const;
    /// The columns of `instance`, as positions in `columns`; −1: the intercept.
    std::vector<Index> instance_columns() const;

    /// The coefficients of the columns as they are in the file, with the intercept that is theirs.
    optim::SparseSolution on_original_scale(optim::SparseSolution solution) const;

private:
    std::size_t unit_of(Index column) const;
    std::vector<Index> columns_with(bool penalised) const;
    TransferSpec penalised_spec() const;
    Table without_weights(const Table& table);
    void read_data(const Table& table);
    std::vector<Index> repeated_rows() const;
    void read_groups();
    void read_weights();
    void choose_transfer();

    SolveRequest request_;
    std::vector<std::string> columns_;
    LossSpec exact_;  // X without the intercept
    Matrix<double> x_;
    Vector<double> y_, means_, deviations_;
    Vector<Rational> row_weights_;            // of the observations; none: all 1
    std::vector<double> solver_row_weights_;  // over the largest of them
    std::vector<IndexList> groups_;                 // empty: each column its own unit
    std::vector<std::size_t> owners_;               // the group of a column
    std::vector<std::optional<Rational>> weights_;  // one a unit, of the transfer
    std::vector<double> solver_weights_;            // one a unit, of the penalty it induces
    std::string transfer_;
    Exponent transfer_depth_ = 2;
    int depth_ = 2;  // 2/q
};

}  // namespace hadamard::cli
