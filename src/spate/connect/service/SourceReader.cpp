#include <arrow/buffer.h>
#include <arrow/chunked_array.h>
#include <arrow/compute/cast.h>
#include <arrow/datum.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <google/protobuf/io/coded_stream.h>
#include <spark/connect/relations.pb.h>

#include <utility>

#include "spate/connect/ErrorDetails.h"
#include "spate/connect/WireRows.h"
#include "spate/connect/service/PlanReader.h"
#include "spate/connect/service/ProtoTypes.h"
#include "spate/sql/SqlParser.h"
#include "spate/types/ArrowTypes.h"

namespace spate::connect {

namespace sc = ::spark::connect;
using plan::ExpressionPtr;
using plan::RelationPtr;
using Node = plan::Relation::Node;

namespace {

using Table = std::shared_ptr<arrow::Table>;

/// The same rows with every column in the format that the engine has for its type.
Result<Table> withSchema(const Table& table, const std::shared_ptr<arrow::Schema>& schema) {
  arrow::ChunkedArrayVector columns;
  for (int i = 0; i < table->num_columns(); ++i) {
    const auto& type = schema->field(i)->type();
    if (table->column(i)->type()->Equals(*type)) {
      columns.push_back(table->column(i));
      continue;
    }
    auto cast = arrow::compute::Cast(arrow::Datum(table->column(i)), type,
                                     arrow::compute::CastOptions::Unsafe(type));
    if (!cast.ok()) {
      return failure(Status::invalidArgument(
          "The column " + schema->field(i)->name() +
          " that came with the plan does not convert: " + cast.status().message()));
    }
    columns.push_back(cast->chunked_array());
  }
  return arrow::Table::Make(schema, std::move(columns), table->num_rows());
}

Result<Table> readChunks(const std::vector<std::string>& chunks) {
  std::vector<Table> tables;
  for (const std::string& chunk : chunks) {
    // A copy that lives as long as the columns that point into it.
    SPATE_ASSIGN_OR_FAIL(Table table, readIpcStream(arrow::Buffer::FromString(chunk)));
    tables.push_back(std::move(table));
  }
  auto whole = arrow::ConcatenateTables(tables);
  if (!whole.ok()) {
    return failure(invalidPlan("The chunks of a local relation do not fit together: " +
                               whole.status().message()));
  }
  return std::move(whole).ValueUnsafe();
}

/// Names are those of `schema`; where a type is another one, the values are cast to it.
Result<Node> castTo(const Table& table, const DataType& found, const DataType& schema) {
  std::vector<StructField> renamed = found.fields();
  for (size_t i = 0; i < renamed.size(); ++i) renamed[i].name = "_" + std::to_string(i);
  const DataType type = DataType::structOf(std::move(renamed));
  SPATE_ASSIGN_OR_FAIL(const auto arrowSchema, toArrowSchema(type));
  SPATE_ASSIGN_OR_FAIL(Table converted, withSchema(table, arrowSchema));
  plan::Project project{plan::make(plan::LocalRelation{std::move(converted), type}), {}};
  for (size_t i = 0; i < schema.fields().size(); ++i) {
    const StructField& field = schema.fields()[i];
    ExpressionPtr column = plan::makeAttribute({type.fields()[i].name});
    column = plan::make(plan::Cast{std::move(column), field.type});
    plan::Alias alias{std::move(column), {field.name}};
    if (field.metadata != "{}") alias.metadata = field.metadata;
    project.expressions.push_back(plan::make(std::move(alias)));
  }
  return project;
}

}  // namespace

Result<Node> PlanReader::read(const sc::Read& message) {
  switch (message.read_type_case()) {
    case sc::Read::kNamedTable: {
      plan::ReadTable table;
      SPATE_ASSIGN_OR_FAIL(table.nameParts, sql::parseMultipartIdentifier(
                                                message.named_table().unparsed_identifier()));
      table.options = {message.named_table().options().begin(),
                       message.named_table().options().end()};
      table.isStreaming = message.is_streaming();
      return table;
    }
    case sc::Read::kDataSource: {
      const sc::Read_DataSource& source = message.data_source();
      if (source.predicates_size() > 0) {
        return failure(unsupportedFeature("Predicates of a JDBC source"));
      }
      if (source.has_source_name() && !source.source_name().empty()) {
        return failure(unsupportedFeature("Names of streaming sources"));
      }
      plan::ReadSource read;
      read.format = source.format();
      if (!source.schema().empty()) {
        SPATE_ASSIGN_OR_FAIL(DataType schema, parseSchemaText(source.schema()));
        read.schema = std::move(schema);
      }
      read.options = {source.options().begin(), source.options().end()};
      read.paths = {source.paths().begin(), source.paths().end()};
      read.isStreaming = message.is_streaming();
      return read;
    }
    case sc::Read::READ_TYPE_NOT_SET: break;
  }
  return failure(invalidPlan("A read has neither a table nor a source"));
}

Result<Node> PlanReader::localRelation(const std::optional<std::vector<std::string>>& chunks,
                                       const std::optional<std::string>& schemaText) {
  std::optional<DataType> schema;
  if (schemaText && !schemaText->empty()) {
    SPATE_ASSIGN_OR_FAIL(DataType parsed, parseSchemaText(*schemaText));
    schema = std::move(parsed);
  }
  Table table;
  if (chunks && !chunks->empty()) {
    SPATE_ASSIGN_OR_FAIL(table, readChunks(*chunks));
  } else if (schema) {
    SPATE_ASSIGN_OR_FAIL(const auto arrowSchema, toArrowSchema(*schema));
    auto empty = arrow::Table::MakeEmpty(arrowSchema);
    if (!empty.ok()) return failure(Status::internal(empty.status().message()));
    table = std::move(empty).ValueUnsafe();
  } else {
    return failure(invalidPlan("A local relation has neither rows nor a schema"));
  }

  SPATE_ASSIGN_OR_FAIL(const DataType found, fromArrowSchema(*table->schema()));
  if (schema && schema->fields().size() != found.fields().size()) {
    return failure(invalidPlan("A local relation has " + std::to_string(found.fields().size()) +
                               " columns and a schema of " +
                               std::to_string(schema->fields().size())));
  }
  const DataType& wanted = schema ? *schema : found;
  for (size_t i = 0; i < found.fields().size(); ++i) {
    SPATE_ASSIGN_OR_FAIL(const auto from, toArrowType(found.fields()[i].type));
    SPATE_ASSIGN_OR_FAIL(const auto to, toArrowType(wanted.fields()[i].type));
    if (!from->Equals(*to)) return castTo(table, found, wanted);
  }
  SPATE_ASSIGN_OR_FAIL(const auto arrowSchema, toArrowSchema(wanted));
  SPATE_ASSIGN_OR_FAIL(Table converted, withSchema(table, arrowSchema));
  return plan::LocalRelation{std::move(converted), wanted};
}

Result<std::string> PlanReader::artifact(const std::string& hash) {
  auto bytes = artifacts_("cache/" + hash);
  if (!bytes) {
    return failure(Status::invalidArgument("The Spark Connect plan is invalid. Not found any "
                                           "cached local relation with the hash: " +
                                           hash + ".")
                       .withErrorClass("CONNECT_INVALID_PLAN.NOT_FOUND_CACHED_LOCAL_RELATION",
                                       "56K00", {{"hash", hash}}));
  }
  return *std::move(bytes);
}

Result<Node> PlanReader::cachedLocalRelation(const std::string& hash) {
  SPATE_ASSIGN_OR_FAIL(const std::string bytes, artifact(hash));
  sc::LocalRelation local;
  if (!local.ParseFromString(bytes)) {
    return failure(invalidPlan("The cached local relation " + hash + " is not sound"));
  }
  std::optional<std::vector<std::string>> chunks;
  if (local.has_data()) chunks = std::vector<std::string>{local.data()};
  std::optional<std::string> schema;
  if (local.has_schema()) schema = local.schema();
  return localRelation(chunks, schema);
}

Result<std::optional<Node>> PlanReader::sourceNode(const sc::Relation& message) {
  switch (message.rel_type_case()) {
    case sc::Relation::kRead: return read(message.read());
    case sc::Relation::kRange: {
      const sc::Range& range = message.range();
      if (range.step() == 0) {
        return failure(Status::invalidArgument("requirement failed: step (0) cannot be 0"));
      }
      plan::Range converted{range.start(), range.end(), range.step(), std::nullopt};
      if (range.has_num_partitions()) converted.partitions = range.num_partitions();
      return converted;
    }
    case sc::Relation::kLocalRelation: {
      const sc::LocalRelation& local = message.local_relation();
      std::optional<std::vector<std::string>> chunks;
      if (local.has_data()) chunks = std::vector<std::string>{local.data()};
      std::optional<std::string> schema;
      if (local.has_schema()) schema = local.schema();
      return localRelation(chunks, schema);
    }
    case sc::Relation::kCachedLocalRelation:
      return cachedLocalRelation(message.cached_local_relation().hash());
    case sc::Relation::kChunkedCachedLocalRelation: {
      const sc::ChunkedCachedLocalRelation& cached = message.chunked_cached_local_relation();
      std::vector<std::string> chunks;
      for (const std::string& hash : cached.datahashes()) {
        SPATE_ASSIGN_OR_FAIL(std::string chunk, artifact(hash));
        chunks.push_back(std::move(chunk));
      }
      std::optional<std::string> schema;
      if (cached.has_schemahash()) {
        SPATE_ASSIGN_OR_FAIL(schema, artifact(cached.schemahash()));
      }
      return localRelation(chunks, schema);
    }
    case sc::Relation::kCachedRemoteRelation:
      return plan::CachedRemoteRelation{message.cached_remote_relation().relation_id()};
    case sc::Relation::kUnresolvedTableValuedFunction: {
      const auto& function = message.unresolved_table_valued_function();
      plan::TableFunction converted{function.function_name(), {}};
      SPATE_ASSIGN_OR_FAIL(converted.arguments, expressions(function.arguments()));
      return converted;
    }
    default: return std::nullopt;
  }
}

}  // namespace spate::connect
