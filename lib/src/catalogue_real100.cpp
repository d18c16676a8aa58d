#include "catalogue.hpp"

namespace hadamard {

template AnyLoss<Real<100>> make_loss<Real<100>>(const LossSpec&);
template AnyTransfer<Real<100>> make_transfer<Real<100>>(const TransferSpec&);

}  // namespace hadamard
