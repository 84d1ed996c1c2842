#include "fhir/light/csv.hpp"

#include <algorithm>
#include <cstddef>

#include "fhir/path/unicode.hpp"

namespace fhir::light {
namespace {

constexpr std::string_view starts_formula = "=+-@\t\r\n";

bool dangerous(std::string_view cell) {
  const std::size_t first = cell.find_first_not_of(' ');
  if (first == cell.npos) return false;
  const std::string_view begin = cell.substr(first);
  // full-width forms are formulas to some spreadsheets too
  for (const std::string_view wide : {"\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0"})
    if (begin.starts_with(wide)) return true;
  return starts_formula.find(begin.front()) != std::string_view::npos || begin.front() == '\'';
}

void write_cell(std::string_view cell, std::string& out) {
  out += '"';
  if (dangerous(cell)) out += '\'';
  for (const char c : cell) {
    if (c == '\0') continue;
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

class Reader {
 public:
  Reader(std::string_view text, TableLimits limits) : text_(text), limits_(limits) {
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
    if (text_.size() > 4 && text_.starts_with("sep=")) {
      separator_ = text_[4];
      text_.remove_prefix(std::min(text_.find('\n'), text_.size() - 1) + 1);
      line_ = 2;
      ends_ = std::string{separator_, '\r', '\n'};
      return;
    }
    const std::string_view first = text_.substr(0, text_.find('\n'));
    std::ptrdiff_t most = 0;
    for (const char each : {',', ';', '\t'})
      if (const auto count = std::count(first.begin(), first.end(), each); count > most) {
        most = count;
        separator_ = each;
      }
    ends_ = std::string{separator_, '\r', '\n'};
  }

  core::Result<Table> read() {
    Table table;
    if (text_.starts_with("\xFF\xFE") || text_.starts_with("\xFE\xFF") || !path::valid_utf8(text_))
      return core::invalid("The file is not UTF-8: save it as \"CSV UTF-8\".",
                           "line " + std::to_string(line_of_bad_text()));
    if (separator_ == '"' || separator_ == '\r' || separator_ == '\n')
      return core::invalid("The first line names what cannot stand between cells.", "line 1");
    while (at_ < text_.size()) {
      const std::size_t line = line_;
      auto cells = row();
      if (!cells) return cells.error();
      if (cells->size() == 1 && cells->front().empty()) continue;  // an empty line
      if (table.head.empty()) {
        if (auto done = take_head(*cells, table); !done) return done.error();
        continue;
      }
      if (cells->size() > table.head.size()) return wrong(line, "has more cells than the first line has columns");
      cells->resize(table.head.size());
      if (table.rows.size() == limits_.rows) return wrong(line, "is beyond the number of rows that is taken");
      table.rows.push_back(std::move(*cells));
      table.lines.push_back(line);
    }
    if (table.head.empty()) return core::invalid("The file is empty; its first line names the columns.", "line 1");
    return table;
  }

 private:
  static core::Error wrong(std::size_t line, const std::string& what) {
    const std::string place = "line " + std::to_string(line);
    return core::invalid("The " + place + " " + what + ".", place);
  }

  std::size_t line_of_bad_text() const {
    std::size_t line = line_;
    for (std::string_view rest = text_; !rest.empty(); ++line) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      if (!path::valid_utf8(rest.substr(0, end))) return line;
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return 1;
  }

  core::Result<core::Done> take_head(const Cells& cells, Table& table) {
    if (cells.size() > limits_.columns) return wrong(1, "has too many columns");
    for (std::string name : cells) {
      name.erase(0, std::min(name.find_first_not_of(" \t"), name.size()));
      name.erase(name.find_last_not_of(" \t") + 1);
      for (char& c : name)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 32);
      if (!name.empty() && std::find(table.head.begin(), table.head.end(), name) != table.head.end())
        return wrong(1, "names the column '" + name.substr(0, 60) + "' twice");
      table.head.push_back(std::move(name));
    }
    return core::Done{};
  }

  core::Result<Cells> row() {
    Cells cells;
    for (;;) {
      auto one = cell();
      if (!one) return one.error();
      cells.push_back(std::move(*one));
      if (cells.size() > limits_.columns) return wrong(line_, "has too many cells");
      if (at_ < text_.size() && text_[at_] == separator_) {
        ++at_;
        continue;
      }
      if (at_ < text_.size() && text_[at_] == '\r') ++at_;
      if (at_ < text_.size() && text_[at_] == '\n') {
        ++at_;
        ++line_;
      }
      return cells;
    }
  }

  core::Result<std::string> cell() {
    std::string out;
    if (at_ < text_.size() && text_[at_] == '"') {
      const std::size_t begun = line_;
      for (++at_;; ++at_) {
        if (at_ >= text_.size()) return wrong(begun, "has a quotation mark that is never closed");
        if (text_[at_] == '\n') ++line_;
        if (text_[at_] == '"') {
          if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
          ++at_;
        }
        out += text_[at_];
        if (out.size() > limits_.cell_bytes) return wrong(begun, "has a cell that is too long");
      }
      ++at_;
      if (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\r' && text_[at_] != '\n')
        return wrong(begun, "has text behind a closing quotation mark");
    } else {
      const std::size_t end = std::min(text_.find_first_of(ends_, at_), text_.size());
      out = text_.substr(at_, end - at_);
      if (out.size() > limits_.cell_bytes) return wrong(line_, "has a cell that is too long");
      at_ = end;
    }
    if (out.size() > 1 && out.front() == '\'' && dangerous(std::string_view(out).substr(1))) out.erase(0, 1);
    return out;
  }

  std::string_view text_;
  TableLimits limits_;
  char separator_ = ',';
  std::string ends_;  // of a cell without quotation marks
  std::size_t at_ = 0, line_ = 1;
};

}  // namespace

void write_row(const Cells& cells, std::string& out, char separator) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out += separator;
    write_cell(cells[i], out);
  }
  out += "\r\n";
}

std::size_t Table::column(std::string_view name) const {
  const auto found = std::find(head.begin(), head.end(), name);
  return found == head.end() ? npos : static_cast<std::size_t>(found - head.begin());
}

std::string_view Table::cell(std::size_t row, std::string_view name) const {
  const std::size_t at = column(name);
  return at == npos ? std::string_view() : std::string_view(rows[row][at]);
}

core::Result<Table> read_table(std::string_view text, TableLimits limits) { return Reader(text, limits).read(); }

}  // namespace fhir::light
