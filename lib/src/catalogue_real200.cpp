#include "catalogue.hpp"

namespace hadamard {

template AnyLoss<Real<200>> make_loss<Real<200>>(const LossSpec&);
template AnyTransfer<Real<200>> make_transfer<Real<200>>(const TransferSpec&);

}  // namespace hadamard
