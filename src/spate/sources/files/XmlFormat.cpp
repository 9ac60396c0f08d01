#include <arrow/array/builder_base.h>
#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <optional>
#include <random>
#include <utility>

#include "spate/base/Clock.h"
#include "spate/sources/files/FileFormat.h"
#include "spate/sources/files/FormatErrors.h"
#include "spate/sources/files/LineReader.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/ArrowValues.h"
#include "spate/types/MalformedRecord.h"
#include "spate/types/xml/XmlEvents.h"
#include "spate/types/xml/XmlInference.h"
#include "spate/types/xml/XmlOptions.h"
#include "spate/types/xml/XmlRecordParser.h"

namespace spate {
namespace {

Result<XmlOptions> xmlOptions(const OptionMap& options, const FileReadSettings& settings) {
  XmlOptions::Session session;
  session.zone = settings.zone;
  session.columnNameOfCorruptRecord = settings.columnNameOfCorruptRecord;
  session.caseSensitive = settings.caseSensitive;
  session.prefersTimestampNtz = settings.prefersTimestampNtz;
  session.nowMicros = SystemClock().now().time_since_epoch().count();
  return XmlOptions::make(options, session, true);
}

bool isOtherEncoding(const XmlOptions& options) {
  return !options.encoding.empty() && !isUtf8Encoding(options.encoding);
}

std::string encodingOf(const XmlOptions& options) {
  return options.encoding.empty() ? "UTF-8" : options.encoding;
}

/// The document in a file, block by block; as a whole where its encoding is the user's word.
Result<std::unique_ptr<XmlEvents>> openDocument(const std::string& path,
                                                const XmlOptions& options) {
  if (isOtherEncoding(options)) {
    SPATE_ASSIGN_OR_FAIL(std::string whole, readWholeText(path, options.encoding));
    auto text = std::make_shared<const std::string>(std::move(whole));
    return XmlEvents::make(
        [text, isRead = false]() mutable -> Result<std::string_view> {
          return std::exchange(isRead, true) ? std::string_view() : std::string_view(*text);
        },
        true);
  }
  SPATE_ASSIGN_OR_FAIL(auto stream, openFileBytes(path, 0));
  return XmlEvents::make(
      [stream, block = std::shared_ptr<arrow::Buffer>()]() mutable -> Result<std::string_view> {
        constexpr int64_t kBlockBytes = int64_t{256} << 10;
        SPATE_ASSIGN_OR_FAIL(block, fromArrow(stream->Read(kBlockBytes)));
        return std::string_view(reinterpret_cast<const char*>(block->data()),
                                static_cast<size_t>(block->size()));
      },
      false);
}

Result<std::unique_ptr<LineReader>> openLines(const FilePart& part, const XmlOptions& options) {
  LineReader::Options lines;
  lines.start = part.start;
  lines.length = part.length;
  lines.encoding = encodingOf(options);
  return LineReader::open(part.file.path, std::move(lines));
}

/// The names of the columns that files can have beside the corrupt record.
DataType without(const DataType& schema, size_t except) {
  std::vector<StructField> fields;
  for (size_t i = 0; i < schema.fields().size(); ++i)
    if (i != except) fields.push_back(schema.fields()[i]);
  return DataType::structOf(std::move(fields));
}

class XmlReader final : public arrow::RecordBatchReader {
 public:
  XmlReader(const FileReadRequest& request, const XmlOptions& options, size_t corrupt,
            std::shared_ptr<arrow::Schema> schema)
      : options_(options),
        mode_(parseModeOf(request.options.get("mode", "PERMISSIVE"))),
        path_(request.part.file.path),
        required_(request.requiredSchema),
        schema_(std::move(schema)),
        parser_(options_, without(required_, corrupt)),
        corrupt_(corrupt),
        batchRows_(request.settings.batchRows) {}

  Status init(const FileReadRequest& request) {
    for (const auto& field : schema_->fields()) {
      std::unique_ptr<arrow::ArrayBuilder> builder;
      SPATE_RETURN_IF_ERROR(
          fromArrow(arrow::MakeBuilder(arrow::default_memory_pool(), field->type(), &builder)));
      builders_.push_back(std::move(builder));
    }
    if (options_.multiLine) {
      SPATE_ASSIGN_OR_RETURN(events_, openDocument(path_, options_));
    } else {
      SPATE_ASSIGN_OR_RETURN(lineReader_, openLines(request.part, options_));
    }
    return Status::OK();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    rows_ = 0;
    while (rows_ < batchRows_ && !isAtEnd_) {
      const Status status = lineReader_ == nullptr ? readRecord() : readLines();
      if (!status.ok()) return toArrowStatus(status);
    }
    if (rows_ == 0) return arrow::Status::OK();
    std::vector<std::shared_ptr<arrow::Array>> arrays;
    for (const auto& builder : builders_) {
      ARROW_ASSIGN_OR_RAISE(auto array, builder->Finish());
      arrays.push_back(std::move(array));
    }
    *out = arrow::RecordBatch::Make(schema_, rows_, std::move(arrays));
    return arrow::Status::OK();
  }

