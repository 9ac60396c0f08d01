#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>

#include <utility>

#include "spate/sinks/files/FormatWriters.h"
#include "spate/sinks/files/ValueText.h"

namespace spate {
namespace {

struct CsvWriteOptions {
  std::string delimiter = ",";
  char quote = '"';
  char escape = '\\';
  bool quoteAll = false;
  bool escapeQuotes = true;
  bool header = false;
  bool ignoresLeadingSpace = true;
  bool ignoresTrailingSpace = true;
  std::string nullValue;
  std::string emptyValue = "\"\"";
  std::string lineSeparator = "\n";

  static Result<CsvWriteOptions> make(const OptionMap& options) {
    CsvWriteOptions result;
    result.delimiter = options.get("sep", options.get("delimiter", ","));
    if (result.delimiter == "\\t") result.delimiter = "\t";
    if (result.delimiter.empty())
      return failure(
          Status::invalidArgument("Invalid value for delimiter. Delimiter cannot be empty string.")
              .withErrorClass("INVALID_DELIMITER_VALUE.DELIMITER_CANNOT_BE_EMPTY", "42602"));
    SPATE_ASSIGN_OR_FAIL(result.quote, options.getChar("quote", '"'));
    SPATE_ASSIGN_OR_FAIL(result.escape, options.getChar("escape", '\\'));
    SPATE_ASSIGN_OR_FAIL(result.quoteAll, options.getBool("quoteAll", false));
    SPATE_ASSIGN_OR_FAIL(result.escapeQuotes, options.getBool("escapeQuotes", true));
    SPATE_ASSIGN_OR_FAIL(result.header, options.getBool("header", false));
    SPATE_ASSIGN_OR_FAIL(result.ignoresLeadingSpace,
                         options.getBool("ignoreLeadingWhiteSpace", true));
    SPATE_ASSIGN_OR_FAIL(result.ignoresTrailingSpace,
                         options.getBool("ignoreTrailingWhiteSpace", true));
    result.nullValue = options.get("nullValue", "");
    result.emptyValue = options.get("emptyValue", "\"\"");
    result.lineSeparator = options.get("lineSep", "\n");
    return result;
  }
};

class CsvWriter final : public FileWriter {
 public:
  CsvWriter(std::unique_ptr<OutputFile> file, CsvWriteOptions options, ValueText values,
            DataType schema)
      : file_(std::move(file)),
        options_(std::move(options)),
        values_(std::move(values)),
        schema_(std::move(schema)) {
    if (!options_.header) return;
    for (size_t i = 0; i < schema_.fields().size(); ++i) {
      if (i > 0) buffer_ += options_.delimiter;
      appendValue(schema_.fields()[i].name);
    }
    buffer_ += options_.lineSeparator;
  }

  Status write(const arrow::RecordBatch& rows) override {
    std::string text;
    for (int64_t row = 0; row < rows.num_rows(); ++row) {
      for (size_t i = 0; i < schema_.fields().size(); ++i) {
        if (i > 0) buffer_ += options_.delimiter;
        const arrow::Array& column = *rows.column(static_cast<int>(i));
        if (column.IsNull(row)) {
          buffer_ += options_.nullValue;
          continue;
        }
        text.clear();
        values_.append(column, schema_.fields()[i].type, row, text);
        appendValue(text);
      }
      buffer_ += options_.lineSeparator;
      SPATE_RETURN_IF_ERROR(file_->drainIfLarge(buffer_));
    }
    return Status::OK();
  }

  Status close() override {
    SPATE_RETURN_IF_ERROR(file_->drain(buffer_));
    return file_->close();
  }

 private:
  static bool isSpace(char c) { return static_cast<unsigned char>(c) <= ' '; }

  void appendValue(std::string_view text) {
    while (options_.ignoresLeadingSpace && !text.empty() && isSpace(text.front()))
      text.remove_prefix(1);
    while (options_.ignoresTrailingSpace && !text.empty() && isSpace(text.back()))
      text.remove_suffix(1);
    if (text.empty()) {
      buffer_ += options_.emptyValue;
      return;
    }
    const char quote = options_.quote;
    const bool hasQuote = quote != '\0' && text.find(quote) != text.npos;
    const bool needsQuotes =
        quote != '\0' &&
        (options_.quoteAll || text.find(options_.delimiter) != text.npos ||
         text.find_first_of("\r\n") != text.npos || (options_.escapeQuotes && hasQuote));
    if (!needsQuotes) {
      buffer_ += text;
      return;
    }
    buffer_ += quote;
    for (const char c : text) {
      if (c == quote || (c == options_.escape && options_.escape != quote))
        buffer_ += options_.escape;
      buffer_ += c;
    }
    buffer_ += quote;
  }

  const std::unique_ptr<OutputFile> file_;
  const CsvWriteOptions options_;
  const ValueText values_;
  const DataType schema_;
  std::string buffer_;
};

}  // namespace

Result<std::unique_ptr<FileWriter>> createCsvFile(const FileOutput& output,
                                                  std::unique_ptr<OutputFile> file) {
  SPATE_ASSIGN_OR_FAIL(CsvWriteOptions options, CsvWriteOptions::make(output.options));
  SPATE_ASSIGN_OR_FAIL(ValueText values, ValueText::make(output));
  return std::make_unique<CsvWriter>(std::move(file), std::move(options), std::move(values),
                                     output.schema);
}

}  // namespace spate
