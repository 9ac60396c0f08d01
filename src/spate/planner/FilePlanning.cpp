#include "spate/planner/FilePlanning.h"

#include <arrow/array/array_base.h>
#include <arrow/array/util.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>

#include "spate/planner/PlanErrors.h"
#include "spate/planner/StreamPlanning.h"
#include "spate/sinks/BatchFileWrite.h"
#include "spate/sinks/files/FileWriter.h"
#include "spate/sinks/files/TaskOutput.h"
#include "spate/sources/files/FileFormat.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/ArrowValues.h"
#include "spate/types/FilePathUri.h"

namespace spate {
namespace {

Status produceFiles(const FileScan& scan, const std::vector<FilePart>& parts,
                    const DataType& schema, const std::vector<bool>& used, Output& output) {
  SPATE_ASSIGN_OR_RETURN(const auto reader, openFiles(scan, parts, schema, used));
  while (output.wantsMore()) {
    std::shared_ptr<arrow::RecordBatch> batch;
    SPATE_RETURN_IF_ERROR(fromArrow(reader->ReadNext(&batch)));
    if (!batch) break;
    SPATE_RETURN_IF_ERROR(output.push(std::move(batch)));
  }
  return Status::OK();
}

}  // namespace

bool isFileWriteFormat(const std::string& name) { return isFileOutputFormat(name); }

Status checkFileColumns(const std::string& format, const DataType& schema,
                        const plan::Options& options) {
  FileOutput output;
  output.format = format;
  output.schema = schema;
  output.options = OptionMap(options);
  return checkOutput(output);
}

std::string partitionDirectory(const std::string& column, const std::optional<std::string>& value) {
  return escapedPathName(column) + "=" +
         (value && !value->empty() ? escapedPathName(*value) : "__HIVE_DEFAULT_PARTITION__");
}

bool isFileFormat(const std::string& name) { return findFileFormat(name) != nullptr; }

Result<FileReadSettings> fileReadSettings(const SessionSettings& settings, int slots) {
  FileReadSettings read;
  SPATE_ASSIGN_OR_FAIL(read.zone, TimeZone::make(settings.timeZone));
  read.caseSensitive = settings.caseSensitive;
  read.parallelism = slots;
  const auto isTrue = [&](const std::string& key) {
    return settings.conf && settings.conf(key).value_or("false") == "true";
  };
  read.ignoreCorruptFiles = isTrue("spark.sql.files.ignoreCorruptFiles");
  read.ignoreMissingFiles = isTrue("spark.sql.files.ignoreMissingFiles");
  if (settings.conf) {
    if (const auto name = settings.conf("spark.sql.columnNameOfCorruptRecord"))
      read.columnNameOfCorruptRecord = *name;
    read.prefersTimestampNtz =
        settings.conf("spark.sql.timestampType").value_or("") == "TIMESTAMP_NTZ";
  }
  return read;
}

Result<std::pair<DataType, BatchScan>> planFileScan(const plan::ReadSource& source,
                                                    const SessionSettings& settings, int slots) {
  std::vector<std::string> paths = source.paths;
  const OptionMap options(source.options);
  if (paths.empty())
    if (const auto path = options.find("path")) paths = {*path};
  SPATE_ASSIGN_OR_FAIL(const FileReadSettings read, fileReadSettings(settings, slots));
  auto scanned =
      scanFiles(*FileSystem::local(), source.format, paths, options, source.schema, read);
  if (!scanned) return failure(scanned.error());
  const auto scan = std::make_shared<const FileScan>(*std::move(scanned));
  // What is read from files may always be null.
  std::vector<StructField> fields = scan->schema().fields();
  for (StructField& field : fields) field.nullable = true;
  // What a stream has written is given in the order of the schema, also where that names columns of
  // partitions; of other files these come last.
  const bool isStreams =
      source.schema && paths.size() == 1 &&
      FileSystem::local()->exists(joinPath(localPathOf(paths[0]), "_spark_metadata"));
  if (isStreams) {
    const auto placeOf = [&](const StructField& field) {
      return std::ranges::find(source.schema->fields(), field.name, &StructField::name) -
             source.schema->fields().begin();
    };
    std::ranges::stable_sort(fields, {}, placeOf);
  }
  const DataType schema = DataType::structOf(std::move(fields));
  BatchScan batchScan;
  batchScan.name = "FileScan " + scan->format;
  for (const FileEntry& file : scan->files)
    batchScan.inputFiles.push_back(uriOfFilePath(file.path));
  batchScan.produce = [scan, schema](
                          const RunContext&,
                          const std::vector<bool>& used) -> Result<std::vector<PartitionProducer>> {
    SPATE_ASSIGN_OR_FAIL(const auto tasks, planFileTasks(*scan));
    std::vector<PartitionProducer> producers;
    for (const auto& parts : tasks)
      producers.push_back([scan, schema, used, parts](TaskContext&, Output& output) {
        return produceFiles(*scan, parts, schema, used, output);
      });
    if (producers.empty()) producers.push_back([](TaskContext&, Output&) { return Status::OK(); });
    return producers;
  };
  return std::pair(schema, std::move(batchScan));
}

Result<StreamScan> planStreamScan(const plan::ReadSource& source, const SessionSettings& settings,
                                  int slots) {
  StreamScan scan;
  scan.definition.format = source.format;
  scan.definition.options = OptionMap(source.options);
  scan.definition.schema = source.schema;
  scan.definition.defaultPartitions = slots;
  if (source.paths.size() > 1)
    return failure(Status::invalidArgument("a stream is read from one path"));
  if (!source.paths.empty()) scan.definition.path = source.paths[0];
  SPATE_ASSIGN_OR_FAIL(scan.definition.settings, fileReadSettings(settings, slots));
  scan.definition.infersSchema =
      settings.conf &&
      settings.conf("spark.sql.streaming.schemaInference").value_or("false") == "true";
  SPATE_ASSIGN_OR_FAIL(scan.schema, schemaOfStream(scan.definition, *FileSystem::local()));
  return scan;
}

Status writeFiles(const plan::WriteCommand& command, const DataType& schema,
                  const std::vector<RecordBatchPtr>& batches, const SessionSettings& settings) {
  OutputLayout layout;
  layout.options = OptionMap(command.options);
  const auto option = layout.options.find("path");
  if (!command.path && !option)
    return Status::invalidArgument("'path' is not specified.")
        .withErrorClass("_LEGACY_ERROR_TEMP_2047");
  layout.directory = localPathOf(command.path ? *command.path : *option);
  layout.schema = schema;
  layout.partitionColumns = command.partitionColumns;
  layout.format = command.format;
  SPATE_ASSIGN_OR_RETURN(layout.settings.zone, TimeZone::make(settings.timeZone));
  SaveMode mode = SaveMode::kErrorIfExists;
  if (command.mode == plan::WriteCommand::Mode::kAppend) mode = SaveMode::kAppend;
  if (command.mode == plan::WriteCommand::Mode::kOverwrite) mode = SaveMode::kOverwrite;
  if (command.mode == plan::WriteCommand::Mode::kIgnore) mode = SaveMode::kIgnore;
  SPATE_ASSIGN_OR_RETURN(const auto write,
                         BatchFileWrite::make(std::move(layout), mode, FileSystem::local()));
  if (write->isSkipped()) return Status::OK();
  SPATE_ASSIGN_OR_RETURN(const auto arrowSchema, toArrowSchema(schema));
  std::vector<RecordBatchPtr> rows;
  for (const RecordBatchPtr& batch : batches)
    rows.push_back(arrow::RecordBatch::Make(arrowSchema, batch->num_rows(), batch->columns()));
  auto reader = arrow::RecordBatchReader::Make(std::move(rows), arrowSchema);
  if (!reader.ok()) return fromArrow(reader.status());
  SPATE_ASSIGN_OR_RETURN(auto result, write->write(0, **reader));
  return write->commit({std::move(result)});
}

}  // namespace spate
