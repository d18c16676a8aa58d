#include "cli/solve_data.hpp"

#include "cli/run_options.hpp"
#include "cli/transfer_files.hpp"
#include "engine/user_transfers.hpp"
#include "hadamard/catalogue/registered_transfers.hpp"
#include "hadamard/core/suggest.hpp"
#include "hadamard/data/number.hpp"
#include "hadamard/data/standardize.hpp"
#include "hadamard/data/table.hpp"
#include "hadamard/penalties/group_lq.hpp"
#include "hadamard/penalties/lq.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

namespace hadamard::cli {
namespace {

/// Σ_j w_j ‖β_j‖₂^q: what the solvers minimize with.
bool is_sum_of_powers(const AnyPenalty<double>& R) {
    return R.target<penalty::Lq<double>>() != nullptr ||
           R.target<penalty::GroupLq<double>>() != nullptr;
}

/// Transfers of the catalogue that induce such a penalty.
std::vector<std::string> solvable_transfers() {
    std::vector<std::string> out;
    for (const TransferTraits& traits : transfer_catalogue()) {
        TransferSpec spec{.name = traits.name, .depth = 2, .base_size = 2};
        if (const RegisteredTransfer* own = registered_transfer(traits.name))
            spec.depth = own->depth;
        if (!traits.takes_depth(spec.depth)) spec.depth = 3;
        if (traits.grouped) spec.groups = {{0, 1}};
        if (traits.takes_depth(spec.depth) &&
            is_sum_of_powers(make_transfer<double>(spec).induced()))
            out.push_back(traits.name);
    }
    return out;
}

std::string default_loss(const Vector<Rational>& y) {
    const std::set<Rational> values(y.begin(), y.end());
    return values.size() == 2 ? "logistic" : "least_squares";
}

/// "inf" is none.
std::optional<Rational> weight_of(const std::string& cell, const std::string& where) {
    if (cell == "inf" || cell == "Inf" || cell == "infinity") return std::nullopt;
    const std::string wanted = where + ": the weight " + in_quotes(cell) +
                               " is not a number >= 0 (0: not penalised), nor inf (left out)";
    try {
        const Rational out = parse_rational(cell);
        if (out >= 0) return out;
    } catch (const InputError&) {
    }
    throw InputError(wanted);
}

/// The solver would refuse these too, but knows no names.
void check_scale(const std::string& where, const Matrix<double>& X, const Vector<double>& y,
                 const SolveRequest& request, const std::vector<std::string>& columns) {
    const auto check = [&](const auto& values, const std::string& what) {
        if (!std::isfinite(values.squaredNorm()))
            throw InputError(where + ": the squares of " + what +
                             " overflow; scale it to entries below 1e150");
    };
    check(y, "the response " + in_quotes(request.response));
    for (Index j = 0; j < X.cols(); ++j)
        check(X.col(j), "the column " + in_quotes(columns[static_cast<std::size_t>(j)]));
}

/// A logistic response has two classes where it gets here.
void check_intercept_exists(const std::string& where, const std::string& kind,
                            const Vector<double>& y, const SolveRequest& request) {
    if (kind == "poisson" && request.intercept && y.isZero(0))
        throw InputError(fmt::format(
            "{}: the response {} is 0 in all {} rows, where the intercept of a poisson regression "
            "is best at -infinity; it needs a count above 0, or --no-intercept",
            where, in_quotes(request.response), y.size()));
}

/// A CSV file that says something of each column of the data: `column`, and others.
class ColumnFile {
public:
    ColumnFile(const std::string& flag, const std::string& path,
               const std::vector<std::string>& required, const std::vector<std::string>& optional,
               const std::vector<std::string>& columns)
        : table_(read_text_table(path)) {
        for (const std::string& name : required)
            if (position(name) < 0)
                throw InputError(fmt::format("{}: {} has no column \"{}\"; its header must be {}",
                                             flag, path, name, header(required, optional)));
        for (const std::string& name : table_.columns)
            if (!is_in(required, name) && !is_in(optional, name))
                throw InputError(fmt::format("{}: {} has a column {}; its header must be {}", flag,
                                             path, in_quotes(name), header(required, optional)));
        std::set<std::string> seen;
        for (std::size_t row = 0; row < table_.rows.size(); ++row) {
            const std::string& name = cell(row, "column");
            const auto found = std::find(columns.begin(), columns.end(), name);
            if (found == columns.end())
                throw InputError(where(row) + ": the data have no column " + in_quotes(name) +
                                 " to predict with" + did_you_mean(name, columns));
            if (!seen.insert(name).second)
                throw InputError(where(row) + ": the column " + in_quotes(name) +
                                 " occurs twice; once is right");
            positions_.push_back(static_cast<Index>(found - columns.begin()));
        }
    }

