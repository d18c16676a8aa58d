#include "cli/run_report.hpp"

#include "hadamard/core/error.hpp"
#include "hadamard/data/number.hpp"

#include <fmt/format.h>

#include <sys/ioctl.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace hadamard::cli {
namespace {

using verify::CellResult;
using verify::RunResult;
using verify::Verdict;

std::pair<long, long> killed_of(const CellResult& cell) {
    const long killed = std::count_if(cell.mutants.begin(), cell.mutants.end(),
                                      [](const auto& mutant) { return mutant.killed; });
    return {killed, static_cast<long>(cell.mutants.size())};
}

nlohmann::ordered_json to_json(const CellResult& cell) {
    nlohmann::ordered_json out;
    out["id"] = cell.claim;
    out["transfer"] = cell.transfer;
    out["verdict"] = to_string(cell.verdict);
    out["cases"] = cell.cases;
    out["refuted"] = cell.refuted;
    out["undecided"] = cell.undecided;
    out["discarded"] = cell.discarded;
    if (cell.refuted > 0) out["witness"] = cell.witness;
    out["parts"] = cell.parts;
    if (!cell.proved.empty()) out["proved"] = cell.proved;
    if (!cell.reasons.empty()) out["undecided_reasons"] = cell.reasons;
    if (!cell.measured.empty()) out["measured"] = cell.measured;
    out["mutants"] = nlohmann::ordered_json::array();
    for (const verify::MutantResult& mutant : cell.mutants)
        out["mutants"].push_back({{"id", mutant.id},
                                  {"killed", mutant.killed},
                                  {"cases", mutant.cases},
                                  {"witness", mutant.witness}});
    return out;
}

constexpr std::size_t name_width = 28;
constexpr std::size_t cell_width = 12;

/// Columns of the terminal, or what a file is read at.
std::size_t line_width() {
    winsize size{};
    const bool known = ioctl(fileno(stdout), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : 120;
}

/// "group_shared_product" → "group_shared" over "product".
std::pair<std::string, std::string> two_lines(const std::string& name) {
    const std::size_t cut = name.rfind('_');
    return {name.substr(0, cut), cut == std::string::npos ? "" : name.substr(cut + 1)};
}

/// The rows of the matrix for some of the transfers.
std::string matrix(const RunResult& result, const std::vector<std::string>& claims,
                   const std::vector<std::string>& transfers) {
    std::string top = fmt::format("{:{}}", "", name_width), bottom = top;
    for (const std::string& transfer : transfers) {
        top += fmt::format(" {:>{}}", two_lines(transfer).first, cell_width);
        bottom += fmt::format(" {:>{}}", two_lines(transfer).second, cell_width);
    }
    std::string out = top + "\n" + bottom + "\n";
    for (const std::string& claim : claims) {
        std::string verdicts = fmt::format("{:{}}", claim, name_width);
        std::string counts = fmt::format("{:{}}", "  cases, mutants killed", name_width);
        for (const std::string& transfer : transfers) {
            const auto cell = std::find_if(
                result.cells.begin(), result.cells.end(),
                [&](const CellResult& c) { return c.claim == claim && c.transfer == transfer; });
            const bool applies = cell != result.cells.end();
            verdicts +=
                fmt::format(" {:>{}}", applies ? to_string(cell->verdict) : "-", cell_width);
            const auto [killed, all] = applies ? killed_of(*cell) : std::pair(0L, 0L);
            counts += fmt::format(" {:>{}}",
                                  applies ? fmt::format("{} {}/{}", cell->cases, killed, all) : "",
                                  cell_width);
        }
        out += verdicts + "\n" + counts + "\n";
    }
    return out;
}

/// Claims × transfers, in as many pieces as fit the width.
std::string matrix(const RunResult& result) {
    std::set<std::string> transfers;
    std::vector<std::string> claims;
    for (const CellResult& cell : result.cells) {
        transfers.insert(cell.transfer);
        if (claims.empty() || claims.back() != cell.claim) claims.push_back(cell.claim);
    }
    const std::size_t width = std::max(line_width(), name_width + cell_width + 1);
    const std::size_t most = (width - name_width) / (cell_width + 1);
    const std::size_t pieces = (transfers.size() + most - 1) / most;
    std::string out;
    std::vector<std::string> piece;
    for (const std::string& transfer : transfers) {
        piece.push_back(transfer);
        const bool is_full = piece.size() * pieces >= transfers.size();
        if (!is_full && transfer != *transfers.rbegin()) continue;
        out += (out.empty() ? "" : "\n") + matrix(result, claims, piece);
        piece.clear();
    }
    return out;
}

std::string details(const RunResult& result) {
    std::string out;
    std::map<std::string, double> measured;
    for (const CellResult& cell : result.cells) {
        if (cell.refuted > 0)
            out += fmt::format("\nREFUTED {} on {} in {} of {} cases:\n{}\n", cell.claim,
                               cell.transfer, cell.refuted, cell.cases, cell.witness.dump(2));
        if (cell.verdict == Verdict::undecided)
            out += fmt::format("\nundecided: {} on {}: no case was decided{}\n", cell.claim,
                               cell.transfer,
                               cell.reasons.empty() ? "" : " (" + cell.reasons.begin()->first + ")");
        for (const auto& [name, value] : cell.measured)
            measured[name] = std::max(measured[name], value);
    }
    for (const std::string& mutant : result.toothless)
        out += fmt::format("\nTOOTHLESS {}: a false variant was not refuted\n", mutant);
    for (const auto& [name, value] : measured)
        out += fmt::format("\nlargest {}: {:.1e}\n", name, value);
    return out;
}

}  // namespace

nlohmann::ordered_json claims_json(const RunResult& result) {
    nlohmann::ordered_json out = nlohmann::ordered_json::array();
    for (const CellResult& cell : result.cells) out.push_back(to_json(cell));
    return out;
}

std::string claims_text(const RunResult& result) { return matrix(result) + details(result); }

std::string counts_text(const RunResult& result) {
    long cases = 0, refuted = 0, undecided_cases = 0, killed = 0, mutants = 0;
    for (const CellResult& cell : result.cells) {
        cases += cell.cases;
        refuted += cell.refuted;
        undecided_cases += cell.undecided;
        killed += killed_of(cell).first;
        mutants += killed_of(cell).second;
    }
    return fmt::format(
        "{} cases: {} refuted, {} undecided. {} of {} mutant runs killed, {} toothless.", cases,
        refuted, undecided_cases, killed, mutants, result.toothless.size());
}

}  // namespace hadamard::cli
