#include "hadamard/minima/planted.hpp"

#include "hadamard/catalogue/problem.hpp"
#include "hadamard/minima/degenerate.hpp"
#include "hadamard/penalties/nuclear.hpp"

#include <Eigen/LU>

#include <algorithm>
#include <random>

namespace hadamard::minima {
namespace {

/// Plants points for one transfer; every choice is made by `rng() % n`, alike on every platform.
///
/// θ is chosen so that all powers are rational, then the gradient g of L at every kink and, by −λ∇R,
/// elsewhere, then A = ∇²L(θ) so that H = A + λ∇²R on the active coordinates is as the kind wants it.
///   quadratic      L = ½xᵀAx − bᵀx, b = Aθ − g
///   least_squares  A = XᵀX/n with X scaled until H is as wanted, y = Xθ − r, r = X(XᵀX)⁺ n g
///   polynomial     L = gᵀh + ½hᵀAh + cubic and quartic terms in h = x − θ, expanded
/// Kernels of H are spanned by directions v that are radial in every block, so that R along θ + tv is
/// Σ_j w_j abs(‖β_j‖ + t v_j)^q and its coefficients are those of a scalar power.
/// Nuclear norms: B = Σ_{i<ρ} t_i² a_i c_iᵀ, −G/(λw) = Σ y_i a_i c_iᵀ with y_i = 1 for i < ρ and |y_i| below, above
/// or at 1 otherwise; A in the orthonormal basis of ψ and the a_i c_jᵀ, of which i < ρ or j < ρ are tangent to
/// the matrices of rank ρ. As ∇²R is not used, kinds that need it are left out: the cubic and quartic ones, and
/// borders where L is not convex.
class Planter {
public:
    Planter(const TransferSpec& transfer, const PlantedOptions& options, std::uint64_t seed)
        : options_(options), rng_(seed) {
        instance_.transfer = transfer;
        instance_.lambda = options.lambda ? *options.lambda : positive(4);
        if (options.intercept) instance_.unpenalised = {0};
        size_ = transfer.base_size + (options.intercept ? 1 : 0);
        instance_.loss.kind = "quadratic";
        instance_.loss.A = Matrix<Rational>::Identity(size_, size_);
        instance_.loss.b = Vector<Rational>::Constant(size_, Rational(0));
    }

    /// Nothing when this transfer, loss and drawn support do not admit the kind.
    std::optional<Planted> plant(PlantedKind kind) {
        const Problem<Rational> problem = ProblemFamily(instance_).over<Rational>();
        R_.emplace(problem.base.penalty());
        kind_ = kind;
        nuclear_ = nuclear_of(*R_);
        if (!is_possible()) return std::nullopt;
        nuclear_ != nullptr ? draw_matrix() : draw_point();
        if (nuclear_ == nullptr && !draw_slopes()) return std::nullopt;
        if (!draw_curvature()) return std::nullopt;
        set_loss();
        Planted out;
        out.instance = instance_;
        out.base_point = point_;
        out.truth = truth_of(kind);
        add_preimages(problem.surrogate.transfer(), out);
        return out;
    }

private:
    bool q_is_one() const { return R_->exponent() == Exponent(1); }
    bool has_borders() const {
        return kind_ == PlantedKind::border_convex || kind_ == PlantedKind::border_up ||
               kind_ == PlantedKind::border_down || kind_ == PlantedKind::border_open;
    }
    bool is_quartic() const {
        return kind_ == PlantedKind::quartic_up || kind_ == PlantedKind::quartic_down;
    }
    bool is_least_squares() const { return options_.loss == "least_squares"; }
    bool is_polynomial() const { return options_.loss == "polynomial"; }

