#include "search/unit.hpp"

#include "engine/user_transfers.hpp"
#include "hadamard/core/error.hpp"
#include "search/ascent.hpp"
#include "search/simplify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace hadamard::search {
namespace {

/// Structures drawn in a unit, and points screened on each: about as dear as the cases that follow.
constexpr int structures = 4;
constexpr int screened_points = 8192;
constexpr int ascents = 3;
constexpr int ascent_evaluations = 256;
/// Where the margin is what a whole case notes, an ascent goes in legs, each over a few of the case's
/// rational draws and in a box a quarter as wide as the last.
constexpr int legs = 3;
constexpr std::size_t leg_draws = 4;
constexpr std::size_t most_reasons = 40;
/// Rounding in the margin itself stays far below; what is between is decided like everything else.
constexpr double alarm_threshold = 1e-9;
/// Nearer to 0 a case is on the verge: a tie, or a singular Hessian, and flat around.
constexpr double verge = 1e-12;

/// Cheap checks are tried more often, and shrunk more patiently.
long cases_of(const Subject& subject) {
    return std::clamp(subject.claim().default_cases / 4, 6, 32);
}
int leg_evaluations(const Subject& subject) {
    return std::clamp(subject.claim().default_cases, 12, 60);
}
int replays_of(const Subject& subject) { return subject.claim().default_cases >= 40 ? 800 : 150; }

/// The exact value of a double, which is a dyadic fraction.
Rational exact(double x) {
    int exponent = 0;
    const double fraction = std::frexp(x, &exponent);
    const auto whole = static_cast<long>(std::ldexp(fraction, 53));
    Rational out(whole);
    for (int e = exponent - 53; e != 0; e += e < 0 ? 1 : -1) out = e < 0 ? out / 2 : out * 2;
    return out;
}

/// p/q with q ≤ 8 when that is the value but for rounding: then the fraction was meant.
Rational meant(double x) {
    for (const int q : {1, 2, 3, 4, 8}) {
        const double p = std::nearbyint(x * q);
        if (std::abs(p / q - x) <= 4e-16 * std::abs(x)) return Rational(static_cast<long>(p), q);
    }
    return exact(x);
}

/// v on a grid of 2^−32, or the small fraction that it is but for rounding: nearby points have pins
/// of few digits, and cases stay cheap.
Rational gridded(double v) {
    constexpr double cells = 4294967296.0;
    return meant(std::nearbyint(v * cells) / cells);
}

/// A case that was run, with the margin that it noted.
struct Ranked {
    Choices choices;
    double margin = -1;
};

class Unit {
public:
    Unit(const Plan& plan, long number)
        : plan_(plan),
          cell_(plan.cell_of(number)),
          round_(number / static_cast<long>(plan.cells.size())),
          setting_(plan.subject.setting(cell_.transfer, cell_.depth)),
          random_(seed_of(plan, number)) {
        result_.unit = number;
    }

    UnitResult result() {
        if (plan_.subject.margin())
            for (int n = 0; n < structures && !is_done(); ++n) search_points();
        search_tapes();
        const long evaluations = result_.health.evaluations();
        result_.health.by_cell[cell_.name()] += evaluations;
        result_.health.by_depth["k = " + cell_.depth.text()] += evaluations;
        return std::move(result_);
    }

private:
    static std::uint64_t seed_of(const Plan& plan, long number) {
        verify::SeedMix mix(plan.seed);
        mix << "search" << plan.subject.name() << plan.cell_of(number).name()
            << static_cast<std::uint64_t>(number);
        return mix.value();
    }

    bool is_done() const { return result_.witness.has_value(); }

    // ---- points: the margin of one drawn structure, screened and climbed ----------------------

    /// The margin of a freshly drawn case, which is left in `drawn`; nothing if it has none.
    std::optional<verify::Margin> draw_margin(Choices& drawn) {
        Trial trial(setting_, Tape(random_()), plan_.digits);
        try {
            verify::Margin margin = plan_.subject.margin()(trial);
            drawn = {trial.tape().choices(), trial.tape().pins()};
            drawn.numbers.resize(trial.tape().used());
            if (margin.size > 0) return margin;
        } catch (const Error&) {  // no valid case
        }
        return std::nullopt;
    }

    void search_points() {
        Choices drawn;
        const std::optional<verify::Margin> margin = draw_margin(drawn);
        if (!margin) return;
        for (const Scored& candidate : climbed(*margin)) {
            if (is_done()) return;
            decide_point(drawn, *margin, candidate);
        }
    }

