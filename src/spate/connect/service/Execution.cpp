#include "spate/connect/service/Execution.h"

#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <spark/connect/base.pb.h>

#include <memory>
#include <utility>

#include "spate/connect/ConfDefaults.h"
#include "spate/connect/ErrorDetails.h"
#include "spate/connect/WireRows.h"
#include "spate/connect/service/Answers.h"
#include "spate/connect/service/ProtoLiterals.h"
#include "spate/connect/service/ProtoTypes.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/DataTypeJson.h"

namespace spate::connect {

namespace sc = ::spark::connect;
using plan::RelationPtr;

namespace {

std::string timeZoneOf(Session& session) {
  const auto zone = session.conf("spark.sql.session.timeZone");
  if (zone && *zone) return **zone;
  return "UTC";
}

Status sendBatch(Answers& answers, WireBatch batch, int64_t* offset) {
  sc::ExecutePlanResponse answer = answers.make();
  answer.mutable_arrow_batch()->set_row_count(batch.rows);
  answer.mutable_arrow_batch()->set_start_offset(*offset);
  answer.mutable_arrow_batch()->set_data(std::move(batch.bytes));
  *offset += batch.rows;
  return answers.send(std::move(answer));
}

/// What df.observe has seen, if there is any.
Status sendObserved(const Observations& observed, Answers& answers) {
  if (observed.empty()) return Status::OK();
  sc::ExecutePlanResponse answer = answers.make();
  for (const Observation& one : observed) {
    auto* metrics = answer.add_observed_metrics();
    metrics->set_name(one.name);
    for (size_t i = 0; i < one.values.size(); ++i) {
      const StructField& field = one.schema.fields()[i];
      metrics->add_keys(field.name);
      toProto(one.values[i], field.type, metrics->add_values());
    }
  }
  return answers.send(std::move(answer));
}

/// The schema, then the rows, at least one batch of them, then what was observed.
Status sendRows(ServedSession& session, RowStream rows, Answers& answers) {
  sc::ExecutePlanResponse head = answers.make();
  toProto(rows.schema, head.mutable_schema());
  SPATE_RETURN_IF_ERROR(answers.send(std::move(head)));

  SPATE_ASSIGN_OR_RETURN(const auto schema, toArrowSchema(rows.schema));
  const WireRows wire(schema, timeZoneOf(session.engine()));
  int64_t offset = 0;
  bool hasBatch = false;
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    SPATE_RETURN_IF_ERROR(fromArrow(rows.rows->ReadNext(&batch)));
    if (batch == nullptr) break;
    SPATE_ASSIGN_OR_RETURN(std::vector<WireBatch> parts, wire.encode(batch));
    for (WireBatch& part : parts) {
      SPATE_RETURN_IF_ERROR(sendBatch(answers, std::move(part), &offset));
      hasBatch = true;
    }
  }
  if (!hasBatch) {
    SPATE_ASSIGN_OR_RETURN(WireBatch none, wire.empty());
    SPATE_RETURN_IF_ERROR(sendBatch(answers, std::move(none), &offset));
  }
  if (!rows.observed) return Status::OK();
  SPATE_ASSIGN_OR_RETURN(const Observations observed, rows.observed());
  return sendObserved(observed, answers);
}

/// The rows of a statement as a relation that the client sends back to read them.
Status writeLocalRelation(const arrow::Table& table, const DataType& schema,
                          sc::Relation* message) {
  SPATE_ASSIGN_OR_RETURN(std::string bytes, writeIpcStream(table));
  message->mutable_local_relation()->set_data(std::move(bytes));
  message->mutable_local_relation()->set_schema(toJson(schema));
  return Status::OK();
}

Status runSql(ServedSession& session, Operation& operation, const sc::SqlCommand& command,
              Answers& answers) {
  sc::Relation input = command.input();
  if (!command.has_input()) {
    // What clients of Spark 3.5 send.
    sc::SQL* sql = input.mutable_sql();
    sql->set_query(command.sql());
    *sql->mutable_args() = command.args();
    *sql->mutable_pos_args() = command.pos_args();
    *sql->mutable_named_arguments() = command.named_arguments();
    *sql->mutable_pos_arguments() = command.pos_arguments();
  }
  PlanReader reader = readerFor(session);
  SPATE_ASSIGN_OR_RETURN(const RelationPtr statement, reader.relation(input));
  SPATE_ASSIGN_OR_RETURN(const RelationPtr done,
                         session.engine().runStatement(statement, operation.stopToken()));
  sc::ExecutePlanResponse answer = answers.make();
  sc::Relation* result = answer.mutable_sql_command_result()->mutable_relation();
  if (done == statement) {
    *result = std::move(input);
  } else if (const auto* local = done->as<plan::LocalRelation>()) {
    SPATE_RETURN_IF_ERROR(writeLocalRelation(*local->table, local->schema, result));
  } else if (const auto* cached = done->as<plan::CachedRemoteRelation>()) {
    result->mutable_cached_remote_relation()->set_relation_id(cached->id);
  } else {
    SPATE_ASSIGN_OR_RETURN(RowStream rows, session.engine().execute(done, operation.stopToken()));
    auto table = rows.rows->ToTable();
    SPATE_RETURN_IF_ERROR(fromArrow(table.status()));
    SPATE_RETURN_IF_ERROR(writeLocalRelation(**table, rows.schema, result));
  }
  return answers.send(std::move(answer));
}

/// Clients clean up what they did not use, too; all else of it is refused.
Status runMl(const sc::MlCommand& command, Answers& answers) {
  sc::ExecutePlanResponse answer = answers.make();
  switch (command.command_case()) {
    case sc::MlCommand::kCleanCache:
    case sc::MlCommand::kDelete:
      answer.mutable_ml_command_result()->mutable_operator_info()->mutable_obj_ref()->set_id("");
      return answers.send(std::move(answer));
    case sc::MlCommand::kGetCacheInfo:
      answer.mutable_ml_command_result()
          ->mutable_param()
          ->mutable_array()
          ->mutable_element_type()
          ->mutable_string();
      return answers.send(std::move(answer));
    default: return unsupportedFeature("Machine learning");
  }
}

std::string_view nameOfUnserved(sc::Command::CommandTypeCase type) {
  switch (type) {
    case sc::Command::kRegisterTableFunction: return "Python table functions";
    case sc::Command::kRegisterDataSource: return "Python data sources";
    case sc::Command::kCreateResourceProfileCommand: return "Resource profiles";
    case sc::Command::kMergeIntoTableCommand: return "MERGE INTO";
    case sc::Command::kExecuteExternalCommand: return "Commands of external runners";
    case sc::Command::kPipelineCommand: return "Declarative pipelines";
    default: return {};
  }
}

Status runCommand(ServedSession& session, Operation& operation, const sc::Command& command,
                  Answers& answers) {
  SPATE_ASSIGN_OR_RETURN(const bool isStreaming,
                         runStreamingCommand(session, operation, command, answers));
  if (isStreaming) return Status::OK();
  PlanReader reader = readerFor(session);
  switch (command.command_type_case()) {
    case sc::Command::kSqlCommand:
      return runSql(session, operation, command.sql_command(), answers);
    case sc::Command::kRegisterFunction: {
      SPATE_ASSIGN_OR_RETURN(const plan::PythonCall function,
                             reader.pythonCall(command.register_function()));
      return session.engine().registerFunction(function);
    }
    case sc::Command::kWriteOperation: {
      SPATE_ASSIGN_OR_RETURN(const plan::WriteCommand write,
                             reader.write(command.write_operation()));
      SPATE_ASSIGN_OR_RETURN(const Observations observed,
                             session.engine().write(write, operation.stopToken()));
      return sendObserved(observed, answers);
    }
    case sc::Command::kWriteOperationV2: {
      SPATE_ASSIGN_OR_RETURN(const plan::WriteCommand write,
                             reader.write(command.write_operation_v2()));
      SPATE_ASSIGN_OR_RETURN(const Observations observed,
                             session.engine().write(write, operation.stopToken()));
      return sendObserved(observed, answers);
    }
    case sc::Command::kCreateDataframeView: {
      SPATE_ASSIGN_OR_RETURN(const plan::CreateView view,
                             reader.createView(command.create_dataframe_view()));
      return session.engine().createView(view);
    }
    case sc::Command::kCheckpointCommand: {
      SPATE_ASSIGN_OR_RETURN(const RelationPtr relation,
                             reader.relation(command.checkpoint_command().relation()));
      SPATE_ASSIGN_OR_RETURN(std::string id,
                             session.engine().keepRelation(relation, operation.stopToken()));
      sc::ExecutePlanResponse answer = answers.make();
      answer.mutable_checkpoint_command_result()->mutable_relation()->set_relation_id(
          std::move(id));
      return answers.send(std::move(answer));
    }
    case sc::Command::kRemoveCachedRemoteRelationCommand:
      session.engine().forgetRelation(
          command.remove_cached_remote_relation_command().relation().relation_id());
      return Status::OK();
    case sc::Command::kGetResourcesCommand: {
      sc::ExecutePlanResponse answer = answers.make();
      answer.mutable_get_resources_command_result();
      return answers.send(std::move(answer));
    }
    case sc::Command::kMlCommand: return runMl(command.ml_command(), answers);
    case sc::Command::kExtension:
      return invalidPlan("No handler found for extension type: " + command.extension().type_url());
    default: break;
  }
  if (const auto name = nameOfUnserved(command.command_type_case()); !name.empty()) {
    return unsupportedFeature(std::string(name));
  }
  return invalidPlan("A command is not set, or of a later version of Spark");
}

Status runPlan(ServedSession& session, Operation& operation, const sc::Plan& given,
               Answers& answers) {
  sc::Plan decompressed;
  SPATE_ASSIGN_OR_RETURN(const bool isCompressed, decompressPlan(given, &decompressed));
  const sc::Plan& plan = isCompressed ? decompressed : given;
  switch (plan.op_type_case()) {
    case sc::Plan::kRoot: {
      PlanReader reader = readerFor(session);
      SPATE_ASSIGN_OR_RETURN(const RelationPtr relation, reader.relation(plan.root()));
      SPATE_ASSIGN_OR_RETURN(RowStream rows,
                             session.engine().execute(relation, operation.stopToken()));
      return sendRows(session, std::move(rows), answers);
    }
    case sc::Plan::kCommand: return runCommand(session, operation, plan.command(), answers);
    default: return invalidPlan("A plan has neither a relation nor a command");
  }
}

}  // namespace

PlanReader readerFor(ServedSession& session) {
  return PlanReader(
      [&session](const std::string& name) { return session.engine().artifact(name); });
}

Status execute(ServedSession& session, Operation& operation,
               const sc::ExecutePlanRequest& request) {
  Answers answers(session, operation);
  Status outcome = runPlan(session, operation, request.plan(), answers);
  if (outcome.ok()) {
    sc::ExecutePlanResponse complete = answers.make();
    complete.mutable_result_complete();
    outcome = answers.send(std::move(complete));
  }
  if (!outcome.ok() && operation.stopToken().stop_requested()) return operationCanceled();
  return outcome;
}

}  // namespace spate::connect