    bool is_possible() const {
        if (nuclear_ != nullptr) {
            const TransferSpec& spec = instance_.transfer;
            const Index least = std::min(nuclear_->rows(), nuclear_->cols());
            if (spec.width != 0 && spec.width < least) return false;  // K is not onto
            switch (kind_) {
                case PlantedKind::minimizer:
                case PlantedKind::steep:
                case PlantedKind::border_convex: return true;
                case PlantedKind::saddle:
                case PlantedKind::maximum: return !is_least_squares();
                case PlantedKind::flat: return !is_polynomial();
                default: return false;
            }
        }
        const bool is_radial = is_sum_of_block_powers(
            ProblemFamily(instance_).over<Interval>().base.penalty());
        switch (kind_) {
            case PlantedKind::minimizer: return true;
            case PlantedKind::saddle:
            case PlantedKind::maximum: return !is_least_squares() || !q_is_one();
            case PlantedKind::steep: return true;
            case PlantedKind::border_convex: return q_is_one() && is_radial;
            case PlantedKind::flat: return q_is_one() && is_radial && !is_polynomial();
            case PlantedKind::border_up:
            case PlantedKind::border_down:
            case PlantedKind::border_open: return q_is_one() && is_radial && !is_least_squares();
            case PlantedKind::cubic:
                return is_radial && !is_least_squares() && (!q_is_one() || is_polynomial());
            default: return is_radial && is_polynomial();
        }
    }

    std::uint64_t draw(std::uint64_t n) { return rng_() % n; }

    Rational positive(int size) {
        static constexpr std::array<int, 4> denominators = {1, 2, 3, 4};
        const int p = 1 + static_cast<int>(draw(static_cast<std::uint64_t>(size)));
        return Rational(p, denominators[draw(denominators.size())]);
    }

    Rational sign() { return draw(2) == 0 ? Rational(1) : Rational(-1); }

    /// A rational vector of length 1 on these coordinates, 0 elsewhere.
    Vector<Rational> direction(const IndexList& indices, bool along_axis) {
        Vector<Rational> out = Vector<Rational>::Constant(size_, Rational(0));
        const std::size_t n = indices.size(), first = draw(n);
        if (n == 1 || along_axis || draw(3) == 0) {
            out[indices[first]] = sign();
        } else {
            out[indices[first]] = sign() * Rational(3, 5);
            out[indices[(first + 1) % n]] = sign() * Rational(4, 5);
        }
        return out;
    }

    /// Norms t^N, N the transfer's `lift_degree`; with factors inside a group, entries to their number.
    /// Zero blocks where the kind needs them and by chance elsewhere.
    void draw_point() {
        const TransferSpec& spec = instance_.transfer;
        const Exponent degree(transfer_traits(spec.name).lift_degree(spec));
        const std::vector<PenaltyBlock<Rational>> blocks = R_->blocks();
        const bool wants_zero = has_borders() || kind_ == PlantedKind::steep;
        const bool wants_axis = is_quartic() || kind_ == PlantedKind::cubic;
        const std::size_t special = draw(blocks.size());
        const std::size_t second = (special + 1) % blocks.size();
        point_ = Vector<Rational>::Constant(size_, Rational(0));
        for (Index i : instance_.unpenalised) point_[i] = positive(6) - 1;
        for (std::size_t j = 0; j < blocks.size(); ++j) {
            const bool must_live =
                (j == special && !wants_zero) || (j == second && kind_ == PlantedKind::flat);
            if ((j == special && wants_zero) || (!must_live && draw(2) == 0)) continue;
            const Rational length = abs_power(Rational(options_.scale * positive(3)), degree);
            Vector<Rational> unit = direction(blocks[j].indices, wants_axis);
            const Exponent inner(std::max<long>(1, spec.inner_depth));
            for (Index i = 0; i < size_; ++i) unit[i] = signed_power(unit[i], inner);
            point_ += length * unit;
        }
        active_ = active_coordinates(*R_, point_);
    }

