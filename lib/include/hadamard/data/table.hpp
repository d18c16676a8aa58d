#pragma once

#include "hadamard/core/scalar.hpp"
#include "hadamard/core/types.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hadamard {

/// A named table of exact numbers.
///
/// Shapes  values: (rows × columns.size()).
/// Exact   every cell is the decimal that was written, as a fraction.
struct Table {
    std::string source;                ///< Where it came from, for messages.
    std::vector<std::string> columns;  ///< Distinct, not empty.
    Matrix<Rational> values;

    Index rows() const { return values.rows(); }

    /// Position of the column of that name.
    /// @throws InputError naming the nearest column.
    Index column(const std::string& name) const;
};

/// The least of the physical memory and the address space this process may use, in bytes.
std::uint64_t memory_limit();

/// Reads a CSV file: RFC 4180, UTF-8 with or without byte order mark, LF or CRLF, a header row, at
/// least one data row, and a decimal (number.hpp) in every cell, with spaces around it allowed.
///
/// Error  refuses, without allocating it, a table whose cells would not fit into `limit` bytes.
/// @throws InputError in one line: file, line (1-based), column, and what would be right.
Table read_table(const std::string& path, std::uint64_t limit = memory_limit());

/// The same from text in memory; `source` stands for the file name.
Table parse_table(std::string_view text, const std::string& source,
                  std::uint64_t limit = memory_limit());

/// The cells of a CSV file as text, spaces around them gone: what is no table of numbers.
///
/// Shapes  every row has columns.size() cells; lines[i] is the line on which row i begins.
struct TextTable {
    std::string source;
    std::vector<std::string> columns;  ///< Distinct, not empty.
    std::vector<std::vector<std::string>> rows;
    std::vector<std::size_t> lines;
};

/// Reads a CSV file as `read_table` does, but for the numbers.
/// @throws InputError in one line: file, line (1-based), and what would be right.
TextTable read_text_table(const std::string& path, std::uint64_t limit = memory_limit());

}  // namespace hadamard