    /// The best of each kind of start, and what ascents make of the best of them: the pool.
    std::vector<Scored> climbed(const verify::Margin& margin) {
        static constexpr std::array kinds = {Origin::random, Origin::zeros, Origin::ties,
                                             Origin::scales};
        std::vector<Scored> best(kinds.size());
        Vector<double> x(margin.size);
        ScreenRandom screen_random(random_());
        std::vector<long> support(static_cast<std::size_t>(margin.size) + 1, 0);
        for (int n = 0; n < screened_points; ++n) {
            const std::size_t kind = static_cast<std::size_t>(n) % kinds.size();
            fill_point(x, kinds[kind], point_size, screen_random);
            const double value = scored(margin, x);
            ++support[static_cast<std::size_t>((x.array() != 0).count())];
            if (value > best[kind].margin || best[kind].x.size() == 0) best[kind] = {x, value};
        }
        Health& health = result_.health;
        health.screened += screened_points;
        for (std::size_t s = 0; s < support.size(); ++s)
            if (support[s] > 0)
                health.by_support[fmt::format("{} of {}", s, margin.size)] += support[s];
        for (const Origin kind : kinds)
            health.by_origin[std::string(to_string(kind))] +=
                screened_points / static_cast<long>(kinds.size());
        sort(best);
        for (int n = 0; n < ascents; ++n)
            best.push_back(climb(margin, best[static_cast<std::size_t>(n)]));
        if (!margin.starts.empty()) best.push_back(climb(margin, {tight(margin)}));
        sort(best);
        record_margin(best.front().margin);
        return {best.begin(), best.begin() + 2};
    }

    Vector<double> tight(const verify::Margin& margin) {
        const Vector<double>& start =
            margin.starts[static_cast<std::size_t>(below(random_, margin.starts.size()))];
        return start.cwiseMax(-point_size).cwiseMin(point_size);
    }

    /// Best first; what ties keeps its order.
    template <class Candidate>
    static void sort(std::vector<Candidate>& pool) {
        std::stable_sort(pool.begin(), pool.end(), [](const Candidate& a, const Candidate& b) {
            return a.margin > b.margin;
        });
    }

    Scored climb(const verify::Margin& margin, const Scored& start) {
        Scored top = ascended(margin, start.x, point_size, ascent_evaluations);
        result_.health.ascended += top.evaluations;
        result_.health.by_origin[std::string(to_string(Origin::ascent))] += top.evaluations;
        return top;
    }

    void record_margin(double margin) {
        if (!result_.best_margin || margin > *result_.best_margin) result_.best_margin = margin;
    }

    /// The claim's own check at exactly this point, by pins on the draws that x stands for.
    void decide_point(const Choices& drawn, const verify::Margin& margin, const Scored& candidate) {
        // The draws behind x: each takes two choices, one after the other.
        Choices choices = drawn;
        const std::size_t first = drawn.numbers.size();
        for (Index i = 0; i < margin.size; ++i)
            choices.pins[first + 2 * static_cast<std::size_t>(i)] = meant(candidate.x[i]);
        // What is drawn behind the point is no part of the candidate: at random, like the rest.
        choices.numbers.resize(first + 2 * static_cast<std::size_t>(margin.size), 0);
        for (int n = 0; n < 64; ++n)
            choices.numbers.push_back(static_cast<std::uint32_t>(random_() >> 40));
        const Trial trial = run(choices.tape(), Origin::ascent);
        if (candidate.margin > alarm_threshold && !trial.refuted()) ++result_.health.alarms;
        if (trial.refuted()) keep(trial, Origin::ascent);
    }

    // ---- tapes: the choices of whole cases, structured, mutated and crossed -------------------

    void search_tapes() {
        std::vector<Choices> pool;
        std::vector<Ranked> ranked;
        std::set<std::string> seen;
        const long cases = cases_of(plan_.subject);
        for (long n = 0; n < cases && !is_done(); ++n) {
            const Origin origin = origin_of(n, pool);
            const Trial trial = run(next_tape(origin, pool), origin);
            if (trial.refuted()) return keep(trial, origin);
            if (notes_margin(trial)) ranked.push_back({used_choices(trial), *trial.margin()});
            if (seen.insert(signature(trial)).second && !trial.empty())
                pool.push_back(used_choices(trial));
        }
        if (round_ > 0) climb_cases(std::move(ranked));
    }

    // ---- cases that note a margin: climbed by their rational draws ----------------------------

    /// A case within the hypotheses whose margin counts: one of the subject's own is preferred.
    bool notes_margin(const Trial& trial) const {
        return !plan_.subject.margin() && !trial.empty() && trial.margin();
    }

