#pragma once

/// Certificates of tiny instances of groups (d ≤ 3), made in plain double arithmetic from section
/// 11 of FORMAT.md, and of the refuted mutants from section 12.

#include "checker_certificates.hpp"

#include <random>

namespace tiny {

/// A⁻¹ by Gauss and Jordan.
inline std::vector<Point> inverse(std::vector<Point> A) {
    const std::size_t n = A.size();
    for (std::size_t i = 0; i < n; ++i) {
        A[i].resize(2 * n);
        A[i][n + i] = 1;
    }
    for (std::size_t i = 0; i < n; ++i) {
        std::size_t pivot = i;
        for (std::size_t r = i; r < n; ++r)
            if (std::abs(A[r][i]) > std::abs(A[pivot][i])) pivot = r;
        std::swap(A[i], A[pivot]);
        const double p = A[i][i];
        for (double& a : A[i]) a /= p;
        for (std::size_t r = 0; r < n; ++r) {
            const double factor = r == i ? 0 : A[r][i];
            for (std::size_t c = 0; c < 2 * n; ++c) A[r][c] -= factor * A[i][c];
        }
    }
    for (Point& row : A) row.erase(row.begin(), row.begin() + static_cast<long>(n));
    return A;
}

/// The number of negative eigenvalues of a symmetric matrix, n ≤ 3, by Descartes' rule.
inline int negative_eigenvalues(const std::vector<Point>& A) {
    const std::size_t n = A.size();
    double trace = 0, minors = 0, det = n == 0 ? 1 : A[0][0];
    for (std::size_t i = 0; i < n; ++i) {
        trace += A[i][i];
        for (std::size_t j = 0; j < i; ++j) minors += A[i][i] * A[j][j] - A[i][j] * A[i][j];
    }
    if (n == 2) det = minors;
    if (n == 3)
        det = A[0][0] * (A[1][1] * A[2][2] - A[1][2] * A[1][2]) -
              A[0][1] * (A[0][1] * A[2][2] - A[1][2] * A[0][2]) +
              A[0][2] * (A[0][1] * A[1][2] - A[1][1] * A[0][2]);
    // det(λ + A) = λ³ + trace·λ² + minors·λ + det: sign changes are its positive zeros.
    Point c{1, trace, minors, det};
    if (n == 2) c = {1, trace, det};
    if (n < 2) c = {1, det};
    int out = 0;
    for (std::size_t i = 1; i < c.size(); ++i) out += c[i] * c[i - 1] < 0 ? 1 : 0;
    return out;
}

class GroupCertifier {
public:
    GroupCertifier(Json instance, Certifier::Options options)
        : instance_(std::move(instance)),
          options_(std::move(options)),
          loss_(instance_["loss"]),
          d_(loss_.size()),
          k_(instance_["transfer"]["depth"]),
          group_of_(at(d_)) {
        const Json& transfer = instance_["transfer"];
        groups_.emplace_back();
        for (int i = 0; i < d_; ++i) groups_[0].push_back(i);
        if (transfer.contains("groups")) groups_ = transfer["groups"];
        for (std::size_t j = 0; j < groups_.size(); ++j) {
            for (const int i : groups_[j]) group_of_[at(i)] = j;
            const double w = transfer.contains("weights") ? number(transfer["weights"][j]) : 1;
            mu_.push_back(2 * number(instance_["lambda"]) * w / k_);
        }
    }

    Json certificate() {
        Json out = {{"format", "hadamard-landscape"}, {"version", 1}, {"instance", instance_}};
        out["bound"] = options_.bound;
        for (int i = 0; i < d_; ++i) out["bound"]["edge"].push_back(dyadic(options_.edge));
        patterns_ = regions_ = Json::array();
        for (std::size_t set = 0; set < std::size_t{1} << groups_.size(); ++set) {
            std::string signs;
            for (std::size_t j = 0; j < groups_.size(); ++j)
                signs += (set >> j) % 2 == 0 ? '0' : '*';
            add_pattern(signs);
        }
        out["patterns"] = patterns_;
        out["regions"] = regions_;
        lists_.write_to(out);
        Certifier::count(out);
        return out;
    }

private:
    std::vector<int> support(const std::string& signs) const {
        std::vector<int> out;
        for (int i = 0; i < d_; ++i)
            if (signs[group_of_[at(i)]] == '*') out.push_back(i);
        return out;
    }

