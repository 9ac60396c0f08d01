#include "spate/sinks/files/TaskOutput.h"

#include <arrow/array/array_base.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/initialize.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <random>
#include <utility>

#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/PrettyString.h"

namespace spate {
namespace {

constexpr std::string_view kNullPartition = "__HIVE_DEFAULT_PARTITION__";

class TaskOutput {
 public:
  TaskOutput(const OutputLayout& layout, int partition, std::string uuid)
      : layout_(layout),
        output_(layout.output()),
        extension_(fileExtension(output_)),
        partition_(partition),
        uuid_(std::move(uuid)) {
    for (size_t i = 0; i < layout_.schema.fields().size(); ++i) {
      const auto& names = layout_.partitionColumns;
      if (std::find(names.begin(), names.end(), layout_.schema.fields()[i].name) == names.end())
        dataColumns_.push_back(static_cast<int>(i));
    }
    for (const std::string& name : layout_.partitionColumns)
      for (size_t i = 0; i < layout_.schema.fields().size(); ++i)
        if (layout_.schema.fields()[i].name == name)
          partitionColumns_.push_back(static_cast<int>(i));
  }

  Status run(arrow::RecordBatchReader& rows, int64_t& rowCount) {
    SPATE_ASSIGN_OR_RETURN(mostRows_, layout_.options.getInt("maxRecordsPerFile", 0));
    SPATE_ASSIGN_OR_RETURN(schema_, toArrowSchema(output_.schema));
    rowCount = 0;
    while (true) {
      std::shared_ptr<arrow::RecordBatch> batch;
      const arrow::Status read = rows.ReadNext(&batch);
      if (!read.ok()) return fromArrow(read);
      if (batch == nullptr) break;
      rowCount += batch->num_rows();
      if (batch->num_rows() > 0) SPATE_RETURN_IF_ERROR(write(*batch));
    }
    // The columns shall be known even of no rows.
    if (files_.empty() && open_.empty() && partition_ == 0 && layout_.partitionColumns.empty() &&
        writesEmptyFile(output_)) {
      SPATE_RETURN_IF_ERROR(openFile("").status);
    }
    for (auto& [directory, file] : open_) SPATE_RETURN_IF_ERROR(close(file));
    open_.clear();
    return Status::OK();
  }

  std::vector<WrittenFile>& files() { return files_; }

  void removeAll() {
    for (auto& [directory, file] : open_) file.writer.reset();
    for (const std::string& name : created_)
      static_cast<void>(FileSystem::local()->removeAll(joinPath(layout_.directory, name)));
  }

 private:
  struct OpenFile {
    std::string name;
    std::unique_ptr<FileWriter> writer;
    int64_t rows = 0;
    int number = 0;
  };
  struct Opened {
    OpenFile* file = nullptr;
    Status status;
  };

  Opened openFile(const std::string& directory) {
    OpenFile& file = open_[directory];
    // As Spark names them: with a dot in directories of partitions.
    file.name =
        joinPath(directory, fmt::format("part-{:05}-{}{}c{:03}{}", partition_, uuid_,
                                        directory.empty() ? "-" : ".", file.number, extension_));
    ++file.number;
    file.rows = 0;
    auto writer = createFile(output_, joinPath(layout_.directory, file.name));
    created_.push_back(file.name);
    if (!writer) return {nullptr, writer.error()};
    file.writer = std::move(*writer);
    return {&file, Status::OK()};
  }

  Status close(OpenFile& file) {
    if (file.writer == nullptr) return Status::OK();
    SPATE_RETURN_IF_ERROR(file.writer->close());
    file.writer.reset();
    SPATE_ASSIGN_OR_RETURN(const FileInfo info,
                           FileSystem::local()->stat(joinPath(layout_.directory, file.name)));
    files_.push_back({file.name, static_cast<int64_t>(info.size), millisOf(info.modificationTime)});
    return Status::OK();
  }

  Status write(const arrow::RecordBatch& batch) {
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (const int i : dataColumns_) columns.push_back(batch.column(i));
    const auto data = arrow::RecordBatch::Make(schema_, batch.num_rows(), std::move(columns));
    if (partitionColumns_.empty()) return writeTo("", data);
    static const arrow::Status kInitialized = arrow::compute::Initialize();
    SPATE_RETURN_IF_ERROR(fromArrow(kInitialized));
    std::map<std::string, arrow::Int64Builder> rowsOf;
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      const arrow::Status appended = rowsOf[directoryOf(batch, row)].Append(row);
      if (!appended.ok()) return fromArrow(appended);
    }
    for (auto& [directory, builder] : rowsOf) {
      SPATE_ASSIGN_OR_RETURN(const auto indices, fromArrow(builder.Finish()));
      SPATE_ASSIGN_OR_RETURN(const auto taken, fromArrow(arrow::compute::Take(
                                                   arrow::Datum(data), arrow::Datum(indices))));
      SPATE_RETURN_IF_ERROR(writeTo(directory, taken.record_batch()));
    }
    return Status::OK();
  }

