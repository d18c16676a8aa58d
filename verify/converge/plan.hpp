#pragma once

#include "hadamard/optimizers/method.hpp"

#include <nlohmann/json.hpp>

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
    std::vector<std::string> lambda_ratios = {"1/10"};  ///< Of λ_max of the penalty.
    int repetitions = 3;                ///< Seeds of starts and batches: seed, seed + 1, ….
    std::uint64_t seed = 20230707;
    optim::MethodSettings settings;     ///< But for seed and reference.
    int digits = 50;                    ///< Of certified references; 0: none is certified.

    nlohmann::ordered_json json() const;
};

/// Sets what the object names; the keys are those of `json()`.
/// @throws InputError naming the key.
void read_plan(Plan& plan, const nlohmann::json& object, const std::string& where);

nlohmann::ordered_json settings_json(const optim::MethodSettings& settings);

}  // namespace hadamard::converge