 private:
  using Outcome = XmlRecordParser::Outcome;

  /// The next record of the document. Where it is no XML any more, Spark reads no further, and
  /// shows the whole file as what is corrupt.
  Status readRecord() {
    if (!parser_.findRecord(*events_)) {
      isAtEnd_ = true;
      const XmlEvent::Kind kind = events_->peek().kind;
      if (kind == XmlEvent::Kind::kUnreadable) return events_->error();
      return kind == XmlEvent::Kind::kMalformed ? malformedFile() : Status::OK();
    }
    const Outcome outcome = parser_.parse(*events_, row_);
    switch (outcome) {
      case Outcome::kGood: return append(std::nullopt);
      case Outcome::kBad: return malformedFile();
      case Outcome::kBadRoot: return Status::invalidArgument(parser_.whatIsBad());
      case Outcome::kBroken: break;
    }
    isAtEnd_ = true;
    if (events_->peek().kind == XmlEvent::Kind::kUnreadable) return events_->error();
    return malformedFile();
  }

  /// Some lines, each of which is a document.
  Status readLines() {
    SPATE_ASSIGN_OR_RETURN(
        const auto lines,
        lineReader_->next(static_cast<size_t>(std::min<int64_t>(batchRows_ - rows_, 1024))));
    isAtEnd_ = lines.empty();
    for (const std::string_view line : lines) {
      const auto events = XmlEvents::ofText(line);
      const bool isGood =
          XmlRecordParser::findElement(*events) && parser_.parse(*events, row_) == Outcome::kGood;
      SPATE_RETURN_IF_ERROR(isGood ? append(std::nullopt) : malformed(line));
    }
    return Status::OK();
  }

  Status malformedFile() {
    if (corrupt_ == SIZE_MAX || mode_ != ParseMode::kPermissive) return malformed("");
    if (!wholeFile_) {
      SPATE_ASSIGN_OR_RETURN(wholeFile_, readWholeText(path_, encodingOf(options_)));
    }
    return malformed(*wholeFile_);
  }

  Status malformed(std::string_view record) {
    if (mode_ == ParseMode::kDropMalformed) return Status::OK();
    row_.assign(required_.fields().size() - (corrupt_ == SIZE_MAX ? 0 : 1), Datum());
    if (mode_ == ParseMode::kPermissive) return append(record);
    // Spark shows the row that came of it.
    std::string nulls;
    for (size_t i = 0; i < row_.size(); ++i) nulls += i == 0 ? "null" : ",null";
    return malformedRecord("[" + nulls + "]");
  }

  Status append(std::optional<std::string_view> record) {
    ++rows_;
    auto value = row_.begin();
    for (size_t i = 0; i < builders_.size(); ++i) {
      const DataType& type = required_.fields()[i].type;
      if (i == corrupt_) {
        SPATE_RETURN_IF_ERROR(appendValue(record ? Datum(*record) : Datum(), type, *builders_[i]));
      } else {
        SPATE_RETURN_IF_ERROR(appendValue(*value++, type, *builders_[i]));
      }
    }
    return Status::OK();
  }

  const XmlOptions options_;
  const ParseMode mode_;
  const std::string path_;
  const DataType required_;
  const std::shared_ptr<arrow::Schema> schema_;
  XmlRecordParser parser_;
  const size_t corrupt_;
  const int64_t batchRows_;
  /// One of the two.
  std::unique_ptr<XmlEvents> events_;
  std::unique_ptr<LineReader> lineReader_;
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders_;
  std::optional<std::string> wholeFile_;
  Row row_;
  int64_t rows_ = 0;
  bool isAtEnd_ = false;
};

/// The types of the records of all files.
class XmlSchema {
 public:
  XmlSchema(const XmlOptions& options, ParseMode mode) : options_(options), mode_(mode) {}

  Status addDocument(const FileEntry& file) {
    SPATE_ASSIGN_OR_RETURN(const auto events, openDocument(file.path, options_));
    const XmlRecordParser records(options_, DataType::structOf({}));
    while (true) {
      const bool isRecord = records.findRecord(*events);
      const XmlEvent::Kind kind = events->peek().kind;
      if (kind == XmlEvent::Kind::kUnreadable) return events->error();
      if (!isRecord) return kind == XmlEvent::Kind::kMalformed ? add(std::nullopt) : Status::OK();
      const auto type = xmlTypeOfRecord(*events, options_);
      if (isSampled()) SPATE_RETURN_IF_ERROR(add(type));
      if (!type) return Status::OK();
    }
  }

