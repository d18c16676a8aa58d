#pragma once

/// @file
/// Products of matrices modulo primes below 2^23, in doubles. All numbers are integers below 2^53,
/// so the operations are exact: in any order, fused or not, in every rounding mode, and the same on
/// every processor. Compiled for AVX-512, for AVX2 and for any x86-64; the processor decides.
///
/// Residues are integers |r| < 2^23, not the least ones. Matrices are packed in panels, of 16 rows
/// on the left and 8 columns on the right, the padding zero: entry (i, k) of a left matrix is at
/// (⌊i/16⌋·depth + k)·16 + i mod 16.
///
/// Proof     Let m ≤ 2^23 − 15 be the prime, |x| ≤ 2^53 − 2^23 an integer,
///           q = x·fl(1/m) + 3·2^51 − 3·2^51 and r = x − qm, all in doubles. |x/m| < 2^30.1, and
///           two roundings, each by less than a part 2^−52 in the worst mode, make x·fl(1/m)
///           wrong by < 2^−20; the sum rounds it to an integer at most 1 away. So |r| < m(1 + 2^−20) < 2^23,
///           and qm = x − r, an integer of magnitude < 2^53, and the difference are exact. The sums
///           that are reduced so: (a) from digits, 63 products < 2^24·2^23, together < 63·2^47;
///           (b) in products, a residue and 64 products < 2^46, together < 2^52 + 2^23. ∎

#include "hadamard/kernels/fixed_point_dot.hpp"

#if HADAMARD_HAS_FIXED_POINT_DOT

#include <array>

namespace hadamard::kernels::detail {

inline constexpr Index panel_rows = 16, panel_columns = 8;

/// Entries of a product that are asked for; the triangles have the diagonal.
enum class Part { whole, lower, upper };

/// Whether `part` has an entry among `rows` rows from i and `columns` columns from j.
inline bool touches(Part part, Index i, Index rows, Index j, Index columns) {
    if (part == Part::lower) return i + rows > j;
    if (part == Part::upper) return j + columns > i;
    return true;
}

/// out = left · right, or out += that, modulo four primes: digits are read once for all of them. An
/// entry of a factor is Σ_d digit_d 2^(24d); `powers` hold residues of 2^(24d), times any constant.
struct ResidueJob {
    static constexpr int digit_bits = 24, most_digits = 63, primes = 4;

