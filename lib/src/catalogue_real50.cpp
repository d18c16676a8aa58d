#include "catalogue.hpp"

namespace hadamard {

template AnyLoss<Real<50>> make_loss<Real<50>>(const LossSpec&);
template AnyTransfer<Real<50>> make_transfer<Real<50>>(const TransferSpec&);

}  // namespace hadamard