    /// −λ∇R on the support, 0 on ψ; at kinks below, above or on the border λ·bound.
    bool draw_slopes() {
        gradient_ = -instance_.lambda * R_->gradient(point_);
        bool is_first = true;
        for (const Kink<Rational>& kink : R_->kinks(point_)) {
            const Vector<Rational> unit = direction(kink.indices, false);
            if (!kink.bound) {
                gradient_ += Rational(static_cast<int>(draw(9)) - 4, 2) * unit;
                continue;
            }
            Rational share(static_cast<int>(draw(4)), 4);
            const bool is_special = is_first || draw(3) == 0;
            if (is_special && kind_ == PlantedKind::steep) share = 1 + positive(2);
            if (is_special && has_borders()) {
                share = 1;
                borders_.push_back(-unit);
            }
            is_first = false;
            gradient_ += share * instance_.lambda * *kink.bound * unit;
        }
        const bool needs_kink = has_borders() || kind_ == PlantedKind::steep;
        return !needs_kink || !is_first;
    }

    /// I − 2vvᵀ/vᵀv: orthogonal, rational.
    Matrix<Rational> reflection(Index n) {
        Vector<Rational> v(n);
        for (Index i = 0; i < n; ++i) v[i] = static_cast<int>(draw(5)) - 2;
        if (v.isZero()) v[0] = 1;
        const Matrix<Rational> square = v * v.transpose();
        return identity(n) - square * Rational(2 / v.squaredNorm());
    }

    /// a_i c_jᵀ as a direction of θ.
    Vector<Rational> singular_direction(Index i, Index j) const {
        const Vector<Rational> left = left_.col(i), right = right_.col(j);
        const Matrix<Rational> product = left * right.transpose();
        Vector<Rational> out = Vector<Rational>::Constant(size_, Rational(0));
        const Vector<Rational> entries = product.reshaped();
        scatter(out, nuclear_->positions(), entries);
        return out;
    }

    /// θ and ∇L(θ) where R is a nuclear norm.
    void draw_matrix() {
        const Index rows = nuclear_->rows(), cols = nuclear_->cols(), least = std::min(rows, cols);
        const bool needs_kink = kind_ == PlantedKind::steep || has_borders();
        const Index fewest = kind_ == PlantedKind::flat                                        ? 2
                             : kind_ == PlantedKind::saddle || kind_ == PlantedKind::maximum ? 1
                                                                                             : 0;
        const Index most = needs_kink ? least - 1 : least;
        rank_ = fewest + static_cast<Index>(draw(static_cast<std::uint64_t>(most - fewest + 1)));
        left_ = reflection(rows);
        right_ = reflection(cols);
        point_ = Vector<Rational>::Constant(size_, Rational(0));
        for (Index i : instance_.unpenalised) point_[i] = positive(6) - 1;
        gradient_ = Vector<Rational>::Constant(size_, Rational(0));
        const Rational level = instance_.lambda * nuclear_->weight();
        for (Index i = 0; i < least; ++i) {
            const Vector<Rational> direction = singular_direction(i, i);
            Rational y(1);
            if (i < rank_) {
                const Rational root = options_.scale * positive(3);
                point_ += root * root * direction;
            } else {
                y = Rational(static_cast<int>(draw(7)) - 3, 4);
                const bool is_special = i == rank_ || draw(3) == 0;
                if (is_special && kind_ == PlantedKind::steep) y = sign() * (1 + positive(2));
                if (is_special && has_borders()) y = sign();
            }
            gradient_ -= level * y * direction;
        }
    }

    /// The basis of ψ and the a_i c_jᵀ: those tangent to matrices of rank ρ first, a_1c_1ᵀ before all.
    Matrix<Rational> singular_basis(Index& tangent) const {
        std::vector<Vector<Rational>> first, last;
        for (Index j = 0; j < right_.cols(); ++j)
            for (Index i = 0; i < left_.cols(); ++i)
                (i < rank_ || j < rank_ ? first : last).push_back(singular_direction(i, j));
        for (const Index i : instance_.unpenalised) {
            Vector<Rational> unit = Vector<Rational>::Constant(size_, Rational(0));
            unit[i] = 1;
            first.push_back(unit);
        }
        tangent = static_cast<Index>(first.size());
        first.insert(first.end(), last.begin(), last.end());
        Matrix<Rational> out(size_, size_);
        for (Index k = 0; k < size_; ++k) out.col(k) = first[static_cast<std::size_t>(k)];
        return out;
    }