    std::size_t size() const { return positions_.size(); }
    Index column(std::size_t row) const { return positions_[row]; }
    bool has(const std::string& name) const { return position(name) >= 0; }
    const std::string& cell(std::size_t row, const std::string& name) const {
        return table_.rows[row][static_cast<std::size_t>(position(name))];
    }
    std::string where(std::size_t row) const {
        return table_.source + ", line " + std::to_string(table_.lines[row]);
    }

private:
    static bool is_in(const std::vector<std::string>& names, const std::string& name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    }
    static std::string header(const std::vector<std::string>& required,
                              const std::vector<std::string>& optional) {
        std::string out = fmt::format("{}", fmt::join(required, ","));
        for (const std::string& name : optional) out += "[," + name + "]";
        return out;
    }
    int position(const std::string& name) const {
        const auto found = std::find(table_.columns.begin(), table_.columns.end(), name);
        return found == table_.columns.end() ? -1
                                             : static_cast<int>(found - table_.columns.begin());
    }

    TextTable table_;
    std::vector<Index> positions_;
};

}  // namespace

Regression::Regression(const SolveRequest& request)
    : Regression(request, read_table(request.file)) {}

Regression::Regression(const SolveRequest& request, const Table& table) : request_(request) {
    read_data(request.observation_weights.empty() ? table : without_weights(table));
    read_groups();
    read_weights();
    choose_transfer();
}

/// Takes the weights of the observations out of the table, and the rows with weight 0.
Table Regression::without_weights(const Table& table) {
    const std::string& name = request_.observation_weights;
    const Index skipped = table.column(name);
    const std::string what = "--observation-weights: the column " + in_quotes(name);
    if (skipped == table.column(request_.response))
        throw InputError(what + " is the response too");
    std::vector<Index> rows;
    Rational largest(0);
    for (Index i = 0; i < table.rows(); ++i) {
        const Rational& weight = table.values(i, skipped);
        if (weight < 0)
            throw InputError(fmt::format(
                "{}: {} is {} in row {} of the data; a weight is 0 (the row is left out) or "
                "positive",
                table.source, what, from_rational<double>(weight), i + 1));
        if (weight > 0) rows.push_back(i);
        largest = std::max(largest, weight);
    }
    if (rows.empty())
        throw InputError(table.source + ": " + what + " is 0 in every row; one must be positive");
    Table out{.source = table.source, .columns = table.columns, .values = {}};
    out.columns.erase(out.columns.begin() + skipped);
    std::vector<Index> columns;
    for (Index j = 0; j < table.values.cols(); ++j)
        if (j != skipped) columns.push_back(j);
    out.values = table.values(rows, columns);
    row_weights_ = table.values(rows, skipped);
    for (const Rational& weight : row_weights_)
        solver_row_weights_.push_back(from_rational<double>(Rational(weight / largest)));
    return out;
}

void Regression::read_data(const Table& table) {
    const Index response = table.column(request_.response);
    const std::string kind =
        request_.loss.empty() ? default_loss(table.values.col(response)) : request_.loss;
    exact_ = regression_problem(table, request_.response, kind, false, request_.standardize,
                                row_weights_);
    columns_ = regression_columns(table, request_.response, false);
    if (!request_.delta.empty()) {
        if (kind != "huber") throw InputError("--delta: goes with --loss huber");
        try {
            exact_.delta = parse_rational(request_.delta);
        } catch (const InputError&) {
            exact_.delta = 0;
        }
        if (exact_.delta <= 0)
            throw InputError("--delta: " + in_quotes(request_.delta) + " is not a number > 0");
    }
    x_ = from_rational<double>(exact_.X);
    y_ = from_rational<double>(exact_.y);
    for (const auto& [what, is_good] :
         {std::pair("a column", x_.allFinite()), std::pair("the response", y_.allFinite())})
        if (!is_good)
            throw InputError(table.source + ": " + what +
                             " holds a number beyond 1e308, the range of a double; rescale it");
    check_scale(table.source, x_, y_, request_, columns_);
    check_intercept_exists(table.source, kind, y_, request_);

    const Index p = static_cast<Index>(columns_.size());
    means_ = Vector<double>::Zero(p);
    deviations_ = Vector<double>::Constant(p, 1.0);
    if (!request_.standardize) return;
    Index next = 0;
    for (Index j = 0; j < table.values.cols(); ++j) {
        if (j == response) continue;
        const auto [mean, square] = moments(table.values.col(j), row_weights_);
        means_[next] = from_rational<double>(mean);
        const Real<50> variance = from_rational<Real<50>>(square);
        deviations_[next] = square_root(variance).convert_to<double>();
        if (!std::isfinite(means_[next]) || !std::isnormal(deviations_[next]))
            throw InputError(
                table.source + ": the column " +
                in_quotes(columns_[static_cast<std::size_t>(next)]) +
                " is too large or too small for a double (1e-308 to 1e308); rescale it");
        ++next;
    }
}

void Regression::read_groups() {
    if (request_.groups.empty()) return;
    const std::size_t p = columns_.size();
    owners_.assign(p, p);
    if (request_.groups.find_first_not_of("0123456789") == std::string::npos) {
        const std::size_t width = static_cast<std::size_t>(
            whole_number("--groups", request_.groups, 1, static_cast<long>(p)));
        for (std::size_t j = 0; j < p; ++j) {
            if (j % width == 0) groups_.emplace_back();
            groups_.back().push_back(static_cast<Index>(j));
            owners_[j] = groups_.size() - 1;
        }
        weights_.assign(groups_.size(), Rational(1));
        return;
    }
    const ColumnFile file("--groups", request_.groups, {"column", "group"}, {"weight"}, columns_);
    std::map<std::string, std::size_t> places;
    for (std::size_t row = 0; row < file.size(); ++row) {
        const std::string& name = file.cell(row, "group");
        if (name.empty()) throw InputError(file.where(row) + ": the group has no name");
        const std::optional<Rational> weight =
            file.has("weight") ? weight_of(file.cell(row, "weight"), file.where(row)) : Rational(1);
        const auto [place, is_new] = places.emplace(name, groups_.size());
        if (is_new) {
            groups_.emplace_back();
            weights_.push_back(weight);
        }
        if (weights_[place->second] != weight)
            throw InputError(file.where(row) + ": the group " + in_quotes(name) +
                             " has another weight on a line before; all its lines must agree");
        groups_[place->second].push_back(file.column(row));
        owners_[static_cast<std::size_t>(file.column(row))] = place->second;
    }
    for (std::size_t j = 0; j < p; ++j)
        if (owners_[j] == p)
            throw InputError(
                fmt::format("--groups: {} puts the column {} in no group; every "
                            "column but the response needs one",
                            request_.groups, in_quotes(columns_[j])));
    for (IndexList& group : groups_) std::sort(group.begin(), group.end());
}

void Regression::read_weights() {
    if (groups_.empty()) weights_.assign(columns_.size(), Rational(1));
    if (request_.weights.empty()) return;
    if (!groups_.empty())
        throw InputError(
            "--weights: groups have weights of their own; put them into the column \"weight\" of "
            "--groups FILE");
    const ColumnFile file("--weights", request_.weights, {"column", "weight"}, {}, columns_);
    for (std::size_t row = 0; row < file.size(); ++row)
        weights_[static_cast<std::size_t>(file.column(row))] =
            weight_of(file.cell(row, "weight"), file.where(row));
}

std::size_t Regression::unit_of(Index column) const {
    const std::size_t j = static_cast<std::size_t>(column);
    return groups_.empty() ? j : owners_[j];
}

std::vector<Index> Regression::columns_with(bool penalised) const {
    std::vector<Index> out;
    for (Index j = 0; j < static_cast<Index>(columns_.size()); ++j) {
        const std::optional<Rational>& weight = weights_[unit_of(j)];
        if (weight && (*weight > 0) == penalised) out.push_back(j);
    }
    return out;
}

TransferSpec Regression::penalised_spec() const {
    TransferSpec out{.name = transfer_, .depth = transfer_depth_};
    const std::vector<Index> columns = columns_with(true);
    out.base_size = static_cast<Index>(columns.size());
    std::map<std::size_t, std::size_t> places;  // of groups among those that are penalised
    for (Index i = 0; i < out.base_size; ++i) {
        const std::size_t unit = unit_of(columns[static_cast<std::size_t>(i)]);
        const auto [place, is_new] = places.emplace(unit, out.weights.size());
        if (is_new) {
            out.weights.push_back(*weights_[unit]);
            if (!groups_.empty()) out.groups.emplace_back();
        }
        if (!groups_.empty()) out.groups[place->second].push_back(i);
    }
    return out;
}

void Regression::choose_transfer() {
    const bool is_grouped = !groups_.empty();
    const std::string typed = request_.transfer.empty()
                                  ? (is_grouped ? "group_product" : "hadamard_product")
                                  : request_.transfer;
    constexpr std::uint64_t seed = 20230707;  // of the points at which a file's R is checked
    transfer_ = resolved_transfer(typed, seed);
    const TransferTraits traits = transfer_traits(transfer_);
    const std::vector<std::string> good = solvable_transfers();
    if (std::find(good.begin(), good.end(), transfer_) == good.end())
        throw InputError(fmt::format(
            "--transfer: solve has no method for the penalty that {} induces, only for sums of "
            "w ||b_g||^q: {}",
            transfer_, fmt::join(good, ", ")));
    if (traits.grouped && !is_grouped)
        throw InputError("--transfer: " + transfer_ + " needs --groups, a FILE.csv or a number");
    if (!traits.grouped && is_grouped)
        throw InputError("--groups: " + transfer_ +
                         " takes none; group_product, group_power and group_shared_product do");

    const RegisteredTransfer* own = registered_transfer(transfer_);
    if (own != nullptr) transfer_depth_ = own->depth;
    if (!request_.depth.empty()) {
        try {
            transfer_depth_ = parse_exponent(request_.depth);
        } catch (const InputError&) {
            throw InputError("--depth: " + in_quotes(request_.depth) +
                             " is not a whole number from 2 to 64");
        }
    }
    solver_weights_.assign(weights_.size(), 0.0);
    for (std::size_t g = 0; g < weights_.size(); ++g)
        if (!weights_[g]) solver_weights_[g] = std::numeric_limits<double>::infinity();
    TransferSpec spec = penalised_spec();
    const bool is_penalised = spec.base_size > 0;
    if (!is_penalised) {  // the depth alone is of interest
        spec.base_size = 1;
        spec.weights = {};
        if (is_grouped) spec.groups = {{0}};
    }
    try {
        const AnyPenalty<double> R = make_transfer<double>(spec).induced();
        const Exponent depth = Exponent(2) / R.exponent();
        if (!depth.is_integer())
            throw InputError("depth: q = " + R.exponent().text() +
                             ", but solve has q = 2/k for whole k alone");
        depth_ = static_cast<int>(depth.num());
        const std::vector<Index> penalised = columns_with(true);
        if (is_penalised)
            for (const PenaltyBlock<double>& block : R.blocks()) {
                const std::size_t i = static_cast<std::size_t>(block.indices.front());
                solver_weights_[unit_of(penalised[i])] = block.weight;
            }
    } catch (const InputError& error) {
        throw InputError("--transfer " + transfer_ + ": " + error.what());
    }
}

optim::SparseProblem Regression::problem() const {
    optim::SparseProblem out;
    out.X = {.layout = optim::Design::Layout::columns,
             .rows = x_.rows(),
             .columns = x_.cols(),
             .values = x_.data(),
             .stride = x_.rows()};
    out.y = {y_.data(), static_cast<std::size_t>(y_.size())};
    out.loss = optim::loss_kind(exact_.kind);
    out.huber_delta = from_rational<double>(exact_.delta);
    for (const IndexList& group : groups_) out.groups.emplace_back(group.begin(), group.end());
    out.weights = solver_weights_;
    out.intercept = request_.intercept;
    out.depth = depth_;
    out.observation_weights = solver_row_weights_;
    return out;
}

std::vector<Index> Regression::repeated_rows() const {
    std::vector<Index> out;
    if (row_weights_.size() == 0) {
        for (Index i = 0; i < rows(); ++i) out.push_back(i);
        return out;
    }
    Integer common = 0, denominators = 1;
    for (const Rational& weight : row_weights_)
        denominators = lcm(denominators, denominator(weight));
    for (const Rational& weight : row_weights_)
        common = gcd(common, numerator(Rational(weight * denominators)));
    constexpr int most = 100'000;  // exact arithmetic on more rows takes hours
    Integer total = 0;
    for (const Rational& weight : row_weights_)
        total += numerator(Rational(weight * denominators)) / common;
    if (total > most)
        throw InputError(fmt::format(
            "--digits: with these observation weights the problem is one of {} rows, each repeated "
            "by its weight; at most {} are certified: give weights with simpler ratios",
            total.str(), most));
    for (Index i = 0; i < rows(); ++i) {
        const Integer times = numerator(Rational(row_weights_[i] * denominators)) / common;
        out.insert(out.end(), times.convert_to<std::size_t>(), i);
    }
    return out;
}

optim::SurrogateSpec Regression::surrogate_spec(double lambda) const {
    if (!transfer_depth_.is_integer())
        throw InputError("--depth: " + transfer_depth_.text() +
                         " is no whole number, which methods other than working_set need");
    optim::SurrogateSpec out;
    out.data = problem();
    out.data.depth = static_cast<int>(transfer_depth_.num());
    for (std::size_t g = 0; g < weights_.size(); ++g) {
        if (!weights_[g]) {
            const std::size_t j =
                groups_.empty() ? g : static_cast<std::size_t>(groups_[g].front());
            throw InputError("--weights: inf, that of the column " + in_quotes(columns_[j]) +
                             ", is known to `solve` by working_set alone; leave it out of the data");
        }
        out.data.weights[g] = from_rational<double>(*weights_[g]);
    }
    out.transfer = transfer_;
    out.form = verify::form_of(transfer_);
    out.lambda = lambda;
    return out;
}

std::vector<Index> Regression::instance_columns() const {
    std::vector<Index> out;
    if (request_.intercept) out.push_back(-1);
    for (Index j = 0; j < static_cast<Index>(columns_.size()); ++j)
        if (weights_[unit_of(j)]) out.push_back(j);
    return out;
}

Instance Regression::instance(const Rational& lambda) const {
    Instance out;
    out.transfer = penalised_spec();
    if (out.transfer.base_size == 0)
        throw InputError("--digits: no column is penalised, which leaves nothing to certify");
    out.lambda = lambda;
    const std::vector<Index> columns = instance_columns();
    out.loss.kind = exact_.kind;
    const std::vector<Index> rows = repeated_rows();
    out.loss.y = exact_.y(rows);
    out.loss.delta = exact_.delta;
    out.loss.X.resize(static_cast<Index>(rows.size()), static_cast<Index>(columns.size()));
    for (Index i = 0; i < static_cast<Index>(columns.size()); ++i) {
        const Index j = columns[static_cast<std::size_t>(i)];
        if (j < 0)
            out.loss.X.col(i).setConstant(Rational(1));
        else
            out.loss.X.col(i) = exact_.X(rows, j);
        if (j < 0 || *weights_[unit_of(j)] == 0) out.unpenalised.push_back(i);
    }
    return out;
}

optim::SparseSolution Regression::on_original_scale(optim::SparseSolution solution) const {
    for (std::size_t j = 0; j < columns_.size(); ++j) {
        const Index column = static_cast<Index>(j);
        solution.coefficients[j] /= deviations_[column];
        solution.intercept -= solution.coefficients[j] * means_[column];
    }
    return solution;
}

}  // namespace hadamard::cli