    Range square(const Box& x, std::size_t j) const {
        Range out;
        for (const int i : groups_[j]) out = out + power(x[at(i)], 2);
        return out;
    }
    bool avoids_zero(const std::vector<int>& S, const Box& x) const {
        return std::all_of(S.begin(), S.end(),
                           [&](int i) { return square(x, group_of_[at(i)]).lo > 1e-12; });
    }
    /// μ_jφ_j
    Range pull(const Box& x, std::size_t j) const {
        const Range r = square(x, j);
        const double n = -(k_ - 1.0) / k_;
        return mu_[j] * Range{std::pow(r.hi, n), std::pow(r.lo, n)};
    }
    Range G(const Box& x, int i) const {
        return loss_(x, {i}) + pull(x, group_of_[at(i)]) * x[at(i)];
    }
    Range J(const Box& x, int i, int l) const {
        const Range out = loss_(x, {i, l});
        const std::size_t j = group_of_[at(i)];
        if (group_of_[at(l)] != j) return out;
        const Range r = square(x, j), one{i == l ? 1.0 : 0.0, i == l ? 1.0 : 0.0};
        const Range product = i == l ? power(x[at(i)], 2) : x[at(i)] * x[at(l)];
        return out + pull(x, j) * (one - 2.0 * (k_ - 1) / k_ * (product * power(r, -1)));
    }
    std::vector<Point> jacobian(const Point& z, const std::vector<int>& S) const {
        std::vector<Point> out;
        for (const int i : S) {
            out.emplace_back();
            for (const int l : S) out.back().push_back(J(box_at(z), i, l).lo);
        }
        return out;
    }

    /// Zeros of G that Newton's method finds from a grid, finer towards zero.
    std::vector<Point> roots(const std::vector<int>& S) const {
        std::vector<Point> out;
        const int n = S.size() == 1 ? 64 : S.size() == 2 ? 28 : 12;
        int cells = 1;
        for (std::size_t p = 0; p < S.size(); ++p) cells *= n;
        for (int cell = 0; cell < cells; ++cell) {
            Point x(at(d_));
            int rest = cell;
            for (const int i : S) {
                const double size = std::pow(2, -(rest % n / 2 + 0.5) * 40 / n);
                x[at(i)] = options_.edge * (rest % 2 == 0 ? size : -size);
                rest /= n;
            }
            const auto same = [&](const Point& other) {
                double distance = 0;
                for (std::size_t i = 0; i < x.size(); ++i) distance += std::abs(other[i] - x[i]);
                return distance < 1e-6;
            };
            if (newton(S, x) && std::none_of(out.begin(), out.end(), same)) out.push_back(x);
        }
        return out;
    }

    bool newton(const std::vector<int>& S, Point& x) const {
        for (int step = 0; step < 60; ++step) {
            const std::vector<Point> C = inverse(jacobian(x, S));
            const Point old = x;
            double size = 0;
            for (std::size_t p = 0; p < S.size(); ++p) {
                for (std::size_t q = 0; q < S.size(); ++q)
                    x[at(S[p])] -= C[p][q] * G(box_at(old), S[q]).lo;
                const double t = x[at(S[p])];
                size += std::abs(t - old[at(S[p])]);
                if (!(std::abs(t) < options_.edge)) return false;
            }
            if (!avoids_zero(S, box_at(x))) return false;
            if (size < 1e-14) break;
        }
        double residual = 0;
        for (const int i : S) residual += std::abs(G(box_at(x), i).lo);
        return residual < 1e-11;
    }

