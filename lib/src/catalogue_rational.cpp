#include "catalogue.hpp"

namespace hadamard {

template AnyLoss<Rational> make_loss<Rational>(const LossSpec&);
template AnyTransfer<Rational> make_transfer<Rational>(const TransferSpec&);

}  // namespace hadamard