    /// Minimizers: positive definite along the matrices of one rank. Saddles: negative along a_1c_1ᵀ, where
    /// the norm is linear. Maxima: negative definite along the matrices of one rank.
    bool draw_matrix_curvature() {
        bend_ = Matrix<Rational>::Constant(size_, size_, Rational(0));
        active_ = hadamard::detail::complement(size_, {});
        if (is_least_squares()) return draw_design();
        if (has_borders() || kind_ == PlantedKind::flat) {
            A_ = definite(size_);
            return kind_ != PlantedKind::flat || flatten(A_);
        }
        Index tangent = 0;
        const Matrix<Rational> basis = singular_basis(tangent);
        Matrix<Rational> inner = definite(tangent);
        if (kind_ == PlantedKind::maximum) inner = -inner;
        if (kind_ == PlantedKind::saddle) inner(0, 0) = -positive(4);
        Matrix<Rational> H = integers(size_, size_);
        H += H.transpose().eval();
        H.topLeftCorner(tangent, tangent) = inner;
        const Matrix<Rational> right = H * basis.transpose();
        A_ = basis * right;
        return true;
    }

    Matrix<Rational> integers(Index rows, Index cols) {
        Matrix<Rational> out(rows, cols);
        for (Index j = 0; j < cols; ++j)
            for (Index i = 0; i < rows; ++i) out(i, j) = static_cast<int>(draw(5)) - 2;
        return out;
    }

    Matrix<Rational> identity(Index n) const { return Matrix<Rational>::Identity(n, n); }

    /// BᵀB + I.
    Matrix<Rational> definite(Index n) {
        const Matrix<Rational> B = integers(n, n);
        Matrix<Rational> out = B.transpose() * B;
        out += identity(n);
        return out;
    }

    /// A = ∇²L(θ), and the terms of third and fourth order of a polynomial.
    bool draw_curvature() {
        if (nuclear_ != nullptr) return draw_matrix_curvature();
        bend_ = instance_.lambda * R_->hessian(point_);
        if (is_least_squares()) return draw_design();
        if (kind_ == PlantedKind::border_convex || kind_ == PlantedKind::flat) {
            A_ = definite(size_);
            return kind_ != PlantedKind::flat || flatten(A_);
        }
        return draw_inertia();
    }

    /// H of the wanted inertia on the active coordinates, anything on the others.
    bool draw_inertia() {
        const Index n = static_cast<Index>(active_.size());
        Matrix<Rational> H = definite(n);
        if (kind_ == PlantedKind::maximum || kind_ == PlantedKind::saddle) {
            if (n == 0 || (kind_ == PlantedKind::saddle && n == 1)) return false;
            Rational size(1);
            for (Index i = 0; i < n; ++i) size += H(i, i);
            // H − (tr H + 1) I ≺ 0; for a saddle only one diagonal entry is lowered below 0.
            if (kind_ == PlantedKind::maximum)
                H -= size * identity(n);
            else
                H(n - 1, n - 1) = -size;
        }
        if (is_quartic() || kind_ == PlantedKind::cubic) {
            if (!make_singular(H)) return false;
        }
        A_ = integers(size_, size_);
        A_ += A_.transpose().eval();
        for (Index j = 0; j < n; ++j)
            for (Index i = 0; i < n; ++i)
                A_(active(i), active(j)) = H(i, j) - bend_(active(i), active(j));
        if (has_borders()) set_borders(H);
        return true;
    }

    Index active(Index i) const { return active_[static_cast<std::size_t>(i)]; }

