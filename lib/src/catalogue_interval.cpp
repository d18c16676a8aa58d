#include "catalogue.hpp"

namespace hadamard {

template AnyLoss<Interval> make_loss<Interval>(const LossSpec&);
template AnyTransfer<Interval> make_transfer<Interval>(const TransferSpec&);

}  // namespace hadamard
