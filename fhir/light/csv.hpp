// CSV as people's spreadsheets read and write it: RFC 4180 in and out; ',', ';' or a tab between cells (a spreadsheet
// takes what its country uses), and no cell that a spreadsheet would take for a formula. Never: knows what a column
// means. Threads: pure functions. Source: RFC 4180; OWASP "CSV Injection".
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"

namespace fhir::light {

using Cells = std::vector<std::string>;

// A cell that begins as a formula does gets an apostrophe in front, which spreadsheets show as text.
void write_row(const Cells& cells, std::string& out, char separator = ',');

struct Table {
  Cells head;                                                           // names of columns, lower case, trimmed
  std::vector<Cells> rows;                                              // each as long as the head
  std::vector<std::size_t> lines;                                       // where each row begins in the file, from 1
  std::size_t column(std::string_view name) const;                      // npos: it has none
  std::string_view cell(std::size_t row, std::string_view name) const;  // empty: no such column
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);
};

struct TableLimits {
  std::size_t rows = 100'000, columns = 200, cell_bytes = 64UL * 1024;
};

// Errors name the line. The apostrophe that write_row() added is taken off again. A first line "sep=;" says what stands
// between cells; text that is not UTF-8 is refused, with how to save it.
core::Result<Table> read_table(std::string_view text, TableLimits limits = {});

}  // namespace fhir::light