    /// e_iᵀAe_j over the border directions, which are orthonormal, such that the Schur complement is S.
    void set_borders(const Matrix<Rational>& H) {
        const Index count = static_cast<Index>(borders_.size());
        Matrix<Rational> S = border_target(count);
        if (H.rows() > 0) {
            Matrix<Rational> cross(H.rows(), count);
            for (Index j = 0; j < count; ++j)
                cross.col(j) = gather(Vector<Rational>(A_ * border(j)), active_);
            const Matrix<Rational> inner = Eigen::FullPivLU<Matrix<Rational>>(H).solve(cross);
            S += transpose_times(cross, inner);
        }
        Matrix<Rational> change = Matrix<Rational>::Constant(size_, size_, Rational(0));
        for (Index i = 0; i < count; ++i)
            for (Index j = 0; j < count; ++j) {
                const Vector<Rational> image = A_ * border(j);
                const Rational missing = S(i, j) - border(i).dot(image);
                const Matrix<Rational> product = border(i) * border(j).transpose();
                change += missing * product;
            }
        A_ += change;
    }

    const Vector<Rational>& border(Index i) const { return borders_[static_cast<std::size_t>(i)]; }

    /// up: positive entries with a positive diagonal, so that s ≥ 0 makes sᵀSs > 0, whatever the
    /// eigenvalues. down: additionally a negative diagonal entry, or s_12 < −√(s_11 s_22). open: the
    /// first border (or the difference of two) at exactly 0, the rest positive.
    Matrix<Rational> border_target(Index n) {
        Matrix<Rational> S(n, n);
        for (Index i = 0; i < n; ++i)
            for (Index j = 0; j <= i; ++j) S(i, j) = S(j, i) = positive(4);
        const bool by_pair = n > 1 && draw(2) == 0;
        if (kind_ == PlantedKind::border_down) {
            if (by_pair)
                S(0, 1) = S(1, 0) = -(S(0, 0) + S(1, 1));
            else
                S(0, 0) = -S(0, 0);
        }
        if (kind_ == PlantedKind::border_open) {
            if (by_pair)
                S(0, 1) = S(1, 0) = -(S(0, 0) = S(1, 1));
            else
                S(0, 0) = 0;
        }
        return S;
    }

    /// Makes A singular along a v, radial in two blocks, with gᵀv = 0 and ∇²R v = 0: P is constant on a
    /// segment. v = r_i/‖r_i‖² − r_j/‖r_j‖² with r = ∇R on the blocks i, j.
    /// Nuclear norms: v = a_1c_1ᵀ − a_2c_2ᵀ.
    std::optional<Vector<Rational>> flat_direction() const {
        if (nuclear_ != nullptr)
            return Vector<Rational>(singular_direction(0, 0) - singular_direction(1, 1));
        const Vector<Rational> r = R_->gradient(point_);
        Vector<Rational> v = Vector<Rational>::Constant(size_, Rational(0));
        Rational side(1);
        int count = 0;
        for (const PenaltyBlock<Rational>& block : R_->blocks()) {
            Rational squared(0);
            for (const Index i : block.indices) squared += r[i] * r[i];
            if (squared == 0 || count == 2) continue;
            for (const Index i : block.indices) v[i] = side * r[i] / squared;
            side = -side;
            ++count;
        }
        if (count < 2) return std::nullopt;
        return v;
    }

    Matrix<Rational> off(const Vector<Rational>& v) const {
        const Matrix<Rational> onto = v * v.transpose();
        Matrix<Rational> out = identity(size_);
        out -= onto / Rational(v.dot(v));
        return out;
    }

    bool flatten(Matrix<Rational>& A) const {
        const std::optional<Vector<Rational>> v = flat_direction();
        if (!v) return false;
        const Matrix<Rational> P = off(*v);
        const Matrix<Rational> right = A * P;
        A = P * right;
        return true;
    }

