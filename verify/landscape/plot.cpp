#include "landscape/plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <functional>

namespace hadamard::landscape {
namespace {

using Function = std::function<double(double, double)>;

/// A square of the page, and the square of the plane that it shows.
struct Panel {
    double left, top, side, reach;  // plane: [−reach, reach]²

    double x(double a) const { return left + side * (a + reach) / (2 * reach); }
    double y(double b) const { return top + side * (reach - b) / (2 * reach); }
};

double loss(const Problem& problem, const std::vector<double>& beta) {
    double out = 0;
    for (const Monomial& term : problem.terms) {
        double product = term.coefficient.convert_to<double>();
        for (std::size_t i = 0; i < beta.size(); ++i)
            product *= std::pow(beta[i], term.exponents[i]);
        out += product;
    }
    return out;
}

double base_value(const Problem& problem, const std::vector<double>& beta) {
    // ‖β_j‖² of each coordinate or group, and its weight
    std::vector<double> squares(static_cast<std::size_t>(problem.state_count())), weights = squares;
    for (std::size_t i = 0; i < beta.size(); ++i) {
        const std::size_t j = problem.state_index(i);
        squares[j] += beta[i] * beta[i];
        weights[j] = (problem.instance.lambda * problem.weights[i]).convert_to<double>();
    }
    double out = loss(problem, beta);
    for (std::size_t j = 0; j < squares.size(); ++j)
        out += weights[j] * std::pow(squares[j], 1.0 / problem.depth);
    return out;
}

/// Q for d = 1 over (u, v): all factors but the first are v.
double surrogate_value(const Problem& problem, double u, double v) {
    const double scale = (problem.instance.lambda * problem.weights[0]).convert_to<double>();
    const int k = problem.depth;
    if (problem.kind == Kind::difference)
        return loss(problem, {std::pow(u, k) - std::pow(v, k)}) + scale * (u * u + v * v);
    const double factor = problem.is_shared() ? std::fabs(v) : v;
    return loss(problem, {u * std::pow(factor, k - 1)}) + scale * (u * u + (k - 1) * v * v) / k;
}

const char* colour(int index) {
    return index == 0 ? "#1b5e9e" : index == 1 ? "#d9822b" : "#b02a37";
}

std::string mark(double x, double y, int index) {
    return fmt::format(
        "<circle cx=\"{:.2f}\" cy=\"{:.2f}\" r=\"5\" fill=\"{}\" stroke=\"white\" "
        "stroke-width=\"1.2\"/>\n",
        x, y, colour(index));
}

std::string words(double x, double y, const std::string& text, const char* anchor = "middle") {
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y,
                       anchor, text);
}

/// Level lines by marching squares on a grid; levels are quantiles, so that every depth shows some.
std::string contours(const Panel& panel, const Function& f) {
    constexpr int n = 140, levels = 14;
    std::vector<double> values;
    const auto at = [&](int i) { return panel.reach * (2.0 * i / n - 1); };
    for (int j = 0; j <= n; ++j)
        for (int i = 0; i <= n; ++i) values.push_back(f(at(i), at(j)));
    const auto value = [&](int i, int j) { return values[static_cast<std::size_t>(j * (n + 1) + i)]; };
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    std::string out;
    for (int l = 1; l <= levels; ++l) {
        const double share = std::pow(static_cast<double>(l) / (levels + 1), 1.7);
        const double level = sorted[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
        std::string path;
        for (int j = 0; j < n; ++j)
            for (int i = 0; i < n; ++i) {
                std::vector<std::pair<double, double>> ends;
                const auto edge = [&](int i1, int j1, int i2, int j2) {
                    const double a = value(i1, j1) - level, b = value(i2, j2) - level;
                    if ((a < 0) == (b < 0)) return;
                    const double t = a / (a - b);
                    ends.emplace_back(panel.x(at(i1) + t * (at(i2) - at(i1))),
                                      panel.y(at(j1) + t * (at(j2) - at(j1))));
                };
                edge(i, j, i + 1, j);
                edge(i + 1, j, i + 1, j + 1);
                edge(i + 1, j + 1, i, j + 1);
                edge(i, j + 1, i, j);
                for (std::size_t e = 0; e + 1 < ends.size(); e += 2)
                    path += fmt::format("M{:.1f} {:.1f}L{:.1f} {:.1f}", ends[e].first,
                                        ends[e].second, ends[e + 1].first, ends[e + 1].second);
            }
        if (!path.empty())
            out += fmt::format("<path d=\"{}\" stroke=\"#6b7c93\" stroke-opacity=\"{:.2f}\"/>\n",
                               path, 0.35 + 0.5 * (levels - l) / levels);
    }
    return "<g fill=\"none\" stroke-width=\"0.8\">\n" + out + "</g>\n";
}

std::string frame(const Panel& p) {
    return fmt::format(
        "<rect x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{2}\" fill=\"none\" stroke=\"#333\"/>\n"
        "<path d=\"M{3:.1f} {1}v{2}M{0} {4:.1f}h{2}\" stroke=\"#bbb\"/>\n",
        p.left, p.top, p.side, p.x(0), p.y(0));
}

std::string page(double width, double height, const std::string& body) {
    return fmt::format(
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
               "height=\"{1}\" font-family=\"sans-serif\" font-size=\"13\">\n"
               "<defs><marker id=\"tip\" markerWidth=\"8\" markerHeight=\"8\" refX=\"7\" refY=\"3\" "
               "orient=\"auto\"><path d=\"M0 0L7 3L0 6z\" fill=\"#1b5e9e\"/></marker></defs>\n"
               "<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n",
               width, height) +
           body + "</svg>\n";
}

double middle(const BasePoint& point, std::size_t i) {
    return ((point.lo[i] + point.hi[i]) / 2).convert_to<double>();
}

double reach_of(const Landscape& l) {
    double out = 0;
    for (const BasePoint& point : l.base)
        for (std::size_t i = 0; i < point.lo.size(); ++i)
            out = std::max(out, std::fabs(middle(point, i)));
    return out > 0 ? 1.35 * out : 1.0;
}

/// The marks that are on the picture, by index; and what is missing from it.
std::string legend(const Landscape& l, double x, double y, const std::set<int>& indices) {
    std::string out;
    const char* names[] = {"minimizer", "index 1", "index 2 or more"};
    for (int index = 0; index <= 2; ++index) {
        const bool is_drawn =
            index < 2 ? indices.count(index) > 0 : indices.lower_bound(2) != indices.end();
        if (!is_drawn) continue;
        out += mark(x, y - 4, index) + words(x + 10, y, names[index], "start");
        x += 130;
    }
    if (l.bound.is_restricted()) out += words(x, y + 16, "points in the box alone", "start");
    if (!l.undecided.empty())
        out += words(x, y, fmt::format("undecided places: {}, not drawn", l.undecided.size()), "start");
    return out;
}

std::set<int> base_indices(const Landscape& l) {
    std::set<int> out;
    for (const BasePoint& point : l.base) out.insert(point.index);
    return out;
}

std::string plane(const Landscape& l) {
    const Panel panel{50, 40, 520, reach_of(l)};
    std::string body = words(310, 25, "P over (β₁, β₂)");
    body += contours(panel,
                     [&](double a, double b) { return base_value(l.problem, {a, b}); });
    body += frame(panel);
    for (const BasePoint& point : l.base)
        body += mark(panel.x(middle(point, 0)), panel.y(middle(point, 1)), point.index);
    body += words(50, 576, fmt::format("−{:.3g}", panel.reach)) +
            words(570, 576, fmt::format("{:.3g}", panel.reach)) +
            legend(l, 120, 600, base_indices(l));
    return page(620, 620, body);
}

/// The points of an orbit in the plane (u, v) of the picture.
std::vector<std::pair<double, double>> drawn(const Problem& problem, const Region& region) {
    const char state = region.signs[0];
    if (state == '0') return {{0, 0}};
    const int k = problem.depth;
    double t = 0;
    if (problem.has_groups())
        t = std::pow(std::fabs(region.center[0]), 1.0 / k);
    else if (region.kind == Region::Kind::exact)
        t = std::sqrt(std::fabs(region.beta[0].convert_to<double>()));
    else
        t = k == 2 ? std::sqrt(region.center[0]) : region.center[0];
    const double s =
        problem.has_groups() ? std::copysign(1.0, region.center[0]) : sign_of_state(state);
    if (multiplicity(state) == 2) return {{s * t, -s * t}};
    if (problem.kind == Kind::difference) {
        if (k % 2 == 1) return {{s * t, 0}, {0, -s * t}};
        return s > 0 ? std::vector<std::pair<double, double>>{{t, 0}, {-t, 0}}
                     : std::vector<std::pair<double, double>>{{0, t}, {0, -t}};
    }
    // s = sign(u)·sign(v)^{k−1}
    const double other = problem.is_product() && k % 2 == 0 ? -s : s;
    return {{s * t, t}, {other * t, -t}};
}

std::string line(const Landscape& l) {
    const Problem& problem = l.problem;
    const double reach = reach_of(l);
    const Panel right{480, 40, 400, 1.15 * std::pow(reach, 1.0 / problem.depth)};
    constexpr double left = 40, top = 40, side = 400;
    constexpr int n = 600;
    double least = 0, most = 0;
    std::vector<double> values;
    for (int i = 0; i <= n; ++i) {
        values.push_back(base_value(problem, {reach * (2.0 * i / n - 1)}));
        least = i == 0 ? values[0] : std::min(least, values.back());
        most = i == 0 ? values[0] : std::max(most, values.back());
    }
    const auto x = [&](double b) { return left + side * (b + reach) / (2 * reach); };
    const auto y = [&](double p) {
        return top + side * (0.05 + 0.9 * (most - p) / std::max(most - least, 1e-300));
    };
    std::string path;
    for (int i = 0; i <= n; ++i)
        path += fmt::format("{}{:.2f} {:.2f}", i == 0 ? "M" : "L", x(reach * (2.0 * i / n - 1)),
                            y(values[static_cast<std::size_t>(i)]));
    std::string body = words(240, 25, "P over β");
    body += words(680, 25,
                  problem.is_product() && problem.depth > 2
                      ? "Q over (u, v), the slice where all factors but the first are v"
                      : "Q over (u, v)");
    body += fmt::format(
        "<rect x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{2}\" fill=\"none\" stroke=\"#333\"/>\n"
        "<path d=\"{3}\" fill=\"none\" stroke=\"#333\" stroke-width=\"1.6\"/>\n",
        left, top, side, path);
    body += contours(right,
                     [&](double u, double v) { return surrogate_value(problem, u, v); });
    body += frame(right);
    std::string arrows, marks;
    std::set<int> indices = base_indices(l);
    for (const SurrogatePoint& point : l.surrogate) {
        const int index = std::max(point.index, point.kind == PointClass::minimizer ? 0 : 1);
        indices.insert(index);
        for (const auto& [u, v] : drawn(problem, l.regions[point.region])) {
            marks += mark(right.x(u), right.y(v), index);
            if (point.kind != PointClass::minimizer || point.base < 0) continue;
            const double b = middle(l.base[static_cast<std::size_t>(point.base)], 0);
            arrows += fmt::format(
                "<path d=\"M{:.1f} {:.1f}Q{:.1f} {:.1f} {:.1f} {:.1f}\" fill=\"none\" "
                "stroke=\"#1b5e9e\" stroke-opacity=\"0.5\" marker-end=\"url(#tip)\"/>\n",
                right.x(u), right.y(v), 460.0, right.y(v) - 40, x(b) + 6,
                y(base_value(problem, {b})));
        }
    }
    for (const BasePoint& point : l.base) {
        const double b = middle(point, 0);
        marks += mark(x(b), y(base_value(problem, {b})), point.index);
    }
    body += arrows + marks + words(left, 456, fmt::format("−{:.3g}", reach)) +
            words(left + side, 456, fmt::format("{:.3g}", reach)) +
            legend(l, 330, 480, indices);
    return page(920, 500, body);
}

}  // namespace

void require_plottable(const Problem& problem) {
    if (problem.size > 2)
        throw InputError(fmt::format("--plot draws one or two coordinates; the loss has {}",
                                     problem.size));
}

std::string plot(const Landscape& landscape) {
    require_plottable(landscape.problem);
    return landscape.problem.size == 1 ? line(landscape) : plane(landscape);
}

}  // namespace hadamard::landscape