    Box around(const std::vector<int>& S, const Point& z, double relative, double absolute) const {
        Box out(at(d_));
        for (const int i : S) {
            const double r =
                relative * std::sqrt(square(box_at(z), group_of_[at(i)]).lo) + absolute;
            out[at(i)] = {std::nearbyint((z[at(i)] - r) * 0x1p36) / 0x1p36,
                          std::nearbyint((z[at(i)] + r) * 0x1p36) / 0x1p36};
        }
        return out;
    }

    bool contracts(const std::vector<int>& S, const Point& z, const Box& B,
                   const std::vector<Point>& C) const {
        if (!avoids_zero(S, B)) return false;
        for (std::size_t p = 0; p < S.size(); ++p) {
            Range image = box_at(z)[at(S[p])];
            for (std::size_t q = 0; q < S.size(); ++q) {
                image = image - C[p][q] * G(box_at(z), S[q]);
                Range defect{p == q ? 1.0 : 0.0, p == q ? 1.0 : 0.0};
                for (std::size_t r = 0; r < S.size(); ++r)
                    defect = defect - C[p][r] * J(B, S[r], S[q]);
                image = image + defect * (B[at(S[q])] - box_at(z)[at(S[q])]);
            }
            const Range whole = B[at(S[p])];
            const double room = 1e-3 * (whole.hi - whole.lo);
            if (!(image.lo > whole.lo + room && image.hi < whole.hi - room)) return false;
        }
        return true;
    }

    void add_root(const std::string& signs, Point z) {
        const std::vector<int> S = support(signs);
        for (double& t : z) t = std::nearbyint(t * 0x1p40) / 0x1p40;
        std::vector<Point> C = inverse(jacobian(z, S));
        Json region = {{"signs", signs}, {"kind", "root"}};
        for (const char* list : {"center", "outer", "radius", "scale", "C"})
            region[list] = Json::array();
        for (std::size_t p = 0; p < S.size(); ++p)
            for (std::size_t q = 0; q <= p; ++q) {
                const double c = std::nearbyint(C[p][q] * 0x1p24);
                region["C"].push_back(static_cast<long long>(c));
                C[p][q] = C[q][p] = c * 0x1p-24;
            }
        double relative = 0.7;
        while (relative > 1e-6 && !contracts(S, z, around(S, z, relative, 0x1p-20), C))
            relative *= 0.7;
        const Box N = around(S, z, relative, 0x1p-20);
        for (const int i : S) {
            region["center"].push_back(dyadic(z[at(i)]));
            region["radius"].push_back(dyadic(0x1p-24));
            region["outer"].push_back({dyadic(N[at(i)].lo), dyadic(N[at(i)].hi)});
            region["scale"].push_back(-12);
        }
        regions_.push_back(region);
        outers_.push_back(N);
        add_points(signs, z);
    }

    void add_points(const std::string& signs, const Point& z) {
        int beyond = 0, flips = 0;
        bool decided = true;
        for (std::size_t j = 0; j < groups_.size(); ++j) {
            if (signs[j] == '*')
                flips += instance_["transfer"]["kind"] == "group_product" ? k_ - 1 : 1;
            if (signs[j] == '*' || k_ > 2) continue;
            double n = 0;
            for (const int i : groups_[j]) n += power(loss_(box_at(z), {i}), 2).lo;
            if (std::abs(std::sqrt(n) - mu_[j]) < 1e-5)
                decided = false;
            else if (std::sqrt(n) > mu_[j])
                ++beyond;
        }
        if (!decided) beyond = 0;
        const int negative = negative_eigenvalues(jacobian(z, support(signs)));
        const bool smooth = k_ > 2 || instance_["transfer"]["kind"] == "group_product" ||
                            signs.find('0') == std::string::npos;
        lists_.add({regions_.size() - 1, signs, negative, beyond, 0, decided, smooth, 1L << flips},
                   d_, [&] {
                       Json beta = Json::array();
                       for (const Range& b : around(support(signs), z, 0, 0x1p-20))
                           beta.push_back({dyadic(b.lo), dyadic(b.hi)});
                       return beta;
                   });
    }

