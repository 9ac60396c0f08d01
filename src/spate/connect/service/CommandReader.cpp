#include <spark/connect/commands.pb.h>

#include <utility>

#include "spate/connect/ErrorDetails.h"
#include "spate/connect/service/PlanReader.h"
#include "spate/sql/SqlParser.h"

namespace spate::connect {

namespace sc = ::spark::connect;
using plan::ExpressionPtr;
using plan::WriteCommand;
using plan::WriteStreamCommand;

Result<plan::CreateView> PlanReader::createView(const sc::CreateDataFrameViewCommand& message) {
  plan::CreateView view;
  SPATE_ASSIGN_OR_FAIL(view.query, relation(message.input()));
  SPATE_ASSIGN_OR_FAIL(view.nameParts, sql::parseMultipartIdentifier(message.name()));
  view.isGlobal = message.is_global();
  view.isReplace = message.replace();
  return view;
}

Result<WriteCommand> PlanReader::write(const sc::WriteOperation& message) {
  WriteCommand write;
  SPATE_ASSIGN_OR_FAIL(write.input, relation(message.input()));
  write.format = message.source();
  switch (message.mode()) {
    case sc::WriteOperation::SAVE_MODE_APPEND: write.mode = WriteCommand::Mode::kAppend; break;
    case sc::WriteOperation::SAVE_MODE_OVERWRITE:
      write.mode = WriteCommand::Mode::kOverwrite;
      break;
    case sc::WriteOperation::SAVE_MODE_IGNORE: write.mode = WriteCommand::Mode::kIgnore; break;
    case sc::WriteOperation::SAVE_MODE_UNSPECIFIED:
    case sc::WriteOperation::SAVE_MODE_ERROR_IF_EXISTS:
      write.mode = WriteCommand::Mode::kErrorIfExists;
      break;
    default: return failure(invalidPlan("A write in an unknown mode"));
  }
  if (message.has_bucket_by()) return failure(unsupportedFeature("bucketBy"));
  if (message.clustering_columns_size() > 0) return failure(unsupportedFeature("clusterBy"));
  if (message.with_schema_evolution()) return failure(unsupportedFeature("Schema evolution"));
  write.options = {message.options().begin(), message.options().end()};
  write.partitionColumns = {message.partitioning_columns().begin(),
                            message.partitioning_columns().end()};
  write.sortColumns = {message.sort_column_names().begin(), message.sort_column_names().end()};
  switch (message.save_type_case()) {
    case sc::WriteOperation::kPath: write.path = message.path(); break;
    case sc::WriteOperation::kTable: {
      SPATE_ASSIGN_OR_FAIL(write.table,
                           sql::parseMultipartIdentifier(message.table().table_name()));
      write.isInsertInto = message.table().save_method() ==
                           sc::WriteOperation_SaveTable::TABLE_SAVE_METHOD_INSERT_INTO;
      break;
    }
    case sc::WriteOperation::SAVE_TYPE_NOT_SET: break;  // the format knows where: noop
  }
  return write;
}

Result<WriteCommand> PlanReader::write(const sc::WriteOperationV2& message) {
  WriteCommand write;
  SPATE_ASSIGN_OR_FAIL(write.input, relation(message.input()));
  SPATE_ASSIGN_OR_FAIL(write.table, sql::parseMultipartIdentifier(message.table_name()));
  write.format = message.provider();
  write.options = {message.options().begin(), message.options().end()};
  if (message.table_properties_size() > 0) {
    return failure(unsupportedFeature("writeTo with properties of the table"));
  }
  if (message.clustering_columns_size() > 0) return failure(unsupportedFeature("clusterBy"));
  if (message.with_schema_evolution()) return failure(unsupportedFeature("Schema evolution"));
  for (const sc::Expression& column : message.partitioning_columns()) {
    SPATE_ASSIGN_OR_FAIL(const ExpressionPtr converted, expression(column));
    const auto* attribute = converted->as<plan::Attribute>();
    if (attribute == nullptr || attribute->nameParts.size() != 1) {
      return failure(unsupportedFeature("partitionedBy a transformation of a column"));
    }
    write.partitionColumns.push_back(attribute->nameParts.front());
  }
  switch (message.mode()) {
    case sc::WriteOperationV2::MODE_CREATE:
      write.mode = WriteCommand::Mode::kErrorIfExists;
      return write;
    case sc::WriteOperationV2::MODE_CREATE_OR_REPLACE:
      write.mode = WriteCommand::Mode::kOverwrite;
      return write;
    case sc::WriteOperationV2::MODE_APPEND:
      write.mode = WriteCommand::Mode::kAppend;
      write.isInsertInto = true;
      return write;
    case sc::WriteOperationV2::MODE_OVERWRITE:
      return failure(unsupportedFeature("writeTo(...).overwrite"));
    case sc::WriteOperationV2::MODE_OVERWRITE_PARTITIONS:
      return failure(unsupportedFeature("writeTo(...).overwritePartitions"));
    case sc::WriteOperationV2::MODE_REPLACE:
      return failure(unsupportedFeature("writeTo(...).replace"));
    default: return failure(invalidPlan("A write in an unknown mode"));
  }
}

Result<plan::PythonFunction> PlanReader::foreachFunction(
    const sc::StreamingForeachFunction& message) {
  if (message.function_case() != sc::StreamingForeachFunction::kPythonFunction) {
    return failure(unsupportedFeature("foreach and foreachBatch in Scala"));
  }
  return plan::PythonFunction{message.python_function().command(),
                              message.python_function().python_ver()};
}

Result<WriteStreamCommand> PlanReader::writeStream(const sc::WriteStreamOperationStart& message) {
  WriteStreamCommand write;
  SPATE_ASSIGN_OR_FAIL(write.input, relation(message.input()));
  write.format = message.format();
  write.options = {message.options().begin(), message.options().end()};
  if (!message.output_mode().empty()) write.outputMode = message.output_mode();
  write.queryName = message.query_name();
  write.partitionColumns = {message.partitioning_column_names().begin(),
                            message.partitioning_column_names().end()};
  if (message.clustering_column_names_size() > 0) return failure(unsupportedFeature("clusterBy"));
  using Destination = sc::WriteStreamOperationStart;
  if (message.sink_destination_case() == Destination::kPath) write.path = message.path();
  if (message.sink_destination_case() == Destination::kTableName)
    write.table = message.table_name();
  switch (message.trigger_case()) {
    case Destination::kProcessingTimeInterval:
      write.trigger = WriteStreamCommand::TriggerKind::kProcessingTime;
      write.interval = message.processing_time_interval();
      break;
    case Destination::kAvailableNow:
      write.trigger = WriteStreamCommand::TriggerKind::kAvailableNow;
      break;
    case Destination::kOnce: write.trigger = WriteStreamCommand::TriggerKind::kOnce; break;
    case Destination::kContinuousCheckpointInterval:
      write.trigger = WriteStreamCommand::TriggerKind::kContinuous;
      write.interval = message.continuous_checkpoint_interval();
      break;
    case Destination::kRealTimeBatchDuration:
      write.trigger = WriteStreamCommand::TriggerKind::kRealTime;
      write.interval = message.real_time_batch_duration();
      break;
    case Destination::TRIGGER_NOT_SET: break;
  }
  if (message.has_foreach_writer()) {
    SPATE_ASSIGN_OR_FAIL(write.foreachWriter, foreachFunction(message.foreach_writer()));
  }
  if (message.has_foreach_batch()) {
    SPATE_ASSIGN_OR_FAIL(write.foreachBatch, foreachFunction(message.foreach_batch()));
  }
  return write;
}

}  // namespace spate::connect
