/// @file
/// How many candidates a search screens in a second on one core, beside a bare loop over Q: the
/// cost of the margin of svf.majorization and svf.penalty-equality, and of laying out the points.
///
///     cmake --build build/release --target margin_rate
///     build/release/bench/campaigns/margin_rate
///
/// One line for each d: candidates/s of the bare loop, of the two screens, and their ratios.

#include "hadamard/catalogue/problem.hpp"
#include "hadamard/core/error.hpp"
#include "search/ascent.hpp"
#include "search/starts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace {

using namespace hadamard;

/// Seconds of processor time: other work on the machine does not count.
double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// Calls in a second of one core: the median of five runs of a fifth of a second.
template <class Call>
double rate(Call call) {
    std::array<double, 5> rates{};
    for (double& one : rates) {
        const double start = processor_seconds();
        long calls = 0;
        double seconds = 0;
        while (seconds < 0.2) {
            for (int n = 0; n < 10'000; ++n) call();
            calls += 10'000;
            seconds = processor_seconds() - start;
        }
        one = static_cast<double>(calls) / seconds;
    }
    std::ranges::sort(rates);
    return rates[2];
}

/// A least-squares problem on d coordinates.
Instance instance_of(Index d) {
    Instance out;
    out.transfer = {.name = "hadamard_product", .depth = 2, .base_size = d};
    out.loss.kind = "least_squares";
    out.loss.X = Matrix<Rational>::Identity(d + 1, d);
    out.loss.y = Vector<Rational>::Constant(d + 1, Rational(1));
    return out;
}

/// The margin of a claim on a case of d coordinates: seeds are tried until one has so many.
verify::Margin margin_of(const std::string& claim, Index size) {
    const search::Subject subject(claim);
    const verify::Setting setting =
        subject.setting(transfer_traits("hadamard_product"), Exponent(2));
    for (std::uint64_t seed = 1;; ++seed) {
        verify::Trial trial(setting, verify::Tape(seed), 50);
        verify::Margin margin = subject.margin()(trial);
        if (margin.size == size) return margin;
    }
}

double screening_rate(const verify::Margin& margin) {
    search::ScreenRandom random(1);
    Vector<double> x(margin.size);
    double best = -1;
    const double out = rate([&] {
        search::fill_point(x, search::Origin::random, 5, random);
        best = std::max(best, search::scored(margin, x));
    });
    require(best > -1, "margin_rate: no margin");
    return out;
}

void report(Index d) {
    const AnySurrogate<double> Q = ProblemFamily(instance_of(d)).over<double>().surrogate;
    const Vector<double> x = Vector<double>::Constant(Q.size(), 0.5);
    double sum = 0;
    const double bare = rate([&] { sum += Q.value(x); });
    require(sum > 0, "margin_rate: the loop over Q was optimised away");
    const double equality = screening_rate(margin_of("svf.penalty-equality", 2 * d));
    const double majorization = screening_rate(margin_of("svf.majorization", 2 * d));
    fmt::print(
        "d = {}: Q {:.3g}/s; penalty-equality {:.3g}/s ({:.0f} % of Q); majorization "
        "{:.3g}/s ({:.0f} %)\n",
        d, bare, equality, 100 * equality / bare, majorization, 100 * majorization / bare);
}

}  // namespace

int main() {
    for (const Index d : {1, 2, 3}) report(d);
}