    /// From the best case that is not on the verge. Not in the first round over the cells, which is
    /// for what fails almost everywhere.
    void climb_cases(std::vector<Ranked> pool) {
        std::erase_if(pool, [](const Ranked& one) { return std::abs(one.margin) < verge; });
        if (pool.empty()) return;
        sort(pool);
        for (int leg = 0; leg < legs && !is_done(); ++leg) climb_leg(pool.front(), leg);
    }

    /// Moves `top` to the best case of an ascent over a few of its draws.
    void climb_leg(Ranked& top, int leg) {
        const Trial start = plan_.subject.tried(setting_, top.choices.tape(), plan_.digits);
        const std::vector<verify::RationalDraw> draws = some_draws(start.tape().rationals());
        if (draws.empty()) return;
        const Choices from = top.choices;
        const double width = std::ldexp(1.0, -2 * leg);
        const auto at = [&](const Vector<double>& x) {
            Choices out = from;
            for (std::size_t i = 0; i < draws.size(); ++i)
                out.pins[draws[i].at] =
                    moved(draws[i], width * x[static_cast<Index>(i)] / point_size);
            return out;
        };
        const verify::Margin margin{0, static_cast<Index>(draws.size()),
                                    [&](const Vector<double>& x) { return margin_of(at(x)); }};
        const Scored best = ascended(margin, Vector<double>::Zero(margin.size), point_size,
                                     leg_evaluations(plan_.subject));
        if (best.margin > top.margin) top = {at(best.x), best.margin};
    }

    /// A draw moved by a share of its range, within it.
    static Rational moved(const verify::RationalDraw& draw, double share) {
        const double size = draw.size, least = draw.positive ? std::ldexp(size, -20) : -size;
        const double value = draw.value.convert_to<double>() + share * size;
        return gridded(std::clamp(value, least, size));
    }

    std::vector<verify::RationalDraw> some_draws(std::vector<verify::RationalDraw> draws) {
        for (std::size_t i = 0; i + 1 < draws.size() && i < leg_draws; ++i)
            std::swap(draws[i],
                      draws[i + static_cast<std::size_t>(below(random_, draws.size() - i))]);
        if (draws.size() > leg_draws) draws.resize(leg_draws);
        return draws;
    }

    /// Of a case on the way up; a witness is kept, and then there is nowhere to go.
    double margin_of(const Choices& choices) {
        if (is_done()) return -1;
        const Trial trial = run(choices.tape(), Origin::ascent);
        if (trial.refuted()) keep(trial, Origin::ascent);
        return notes_margin(trial) ? *trial.margin() : -1;
    }

    Origin origin_of(long n, const std::vector<Choices>& pool) {
        if (pool.empty() || n % 3 == 0) return Origin::random;
        static constexpr std::array kinds = {Origin::zeros,  Origin::ties,   Origin::boundary,
                                             Origin::fold,   Origin::scales, Origin::mutated,
                                             Origin::crossed};
        return kinds[below(random_, kinds.size())];
    }

    Tape next_tape(Origin origin, const std::vector<Choices>& pool) {
        if (origin == Origin::random) return Tape(random_());
        const Choices& parent = pool[below(random_, pool.size())];
        if (origin == Origin::mutated) return mutated(parent, random_).tape();
        if (origin == Origin::crossed) {
            const Choices& other = pool[below(random_, pool.size())];
            return crossed(parent, other, random_).tape();
        }
        // Which draws a case makes is known once it is run: again, for its tape alone.
        const Trial trial = plan_.subject.tried(setting_, parent.tape(), plan_.digits);
        return structured(trial, origin, random_).tape();
    }

    /// What a case did: cases that do something new are worth varying.
    static std::string signature(const Trial& trial) {
        std::string out;
        for (const std::string& part : trial.held_parts()) out += part + "|";
        for (const std::string& reason : trial.undecided_reasons()) out += "?" + reason + "|";
        return out + std::to_string(trial.tape().rationals().size());
    }

    Trial run(Tape tape, Origin origin) {
        Trial trial = plan_.subject.tried(setting_, std::move(tape), plan_.digits);
        Health& health = result_.health;
        ++health.cases;
        ++health.by_origin[std::string(to_string(origin))];
        if (trial.empty()) ++health.discarded;
        if (notes_margin(trial)) {
            record_margin(*trial.margin());
            if (!trial.refuted() && *trial.margin() > alarm_threshold) ++health.alarms;
        }
        count_points(trial);
        if (!trial.refuted() && !trial.undecided_reasons().empty()) {
            ++health.undecided;
            for (const std::string& reason : trial.undecided_reasons()) ++health.reasons[reason];
        }
        return trial;
    }