    std::array<double, primes> modulus = {}, inverse = {};
    std::array<const double*, primes> left_powers = {}, right_powers = {};
    const double* left_digits = nullptr;  ///< Plane d has all the digits d, packed.
    const double* right_digits = nullptr;
    double* left = nullptr;  ///< Room for the residues of one factor, a plane for each prime.
    double* right = nullptr;
    double* out = nullptr;                                 ///< By columns, 16·row_panels apart.
    Index left_plane = 0, right_plane = 0, out_plane = 0;  ///< From plane to plane.
    int digits = 0;
    bool adds = false;
    Index row_panels = 0, column_panels = 0, depth = 0;
    Part part = Part::whole;    ///< Panels without an entry of it are left alone;
    Index row = 0, column = 0;  ///< (row, column) in it is where `out` begins.
};

/// Doubles side by side.
template <int Width>
struct Lanes {
    using Type [[gnu::vector_size(8 * Width), gnu::may_alias]] = double;
};

template <class Vector>
[[gnu::always_inline]] inline void reduce(Vector& x, double modulus, double inverse) {
    constexpr double shifter = 3.0 * (1LL << 51);
    const Vector quotient = (x * inverse + shifter) - shifter;
    x -= quotient * modulus;
}

/// (a) of the proof. `count` is a multiple of 8.
template <int Width>
[[gnu::always_inline]] inline void residues_from_digits(
    const ResidueJob& job, const double* digits, Index plane,
    const std::array<const double*, ResidueJob::primes>& powers, Index count, double* out) {
    using Vector = typename Lanes<Width>::Type;
    constexpr int primes = ResidueJob::primes;
    for (Index e = 0; e < count; e += Width) {
        Vector sum[primes] = {};
        for (int d = 0; d < job.digits; ++d) {
            const Vector digit = *reinterpret_cast<const Vector*>(digits + d * plane + e);
#pragma GCC unroll 4
            for (std::size_t p = 0; p < primes; ++p) sum[p] += digit * powers[p][d];
        }
#pragma GCC unroll 4
        for (std::size_t p = 0; p < primes; ++p) {
            reduce(sum[p], job.modulus[p], job.inverse[p]);
            *reinterpret_cast<Vector*>(out + static_cast<Index>(p) * plane + e) = sum[p];
        }
    }
}

/// 2·Width rows by Columns columns of `out`. (b) of the proof.
template <int Width, int Columns>
[[gnu::always_inline]] inline void tile_product(const ResidueJob& job, std::size_t prime,
                                                const double* left, const double* right,
                                                double* out) {
    using Vector = typename Lanes<Width>::Type;
    constexpr Index run = 64;
    const Index column = panel_rows * job.row_panels;
    Vector sum[2 * Columns] = {};
    if (job.adds) {
#pragma GCC unroll 8
        for (int j = 0; j < Columns; ++j) {
            sum[2 * j] = *reinterpret_cast<const Vector*>(out + j * column);
            sum[2 * j + 1] = *reinterpret_cast<const Vector*>(out + j * column + Width);
        }
    }
    for (Index first = 0; first < job.depth; first += run) {
        const Index last = first + run < job.depth ? first + run : job.depth;
        for (Index k = first; k < last; ++k) {
            const Vector upper = *reinterpret_cast<const Vector*>(left + k * panel_rows);
            const Vector lower = *reinterpret_cast<const Vector*>(left + k * panel_rows + Width);
#pragma GCC unroll 8
            for (int j = 0; j < Columns; ++j) {
                const double factor = right[k * panel_columns + j];
                sum[2 * j] += upper * factor;
                sum[2 * j + 1] += lower * factor;
            }
        }
#pragma GCC unroll 16
        for (int j = 0; j < 2 * Columns; ++j)
            reduce(sum[j], job.modulus[prime], job.inverse[prime]);
    }
#pragma GCC unroll 8
    for (int j = 0; j < Columns; ++j) {
        *reinterpret_cast<Vector*>(out + j * column) = sum[2 * j];
        *reinterpret_cast<Vector*>(out + j * column + Width) = sum[2 * j + 1];
    }
}

template <int Width, int Columns>
[[gnu::always_inline]] inline void multiply(const ResidueJob& job, std::size_t prime,
                                            const double* left, const double* right, double* out) {
    const Index column = panel_rows * job.row_panels;
    for (Index J = 0; J < job.column_panels; ++J)
        for (Index I = 0; I < job.row_panels; ++I) {
            if (!touches(job.part, job.row + I * panel_rows, panel_rows,
                         job.column + J * panel_columns, panel_columns))
                continue;
            for (Index j = 0; j < panel_columns; j += Columns)
                for (Index i = 0; i < panel_rows; i += 2 * Width)
                    tile_product<Width, Columns>(
                        job, prime, left + I * panel_rows * job.depth + i,
                        right + J * panel_columns * job.depth + j,
                        out + (J * panel_columns + j) * column + I * panel_rows + i);
        }
}

template <int Width, int Columns>
[[gnu::always_inline]] inline void run_job(const ResidueJob& job) {
    residues_from_digits<Width>(job, job.left_digits, job.left_plane, job.left_powers,
                                panel_rows * job.depth * job.row_panels, job.left);
    residues_from_digits<Width>(job, job.right_digits, job.right_plane, job.right_powers,
                                panel_columns * job.depth * job.column_panels, job.right);
    for (std::size_t p = 0; p < ResidueJob::primes; ++p) {
        const auto plane = static_cast<Index>(p);
        multiply<Width, Columns>(job, p, job.left + plane * job.left_plane,
                                 job.right + plane * job.right_plane,
                                 job.out + plane * job.out_plane);
    }
}

// Columns by what the registers hold: 16 sums of 32, or 8 of 16.
[[gnu::target("avx512f")]] inline void run_with_avx512(const ResidueJob& job) {
    run_job<8, 8>(job);
}
[[gnu::target("avx2")]] inline void run_with_avx2(const ResidueJob& job) { run_job<4, 4>(job); }
inline void run_anywhere(const ResidueJob& job) { run_job<2, 4>(job); }

using JobRunner = void (*)(const ResidueJob&);

/// The fastest that this processor can.
inline JobRunner job_runner() {
    if (__builtin_cpu_supports("avx512f")) return run_with_avx512;
    if (__builtin_cpu_supports("avx2")) return run_with_avx2;
    return run_anywhere;
}

}  // namespace hadamard::kernels::detail

#endif