    void add_pattern(const std::string& signs) {
        const std::vector<int> S = support(signs);
        std::string tree = "R" + std::to_string(regions_.size());
        if (S.empty()) {
            add_root(signs, Point(at(d_)));
        } else {
            for (const Point& z : roots(S)) add_root(signs, z);
            Box box(at(d_));
            for (const int i : S) box[at(i)] = {-options_.edge, options_.edge};
            long left = 0;
            tree = walk(signs, box, 0, left).substr(1);
            if (left > 0)
                lists_.undecided.push_back({{"kind", "leaves"}, {"signs", signs}, {"count", left}});
        }
        patterns_.push_back({{"signs", signs}, {"tree", tree}});
    }

    std::string walk(const std::string& signs, const Box& box, int cuts, long& left) const {
        const std::vector<int> S = support(signs);
        const auto within = [&](const Box& outer) {
            return std::all_of(S.begin(), S.end(), [&](int i) {
                return outer[at(i)].lo <= box[at(i)].lo && box[at(i)].hi <= outer[at(i)].hi;
            });
        };
        for (std::size_t r = 0; r < regions_.size(); ++r)
            if (regions_[r]["signs"] == signs && within(outers_[r]))
                return " R" + std::to_string(r);
        for (std::size_t j = 0; j < groups_.size(); ++j)
            if (signs[j] == '*' && norm_excludes(box, j)) return " N" + std::to_string(j);
        for (const int i : S)
            if (square(box, group_of_[at(i)]).lo > 1e-9 && excludes_zero(G(box, i)))
                return " E" + std::to_string(i);
        const std::string mean = options_.mean_value ? mean_value(S, box) : "";
        if (!mean.empty()) return mean;
        if (cuts == options_.deepest) {
            ++left;
            return " U";
        }
        int widest = S[0];
        for (const int i : S)
            if (box[at(i)].hi - box[at(i)].lo > box[at(widest)].hi - box[at(widest)].lo) widest = i;
        // Not at zero, that a corner should not lie on a group's zero.
        const Range x = box[at(widest)];
        const double cut = x.lo == -x.hi ? x.hi / 16 : (x.lo + x.hi) / 2;
        Box lower = box, upper = box;
        lower[at(widest)].hi = upper[at(widest)].lo = cut;
        const std::string first = walk(signs, lower, cuts + 1, left),
                          second = walk(signs, upper, cuts + 1, left);
        return " S" + std::to_string(widest) + ":" + dyadic(cut) + first + second;
    }

    static bool excludes_zero(Range x) { return x.lo > slack || x.hi < -slack; }

    bool norm_excludes(const Box& box, std::size_t j) const {
        Range n, product;
        for (const int i : groups_[j]) {
            const Range g = loss_(box, {i});
            n = n + power(g, 2);
            product = product + box[at(i)] * g;
        }
        const Range left = power(n, k_) * power(square(box, j), k_ - 2);
        const double right = std::pow(mu_[j], 2 * k_);
        return left.hi < right * (1 - slack) || left.lo > right * (1 + slack) || product.lo > slack;
    }

    std::string mean_value(const std::vector<int>& S, const Box& box) const {
        if (!avoids_zero(S, box)) return "";
        Point mid(at(d_));
        for (const int i : S) mid[at(i)] = (box[at(i)].lo + box[at(i)].hi) / 2;
        for (const Point& row : inverse(jacobian(mid, S))) {
            Range sum;
            std::string text;
            for (std::size_t p = 0; p < S.size(); ++p) {
                const double c = std::nearbyint(row[p] * 1024);
                if (!(std::abs(c) < 1e9)) return "";
                text += (p == 0 ? " P" : ",") + std::to_string(static_cast<long>(c));
                sum = sum + c * G(box_at(mid), S[p]);
            }
            for (std::size_t q = 0; q < S.size(); ++q) {
                Range column;
                for (std::size_t p = 0; p < S.size(); ++p)
                    column = column + std::nearbyint(row[p] * 1024) * J(box, S[p], S[q]);
                sum = sum + column * (box[at(S[q])] - box_at(mid)[at(S[q])]);
            }
            if (excludes_zero(1e-3 * sum)) return text;
        }
        return "";
    }

