#pragma once

/// @file
/// Products of whole matrices of `Real<D>`, several times as fast as a dot product for each entry:
/// rows of A and columns of B become integers, their product is found exactly, modulo many primes,
/// and each entry is rounded once.
///
/// C = AB with depth n < 2^20; N limbs of 64 bits in a mantissa. Let E_i be the largest exponent
/// in row i of A, F_j in column j of B. With P bits, a_ik becomes the integer a'_ik, which is
/// a_ik·2^(P − E_i) without its fraction, |a'_ik| < 2^P, and b_kj likewise b'_kj, by F_j. Then
/// c'_ij = Σ_k a'_ik b'_kj comes from its residues, and c_ij is c'_ij·2^(E_i + F_j − 2P), rounded.
/// P = 64(N+1) + s; s ≥ 40 is what K primes leave, a multiple of four.
///
/// Covered   An entry is covered if a term a_ik b_kj has exponents e_a + e_b ≥ E_i + F_j − s, or
///           all its terms are zero. The others go to `kernels::dot`, as do all that an infinity or
///           NaN takes part in, or whose exponents are near the ends of MPFR's range.
/// Bound     |computed − exact| ≤ 8n·2^(−64(N+1))·max_k |a_ik b_kj|  +  half an ulp of the result,
///           no more than that of `kernels::dot` for N ≥ 2. The first summand is 0 if exponents in
///           row i of A, and in column j of B, differ by at most P less the bits of a Real<D>: the
///           result then is the exact one, rounded.
/// Proof     (a) Leaving fractions out changes a_ik by less than 2^(E_i − P), b_kj by less than
///           2^(F_j − P), towards zero, and |a_ik| < 2^E_i, |b_kj| < 2^F_j: a product of the
///           integers, scaled, is wrong by less than 2·2^(E_i + F_j − P). Mantissas are at least
///           1/2, so a covered entry has a term of at least 2^(E_i + F_j − s − 2), and n terms are
///           wrong by less than 8n·2^(s − P) max_k |a_ik b_kj|.
///           (b) c'_ij is found exactly. Let M = Π m_i. The primes are above 2^23 − 2^12, so
///           M > 2^(23K) (1 − 2^−11)^K ≥ 2^(23K − 1), K ≤ 1024, and |c'| < 2^(2P + 20) ≤ M/4 by the
///           choice of P. Let w_i = M/m_i and x_i ≡ c' w_i^(−1) modulo m_i, any representatives.
///           Σ x_i w_i ≡ c' modulo every m_i, so it is c' + tM with an integer t, and
///           Σ x_i/m_i = t + c'/M is nearer than 1/4 to t. With |x_i| < 2^23 and 2m_i added, the
///           sum is positive and < 4K ≤ 2^12; 3K roundings, each by a part 2^−52, change it by less
///           than 2^−28: rounding finds t. Σ x_i w_i − tM is computed modulo
///           2^(64L) > 2·2^(2P + 20), in two's complement. (c) One `mpfr_add` to what C held, or to 0, rounds it. ∎
///
/// `properties/kernels_modular_test.cpp` holds the bound against exact rationals.

#include "hadamard/kernels/residue_product.hpp"

#if HADAMARD_HAS_FIXED_POINT_DOT

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <new>
#include <vector>