    /// X with n = size + 0 … 2 rows, scaled up until H ≻ 0, or down until it is as wanted.
    bool draw_design() {
        Matrix<Rational> X;
        if (options_.design) {
            X = *options_.design;
        } else {
            const Index extra = static_cast<Index>(draw(3));
            X = integers(size_ + extra, size_);
            for (Index i = 0; i < size_; ++i) X(i, i) += 5;
        }
        if (kind_ == PlantedKind::flat) {
            const std::optional<Vector<Rational>> v = flat_direction();
            if (!v) return false;
            X = (X * off(*v)).eval();
        }
        const Rational rows(static_cast<int>(X.rows()));
        constexpr int most_scalings = 60;
        for (int attempt = 0; attempt < most_scalings; ++attempt) {
            A_ = X.transpose() * X;
            A_ /= rows;
            if (has_wanted_inertia()) {
                instance_.loss.X = X;
                return true;
            }
            if (options_.design) return false;
            const bool down = kind_ == PlantedKind::saddle || kind_ == PlantedKind::maximum;
            X *= down ? Rational(1, 2) : Rational(2);
        }
        return false;
    }

    bool has_wanted_inertia() const {
        const Matrix<Rational> whole = A_ + bend_;
        const Inertia inertia = exact_inertia(detail::principal_block(whole, active_));
        const Index n = static_cast<Index>(active_.size());
        switch (kind_) {
            case PlantedKind::saddle: return inertia.negative > 0;
            case PlantedKind::maximum: return inertia.negative == n && n > 0;
            case PlantedKind::flat: return inertia.negative == 0;
            case PlantedKind::steep: return true;
            default: return inertia.positive == n;
        }
    }

    /// H e_c = 0 for an active coordinate c that is radial in its block or not penalised, and the
    /// terms of L in h_c that make P along e_c, or along the valley over it, what the kind says.
    bool make_singular(Matrix<Rational>& H) {
        const Index n = H.rows();
        IndexList candidates;
        for (Index i = 0; i < n; ++i) {
            const bool is_radial = point_[active(i)] != 0 || is_unpenalised(active(i));
            if (is_radial && (is_polynomial() || !is_unpenalised(active(i))))
                candidates.push_back(i);
        }
        if (candidates.empty()) return false;
        const Index c = candidates[draw(candidates.size())];
        for (Index i = 0; i < n; ++i) H(i, c) = H(c, i) = Rational(0);
        special_ = active(c);
        const Rational cubic = penalty_term(3), quartic = penalty_term(4);
        if (kind_ == PlantedKind::cubic) {
            if (is_polynomial()) cubic_ = sign() * positive(3) - cubic;
            quartic_ = is_polynomial() ? positive(3) : Rational(0);
            return true;
        }
        cubic_ = -cubic;
        // γ h_c² h_j bends the valley: h_j = −γ t² (H⁺)_jj, which lowers the quartic by γ² (H⁺)_jj / 2.
        Rational lowered(0);
        if (n > 1) {
            const Index j = c == 0 ? 1 : 0;
            coupled_ = active(j);
            coupling_ = Rational(static_cast<int>(draw(5)) - 2);
            Matrix<Rational> regular = H;
            regular(c, c) = 1;
            Vector<Rational> unit = Vector<Rational>::Constant(n, Rational(0));
            unit[j] = 1;
            const Vector<Rational> column = Eigen::FullPivLU<Matrix<Rational>>(regular).solve(unit);
            lowered = coupling_ * coupling_ * column[j] / 2;
        }
        const Rational wanted = kind_ == PlantedKind::quartic_up ? positive(3) : -positive(3);
        quartic_ = wanted - quartic + lowered;
        return true;
    }

    bool is_unpenalised(Index i) const {
        return std::find(instance_.unpenalised.begin(), instance_.unpenalised.end(), i) !=
               instance_.unpenalised.end();
    }