    Json instance_;
    Certifier::Options options_;
    Loss loss_;
    int d_, k_;
    std::vector<std::vector<int>> groups_;
    std::vector<std::size_t> group_of_;
    Point mu_;
    Json regions_, patterns_;
    PointLists lists_;
    std::vector<Box> outers_;  ///< Of each region.
};

/// The certificate that refutes a mutant.
inline Json refutation(Json instance, const char* mutant, const Json& regions,
                       const Json& witness) {
    instance["mutant"] = mutant;
    return {
        {"format", "hadamard-landscape"},
        {"version", 1},
        {"instance", instance},
        {"bound", Json::object()},
        {"regions", regions},
        {"witness", witness},
        {"verdict", "refuted"},
        {"sentence",
         "Refuted: Q has a local minimizer whose image under K is not a local minimizer of P."}};
}

/// Is what a refutation states true? The values of Q and P near the point are compared.
class Refuted {
public:
    explicit Refuted(const Json& json)
        : loss_(json["instance"]["loss"]),
          square_(json["instance"]["mutant"] == "square"),
          lambda_(number(json["instance"]["lambda"])),
          weights_(at(loss_.size()), 1) {
        const Json& transfer = json["instance"]["transfer"];
        const std::size_t d = weights_.size();
        if (!square_) {
            depth_ = transfer["depth"];
            for (const Json& u : json["witness"]["u"]) xi_.push_back(number(u));
            xi_.resize(d + at(depth_) - 1);
            beta_.resize(d);
            return;
        }
        if (transfer.contains("weights"))
            for (std::size_t i = 0; i < d; ++i) weights_[i] = number(transfer["weights"][i]);
        const Json& region = json["regions"][0];
        const std::string signs = region["signs"];
        std::size_t p = 0;
        for (const char sign : signs) {
            const char* field = region["kind"] == "exact" ? "beta" : "center";
            beta_.push_back(sign == '0' ? 0 : value(region[field][p++]));
            xi_.push_back(std::sqrt(beta_.back()));
        }
    }

    bool is_true() const {
        std::mt19937 random(3);
        std::uniform_real_distribution<double> step(-1e-3, 1e-3);
        bool is_minimizer = true, is_base_minimizer = true;
        for (int i = 0; i < 500; ++i) {
            Point xi = xi_, beta = beta_;
            for (double& x : xi) x += step(random);
            for (double& b : beta) b += step(random);
            is_minimizer = is_minimizer && Q(xi) > Q(xi_) - 1e-11;
            is_base_minimizer = is_base_minimizer && P(beta) > P(beta_) - 1e-11;
        }
        return is_minimizer && !is_base_minimizer;
    }

private:
    static double value(const Json& json) {
        const std::string text = json.is_string() ? json.get<std::string>() : json.dump();
        const std::size_t e = text.find('p');
        return e == std::string::npos ? number(json)
                                      : std::ldexp(std::stod(text), std::stoi(text.substr(e + 1)));
    }
    double Q(const Point& xi) const {
        Point beta(xi.begin(), xi.begin() + loss_.size());
        double out = 0;
        for (std::size_t i = 0; i < beta.size(); ++i)
            for (std::size_t l = beta.size(); l < xi.size(); ++l) beta[i] *= xi[l];
        for (std::size_t i = 0; square_ && i < beta.size(); ++i) {
            beta[i] *= beta[i];
            out += lambda_ * weights_[i] * beta[i];
        }
        return out + loss_(box_at(beta), {}).lo;
    }
    double P(const Point& beta) const {
        double out = loss_(box_at(beta), {}).lo;
        for (std::size_t i = 0; i < beta.size(); ++i)
            out += lambda_ * weights_[i] * std::abs(beta[i]);
        return out;
    }

    Loss loss_;
    bool square_;
    double lambda_;
    int depth_ = 2;
    Point weights_, xi_, beta_;
};

}  // namespace tiny