namespace hadamard::kernels {

namespace detail {

/// The sizes in the header's formulas.
template <unsigned D>
struct ModularSizes {
    static constexpr int N = limbs<D>;
    static constexpr int depth_bits = 20, least_s = 40;
    /// A multiple of four, the least with 2(64(N+1) + 40) + 20 + 2 ≤ 23K − 1.
    static constexpr int K = 4 * ((128 * (N + 1) + 2 * least_s + depth_bits + 3 + 91) / 92);
    static constexpr int P = (23 * K - 1 - depth_bits - 2) / 2;
    static constexpr int s = P - 64 * (N + 1);
    static constexpr int L = (2 * P + depth_bits + 1) / 64 + 1;
    static constexpr int digits = (P + ResidueJob::digit_bits - 1) / ResidueJob::digit_bits;
    /// N = 1 has a weaker bound than `dot`, and longer numbers too many digits to sum exactly.
    static constexpr bool are_good = N >= 2 && digits <= ResidueJob::most_digits;
    static_assert(!are_good || (s >= least_s && K <= 1024 && K % ResidueJob::primes == 0));
};

/// a·b, a^n modulo m < 2^23.
inline Limb power_modulo(Limb a, Limb n, Limb m) {
    Limb out = 1;
    for (a %= m; n != 0; n /= 2, a = a * a % m)
        if (n % 2 != 0) out = out * a % m;
    return out;
}

/// The `count` largest primes below 2^23.
inline std::vector<Limb> primes_below_2_23(int count) {
    std::vector<Limb> out;
    for (Limb m = (Limb(1) << 23) - 1; out.size() < static_cast<std::size_t>(count); m -= 2) {
        bool is_prime = true;
        for (Limb d = 3; d * d <= m && is_prime; d += 2) is_prime = m % d != 0;
        if (is_prime) out.push_back(m);
    }
    return out;
}

/// K primes and what belongs to them.
template <unsigned D>
class Moduli {
public:
    using Sizes = ModularSizes<D>;
    static constexpr int K = Sizes::K, L = Sizes::L, pairs = K / 2;

    static const Moduli& get() {
        static const Moduli moduli;
        return moduli;
    }

    std::array<Limb, K> prime;
    /// Of 2^(24d) w_i^(−1) for the left factor, so that products are x_i; of 2^(24d) for the right.
    std::array<std::array<double, Sizes::digits>, K> left_powers, right_powers;
    std::array<double, pairs> pair_inverse;  ///< 1/(m_i m_j) for the primes 2p and 2p + 1.
    /// Limbs, the lowest first, of M/(m_i m_j) for each pair, and at the end of −M; modulo 2^(64L).
    std::array<std::array<Limb, pairs + 1>, L> weight;

private:
    Moduli() {
        const std::vector<Limb> primes = primes_below_2_23(K);
        for (std::size_t i = 0; i < K; ++i) {
            prime[i] = primes[i];
            set_powers(primes, i);
        }
        for (std::size_t p = 0; p < pairs; ++p) {
            pair_inverse[p] = 1 / static_cast<double>(prime[2 * p] * prime[2 * p + 1]);
            set_weight(p, product_without(p), false);
        }
        set_weight(pairs, product_without(pairs), true);
    }

    void set_powers(const std::vector<Limb>& primes, std::size_t i) {
        const Limb m = primes[i];
        Limb w = 1;
        for (std::size_t j = 0; j < K; ++j)
            if (j != i) w = w * primes[j] % m;
        Limb power = 1, left_power = power_modulo(w, m - 2, m);
        const auto symmetric = [m](Limb r) {
            return r > m / 2 ? -static_cast<double>(m - r) : static_cast<double>(r);
        };
        for (std::size_t d = 0; d < Sizes::digits; ++d) {
            left_powers[i][d] = symmetric(left_power);
            right_powers[i][d] = symmetric(power);
            left_power = (left_power << ResidueJob::digit_bits) % m;
            power = (power << ResidueJob::digit_bits) % m;
        }
    }

    /// M without the primes of one pair.
    std::vector<mp_limb_t> product_without(std::size_t pair) const {
        std::vector<mp_limb_t> out(std::max(L, K), 0);
        out[0] = 1;
        for (std::size_t i = 0; i < K; ++i)
            if (i / 2 != pair)
                mpn_mul_1(out.data(), out.data(), static_cast<mp_size_t>(out.size()), prime[i]);
        return out;
    }