    /// The coefficient of t^m in λ w abs(β_c + t)^q: λ w binom(q, m) abs(β_c)^{q−m} sign^m.
    Rational penalty_term(int m) const {
        for (const PenaltyBlock<Rational>& block : R_->blocks())
            for (const Index i : block.indices) {
                if (i != special_) continue;
                const Rational q = R_->exponent().as<Rational>();
                Rational binomial(1);
                for (int l = 0; l < m; ++l) binomial *= (q - l) / Rational(l + 1);
                const Rational power = abs_power(point_[i], R_->exponent() - m);
                const bool negative = m % 2 == 1 && point_[i] < 0;
                return instance_.lambda * block.weight * binomial *
                       (negative ? Rational(-power) : power);
            }
        return Rational(0);
    }

    void set_loss() {
        LossSpec& loss = instance_.loss;
        loss.kind = options_.loss;
        if (is_least_squares()) {
            const Matrix<Rational>& X = loss.X;
            Matrix<Rational> gram = X.transpose() * X;
            const Matrix<Rational> kernel = detail::kernel_of(gram);
            if (kernel.cols() > 0) gram += kernel * kernel.transpose();
            const Vector<Rational> scaled = gradient_ * Rational(static_cast<int>(X.rows()));
            const Vector<Rational> z = Eigen::FullPivLU<Matrix<Rational>>(gram).solve(scaled);
            loss.y = X * point_ - X * z;
            loss.A.resize(0, 0);
            loss.b.resize(0);
        } else if (is_polynomial()) {
            expand_polynomial();
            loss.A.resize(0, 0);
            loss.b.resize(0);
        } else {
            loss.A = A_;
            loss.b = A_ * point_ - gradient_;
        }
    }

    void add_term(const Rational& coefficient, const std::vector<std::pair<Index, int>>& powers) {
        if (coefficient == 0) return;
        Monomial term{coefficient, std::vector<int>(static_cast<std::size_t>(size_), 0)};
        for (const auto& [i, e] : powers) term.exponents[static_cast<std::size_t>(i)] += e;
        instance_.loss.monomials.push_back(std::move(term));
    }

    /// c (x_i − θ_i)^m (x_j − θ_j)^l, expanded.
    void add_shifted(const Rational& c, Index i, int m, Index j, int l) {
        Rational outer = c;
        for (int a = m; a >= 0; --a) {
            Rational inner = outer;
            for (int b = l; b >= 0; --b) {
                add_term(inner, {{i, a}, {j, b}});
                inner *= -point_[j] * Rational(b, l - b + 1);
            }
            outer *= -point_[i] * Rational(a, m - a + 1);
        }
    }

    /// Quartic terms elsewhere make L of degree 4 whatever the kind; of third order, they vanish at θ.
    void expand_polynomial() {
        for (Index i = 0; i < size_; ++i) {
            add_shifted(gradient_[i], i, 1, i, 0);
            add_shifted(Rational(A_(i, i) / 2), i, 2, i, 0);
            for (Index j = 0; j < i; ++j) add_shifted(A_(i, j), i, 1, j, 1);
            if (i != special_) add_shifted(Rational(static_cast<int>(draw(4))), i, 4, i, 0);
        }
        if (special_ >= 0) {
            add_shifted(cubic_, special_, 3, special_, 0);
            add_shifted(quartic_, special_, 4, special_, 0);
            if (coupled_ >= 0) add_shifted(coupling_, special_, 2, coupled_, 1);
        }
        if (instance_.loss.monomials.empty()) add_term(1, {{0, 4}});
    }

    void add_preimages(const AnyTransfer<Rational>& transfer, Planted& out) {
        const Vector<Rational> lift = transfer.lift(point_);
        out.preimages.push_back({lift, out.truth, "lift"});
        const std::vector<SignedPermutation> symmetries = transfer.symmetries();
        Vector<Rational> image = lift;
        if (!symmetries.empty())
            for (Index a = 0; a < lift.size(); ++a)
                image = symmetries[draw(symmetries.size())](image);
        if (image != lift) out.preimages.push_back({image, out.truth, "symmetric"});
        if (nuclear_ != nullptr) return add_factors(transfer, lift, out);
        if (draw(4) == 0) add_unbalanced(transfer, lift, out);
    }

