#include "hadamard/data/table.hpp"

#include "hadamard/core/suggest.hpp"
#include "hadamard/data/number.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <new>
#include <set>

namespace hadamard {
namespace {

/// A small fraction: two GMP integers and the heap block of each.
constexpr std::uint64_t bytes_per_cell = 96;

std::string line_of(const std::string& source, std::size_t line) {
    return source + ": line " + std::to_string(line);
}

/// Editors count lines, tables rows: `row` is the number of the row of data, from 1.
std::string line_of(const std::string& source, std::size_t line, Index row) {
    return line_of(source, line) + " (row " + std::to_string(row) + ")";
}

std::string megabytes(std::uint64_t bytes) { return std::to_string(bytes / 1'000'000 + 1) + " MB"; }

[[noreturn]] void refuse_size(const std::string& source, std::uint64_t wanted,
                              std::uint64_t limit) {
    throw InputError(source + ": needs about " + megabytes(wanted) + " of memory, " +
                     megabytes(limit) + " are available; use fewer rows or columns");
}

bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const unsigned char lead = static_cast<unsigned char>(text[i]);
        const std::size_t more = lead < 0x80                   ? 0
                                 : lead >= 0xc2 && lead < 0xe0 ? 1
                                 : lead >= 0xe0 && lead < 0xf0 ? 2
                                 : lead >= 0xf0 && lead < 0xf5 ? 3
                                                               : text.size();
        if (more >= text.size() - i) return false;
        for (std::size_t k = 1; k <= more; ++k)
            if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
        i += more + 1;
    }
    return true;
}

/// Splits the text into records of fields, keeping count of lines: a quoted field may hold some.
class Records {
public:
    Records(std::string_view text, const std::string& source) : rest_(text), source_(source) {}

    bool at_end() const { return rest_.empty(); }
    /// The line on which the record last read began.
    std::size_t line() const { return record_line_; }

    /// Reads one record; `blank` tells an empty line from a quoted empty field.
    /// @pre not at_end().
    std::vector<std::string> next(bool& blank) {
        record_line_ = line_;
        blank = rest_.front() == '\n' || rest_.front() == '\r';
        std::vector<std::string> fields;
        for (;;) {
            fields.push_back(field());
            if (rest_.empty()) break;
            const char separator = rest_.front();
            rest_.remove_prefix(1);
            if (separator == ',') continue;
            if (separator == '\r') {
                if (rest_.empty() || rest_.front() != '\n')
                    throw InputError(line_of(source_, line_) +
                                     ": a carriage return without a line feed; lines must end in "
                                     "LF or CRLF");
                rest_.remove_prefix(1);
            }
            ++line_;
            break;
        }
        return fields;
    }

private:
    std::string field() {
        if (rest_.empty() || rest_.front() != '"') {
            const std::size_t end = std::min(rest_.find_first_of(",\r\n"), rest_.size());
            std::string out(rest_.substr(0, end));
            rest_.remove_prefix(end);
            if (out.find('"') != std::string::npos)
                throw InputError(line_of(source_, line_) + ": a quote inside the unquoted field " +
                                 in_quotes(out) +
                                 "; quote the whole field and double the quotes in it");
            return out;
        }
        const std::size_t opened = line_;
        std::string out;
        for (rest_.remove_prefix(1);;) {
            const std::size_t quote = rest_.find('"');
            if (quote == std::string_view::npos)
                throw InputError(line_of(source_, opened) +
                                 ": a quoted field that starts here never ends");
            const std::string_view part = rest_.substr(0, quote);
            line_ += static_cast<std::size_t>(std::count(part.begin(), part.end(), '\n'));
            out += part;
            rest_.remove_prefix(quote + 1);
            if (rest_.empty() || rest_.front() != '"') break;
            out += '"';
            rest_.remove_prefix(1);
        }
        if (!rest_.empty() && rest_.find_first_of(",\r\n") != 0)
            throw InputError(line_of(source_, line_) + ": text after the closing quote of " +
                             in_quotes(out) + "; a comma or the end of the line must follow");
        return out;
    }

