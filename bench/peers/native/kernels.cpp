/// The units in which work is counted.

#include "peers.hpp"

#include <algorithm>

namespace peers {

Kernels kernels(const Design& x, const Vec& r) {
    Kernels out;
    Vec q(std::visit([](const auto& design) { return design.columns(); }, x));
    double start = cpu_seconds();
    std::visit([&](const auto& design) { design.correlate(r, q); }, x);
    out.pass = cpu_seconds() - start;
    if (const auto* dense = std::get_if<DenseDesign>(&x)) {
        const auto columns = dense->matrix().leftCols(std::min<Index>(100, dense->columns()));
        Mat gram = Mat::Zero(columns.cols(), columns.cols());
        start = cpu_seconds();
        gram.selfadjointView<Eigen::Lower>().rankUpdate(columns.transpose());
        out.gram = cpu_seconds() - start;
    }
    return out;
}

}  // namespace peers
