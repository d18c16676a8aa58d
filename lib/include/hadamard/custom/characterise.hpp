#pragma once

#include "hadamard/catalogue/registered_transfers.hpp"
#include "hadamard/custom/custom_transfer.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hadamard::custom {

/// A row of the table of the induced penalty.
struct InducedValue {
    Rational b;
    std::optional<Real<200>> value;  ///< None: no point of the fibre was found.
    std::optional<Real<200>> given;  ///< The user's R(b).
    Vector<Real<200>> minimizer;     ///< One point of M(b).
    int digits = 0;                  ///< To which the minimum is known.
};

/// R(b) = c |b|^q, as far as it was recognised.
struct PowerLaw {
    std::optional<Radical> coefficient;  ///< None: c is no root of a simple rational.
    Real<200> coefficient_value = 0;
    Exponent exponent = 1;
    int digits = 0;        ///< Least agreement over the table, at most 180.
    std::string argument;  ///< What it rests on.
    std::string text() const;
};

/// Whether K maps neighbourhoods onto neighbourhoods.
struct Openness {
    std::optional<bool> everywhere;
    std::vector<std::string>
        closed_at;  ///< "u > 0, v = 0": K >= 0 nearby, by the signs of its parts.
    std::vector<std::string> unknown_at;
    bool on_minimal_fibres = true;  ///< None of these points is in M.
};

/// Something that is not as a smooth optimization transfer asks (arXiv 2307.03571).
struct Defect {
    std::string kind;     ///< "not onto", "minimum not attained", "spurious fibre minimum", …
    std::string witness;  ///< A point, a sequence, or the argument.
};

/// Everything that was found out about a user's transfer.
struct Characterisation {
    std::vector<Defect> defects;         ///< Empty: nothing speaks against it.
    std::vector<std::string> undecided;  ///< What could not be settled.
    std::vector<std::string> facts;      ///< What was, with how.
    std::vector<InducedValue> table;
    std::optional<PowerLaw> law;
    std::vector<std::string> minimal_fibre;  ///< Points of M(b), "u = b^(1/3), …", one a line.
    std::optional<bool> finite_fibres;
    int smoothness = 0;
    Openness openness;
    std::optional<InducedValue> disagreement;  ///< Where the user's R is wrong.
    /// The transfer that claims run on; null where R is no c|b|^q or H1, H2 fail.
    std::shared_ptr<const CustomForm> form;
    std::string why_no_form;  ///< Then, why.

    /// Not onto, not attained: no transfer at all, so that claims have no meaning.
    bool is_transfer() const;
    bool has(const std::string& kind) const;
};

/// Somebody asked to stop before there was a result.
class Interrupted : public Error {
public:
    using Error::Error;
};

/// Searches and proofs behind `hadamard transfer`. Fibres are searched in double from many starts and
/// polished to 180 digits; homogeneity, signs and symmetries are decided on the expressions themselves.
///
/// @throws InputError for what is no transfer of real scalars: a factor K does not depend on, a value
///         that is not real, S < 0 somewhere. The message has the place and a point.
/// @throws Interrupted soon after *stop became true.
Characterisation characterise(const CustomSpec& spec, std::uint64_t seed = 20230707,
                              const std::atomic<bool>* stop = nullptr);

/// What the catalogue needs to hold it.   @pre form.
RegisteredTransfer registration_of(std::shared_ptr<const CustomForm> form);

/// r of the class C^r of an expression, measured: one-sided Taylor coefficients in 200 digits on lines
/// through its kinks. `analytic` when it has no kinks at all; at most 8 otherwise.
int measured_smoothness(const Expression& expression, std::uint64_t seed);

}  // namespace hadamard::custom