    std::string_view rest_;
    const std::string& source_;
    std::size_t line_ = 1;
    std::size_t record_line_ = 1;
};

std::string_view trimmed(std::string_view text) {
    const std::size_t start = text.find_first_not_of(" \t");
    if (start == std::string_view::npos) return {};
    return text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

void check_header(const std::vector<std::string>& columns, const std::string& source) {
    std::set<std::string> seen;
    for (std::size_t j = 0; j < columns.size(); ++j) {
        const std::string where = line_of(source, 1) + ", column " + std::to_string(j + 1);
        if (columns[j].empty()) throw InputError(where + " has no name; every column needs one");
        if (!is_utf8(columns[j])) throw InputError(where + ": the name is not UTF-8");
        if (!seen.insert(columns[j]).second)
            throw InputError(where + ": the name " + in_quotes(columns[j]) +
                             " occurs twice; names must differ");
    }
    if (columns.size() == 1 && columns[0].find_first_of(";\t") != std::string::npos)
        throw InputError(line_of(source, 1) + ": one column named " + in_quotes(columns[0]) +
                         "; cells must be separated by commas");
}

/// `place` is called for the message only: most cells are good.
template <class Place>
Rational parse_cell(const std::string& cell, Place place) {
    const std::string_view number = trimmed(cell);
    if (number.empty())
        throw InputError(place() + ": the cell is empty; every cell needs a number");
    try {
        return parse_decimal(number);
    } catch (const InputError& e) {
        throw InputError(place() + ": " + e.what());
    }
}

/// What is the same for every CSV file: text without its byte order mark, not empty.
std::string_view csv_text(std::string_view text, const std::string& source) {
    if (text.substr(0, 3) == "\xef\xbb\xbf") text.remove_prefix(3);
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos)
        throw InputError(
            line_of(source, 1 + static_cast<std::size_t>(std::count(
                                    text.begin(), text.begin() + static_cast<long>(nul), '\n'))) +
            ": a NUL byte; the file must be text, in UTF-8");
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
        throw InputError(source +
                         ": is empty; wanted a header row and at least one row of numbers");
    return text;
}

std::vector<std::string> header_of(Records& records, const std::string& source) {
    bool blank = false;
    std::vector<std::string> out = records.next(blank);
    for (std::string& name : out) name = trimmed(name);
    check_header(out, source);
    return out;
}

/// Hands every record after the header to `take(cells, row)`.
template <class Take>
Index each_row(Records& records, std::size_t width, const std::string& source, Take take) {
    Index row = 0;
    std::size_t blank_line = 0;
    bool blank = false;
    while (!records.at_end()) {
        const std::vector<std::string> cells = records.next(blank);
        if (blank) {  // allowed at the end of the file only
            if (blank_line == 0) blank_line = records.line();
            continue;
        }
        if (blank_line != 0)
            throw InputError(line_of(source, blank_line) + " is blank; every row needs " +
                             std::to_string(width) + " cells");
        if (cells.size() != width)
            throw InputError(line_of(source, records.line(), row + 1) + " has " +
                             std::to_string(cells.size()) + " cells; the header has " +
                             std::to_string(width) + " columns");
        take(cells, row++);
    }
    if (row == 0)
        throw InputError(source + ": has a header but no data; at least one row is needed");
    return row;
}

