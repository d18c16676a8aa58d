#include "catalogue.hpp"

namespace hadamard {

template AnyLoss<double> make_loss<double>(const LossSpec&);
template AnyTransfer<double> make_transfer<double>(const TransferSpec&);

}  // namespace hadamard