    void count_points(const Trial& trial) {
        Health& health = result_.health;
        for (const verify::PointSeen& point : trial.points()) {
            ++health.by_regime[point.degenerate ? "degenerate" : "nondegenerate"];
            if (!plan_.subject.margin())
                ++health.by_support[fmt::format("{} of {}", point.support, point.size)];
        }
    }

    // ---- witnesses ---------------------------------------------------------------------------

    void keep(const Trial& trial, Origin origin) {
        const int replays = replays_of(plan_.subject);
        result_.health.shrinking += replays;
        const Refuted small = simplified(plan_.subject, {cell_.depth, trial}, replays);
        const Case one = case_of(small);
        Witness witness;
        witness.text = canonical_text(one);
        witness.id = case_id(one);
        witness.origin = to_string(origin);
        witness.margin = margin_at(small);
        // What is kept is what the text says, not what memory holds.
        const Trial again = replayed(case_from_text(witness.text));
        require(again.refuted(), "search: " + witness.text + " does not replay");
        witness.printed = again.witness();
        if (witness.margin) record_margin(*witness.margin);
        result_.witness = std::move(witness);
    }

    Case case_of(const Refuted& found) const {
        return {plan_.subject.claim_id(),
                plan_.subject.mutant_id(),
                cell_.transfer.name,
                found.depth,
                plan_.digits,
                used_choices(found.trial),
                verify::definition_of(cell_.transfer.name)};
    }

    std::optional<double> margin_at(const Refuted& found) const {
        if (!plan_.subject.margin()) return found.trial.margin();
        Trial trial(found.trial.setting(), used_choices(found.trial).tape(), plan_.digits);
        try {
            const verify::Margin margin = plan_.subject.margin()(trial);
            const auto& draws = found.trial.tape().rationals();
            Vector<double> x(margin.size);
            for (Index i = 0; i < margin.size; ++i)
                x[i] =
                    draws.at(margin.first + static_cast<std::size_t>(i)).value.convert_to<double>();
            const double value = margin.value(x);
            if (std::isfinite(value)) return value;
        } catch (const Error&) {
        } catch (const std::out_of_range&) {  // the point was never drawn
        }
        return std::nullopt;
    }

    static constexpr int point_size = 5;  // of `draw_point`

    const Plan& plan_;
    const Cell& cell_;
    long round_;  // over the cells
    Setting setting_;
    Random random_;
    UnitResult result_;
};

void add(std::map<std::string, long>& to, const std::map<std::string, long>& from,
         std::size_t most = 10'000) {
    for (const auto& [key, count] : from)
        if (to.contains(key) || to.size() < most)
            to[key] += count;
        else
            to["others"] += count;
}

}  // namespace

void Health::add(const Health& other) {
    screened += other.screened;
    ascended += other.ascended;
    cases += other.cases;
    discarded += other.discarded;
    undecided += other.undecided;
    alarms += other.alarms;
    shrinking += other.shrinking;
    search::add(by_cell, other.by_cell);
    search::add(by_depth, other.by_depth);
    search::add(by_origin, other.by_origin);
    search::add(by_support, other.by_support);
    search::add(by_regime, other.by_regime);
    search::add(reasons, other.reasons, most_reasons);
}

nlohmann::ordered_json Health::to_json() const {
    nlohmann::ordered_json out;
    out["screened"] = screened;
    out["ascended"] = ascended;
    out["cases"] = cases;
    out["discarded"] = discarded;
    out["undecided"] = undecided;
    out["alarms"] = alarms;
    out["shrinking"] = shrinking;
    out["by_cell"] = by_cell;
    out["by_depth"] = by_depth;
    out["by_origin"] = by_origin;
    out["by_support"] = by_support;
    out["by_regime"] = by_regime;
    out["reasons"] = reasons;
    return out;
}

Health Health::from_json(const nlohmann::json& json) {
    Health out;
    json.at("screened").get_to(out.screened);
    json.at("ascended").get_to(out.ascended);
    json.at("cases").get_to(out.cases);
    json.at("discarded").get_to(out.discarded);
    json.at("undecided").get_to(out.undecided);
    json.at("alarms").get_to(out.alarms);
    json.at("shrinking").get_to(out.shrinking);
    json.at("by_cell").get_to(out.by_cell);
    json.at("by_origin").get_to(out.by_origin);
    json.at("by_support").get_to(out.by_support);
    json.at("reasons").get_to(out.reasons);
    // Stores written before these were counted hold campaigns without them.
    out.by_depth = json.value("by_depth", out.by_depth);
    out.by_regime = json.value("by_regime", out.by_regime);
    return out;
}

UnitResult work(const Plan& plan, long unit) { return Unit(plan, unit).result(); }

}  // namespace hadamard::search