Table parse(std::string_view whole, const std::string& source, std::uint64_t limit) {
    const std::string_view text = csv_text(whole, source);
    Records records(text, source);
    Table out;
    out.source = source;
    out.columns = header_of(records, source);

    // Exact unless a quoted field holds a line break or blank lines end the file.
    const std::uint64_t width = out.columns.size();
    const std::uint64_t breaks =
        static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
    // A row of n cells takes 2n bytes, so that more rows than that are not complete ones.
    const std::uint64_t rows = std::min<std::uint64_t>(text.back() == '\n' ? breaks - 1 : breaks,
                                                       text.size() / (2 * width) + 1);
    const std::uint64_t wanted = rows * width * bytes_per_cell + 2 * text.size();
    if (wanted > limit) refuse_size(source, wanted, limit);

    const Index columns = static_cast<Index>(width);
    out.values.resize(static_cast<Index>(rows), columns);
    const Index row = each_row(
        records, out.columns.size(), source, [&](const std::vector<std::string>& cells, Index i) {
            for (Index j = 0; j < columns; ++j) {
                const std::size_t column = static_cast<std::size_t>(j);
                out.values(i, j) = parse_cell(cells[column], [&] {
                    return line_of(source, records.line(), i + 1) + ", column " +
                           in_quotes(out.columns[column]);
                });
            }
        });
    if (row < out.values.rows()) {  // copies
        if (2 * wanted > limit) refuse_size(source, 2 * wanted, limit);
        out.values.conservativeResize(row, columns);
    }
    return out;
}

/// The whole file, read in pieces so that an endless one is refused and not swallowed.
std::string read_text(const std::string& path, std::uint64_t limit) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw InputError(path + ": cannot be opened: " + std::strerror(errno));
    std::string text;
    std::vector<char> piece(1 << 20);
    for (;;) {
        file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        const std::streamsize count = file.gcount();
        if (file.bad() || (count == 0 && !file.eof()))
            throw InputError(path + ": cannot be read; is it a directory?");
        text.append(piece.data(), static_cast<std::size_t>(count));
        if (text.size() > limit) refuse_size(path, text.size(), limit);
        if (file.eof() || std::memchr(piece.data(), 0, static_cast<std::size_t>(count)))
            return text;
    }
}

}  // namespace

Index Table::column(const std::string& name) const {
    const std::vector<std::string>::const_iterator found =
        std::find(columns.begin(), columns.end(), name);
    if (found == columns.end())
        throw InputError(source + ": no column is named " + in_quotes(name) +
                         did_you_mean(name, columns));
    return static_cast<Index>(found - columns.begin());
}

std::uint64_t memory_limit() {
    std::uint64_t out = std::numeric_limits<std::uint64_t>::max();
    const long pages = sysconf(_SC_PHYS_PAGES), page_size = sysconf(_SC_PAGE_SIZE);
    if (pages > 0 && page_size > 0)
        out = static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_size);
    rlimit address_space{};
    if (getrlimit(RLIMIT_AS, &address_space) == 0 && address_space.rlim_cur != RLIM_INFINITY) {
        // What is mapped already counts. GMP aborts when malloc fails: the estimate must hold.
        std::uint64_t mapped = 0;
        if (std::ifstream("/proc/self/statm") >> mapped && page_size > 0)
            mapped *= static_cast<std::uint64_t>(page_size);
        const std::uint64_t allowed = address_space.rlim_cur;
        out = std::min(out, allowed > mapped ? allowed - mapped : 0);
    }
    return out;
}

Table parse_table(std::string_view text, const std::string& source, std::uint64_t limit) {
    try {
        return parse(text, source, limit);
    } catch (const std::bad_alloc&) {
        throw InputError(source + ": does not fit into memory; use fewer rows or columns");
    }
}

TextTable read_text_table(const std::string& path, std::uint64_t limit) {
    const std::string whole = read_text(path, limit);
    Records records(csv_text(whole, path), path);
    TextTable out;
    out.source = path;
    out.columns = header_of(records, path);
    each_row(records, out.columns.size(), path, [&](const std::vector<std::string>& cells, Index) {
        out.lines.push_back(records.line());
        for (out.rows.emplace_back(); const std::string& cell : cells)
            out.rows.back().emplace_back(trimmed(cell));
    });
    return out;
}

Table read_table(const std::string& path, std::uint64_t limit) {
    try {
        return parse_table(read_text(path, limit), path, limit);
    } catch (const std::bad_alloc&) {
        throw InputError(path + ": does not fit into memory; use fewer rows or columns");
    }
}

}  // namespace hadamard
