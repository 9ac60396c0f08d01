#include <spark/connect/commands.pb.h>

#include <utility>

#include "spate/connect/ErrorDetails.h"
#include "spate/connect/service/PlanReader.h"
#include "spate/plan/PlanText.h"
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
  if (message.with_schema_evolution()) return failure(unsupportedFeature("Schema evolution"));
  write.options = {message.options().begin(), message.options().end()};
  write.partitionColumns = {message.partitioning_columns().begin(),
                            message.partitioning_columns().end()};
  write.clusterColumns = {message.clustering_columns().begin(), message.clustering_columns().end()};
  if (message.has_bucket_by() || message.sort_column_names_size() > 0) {
    const auto& columns = message.bucket_by().bucket_column_names();
    write.bucketing =
        plan::Bucketing{message.bucket_by().num_buckets(),
                        {columns.begin(), columns.end()},
                        {message.sort_column_names().begin(), message.sort_column_names().end()}};
  }
  switch (message.save_type_case()) {
    case sc::WriteOperation::kPath: write.path = message.path(); break;
    case sc::WriteOperation::kTable: {
      SPATE_ASSIGN_OR_FAIL(write.table,
                           sql::parseMultipartIdentifier(message.table().table_name()));
      write.action = message.table().save_method() ==
                             sc::WriteOperation_SaveTable::TABLE_SAVE_METHOD_INSERT_INTO
                         ? WriteCommand::Action::kInsertInto
                         : WriteCommand::Action::kSaveAsTable;
      break;
    }
    case sc::WriteOperation::SAVE_TYPE_NOT_SET: break;  // the format knows where: noop
  }
  return write;
}

Result<WriteCommand> PlanReader::write(const sc::WriteOperationV2& message) {
  using Action = WriteCommand::Action;
  WriteCommand write;
  SPATE_ASSIGN_OR_FAIL(write.input, relation(message.input()));
  SPATE_ASSIGN_OR_FAIL(write.table, sql::parseMultipartIdentifier(message.table_name()));
  write.format = message.provider();
  write.options = {message.options().begin(), message.options().end()};
  write.properties = {message.table_properties().begin(), message.table_properties().end()};
  write.clusterColumns = {message.clustering_columns().begin(), message.clustering_columns().end()};
  if (message.with_schema_evolution()) return failure(unsupportedFeature("Schema evolution"));
  for (const sc::Expression& column : message.partitioning_columns()) {
    SPATE_ASSIGN_OR_FAIL(const ExpressionPtr converted, expression(column));
    const auto* attribute = converted->as<plan::Attribute>();
    if (attribute == nullptr || attribute->nameParts.size() != 1) {
      const std::string transform = "`" + plan::toText(*converted) + "`";
      return failure(
          Status::unsupported("Unsupported partition transform: " + transform +
                              ". The supported transforms are `identity`, `bucket`, and "
                              "`clusterBy`. Ensure your transform expression uses one of these.")
              .withErrorClass("UNSUPPORTED_PARTITION_TRANSFORM", "0A000",
                              {{"transform", transform}}));
    }
    write.partitionColumns.push_back(attribute->nameParts.front());
  }
  switch (message.mode()) {
    case sc::WriteOperationV2::MODE_CREATE: write.action = Action::kCreate; return write;
    case sc::WriteOperationV2::MODE_REPLACE: write.action = Action::kReplace; return write;
    case sc::WriteOperationV2::MODE_CREATE_OR_REPLACE:
      write.action = Action::kCreateOrReplace;
      return write;
    case sc::WriteOperationV2::MODE_APPEND: write.action = Action::kAppend; return write;
    case sc::WriteOperationV2::MODE_OVERWRITE: write.action = Action::kOverwrite; return write;
    case sc::WriteOperationV2::MODE_OVERWRITE_PARTITIONS:
      write.action = Action::kOverwritePartitions;
      return write;
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
  write.clusterColumns = {message.clustering_column_names().begin(),
                          message.clustering_column_names().end()};
  using Destination = sc::WriteStreamOperationStart;
  if (message.sink_destination_case() == Destination::kPath) write.path = message.path();
  if (message.sink_destination_case() == Destination::kTableName) {
    SPATE_ASSIGN_OR_FAIL(write.table, sql::parseMultipartIdentifier(message.table_name()));
  }
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
