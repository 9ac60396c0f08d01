// Tables of the catalog: made, written to, emptied and dropped.

#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <string_view>

#include "spate/base/FileSystem.h"
#include "spate/catalog/CatalogErrors.h"
#include "spate/connect/EngineSession.h"
#include "spate/connect/TableChecks.h"
#include "spate/connect/TableColumns.h"
#include "spate/planner/FilePlanning.h"
#include "spate/planner/PlanErrors.h"
#include "spate/types/ArrowValues.h"
#include "spate/types/FilePathUri.h"

namespace spate {
namespace {

using Action = plan::WriteCommand::Action;
using Mode = plan::WriteCommand::Mode;

std::vector<std::string> namesOf(const DataType& schema) {
  std::vector<std::string> names;
  for (const StructField& field : schema.fields()) names.push_back(field.name);
  return names;
}

std::string listText(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

std::string EngineSession::formatOf(const std::string& given) const {
  std::string name =
      lowerCase(given.empty() ? conf_.get("spark.sql.sources.default", "parquet") : given);
  // The names of Spark's classes, and what they were called before.
  for (const std::string_view format : {"csv", "json", "orc", "parquet", "text", "xml"}) {
    const std::string text(format);
    for (const std::string& prefix :
         {std::string("org.apache.spark.sql."), std::string("com.databricks.spark."),
          "org.apache.spark.sql.execution.datasources." + text + ".",
          "org.apache.spark.sql.execution.datasources.v2." + text + "."}) {
      if (!name.starts_with(prefix)) continue;
      const std::string rest = name.substr(prefix.size());
      if (rest == text || rest == text + "fileformat" || rest == text + "datasourcev2") return text;
    }
  }
  return isFileFormat(name) ? name : (given.empty() ? name : given);
}

Result<CatalogTable> EngineSession::newTable(const std::vector<std::string>& nameParts,
                                             const std::string& format,
                                             const plan::Options& options) {
  if (nameParts.size() > 3)
    return failure(analysisError(
        "_LEGACY_ERROR_TEMP_1310", "",
        "Couldn't find a catalog to handle the identifier " + joinedName(nameParts) + ".",
        {{"quote", joinedName(nameParts)}}));
  CatalogTable table;
  SPATE_ASSIGN_OR_FAIL(table.name, catalog_.identify(nameParts));
  if (!catalog_.tables().findDatabase(table.name.database))
    return failure(schemaNotFoundError(table.name.database));
  table.provider = formatOf(format);
  table.created = std::chrono::time_point_cast<Micros>(std::chrono::system_clock::now());
  table.options = options;
  for (auto option = table.options.begin(); option != table.options.end();) {
    if (lowerCase(option->first) != "path") {
      ++option;
      continue;
    }
    SPATE_ASSIGN_OR_FAIL(table.location, filePathOfUser(option->second));
    table.isManaged = false;
    option = table.options.erase(option);
  }
  return table;
}

Status EngineSession::writeRows(const CatalogTable& table, const Rows& rows, Mode mode,
                                bool isDynamic) {
  plan::WriteCommand write;
  write.format = table.provider;
  write.mode = mode;
  write.path = table.location;
  write.options = table.options;
  write.options["partitionOverwriteMode"] = isDynamic ? "dynamic" : "static";
  write.partitionColumns = table.partitionColumns;
  return writeFiles(write, rows.schema, rows.batches, settings());
}

Status EngineSession::createTableAs(CatalogTable table, const plan::RelationPtr& query,
                                    bool isReplace, bool mayHaveFiles, Observations& observed,
                                    const std::stop_token& stop) {
  SPATE_RETURN_IF_ERROR(checkBuckets(table.bucketing));
  Analyzer analyzer(*this, stop);
  SPATE_ASSIGN_OR_RETURN(const auto plan, analyzer.analyzeQuery(query));
  table.schema = structOf(plan->columns);
  SPATE_RETURN_IF_ERROR(checkProvider(table));
  const auto existing = catalog_.tables().findTable(table.name);
  if (existing && !isReplace) return tableAlreadyExistsError(table.name);
  if (existing && readsFiles(*plan, existing->location)) return overwriteReadTableError(table.name);
  // The old one makes way when there is something to put into its place.
  CatalogTable prepared = table;
  if (existing && table.isManaged) prepared.location = existing->location;
  SPATE_ASSIGN_OR_RETURN(prepared, catalog_.tables().prepareTable(std::move(prepared)));
  SPATE_RETURN_IF_ERROR(
      checkFileColumns(prepared.provider, dataColumns(prepared), prepared.options));
  if (!table.isManaged && !mayHaveFiles) {
    const auto there = FileSystem::local()->list(table.location);
    if (there && !there->empty())
      return analysisError(
          "_LEGACY_ERROR_TEMP_1241", "",
          "CREATE-TABLE-AS-SELECT cannot create table with location to a non-empty directory "
          "file:" +
              table.location +
              ". To allow overwriting the existing non-empty directory, set "
              "'spark.sql.legacy.allowNonEmptyLocationInCTAS' to true.");
  }
  SPATE_ASSIGN_OR_RETURN(const Rows rows, collectPlan(plan, stop, &observed));
  InMemoryCatalog& tables = catalog_.tables();
  if (existing) {
    SPATE_ASSIGN_OR_RETURN(const bool dropped, tables.dropTable(table.name));
    static_cast<void>(dropped);
  }
  // Whoever makes a table of that name at the same time does not write into the same directory.
  SPATE_RETURN_IF_ERROR(tables.reserveTable(table.name));
  const auto fill = [&]() -> Status {
    // Again: somebody else may have made and dropped one since.
    SPATE_ASSIGN_OR_RETURN(prepared, tables.prepareTable(table));
    // In the order of the query: partition columns are taken out by name.
    Status written = writeRows(prepared, rows, Mode::kOverwrite, false);
    if (!written.ok() && prepared.isManaged)
      static_cast<void>(FileSystem::local()->removeAll(prepared.location));
    return written;
  };
  if (Status status = fill(); !status.ok()) {
    tables.releaseTable(table.name);
    return status;
  }
  return tables.registerTable(std::move(prepared));
}

Status EngineSession::saveAsTable(const plan::WriteCommand& command, Observations& observed,
                                  const std::stop_token& stop) {
  SPATE_ASSIGN_OR_RETURN(CatalogTable table,
                         newTable(command.table, command.format, command.options));
  table.partitionColumns = command.partitionColumns;
  table.bucketing = bucketSpecOf(command.bucketing);
  table.clusterColumns = command.clusterColumns;
  table.properties = command.properties;
  SPATE_RETURN_IF_ERROR(checkBuckets(table.bucketing));
  const auto existing = catalog_.tables().findTable(table.name);
  if (existing && command.mode == Mode::kIgnore) return Status::OK();
  if (existing && command.mode == Mode::kErrorIfExists) return tableAlreadyExistsError(table.name);
  if (!existing || command.mode == Mode::kOverwrite)
    return createTableAs(std::move(table), command.input, command.mode == Mode::kOverwrite,
                         command.mode != Mode::kErrorIfExists, observed, stop);

  // Appended by name, to what is like it.
  const std::string name = existing->name.text();
  if (existing->provider != table.provider) {
    const std::string there = sourceClassOf(existing->provider);
    const std::string given = sourceClassOf(table.provider);
    return analysisError(
        "_LEGACY_ERROR_TEMP_1159", "",
        "The format of the existing table " + name + " is `" + there +
            "`. It doesn't match the specified format `" + given + "`.",
        {{"tableName", name}, {"existingProvider", there}, {"specifiedProvider", given}});
  }
  SPATE_RETURN_IF_ERROR(checkSameLocation(table, *existing));
  Analyzer analyzer(*this, stop);
  SPATE_ASSIGN_OR_RETURN(const auto plan, analyzer.analyzeQuery(command.input));
  const DataType schema = structOf(plan->columns);
  if (schema.fields().size() != existing->schema.fields().size())
    return analysisError("_LEGACY_ERROR_TEMP_1161", "",
                         "The column number of the existing table " + name + " (" +
                             existing->schema.simpleString() + ") doesn't match the data schema (" +
                             schema.simpleString() + ").",
                         {{"tableName", name},
                          {"existingTableSchema", existing->schema.simpleString()},
                          {"querySchema", schema.simpleString()}});
  for (const StructField& field : existing->schema.fields()) {
    const auto isSame = [&](const StructField& other) {
      return lowerCase(other.name) == lowerCase(field.name);
    };
    if (std::ranges::any_of(schema.fields(), isSame)) continue;
    const std::string columns = listText(namesOf(schema));
    return analysisError(
        "_LEGACY_ERROR_TEMP_1162", "",
        "Cannot resolve '" + field.name + "' given input columns: [" + columns + "].",
        {{"col", field.name}, {"inputColumns", columns}});
  }
  if (!command.partitionColumns.empty() && command.partitionColumns != existing->partitionColumns) {
    const std::string given = listText(command.partitionColumns);
    const std::string there = listText(existing->partitionColumns);
    return analysisError(
        "_LEGACY_ERROR_TEMP_1163", "",
        "Specified partitioning does not match that of the existing table " + name +
            ".\nSpecified partition columns: [" + given + "].\nExisting partition columns: [" +
            there + "].",
        {{"tableName", name}, {"specifiedPartCols", given}, {"existingPartCols", there}});
  }
  SPATE_RETURN_IF_ERROR(checkSameLayout(table, *existing));
  plan::InsertInto insert;
  insert.nameParts = command.table;
  insert.query = command.input;
  insert.byName = true;
  return insertRows(*existing, insert, plan, false, observed, stop);
}

Status EngineSession::insertRows(const CatalogTable& table, const plan::InsertInto& insert,
                                 const LogicalNodePtr& plan, bool isDynamic, Observations& observed,
                                 const std::stop_token& stop) {
  if (insert.isOverwrite && readsFiles(*plan, table.location))
    return overwriteReadTableError(table.name);
  SPATE_ASSIGN_OR_RETURN(const plan::RelationPtr query,
                         alignToTable(table, insert, structOf(plan->columns)));
  Analyzer analyzer(*this, stop);
  analyzer.give(insert.query, plan);
  SPATE_ASSIGN_OR_RETURN(const auto aligned, analyzer.analyzeQuery(query));
  auto collected = collectPlan(aligned, stop, &observed);
  if (!collected) return errorOfInsert(collected.error(), table);
  Rows rows = *std::move(collected);
  rows.schema = table.schema;
  bool isOverwrite = insert.isOverwrite;
  if (isOverwrite && !insert.partition.empty() && !isDynamic) {
    // Of the partitions below the values that are given, nothing stays.
    SPATE_ASSIGN_OR_RETURN(const std::string directory, staticPartition(table, insert));
    SPATE_RETURN_IF_ERROR(FileSystem::local()->removeAll(directory));
    isOverwrite = false;
  }
  return writeRows(table, rows, isOverwrite ? Mode::kOverwrite : Mode::kAppend, isDynamic);
}

Result<std::string> EngineSession::staticPartition(const CatalogTable& table,
                                                   const plan::InsertInto& insert) {
  std::string directory = table.location;
  for (const std::string& column : table.partitionColumns) {
    plan::ExpressionPtr value;
    for (const auto& [name, given] : insert.partition)
      if (lowerCase(name) == lowerCase(column)) value = given;
    if (!value) break;
    const StructField* field = table.schema.findField(column);
    value = plan::make(plan::Cast{value, field->type, plan::CastMode::kAnsi});
    value = plan::make(plan::Cast{value, DataType::stringType(), plan::CastMode::kAnsi});
    const auto row = plan::make(
        plan::Project{plan::make(plan::OneRow{}), {plan::make(plan::Alias{value, {"value"}})}});
    SPATE_ASSIGN_OR_FAIL(const Rows rows, collect(row, {}));
    const Datum text = valueAt(*rows.batches.at(0)->column(0), 0, DataType::stringType());
    directory = joinPath(
        directory,
        partitionDirectory(column,
                           text.isNull() ? std::nullopt : std::optional(*text.as<std::string>())));
  }
  return directory;
}

Status EngineSession::insertInto(const plan::InsertInto& insert, Observations& observed,
                                 const std::stop_token& stop) {
  SPATE_ASSIGN_OR_RETURN(const auto table, catalog_.findTable(insert.nameParts));
  if (!table) {
    if (catalog_.hasView(insert.nameParts)) {
      return analysisError("UNSUPPORTED_INSERT.RDD_BASED", "42809",
                           "Can't insert into the target. An RDD-based table is not allowed.");
    }
    return tableNotFoundError(insert.nameParts,
                              "[`system`.`builtin`, " + catalog_.searchPath().substr(1));
  }
  const bool isDynamic =
      insert.isOverwrite && !table->partitionColumns.empty() &&
      lowerCase(conf_.get("spark.sql.sources.partitionOverwriteMode", "static")) == "dynamic";
  Analyzer analyzer(*this, stop);
  SPATE_ASSIGN_OR_RETURN(const auto plan, analyzer.analyzeQuery(insert.query));
  return insertRows(*table, insert, plan, isDynamic, observed, stop);
}

Result<Observations> EngineSession::write(const plan::WriteCommand& command, std::stop_token stop) {
  Observations observed;
  if (command.table.empty()) {
    SPATE_FAIL_IF_ERROR(checkPlainWrite(command, "save"));
    plan::WriteCommand write = command;
    write.format = formatOf(write.format);
    SPATE_ASSIGN_OR_FAIL(const Rows rows, collect(write.input, stop, &observed));
    if (lowerCase(write.format) == "noop") return observed;
    SPATE_FAIL_IF_ERROR(writeFiles(write, rows.schema, rows.batches, settings()));
    return observed;
  }
  switch (command.action) {
    case Action::kSaveAsTable: {
      SPATE_FAIL_IF_ERROR(saveAsTable(command, observed, stop));
      return observed;
    }
    case Action::kInsertInto: {
      SPATE_FAIL_IF_ERROR(checkPlainWrite(command, "insertInto"));
      const std::string name = joinedName(command.table);
      if (!command.partitionColumns.empty())
        return failure(analysisError("PARTITION_BY_NOT_ALLOWED_WITH_INSERT_INTO", "42601",
                                     "partitionBy() cannot be used with insertInto(). Partition "
                                     "columns for table " +
                                         name + " are determined by the table definition.",
                                     {{"tableName", name}}));
      plan::InsertInto insert;
      insert.nameParts = command.table;
      insert.query = command.input;
      insert.isOverwrite = command.mode == Mode::kOverwrite;
      SPATE_FAIL_IF_ERROR(insertInto(insert, observed, stop));
      return observed;
    }
    case Action::kCreate: {
      SPATE_FAIL_IF_ERROR(saveAsTable(command, observed, stop));
      return observed;
    }
    case Action::kReplace:
    case Action::kCreateOrReplace: {
      SPATE_ASSIGN_OR_FAIL(const TableIdentifier name, catalog_.identify(command.table));
      return failure(tableOperationError(name, "REPLACE TABLE AS SELECT"));
    }
    case Action::kAppend:
    case Action::kOverwrite:
    case Action::kOverwritePartitions: break;
  }
  // Tables of files are none of the kind that these three write to.
  SPATE_ASSIGN_OR_FAIL(const auto table, catalog_.findTable(command.table));
  if (!table)
    return failure(tableNotFoundError(command.table,
                                      "[`system`.`builtin`, " + catalog_.searchPath().substr(1)));
  return failure(analysisError("_LEGACY_ERROR_TEMP_1012", "",
                               "Cannot write into v1 table: " + table->name.quoted() + ".",
                               {{"identifier", table->name.quoted()}}));
}

Status EngineSession::createTable(const plan::CreateTable& command, Observations& observed,
                                  const std::stop_token& stop) {
  SPATE_ASSIGN_OR_RETURN(CatalogTable table,
                         newTable(command.nameParts, command.format, command.options));
  if (command.isReplace)
    return tableOperationError(table.name,
                               command.query ? "REPLACE TABLE AS SELECT" : "REPLACE TABLE");
  if (command.location) {
    SPATE_ASSIGN_OR_RETURN(table.location, filePathOfUser(*command.location));
    table.isManaged = false;
  }
  table.partitionColumns = command.partitionColumns;
  table.bucketing = bucketSpecOf(command.bucketing);
  table.clusterColumns = command.clusterColumns;
  table.comment = command.comment;
  table.properties = command.properties;
  SPATE_RETURN_IF_ERROR(checkBuckets(table.bucketing));
  if (catalog_.tables().findTable(table.name))
    return command.ifNotExists ? Status::OK() : tableAlreadyExistsError(table.name);
  if (command.query)
    return createTableAs(std::move(table), command.query, false, false, observed, stop);
  return createEmptyTable(std::move(table), command.schema, command.ifNotExists);
}

Status EngineSession::createEmptyTable(CatalogTable table, const std::optional<DataType>& schema,
                                       bool ifNotExists) {
  if (schema) {
    table.schema = *schema;
  } else {
    // The files that are there say what the columns are.
    plan::ReadSource source;
    source.format = table.provider;
    source.options = table.options;
    source.paths = {table.location};
    const bool isThere = !table.isManaged && FileSystem::local()->exists(table.location);
    if (!isThere && isFileFormat(table.provider)) {
      const std::string format = sourceClassOf(table.provider);
      const std::string name = format.substr(0, format.size() - std::string("DataSourceV2").size());
      return analysisError(
          "UNABLE_TO_INFER_SCHEMA", "42KD9",
          "Unable to infer schema for " + name + ". It must be specified manually.",
          {{"format", name}});
    }
    SPATE_ASSIGN_OR_RETURN(const auto scan, openScan(source));
    table.schema = scan.first;
  }
  SPATE_RETURN_IF_ERROR(checkProvider(table));
  SPATE_RETURN_IF_ERROR(checkFileColumns(table.provider, dataColumns(table), table.options));
  return catalog_.tables().createTable(std::move(table), ifNotExists);
}

Status EngineSession::dropTable(const std::vector<std::string>& nameParts, bool ifExists,
                                bool isView) {
  if (catalog_.dropView(nameParts)) return Status::OK();
  SPATE_ASSIGN_OR_RETURN(const TableIdentifier name, catalog_.identify(nameParts));
  const auto table = catalog_.tables().findTable(name);
  if (!table) {
    if (ifExists) return Status::OK();
    return tableNotFoundError({kSessionCatalogName, name.database, name.table},
                              "[`spark_catalog`." + quotedPart(catalog_.currentDatabase()) + "]");
  }
  if (isView) {
    const std::string type = table->isManaged ? "MANAGED" : "EXTERNAL";
    return analysisError("WRONG_COMMAND_FOR_OBJECT_TYPE", "42809",
                         "The operation DROP VIEW requires a VIEW or METRIC_VIEW. But " +
                             name.text() + " is a " + type + ". Use DROP TABLE instead.",
                         {{"alternative", "DROP TABLE"},
                          {"operation", "DROP VIEW"},
                          {"foundType", type},
                          {"requiredType", "VIEW or METRIC_VIEW"},
                          {"objectName", name.text()}});
  }
  SPATE_ASSIGN_OR_RETURN(const bool dropped, catalog_.tables().dropTable(name));
  static_cast<void>(dropped);
  return Status::OK();
}

Status EngineSession::truncateTable(const std::vector<std::string>& nameParts) {
  SPATE_ASSIGN_OR_RETURN(const auto table, catalog_.findTable(nameParts));
  if (!table) return tableNotFoundError(nameParts, catalog_.searchPath());
  if (!table->isManaged)
    return analysisError(
        "_LEGACY_ERROR_TEMP_1266", "",
        "Operation not allowed: TRUNCATE TABLE on external tables: " + table->name.quoted() + ".",
        {{"tableIdentWithDB", table->name.quoted()}});
  const auto files = FileSystem::local();
  SPATE_RETURN_IF_ERROR(files->removeAll(table->location));
  return files->createDirectories(table->location);
}

}  // namespace spate
