#include "search/subject.hpp"

#include "engine/run.hpp"
#include "hadamard/core/error.hpp"
#include "hadamard/core/suggest.hpp"

namespace hadamard::search {

Subject::Subject(const std::string& claim, const std::string& mutant)
    : claim_(&verify::claim_named(claim)) {
    if (mutant.empty()) return;
    std::vector<std::string> names;
    for (const verify::Mutant& known : claim_->mutants) {
        if (known.id == mutant) mutant_ = &known;
        names.push_back(known.id);
    }
    if (mutant_ == nullptr)
        throw InputError(claim + ": " + unknown_name("mutant", mutant, names) +
                         " (see hadamard claims " + claim + ")");
}

const std::string& Subject::statement() const {
    return mutant_ ? mutant_->statement : claim_->statement;
}

std::string Subject::name() const { return mutant_ ? claim_->id + "/" + mutant_->id : claim_->id; }

Setting Subject::setting(const TransferTraits& transfer, Exponent depth) const {
    return {transfer, depth, mutant_ ? mutant_->drops : std::string()};
}

bool Subject::applies(const TransferTraits& transfer, Exponent depth) const {
    const auto& where = mutant_ ? mutant_->applies : claim_->applies;
    return where({transfer, depth});
}

std::vector<Exponent> Subject::shallower(const TransferTraits& transfer, Exponent depth) const {
    std::vector<Exponent> out;
    for (const Exponent smaller : verify::default_depths(transfer))
        if (smaller < depth && applies(transfer, smaller)) out.push_back(smaller);
    return out;
}

const verify::MarginOf& Subject::margin() const {
    return mutant_ ? mutant_->margin : claim_->margin;
}

Trial Subject::tried(const Setting& setting, Tape tape, int digits) const {
    Trial trial(setting, std::move(tape), digits);
    trial.watch();
    try {
        (mutant_ ? mutant_->check : claim_->check)(trial);
    } catch (const Error& error) {
        trial.undecided("error", error.what());
    }
    return trial;
}

}  // namespace hadamard::search
