#include "spate/types/ShowString.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "spate/types/PrettyString.h"
#include "spate/types/Utf8.h"

namespace spate {
namespace {

constexpr size_t kMinColumnWidth = 3;

using Cells = std::vector<std::string>;

bool isFullWidth(char32_t c) {
  return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) ||
         (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0xFE10 && c <= 0xFE19) || (c >= 0xFE30 && c <= 0xFE6F) ||
         (c >= 0xFF00 && c <= 0xFF60) || (c >= 0xFFE0 && c <= 0xFFE6);
}

/// Control characters as Scala's escapes, so that a cell keeps to its line.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '\n': result += "\\n"; break;
      case '\r': result += "\\r"; break;
      case '\t': result += "\\t"; break;
      case '\f': result += "\\f"; break;
      case '\b': result += "\\b"; break;
      case '\v': result += "\\v"; break;
      case '\a': result += "\\a"; break;
      default: result += c;
    }
  }
  return result;
}

/// Java counts UTF-16 units; a character of two that would be cut in half is left out.
std::string_view firstUnits(std::string_view text, size_t units) {
  size_t at = 0;
  while (at < text.size()) {
    const Utf8CodePoint c = utf8CodePointAt(text, at);
    const size_t width = c.value > 0xFFFF ? 2 : 1;
    if (width > units) break;
    units -= width;
    at += c.size;
  }
  return text.substr(0, at);
}

size_t utf16Length(std::string_view text) {
  size_t units = 0;
  for (size_t at = 0; at < text.size();) {
    const Utf8CodePoint c = utf8CodePointAt(text, at);
    units += c.value > 0xFFFF ? 2 : 1;
    at += c.size;
  }
  return units;
}

std::string truncated(std::string text, int32_t limit) {
  if (limit <= 0 || utf16Length(text) <= static_cast<size_t>(limit)) return text;
  // Too short for an ellipsis.
  if (limit < 4) return std::string(firstUnits(text, static_cast<size_t>(limit)));
  return std::string(firstUnits(text, static_cast<size_t>(limit - 3))) + "...";
}

struct Table {
  Cells header;
  std::vector<Cells> rows;
  bool hasMore = false;
};

Table tableOf(const DataType& schema, std::span<const std::shared_ptr<arrow::RecordBatch>> batches,
              const ShowOptions& options, const TimeZone& zone) {
  const int64_t limit = std::max<int64_t>(options.rows, 0);
  Table table;
  for (const StructField& field : schema.fields()) table.header.push_back(escaped(field.name));
  for (const auto& batch : batches) {
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      if (static_cast<int64_t>(table.rows.size()) == limit) {
        table.hasMore = true;
        return table;
      }
      Cells cells;
      for (size_t i = 0; i < schema.fields().size(); ++i) {
        std::string text;
        appendPretty(*batch->column(static_cast<int>(i)), schema.fields()[i].type, row, zone, text);
        repairUtf8(text);
        cells.push_back(truncated(escaped(text), options.truncate));
      }
      table.rows.push_back(std::move(cells));
    }
  }
  return table;
}

void appendPadding(size_t width, std::string_view text, char fill, std::string& out) {
  const size_t taken = halfWidth(text);
  if (taken < width) out.append(width - taken, fill);
}

void appendMore(const Table& table, std::string& out) {
  if (!table.hasMore) return;
  out += fmt::format("only showing top {} {}", table.rows.size(),
                     table.rows.size() == 1 ? "row" : "rows");
}

void appendHorizontal(const Table& table, bool isRightAligned, std::string& out) {
  std::vector<size_t> widths(table.header.size(), kMinColumnWidth);
  const auto widen = [&](const Cells& cells) {
    for (size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], halfWidth(cells[i]));
  };
  widen(table.header);
  for (const Cells& cells : table.rows) widen(cells);

  std::string separator = "+";
  for (size_t i = 0; i < widths.size(); ++i) {
    if (i > 0) separator += '+';
    separator.append(widths[i], '-');
  }
  separator += "+\n";
  const auto appendRow = [&](const Cells& cells) {
    out += '|';
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) out += '|';
      if (isRightAligned) appendPadding(widths[i], cells[i], ' ', out);
      out += cells[i];
      if (!isRightAligned) appendPadding(widths[i], cells[i], ' ', out);
    }
    out += "|\n";
  };
  out += separator;
  appendRow(table.header);
  out += separator;
  for (const Cells& cells : table.rows) appendRow(cells);
  out += separator;
}

void appendVertical(const Table& table, std::string& out) {
  size_t nameWidth = kMinColumnWidth;
  size_t dataWidth = kMinColumnWidth;
  for (const std::string& name : table.header) nameWidth = std::max(nameWidth, halfWidth(name));
  for (const Cells& cells : table.rows)
    for (const std::string& cell : cells) dataWidth = std::max(dataWidth, halfWidth(cell));
  for (size_t row = 0; row < table.rows.size(); ++row) {
    const std::string title = fmt::format("-RECORD {}", row);
    out += title;
    // " name | data " has five characters beside the two.
    appendPadding(nameWidth + dataWidth + 5, title, '-', out);
    out += '\n';
    for (size_t i = 0; i < table.header.size(); ++i) {
      out += ' ';
      out += table.header[i];
      appendPadding(nameWidth, table.header[i], ' ', out);
      out += " | ";
      out += table.rows[row][i];
      appendPadding(dataWidth, table.rows[row][i], ' ', out);
      out += " \n";
    }
    if (table.header.empty()) out += '\n';
  }
}

void appendHtml(std::string_view text, std::string& out) {
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
}

void appendHtmlRow(const Cells& cells, std::string_view tag, std::string& out) {
  out += fmt::format("<tr><{}>", tag);
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out += fmt::format("</{0}><{0}>", tag);
    appendHtml(cells[i], out);
  }
  out += fmt::format("</{}></tr>\n", tag);
}

}  // namespace

size_t halfWidth(std::string_view text) {
  size_t width = 0;
  for (size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++width;
      ++at;
      continue;
    }
    const Utf8CodePoint c = utf8CodePointAt(text, at);
    width += c.value > 0xFFFF || isFullWidth(c.value) ? 2 : 1;
    at += c.size;
  }
  return width;
}

std::string showString(const DataType& schema,
                       std::span<const std::shared_ptr<arrow::RecordBatch>> batches,
                       const ShowOptions& options, const TimeZone& zone) {
  const Table table = tableOf(schema, batches, options, zone);
  std::string out;
  if (!options.isVertical) {
    appendHorizontal(table, options.truncate > 0, out);
  } else if (table.rows.empty()) {
    return "(0 rows)";
  } else {
    appendVertical(table, out);
  }
  appendMore(table, out);
  return out;
}

std::string htmlString(const DataType& schema,
                       std::span<const std::shared_ptr<arrow::RecordBatch>> batches,
                       const ShowOptions& options, const TimeZone& zone) {
  const Table table = tableOf(schema, batches, options, zone);
  std::string out = "<table border='1'>\n";
  appendHtmlRow(table.header, "th", out);
  for (const Cells& cells : table.rows) appendHtmlRow(cells, "td", out);
  out += "</table>\n";
  appendMore(table, out);
  if (table.hasMore) out += "\n";
  return out;
}

}  // namespace spate
