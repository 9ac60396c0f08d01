#include <arrow/record_batch.h>

#include <algorithm>
#include <array>
#include <utility>

#include "spate/sinks/files/FormatWriters.h"
#include "spate/types/ArrowValues.h"
#include "spate/types/xml/XmlGenerator.h"

namespace spate {
namespace {

Result<XmlOptions> xmlOptions(const FileOutput& output) {
  XmlOptions::Session session;
  session.zone = output.settings.zone;
  return XmlOptions::make(output.options, session, true);
}

class XmlWriter final : public FileWriter {
 public:
  XmlWriter(std::unique_ptr<OutputFile> file, XmlGenerator generator, DataType schema)
      : file_(std::move(file)), generator_(std::move(generator)), schema_(std::move(schema)) {}

  Status write(const arrow::RecordBatch& rows) override {
    if (rows.num_rows() > 0 && !isBegun_) {
      SPATE_RETURN_IF_ERROR(generator_.begin(buffer_));
      isBegun_ = true;
    }
    for (int64_t row = 0; row < rows.num_rows(); ++row) {
      row_.clear();
      for (int i = 0; i < rows.num_columns(); ++i)
        row_.push_back(
            valueAt(*rows.column(i), row, schema_.fields()[static_cast<size_t>(i)].type));
      SPATE_RETURN_IF_ERROR(generator_.write(row_, buffer_));
      SPATE_RETURN_IF_ERROR(file_->drainIfLarge(buffer_));
    }
    return Status::OK();
  }

  Status close() override {
    // Without rows Spark leaves the file empty.
    if (isBegun_) generator_.end(buffer_);
    SPATE_RETURN_IF_ERROR(file_->drain(buffer_));
    return file_->close();
  }

 private:
  const std::unique_ptr<OutputFile> file_;
  XmlGenerator generator_;
  const DataType schema_;
  std::string buffer_;
  Row row_;
  bool isBegun_ = false;
};

}  // namespace

Status checkXmlOutput(const FileOutput& output) {
  SPATE_ASSIGN_OR_RETURN(const XmlOptions options, xmlOptions(output));
  constexpr std::array<std::string_view, 5> kUtf8 = {"", "UTF-8", "utf-8", "UTF8", "utf8"};
  if (std::find(kUtf8.begin(), kUtf8.end(), options.encoding) == kUtf8.end())
    return Status::unsupported("XML is written in UTF-8 only, not in " + options.encoding + ".")
        .withErrorClass("UNSUPPORTED_FEATURE.OPTION", "0A000", {{"option", "encoding"}});
  SPATE_ASSIGN_OR_RETURN(const XmlGenerator generator, XmlGenerator::make(options, output.schema));
  return checkTextOutput(output);
}

Result<std::unique_ptr<FileWriter>> createXmlFile(const FileOutput& output,
                                                  std::unique_ptr<OutputFile> file) {
  SPATE_ASSIGN_OR_FAIL(const XmlOptions options, xmlOptions(output));
  SPATE_ASSIGN_OR_FAIL(XmlGenerator generator, XmlGenerator::make(options, output.schema));
  return std::make_unique<XmlWriter>(std::move(file), std::move(generator), output.schema);
}

}  // namespace spate
