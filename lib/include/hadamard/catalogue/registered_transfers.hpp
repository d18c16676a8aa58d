#pragma once

#include "hadamard/catalogue/problem.hpp"

#include <string>

namespace hadamard {

/// A transfer that was made at run time, from a user's file say. Once registered it is found by
/// `transfer_traits`, `transfer_catalogue` and `make_transfer` like those in transfers/.
struct RegisteredTransfer {
    TransferTraits traits;
    TransferFactory factory;
    Exponent depth = 2;  ///< The only one it takes.
};

/// Not to be called while other threads use the catalogue.
/// @throws InputError when a transfer has that name already.
void register_transfer(RegisteredTransfer transfer);

/// Null when none has this name.
const RegisteredTransfer* registered_transfer(const std::string& name);

}  // namespace hadamard