    void set_weight(std::size_t p, std::vector<mp_limb_t> number, bool negative) {
        if (negative) mpn_neg(number.data(), number.data(), static_cast<mp_size_t>(number.size()));
        for (std::size_t l = 0; l < L; ++l) weight[l][p] = number[l];
    }
};

/// c'_ij from x_i, |x_i| < 2^23, that lie `plane` apart: (b) of the proof.
template <unsigned D>
inline void reconstruct(const Moduli<D>& moduli, const double* x, Index plane,
                        Limb (&out)[ModularSizes<D>::L]) {
    constexpr int pairs = Moduli<D>::pairs, L = Moduli<D>::L;
    // x_i w_i + x_j w_j = (x_i m_j + x_j m_i) M/(m_i m_j), the bracket < 2^49 with x_i + 2m_i.
    Limb factor[pairs + 1];
    double turns = 0.5;
    for (std::size_t p = 0; p < pairs; ++p) {
        const Limb m = moduli.prime[2 * p], q = moduli.prime[2 * p + 1];
        const double* const at = x + static_cast<Index>(2 * p) * plane;
        factor[p] = (static_cast<Limb>(static_cast<long>(at[0])) + 2 * m) * q +
                    (static_cast<Limb>(static_cast<long>(at[plane])) + 2 * q) * m;
        turns += static_cast<double>(static_cast<long>(factor[p])) * moduli.pair_inverse[p];
    }
    factor[pairs] = static_cast<Limb>(static_cast<long>(turns));
    TwoLimbs sum = 0;  // of pairs + 1 products < 2^113, and what is carried
    for (std::size_t l = 0; l < L; ++l) {
        for (std::size_t p = 0; p <= pairs; ++p)
            sum += static_cast<TwoLimbs>(factor[p]) * moduli.weight[l][p];
        out[l] = static_cast<Limb>(sum);
        sum >>= 64;
    }
}

/// Digits of a'_ik, `plane` apart, for a largest exponent `top`; 0 for what is no number.
template <unsigned D>
inline void write_digits(mpfr_srcptr a, mpfr_exp_t top, double* out, Index plane) {
    using Sizes = ModularSizes<D>;
    constexpr int N = Sizes::N, width = ResidueJob::digit_bits;
    const auto shift = static_cast<std::uint64_t>(top) - static_cast<std::uint64_t>(a->_mpfr_exp);
    if (!is_regular(a) || shift >= Sizes::P) {
        for (int d = 0; d < Sizes::digits; ++d) out[d * plane] = 0;
        return;
    }
    // 2^(64N) a'_ik: the N limbs of the fraction stay below.
    Limb fixed[N + (width * Sizes::digits + 63) / 64 + 1] = {};
    const auto at = static_cast<int>(Sizes::P - shift) / 64;
    const auto bits = static_cast<int>(Sizes::P - shift) % 64;
    for (int k = 0; k < N; ++k) {
        fixed[at + k] |= a->_mpfr_d[k] << bits;
        if (bits != 0) fixed[at + k + 1] = a->_mpfr_d[k] >> (64 - bits);
    }
    constexpr Limb mask = (Limb(1) << width) - 1;
    const double sign = a->_mpfr_sign < 0 ? -1 : 1;
#pragma GCC unroll 64
    for (int d = 0; d < Sizes::digits; ++d) {
        const int limb = N + width * d / 64, from = width * d % 64;
        Limb digit = fixed[limb] >> from;
        if (from > 64 - width) digit |= fixed[limb + 1] << (64 - from);
        out[d * plane] = sign * static_cast<double>(static_cast<long>(digit & mask));
    }
}

/// Uninitialised numbers where vectors of any width may begin.
class Scratch {
public:
    explicit Scratch(Index size)
        : data_(static_cast<double*>(::operator new(static_cast<std::size_t>(size) * sizeof(double),
                                                    std::align_val_t(alignment)))) {}
    double* get() const { return data_.get(); }

private:
    static constexpr std::size_t alignment = 64;
    struct Release {
        void operator()(double* data) const {
            ::operator delete(data, std::align_val_t(alignment));
        }
    };
    std::unique_ptr<double, Release> data_;
};

/// Room for `size` numbers, kept for the thread's next call: mapping pages anew would take longer
/// than a product. At most 80 MB with 200 digits.
inline double* kept_room(Index size) {
    thread_local Scratch room(0);
    thread_local Index room_size = 0;
    if (size > room_size) {
        room_size = 0;
        room = Scratch(0);
        room = Scratch(size);
        room_size = size;
    }
    return room.get();
}

/// A matrix where it lies: (i, k) at data[i·row_step + k·column_step].
template <unsigned D>
struct MatrixView {
    const Real<D>* data;
    Index row_step, column_step;