  Status addLines(const FileEntry& file) {
    SPATE_ASSIGN_OR_RETURN(const auto reader, openLines({file, 0, file.size}, options_));
    while (true) {
      SPATE_ASSIGN_OR_RETURN(const auto lines, reader->next(1024));
      if (lines.empty()) return Status::OK();
      for (const std::string_view line : lines) {
        if (!isSampled()) continue;
        const auto events = XmlEvents::ofText(line);
        SPATE_RETURN_IF_ERROR(add(XmlRecordParser::findElement(*events)
                                      ? xmlTypeOfRecord(*events, options_)
                                      : std::nullopt));
      }
    }
  }

  DataType result() const { return canonicalXmlType(schema_).value_or(DataType::structOf({})); }

 private:
  bool isSampled() {
    return options_.samplingRatio >= 1 || chance_(random_) < options_.samplingRatio;
  }

  /// Empty: what is there is no record.
  Status add(const std::optional<DataType>& type) {
    if (!type && mode_ == ParseMode::kFailFast) return malformedRecord(options_.corruptColumn);
    if (!type && mode_ == ParseMode::kDropMalformed) return Status::OK();
    schema_ = mergeXmlTypes(
        schema_,
        type ? *type : DataType::structOf({{options_.corruptColumn, DataType::stringType()}}),
        options_);
    return Status::OK();
  }

  const XmlOptions& options_;
  const ParseMode mode_;
  DataType schema_ = DataType::structOf({});
  std::minstd_rand random_{1};
  std::uniform_real_distribution<double> chance_{0, 1};
};

class XmlFormat final : public FileFormat {
 public:
  std::string_view name() const override { return "xml"; }

  bool isSplittable(std::string_view path, const OptionMap& options) const override {
    return !options.getBool("multiLine", true).value_or(true) && !isCompressedFile(path) &&
           isUtf8Encoding(options.get("encoding", options.get("charset", "UTF-8")));
  }

  bool supports(const DataType& type) const override {
    switch (type.kind()) {
      case TypeKind::kArray: return supports(type.elementType());
      case TypeKind::kMap: return supports(type.keyType()) && supports(type.valueType());
      case TypeKind::kStruct:
        for (const StructField& field : type.fields())
          if (!supports(field.type)) return false;
        return true;
      case TypeKind::kVariant:
      case TypeKind::kCalendarInterval: return false;
      default: return true;
    }
  }

  Status check(const OptionMap& options, const FileReadSettings& settings,
               const DataType& dataSchema) const override {
    SPATE_ASSIGN_OR_RETURN(const XmlOptions xml, xmlOptions(options, settings));
    for (const StructField& field : dataSchema.fields())
      if (field.name == xml.corruptColumn && !field.type.is(TypeKind::kString))
        return invalidCorruptRecordType(field);
    return Status::OK();
  }

  Result<std::optional<DataType>> inferSchema(const std::vector<FileEntry>& files,
                                              const OptionMap& options,
                                              const FileReadSettings& settings) const override {
    SPATE_ASSIGN_OR_FAIL(const XmlOptions xml, xmlOptions(options, settings));
    if (files.empty()) return std::nullopt;
    XmlSchema schema(xml, parseModeOf(options.get("mode", "PERMISSIVE")));
    for (const FileEntry& file : files)
      SPATE_FAIL_IF_ERROR(xml.multiLine ? schema.addDocument(file) : schema.addLines(file));
    return schema.result();
  }

  Result<std::shared_ptr<arrow::RecordBatchReader>> open(
      const FileReadRequest& request) const override {
    SPATE_ASSIGN_OR_FAIL(const XmlOptions options, xmlOptions(request.options, request.settings));
    size_t corrupt = SIZE_MAX;
    for (size_t i = 0; i < request.requiredSchema.fields().size(); ++i) {
      const StructField& field = request.requiredSchema.fields()[i];
      if (field.name == options.corruptColumn && field.type.is(TypeKind::kString)) corrupt = i;
    }
    SPATE_ASSIGN_OR_FAIL(auto schema, toArrowSchema(request.requiredSchema));
    auto reader = std::make_shared<XmlReader>(request, options, corrupt, std::move(schema));
    SPATE_FAIL_IF_ERROR(reader->init(request));
    return reader;
  }
};

}  // namespace

const FileFormat& xmlFileFormat() {
  static const XmlFormat kFormat;
  return kFormat;
}

}  // namespace spate
