#pragma once

#include "hadamard/optimizers/method.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <vector>

namespace hadamard::converge {

/// What to run: every problem × λ × (transfer × depth × method on ξ, penalty × method on β) ×
/// repetition.
struct Plan {
    /// "diabetes", "breast_cancer", "toeplitz[:key=value,…]" or a CSV file, whose `response` is needed.
    std::vector<std::string> problems = {"toeplitz", "diabetes"};
    std::string response, loss, groups, weights;  ///< As `hadamard solve` has them.
    bool intercept = true;  ///< Of data from files; synthetic designs have none.
    std::vector<std::string> methods;  ///< Empty: all.
    /// By name, or files of users' transfers, which have one depth, their own.
    std::vector<std::string> transfers = {"hadamard_product"};
    std::vector<int> depths = {2, 3};  ///< Of the transfers of the catalogue.
    std::vector<std::string> lambda_ratios = {"1/10"};  ///< Of λ_max of the penalty; fractions.
    int repetitions = 3;                ///< Seeds of starts and batches: seed, seed + 1, ….
    std::uint64_t seed = 20230707;
    optim::MethodSettings settings;     ///< But for seed and reference.
    int digits = 50;                    ///< Of certified references; 0: none is certified.

    nlohmann::ordered_json json() const;
};

/// One thing that a plan says: a flag, and a key of a plan file of the same name.
struct Field {
    enum class Kind { one, many, yes };  ///< A value, a list of values, or a switch.

    std::string name;  ///< "lambda_ratio"; the flag is --lambda-ratio.
    std::string also;  ///< What files may call it as well, or "".
    Kind kind;
    std::string help;
    /// @param where  "--lambda-ratio", or the file and the key, for messages.
    /// @throws InputError for what is no such value, saying what is.
    std::function<void(Plan&, const std::string& where, const std::vector<std::string>& words)> set;

    std::string flag() const;
};

/// All of them: what flags and files have in common, with its checks.
const std::vector<Field>& fields();

/// Sets what a JSON file says.   @throws InputError naming file and key, for a key it has twice as well.
void read_plan(Plan& plan, const std::string& path);

/// @throws InputError for a plan of nothing, of one thing twice, or of too many runs, with their number.
void check(const Plan& plan);

nlohmann::ordered_json settings_json(const optim::MethodSettings& settings);

}  // namespace hadamard::converge