    const Real<D>* at(Index i, Index k) const { return data + i * row_step + k * column_step; }
    mpfr_srcptr operator()(Index i, Index k) const { return data_of(*at(i, k)); }
    MatrixView transposed() const { return {data, column_step, row_step}; }
    bool operator==(const MatrixView&) const = default;
};

/// A row of A, or a column of B.
struct Line {
    mpfr_exp_t top = 0;       ///< E_i,
    Index where = 0;          ///< at this place.
    bool is_zero = true;      ///< There is no other number.
    bool is_special = false;  ///< An infinity or NaN is among them.
};

template <unsigned D>
std::vector<Line> lines_of(const MatrixView<D>& A, Index rows, Index depth) {
    std::vector<Line> out(static_cast<std::size_t>(rows));
    for (Index i = 0; i < rows; ++i) {
        Line& line = out[static_cast<std::size_t>(i)];
        for (Index k = 0; k < depth; ++k) {
            const mpfr_srcptr a = A(i, k);
            if (!is_regular(a)) {
                line.is_special |= !mpfr_number_p(a);
            } else if (line.is_zero || a->_mpfr_exp > line.top) {
                line = {a->_mpfr_exp, k, false, line.is_special};
            }
        }
    }
    return out;
}

/// out += alpha Σ_i a_i b_i.
template <unsigned D>
void add_dot(Real<D>& out, const Real<D>& alpha, const Real<D>* a, Index a_step, const Real<D>* b,
             Index b_step, Index n) {
    const bool is_one = alpha == 1;
    if (is_one || alpha == -1) {
        dot(out, a, a_step, b, b_step, n, &out, !is_one);
        return;
    }
    Real<D> sum;
    dot(sum, a, a_step, b, b_step, n);
    out += Real<D>(alpha * sum);
}

/// C += alpha · A B for the entries in `part`, as `add_modular_product` says.
template <unsigned D>
class ModularProduct {
public:
    using Sizes = ModularSizes<D>;
    using View = MatrixView<D>;
    /// Where c_ij is.
    struct Target {
        Real<D>* data;
        Index row_step, column_step;
    };

    ModularProduct(Target C, const Real<D>& alpha, View A, View B, Index rows, Index depth,
                   Index columns, Part part)
        : C_(C),
          alpha_(alpha),
          sign_(alpha == 1    ? 1
                : alpha == -1 ? -1
                              : 0),
          A_(A),
          B_(B),
          rows_(rows),
          depth_(depth),
          columns_(columns),
          is_gram_(part == Part::whole && rows == columns && A == B.transposed()),
          part_(is_gram_ ? Part::upper : part),
          row_lines_(lines_of(A, rows, depth)),
          column_lines_(lines_of(B.transposed(), columns, depth)) {}

    bool run() {
        if (!classify()) return false;
        const Workspace space(std::min(block, rows_), std::min(block, depth_),
                              std::min(block, columns_));
        for (Index j = 0; j < columns_; j += block)
            for (Index i = 0; i < rows_; i += block) {
                const Index rows = std::min(block, rows_ - i);
                const Index columns = std::min(block, columns_ - j);
                if (touches(part_, i, rows, j, columns)) run_block(space, i, rows, j, columns);
            }
        return true;
    }

private:
    /// Rows, columns and depth that are done together: the memory needed at a time.
    static constexpr Index block = 256;

    const Line& row_line(Index i) const { return row_lines_[static_cast<std::size_t>(i)]; }
    const Line& column_line(Index j) const { return column_lines_[static_cast<std::size_t>(j)]; }

    bool is_covered(Index i, Index j) const {
        const Line &row = row_line(i), &column = column_line(j);
        if (row.is_special || column.is_special) return false;
        if (row.is_zero || column.is_zero) return true;
        const mpfr_exp_t top = row.top + column.top;
        if (top > mpfr_get_emax() - 64 || top < mpfr_get_emin() + 2 * Sizes::P + 64) return false;
        bool is_zero = true;
        const auto is_large = [&](Index k) {
            const mpfr_srcptr a = A_(i, k), b = B_(k, j);
            if (!is_regular(a) || !is_regular(b)) return false;
            is_zero = false;
            return a->_mpfr_exp + b->_mpfr_exp >= top - Sizes::s;
        };
        if (is_large(row.where) || is_large(column.where)) return true;
        for (Index k = 0; k < depth_; ++k)
            if (is_large(k)) return true;
        return is_zero;
    }