    /// (U O, V O) with the rotation O of (3/5, 4/5) in two columns is in M as well; (2U, V/2) is over θ but
    /// not balanced, hence not stationary.
    void add_factors(const AnyTransfer<Rational>& transfer, const Vector<Rational>& lift,
                     Planted& out) {
        const Index rows = nuclear_->rows(), psi = size_ - rows * nuclear_->cols(),
                    half = (lift.size() - psi) / (rows + nuclear_->cols()) * rows;
        const auto column = [&](Vector<Rational>& xi, Index l, bool of_left) {
            const Index n = of_left ? rows : nuclear_->cols();
            return xi.segment(psi + (of_left ? 0 : half) + l * n, n);
        };
        if (half >= 2 * rows) {
            Vector<Rational> turned = lift;
            for (const bool of_left : {true, false}) {
                const Vector<Rational> a = column(turned, 0, of_left), b = column(turned, 1, of_left);
                column(turned, 0, of_left) = Rational(3, 5) * a - Rational(4, 5) * b;
                column(turned, 1, of_left) = Rational(4, 5) * a + Rational(3, 5) * b;
            }
            require(transfer.apply(turned) == point_, "planted: the rotation leaves the fibre");
            out.preimages.push_back({turned, out.truth, "rotated"});
        }
        if (rank_ == 0 || draw(4) != 0) return;
        Vector<Rational> unbalanced = lift;
        unbalanced.segment(psi, half) *= Rational(2);
        unbalanced.tail(lift.size() - psi - half) /= Rational(2);
        out.preimages.push_back({unbalanced, Outcome::not_minimizer, "unbalanced"});
    }

    /// Another point over θ outside M, where there is one of the form: the vector part of a block times
    /// 2^i, one scalar of it times 2^−j. Every stationary point of Q is in M: it is not stationary.
    void add_unbalanced(const AnyTransfer<Rational>& transfer, const Vector<Rational>& lift,
                        Planted& out) {
        for (const TransferBlock& block : transfer.blocks())
            for (const int i : {1, 2, 3})
                for (const int j : {1, 2}) {
                    const std::size_t width = block.base.size();
                    if (block.surrogate.size() <= width) continue;
                    Vector<Rational> xi = lift;
                    for (std::size_t a = 0; a < width; ++a)
                        xi[block.surrogate[a]] *= Rational(1 << i);
                    xi[block.surrogate[width]] /= Rational(1 << j);
                    if (transfer.apply(xi) != point_ || on_minimal_fibre(transfer, xi)) continue;
                    out.preimages.push_back({xi, Outcome::not_minimizer, "unbalanced"});
                    return;
                }
    }

    PlantedOptions options_;
    std::mt19937_64 rng_;
    Instance instance_;
    Index size_ = 0;
    PlantedKind kind_ = PlantedKind::minimizer;
    std::optional<AnyPenalty<Rational>> R_;
    const penalty::Nuclear<Rational>* nuclear_ = nullptr;  // R_, if it is one
    Matrix<Rational> left_, right_;           // (a_i), (c_i)
    Index rank_ = 0;
    Vector<Rational> point_, gradient_;
    IndexList active_;                        // ψ and the support
    std::vector<Vector<Rational>> borders_;   // −g_j/‖g_j‖ where |g_j| = λ w_j
    Matrix<Rational> A_, bend_;               // ∇²L(θ), λ∇²R(θ)
    Index special_ = -1, coupled_ = -1;       // c and j of the singular kinds
    Rational cubic_ = 0, quartic_ = 0, coupling_ = 0;
};

}  // namespace

std::optional<Planted> planted_instance(const TransferSpec& transfer, PlantedKind kind,
                                        std::uint64_t seed, const PlantedOptions& options) {
    return Planter(transfer, options, seed).plant(kind);
}

}  // namespace hadamard::minima