  Status writeTo(const std::string& directory, const std::shared_ptr<arrow::RecordBatch>& rows) {
    for (int64_t at = 0; at < rows->num_rows();) {
      const auto it = open_.find(directory);
      OpenFile* file = it == open_.end() ? nullptr : &it->second;
      if (file != nullptr && mostRows_ > 0 && file->rows >= mostRows_)
        SPATE_RETURN_IF_ERROR(close(*file));
      if (file == nullptr || file->writer == nullptr) {
        const Opened opened = openFile(directory);
        SPATE_RETURN_IF_ERROR(opened.status);
        file = opened.file;
      }
      const int64_t room = mostRows_ > 0 ? mostRows_ - file->rows : rows->num_rows();
      const int64_t count = std::min(room, rows->num_rows() - at);
      SPATE_RETURN_IF_ERROR(file->writer->write(*rows->Slice(at, count)));
      file->rows += count;
      at += count;
    }
    return Status::OK();
  }

  std::string directoryOf(const arrow::RecordBatch& batch, int64_t row) const {
    std::string directory;
    for (const int i : partitionColumns_) {
      const StructField& field = layout_.schema.fields()[static_cast<size_t>(i)];
      std::string value;
      if (!batch.column(i)->IsNull(row))
        appendPretty(*batch.column(i), field.type, row, *layout_.settings.zone, value);
      if (!directory.empty()) directory += '/';
      directory += escapedPathName(field.name) + "=";
      directory += value.empty() ? std::string(kNullPartition) : escapedPathName(value);
    }
    return directory;
  }

  const OutputLayout& layout_;
  const FileOutput output_;
  const std::string extension_;
  const int partition_;
  const std::string uuid_;
  std::vector<int> dataColumns_;
  std::vector<int> partitionColumns_;
  int64_t mostRows_ = 0;
  std::shared_ptr<arrow::Schema> schema_;
  std::map<std::string, OpenFile> open_;
  std::vector<WrittenFile> files_;
  std::vector<std::string> created_;
};

}  // namespace

FileOutput OutputLayout::output() const {
  std::vector<StructField> fields;
  for (const StructField& field : schema.fields())
    if (std::find(partitionColumns.begin(), partitionColumns.end(), field.name) ==
        partitionColumns.end())
      fields.push_back(field);
  return {format, DataType::structOf(std::move(fields)), options, settings};
}

Status OutputLayout::check() const {
  for (const std::string& name : partitionColumns) {
    if (schema.findField(name) != nullptr) continue;
    return Status::invalidArgument("Partition column `" + name + "` not found in schema " +
                                   schema.simpleString() + ".")
        .withErrorClass("PARTITION_COLUMN_NOT_FOUND_IN_SCHEMA", "42000",
                        {{"column", name}, {"schema", schema.simpleString()}});
  }
  const FileOutput written = output();
  if (!partitionColumns.empty() && written.schema.fields().empty())
    return Status::invalidArgument("Cannot use all columns for partition columns.")
        .withErrorClass("ALL_PARTITION_COLUMNS_NOT_ALLOWED", "KD005");
  return checkOutput(written);
}

Result<std::vector<WrittenFile>> writeTask(const OutputLayout& layout, int partition,
                                           const std::string& uuid, arrow::RecordBatchReader& rows,
                                           int64_t& rowCount) {
  TaskOutput task(layout, partition, uuid);
  Status status = task.run(rows, rowCount);
  if (!status.ok()) {
    task.removeAll();
    return failure(std::move(status));
  }
  return std::move(task.files());
}

std::string escapedPathName(std::string_view name) {
  constexpr std::string_view kSpecial = "\"#%'*/:=?\\\x7f{[]^";
  std::string result;
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || kSpecial.find(c) != kSpecial.npos) {
      result += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      result += c;
    }
  }
  return result;
}

std::string randomUuid() {
  std::random_device device;
  const auto word = [&] { return (uint64_t{device()} << 32) | device(); };
  const uint64_t high = (word() & 0xFFFFFFFFFFFF0FFFULL) | 0x4000ULL;
  const uint64_t low = (word() & 0x3FFFFFFFFFFFFFFFULL) | 0x8000000000000000ULL;
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xFFFF,
                     high & 0xFFFF, low >> 48, low & 0xFFFFFFFFFFFFULL);
}

}  // namespace spate