    bool is_asked_for(Index i, Index j) const { return touches(part_, i, 1, j, 1); }

    /// Finds the entries that are not covered; false if they are more than a quarter.
    bool classify() {
        Index asked = 0, left = 0;
        is_left_.assign(static_cast<std::size_t>(rows_ * columns_), false);
        for (Index j = 0; j < columns_; ++j)
            for (Index i = 0; i < rows_; ++i) {
                if (!is_asked_for(i, j)) continue;
                ++asked;
                if (is_covered(i, j)) continue;
                ++left;
                is_left_[static_cast<std::size_t>(i + j * rows_)] = true;
            }
        return 4 * left <= asked;
    }

    static Index panels(Index lines, Index panel) { return (lines + panel - 1) / panel; }

    /// Where the numbers of a block of the largest size are.
    struct Workspace {
        Workspace(Index rows, Index depth, Index columns)
            : left_plane(plane_for(panels(rows, panel_rows) * panel_rows * depth)),
              right_plane(plane_for(panels(columns, panel_columns) * panel_columns * depth)),
              out_plane(plane_for(panels(rows, panel_rows) * panel_rows *
                                  panels(columns, panel_columns) * panel_columns)),
              left_digits(
                  kept_room((Sizes::digits + ResidueJob::primes) * (left_plane + right_plane) +
                            Sizes::K * out_plane)),
              right_digits(left_digits + Sizes::digits * left_plane),
              left(right_digits + Sizes::digits * right_plane),
              right(left + ResidueJob::primes * left_plane),
              out(right + ResidueJob::primes * right_plane) {}

        Index left_plane, right_plane, out_plane;
        double *left_digits, *right_digits, *left, *right, *out;
    };

    void run_block(const Workspace& space, Index i, Index rows, Index j, Index columns) {
        ResidueJob job;
        job.left_digits = space.left_digits, job.right_digits = space.right_digits;
        job.left = space.left, job.right = space.right;
        job.left_plane = space.left_plane, job.right_plane = space.right_plane;
        job.out_plane = space.out_plane;
        job.digits = Sizes::digits;
        job.row_panels = panels(rows, panel_rows);
        job.column_panels = panels(columns, panel_columns);
        job.part = part_, job.row = i, job.column = j;
        for (Index k = 0; k < depth_; k += block) {
            job.depth = std::min(block, depth_ - k);
            job.adds = k > 0;
            pack<panel_rows>(A_, row_lines_, i, rows, k, job.depth, space.left_digits,
                             space.left_plane);
            pack<panel_columns>(B_.transposed(), column_lines_, j, columns, k, job.depth,
                                space.right_digits, space.right_plane);
            run_primes(job, space.out);
        }
        finish_block(i, rows, j, columns, space, job.row_panels * panel_rows);
    }

    /// An odd number of lines of 64 bytes: planes must not meet in the same sets of the cache.
    static Index plane_for(Index size) { return ((size / 8) | 1) * 8; }

    /// Digits of `rows` rows from i and `depth` columns from k.
    template <Index Panel>
    static void pack(const View& A, const std::vector<Line>& lines, Index i, Index rows, Index k,
                     Index depth, double* out, Index plane) {
        for (Index first = 0; first < rows; first += Panel)
            for (Index l = 0; l < depth; ++l)
                for (Index r = first; r < first + Panel; ++r, ++out) {
                    if (r < rows)
                        write_digits<D>(A(i + r, k + l), lines[static_cast<std::size_t>(i + r)].top,
                                        out, plane);
                    else
                        for (int d = 0; d < Sizes::digits; ++d) out[d * plane] = 0;
                }
    }

    static void run_primes(ResidueJob& job, double* out) {
        static const JobRunner runner = job_runner();
        const Moduli<D>& moduli = Moduli<D>::get();
        for (std::size_t m = 0; m < Sizes::K; m += ResidueJob::primes) {
            for (std::size_t p = 0; p < ResidueJob::primes; ++p) {
                job.modulus[p] = static_cast<double>(moduli.prime[m + p]);
                job.inverse[p] = 1 / job.modulus[p];
                job.left_powers[p] = moduli.left_powers[m + p].data();
                job.right_powers[p] = moduli.right_powers[m + p].data();
            }
            job.out = out + static_cast<Index>(m) * job.out_plane;
            runner(job);
        }
    }

