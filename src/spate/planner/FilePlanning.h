#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spate/plan/Command.h"
#include "spate/planner/LogicalPlan.h"

namespace spate {

/// Whether files of such a format can be read: "csv", "parquet" ..., in any case.
bool isFileFormat(const std::string& name);

/// The columns and the tasks of spark.read.format(...).load(...).
///
/// Errors  PATH_NOT_FOUND, UNABLE_TO_INFER_SCHEMA, DATA_SOURCE_NOT_FOUND
Result<std::pair<DataType, BatchScan>> planFileScan(const plan::ReadSource& source,
                                                    const SessionSettings& settings, int slots);

/// spark.readStream.format(...).load(...): its definition and columns; nothing is opened.
Result<StreamScan> planStreamScan(const plan::ReadSource& source, const SessionSettings& settings,
                                  int slots);

/// df.write.save(): writes the batches, a task each, and commits.
///
/// Errors  PATH_ALREADY_EXISTS, DATA_SOURCE_NOT_FOUND, those of the format
Status writeFiles(const plan::WriteCommand& command, const DataType& schema,
                  const std::vector<RecordBatchPtr>& batches, const SessionSettings& settings);

/// Whether files of such a format can be written, in any case.
bool isFileWriteFormat(const std::string& name);
/// Whether files of the format can have such columns.
///
/// Errors  DATA_SOURCE_NOT_FOUND, UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE, those of the options
Status checkFileColumns(const std::string& format, const DataType& schema,
                        const plan::Options& options);
/// "k=v", as the directory of a partition is called; null: Hive's name for it.
std::string partitionDirectory(const std::string& column, const std::optional<std::string>& value);

/// What the session's configuration says about reading files.
Result<FileReadSettings> fileReadSettings(const SessionSettings& settings, int slots);

}  // namespace spate