    void finish_block(Index i, Index rows, Index j, Index columns, const Workspace& space,
                      Index column) const {
        for (Index c = 0; c < columns; ++c)
            for (Index r = 0; r < rows; ++r)
                if (is_asked_for(i + r, j + c))
                    finish(i + r, j + c, space.out + r + c * column, space.out_plane);
    }

    void finish(Index i, Index j, const double* x, Index plane) const {
        if (is_left_[static_cast<std::size_t>(i + j * rows_)]) {
            add_dot<D>(target(i, j), alpha_, A_.at(i, 0), A_.column_step, B_.at(0, j), B_.row_step,
                       depth_);
            if (is_gram_ && i != j)
                add_dot<D>(target(j, i), alpha_, A_.at(j, 0), A_.column_step, B_.at(0, i),
                           B_.row_step, depth_);
            return;
        }
        Limb number[Sizes::L];
        reconstruct<D>(Moduli<D>::get(), x, plane, number);
        const ExactNumber<Sizes::L> exact(number,
                                          row_line(i).top + column_line(j).top - 2 * Sizes::P);
        add(target(i, j), exact.data());
        if (is_gram_ && i != j) add(target(j, i), exact.data());
    }

    Real<D>& target(Index i, Index j) const {
        return C_.data[i * C_.row_step + j * C_.column_step];
    }

    void add(Real<D>& c, mpfr_srcptr product) const {
        const mpfr_ptr out = c.backend().data();
        if (mpfr_zero_p(out)) mpfr_set_zero(out, 1);
        if (sign_ > 0) {
            mpfr_add(out, out, product, MPFR_RNDN);
        } else if (sign_ < 0) {
            mpfr_sub(out, out, product, MPFR_RNDN);
        } else {
            Real<D> rounded;
            mpfr_set(rounded.backend().data(), product, MPFR_RNDN);
            c += Real<D>(alpha_ * rounded);
        }
    }

    Target C_;
    Real<D> alpha_;
    int sign_;  ///< alpha if that is 1 or −1, else 0.
    View A_, B_;
    Index rows_, depth_, columns_;
    bool is_gram_;  ///< B is A's transpose: the upper triangle, copied to the lower one.
    Part part_;
    std::vector<Line> row_lines_, column_lines_;
    std::vector<bool> is_left_;  ///< To `dot`.
};

/// Whether the modular product of these sizes is faster than dot products. It takes a time for each
/// entry of A, B and C, they for each product of entries: 1/rows + 1/depth + 1/columns decides.
template <unsigned D>
bool is_worthwhile(Index rows, Index depth, Index columns) {
    constexpr Index least = 24;  // for three equal sizes, measured
    return ModularSizes<D>::are_good && depth < Index(1) << ModularSizes<D>::depth_bits &&
           least * (rows * depth + depth * columns + rows * columns) <= 3 * rows * depth * columns;
}

/// C += alpha · A B for the entries in `part`. If alpha is 1 or −1, with the bound above, what C
/// holds being added before the one rounding; else the product, its multiple and the sum are
/// rounded. Sizes that are too small, and products of which more than a quarter of the entries is
/// not covered, are done by `dot`. C must not overlap A or B.
template <unsigned D>
void add_product(Real<D>* C, Index row_step, Index column_step, const Real<D>& alpha,
                 MatrixView<D> A, MatrixView<D> B, Index rows, Index depth, Index columns,
                 Part part = Part::whole) {
    if (depth == 0) return;
    if (is_worthwhile<D>(rows, depth, columns))
        if constexpr (ModularSizes<D>::are_good)
            if (ModularProduct<D>({C, row_step, column_step}, alpha, A, B, rows, depth, columns,
                                  part)
                    .run())
                return;
    for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < columns; ++j)
            if (touches(part, i, 1, j, 1))
                add_dot<D>(C[i * row_step + j * column_step], alpha, A.at(i, 0), A.column_step,
                           B.at(0, j), B.row_step, depth);
}

}  // namespace detail

}  // namespace hadamard::kernels

#endif
