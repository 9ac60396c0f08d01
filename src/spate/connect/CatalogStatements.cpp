// SHOW, DESCRIBE, CREATE, DROP and TRUNCATE of databases and tables.

#include <algorithm>
#include <functional>

#include "spate/base/FileSystem.h"
#include "spate/catalog/CatalogErrors.h"
#include "spate/catalog/TableDescription.h"
#include "spate/connect/EngineSession.h"
#include "spate/connect/NamePattern.h"
#include "spate/planner/PlanErrors.h"
#include "spate/types/FilePathUri.h"

namespace spate {
namespace {

DataType text() { return DataType::stringType(); }

DataType texts(std::vector<std::string> names) {
  std::vector<StructField> fields;
  for (std::string& name : names) fields.push_back({std::move(name), text(), false});
  return DataType::structOf(std::move(fields));
}

const DataType& descriptionType() {
  static const DataType type = DataType::structOf(
      {{"col_name", text(), false}, {"data_type", text(), false}, {"comment", text()}});
  return type;
}

Row rowOf(const DescriptionRow& row) {
  return {row.name, row.type, row.comment ? Datum(*row.comment) : Datum()};
}

/// "k=v/l=w" of all directories that are as deep as there are partition columns.
void collectPartitions(FileSystem& files, const std::string& directory, const std::string& name,
                       size_t depth, std::vector<std::string>& found) {
  if (depth == 0) {
    found.push_back(name);
    return;
  }
  const auto entries = files.list(directory);
  if (!entries) return;
  for (const FileInfo& entry : *entries) {
    const std::string_view own = fileName(entry.path);
    if (!entry.isDirectory || own.find('=') == std::string_view::npos) continue;
    if (own.starts_with("_") || own.starts_with(".")) continue;
    collectPartitions(files, entry.path, name.empty() ? std::string(own) : joinPath(name, own),
                      depth - 1, found);
  }
}

}  // namespace

Result<plan::RelationPtr> EngineSession::showTables(const plan::ShowCommand& command) {
  const bool isViews = command.command == "SHOW VIEWS";
  SPATE_ASSIGN_OR_FAIL(const std::string database, catalog_.databaseOf(command.nameParts));
  const bool isGlobal = database == SessionCatalog::kGlobalDatabase;
  if (!isGlobal && !catalog_.tables().findDatabase(database))
    return failure(schemaNotFoundError(database));
  std::vector<Row> rows;
  if (isGlobal) {
    for (const std::string& name : catalog_.globalViews().names())
      if (matchesPattern(name, command.pattern)) rows.push_back({database, name, true});
  } else if (!isViews) {
    for (const auto& table : catalog_.tables().tables(database))
      if (matchesPattern(table->name.table, command.pattern))
        rows.push_back({database, table->name.table, false});
  }
  for (const std::string& name : catalog_.views().names())
    if (matchesPattern(name, command.pattern)) rows.push_back({"", name, true});
  return relationOf(DataType::structOf({{"namespace", text(), false},
                                        {isViews ? "viewName" : "tableName", text(), false},
                                        {"isTemporary", DataType::booleanType(), false}}),
                    rows);
}

Result<plan::RelationPtr> EngineSession::describe(const plan::ShowCommand& command) {
  std::vector<Row> rows;
  std::shared_ptr<const CatalogTable> table;
  DataType schema = DataType::structOf({});
  if (command.query) {
    SPATE_ASSIGN_OR_FAIL(schema, schemaOf(command.query));
  } else {
    SPATE_ASSIGN_OR_FAIL(table, catalog_.findTable(command.nameParts));
    if (table) {
      schema = table->schema;
    } else {
      SPATE_ASSIGN_OR_FAIL(const auto found, findTable(command.nameParts));
      if (!found.make) return failure(tableNotFoundError(command.nameParts, catalog_.searchPath()));
      SPATE_ASSIGN_OR_FAIL(schema, schemaOf(plan::make(plan::ReadTable{command.nameParts})));
    }
  }
  if (command.key && !command.query) {
    for (const StructField& field : schema.fields()) {
      if (lowerCase(field.name) != lowerCase(*command.key)) continue;
      return relationOf(texts({"info_name", "info_value"}),
                        {{"col_name", field.name},
                         {"data_type", field.type.simpleString()},
                         {"comment", field.comment().value_or("NULL")}});
    }
    const std::string name = quotedPart(*command.key);
    return failure(
        analysisError("COLUMN_NOT_FOUND", "42703",
                      "The column " + name +
                          " cannot be found. Verify the spelling and correctness of the "
                          "column name according to the SQL config "
                          "\"spark.sql.caseSensitive\".",
                      {{"colName", name}, {"caseSensitiveConfig", "\"spark.sql.caseSensitive\""}}));
  }
  if (table) {
    for (const DescriptionRow& row : describeTable(*table, command.isExtended))
      rows.push_back(rowOf(row));
  } else {
    for (const StructField& field : schema.fields())
      rows.push_back(rowOf({field.name, field.type.simpleString(), field.comment()}));
  }
  return relationOf(descriptionType(), rows);
}

Result<plan::RelationPtr> EngineSession::describeDatabase(const plan::ShowCommand& command) {
  SPATE_ASSIGN_OR_FAIL(const std::string name, catalog_.databaseOf(command.nameParts));
  const auto database = catalog_.tables().findDatabase(name);
  if (!database) return failure(schemaNotFoundError(name));
  std::vector<Row> rows = {{"Catalog Name", kSessionCatalogName},
                           {"Namespace Name", database->name},
                           {"Comment", database->description},
                           {"Location", "file:" + database->location},
                           {"Owner", settings().user}};
  if (command.isExtended) {
    std::string properties;
    for (const auto& [key, value] : database->properties)
      properties += (properties.empty() ? "(" : ", (") + key + "," + value + ")";
    rows.push_back({"Properties", properties.empty() ? "" : "(" + properties + ")"});
  }
  return relationOf(texts({"info_name", "info_value"}), rows);
}

Result<plan::RelationPtr> EngineSession::showPartitions(const plan::ShowCommand& command) {
  SPATE_ASSIGN_OR_FAIL(const auto table, catalog_.findTable(command.nameParts));
  if (!table) return failure(tableNotFoundError(command.nameParts, catalog_.searchPath()));
  if (table->partitionColumns.empty())
    return failure(analysisError(
        "INVALID_PARTITION_OPERATION.PARTITION_SCHEMA_IS_EMPTY", "42601",
        "The partition command is invalid. Table " + table->name.quoted() + " is not partitioned.",
        {{"name", table->name.quoted()}}));
  std::vector<std::string> found;
  collectPartitions(*FileSystem::local(), table->location, "", table->partitionColumns.size(),
                    found);
  std::ranges::sort(found);
  std::vector<Row> rows;
  for (std::string& name : found) rows.push_back({std::move(name)});
  return relationOf(texts({"partition"}), rows);
}

Result<plan::RelationPtr> EngineSession::runCatalogCommand(const plan::ShowCommand& command,
                                                           const std::stop_token& stop) {
  const std::string& name = command.command;
  const auto none = [] { return relationOf(DataType::structOf({}), {}); };
  const auto tableOf = [&]() -> Result<std::shared_ptr<const CatalogTable>> {
    SPATE_ASSIGN_OR_FAIL(auto table, catalog_.findTable(command.nameParts));
    if (!table) return failure(tableNotFoundError(command.nameParts, catalog_.searchPath()));
    return table;
  };
  if (name == "SHOW TABLES" || name == "SHOW VIEWS") return showTables(command);
  if (name == "SHOW PARTITIONS") return showPartitions(command);
  if (name == "DESCRIBE" || name == "DESCRIBE QUERY") return describe(command);
  if (name == "DESCRIBE DATABASE") return describeDatabase(command);
  if (name == "SHOW DATABASES") {
    if (command.key == "CURRENT")
      return relationOf(texts({"catalog", "namespace"}),
                        {{kSessionCatalogName, catalog_.currentDatabase()}});
    std::vector<Row> rows;
    for (const CatalogDatabase& database : catalog_.tables().databases())
      if (matchesPattern(database.name, command.pattern)) rows.push_back({database.name});
    return relationOf(texts({"namespace"}), rows);
  }
  if (name == "SHOW CATALOGS") {
    std::vector<Row> rows;
    if (matchesPattern(kSessionCatalogName, command.pattern)) rows.push_back({kSessionCatalogName});
    return relationOf(texts({"catalog"}), rows);
  }
  if (name == "SHOW COLUMNS") {
    SPATE_ASSIGN_OR_FAIL(const auto found, findTable(command.nameParts));
    if (!found.make) return failure(tableNotFoundError(command.nameParts, catalog_.searchPath()));
    SPATE_ASSIGN_OR_FAIL(const DataType schema,
                         schemaOf(plan::make(plan::ReadTable{command.nameParts})));
    std::vector<Row> rows;
    for (const StructField& field : schema.fields()) rows.push_back({field.name});
    return relationOf(texts({"col_name"}), rows);
  }
  if (name == "SHOW TBLPROPERTIES") {
    SPATE_ASSIGN_OR_FAIL(const auto table, tableOf());
    std::vector<Row> rows;
    if (command.key) {
      const auto found = table->properties.find(*command.key);
      rows.push_back({*command.key, found != table->properties.end()
                                        ? found->second
                                        : "Table " + table->name.text() +
                                              " does not have property: " + *command.key});
    } else {
      for (const auto& [key, value] : table->properties) rows.push_back({key, value});
    }
    return relationOf(texts({"key", "value"}), rows);
  }
  if (name == "SHOW CREATE TABLE") {
    SPATE_ASSIGN_OR_FAIL(const auto table, tableOf());
    return relationOf(texts({"createtab_stmt"}), {{createTableText(*table)}});
  }
  if (name == "CREATE DATABASE") {
    CatalogDatabase database;
    SPATE_ASSIGN_OR_FAIL(database.name, catalog_.databaseOf(command.nameParts));
    database.description = command.value.value_or("");
    if (command.key) {
      SPATE_ASSIGN_OR_FAIL(database.location, filePathOfUser(*command.key));
    }
    SPATE_FAIL_IF_ERROR(catalog_.tables().createDatabase(std::move(database), command.ifExists));
    return none();
  }
  if (name == "DROP DATABASE") {
    SPATE_ASSIGN_OR_FAIL(const std::string database, catalog_.databaseOf(command.nameParts));
    SPATE_FAIL_IF_ERROR(
        catalog_.tables().dropDatabase(database, command.ifExists, command.value == "CASCADE"));
    return none();
  }
  if (name == "DROP VIEW" || name == "DROP TABLE") {
    SPATE_FAIL_IF_ERROR(dropTable(command.nameParts, command.ifExists, name == "DROP VIEW"));
    return none();
  }
  if (name == "TRUNCATE TABLE") {
    SPATE_FAIL_IF_ERROR(truncateTable(command.nameParts));
    return none();
  }
  if (name == "USE") {
    std::vector<std::string> parts = command.nameParts;
    // USE spark_catalog: the only one there is.
    if (parts.size() == 1 && lowerCase(parts[0]) == kSessionCatalogName) return none();
    SPATE_ASSIGN_OR_FAIL(const std::string database, catalog_.databaseOf(parts));
    SPATE_FAIL_IF_ERROR(catalog_.setCurrentDatabase(database));
    renewSettings();
    return none();
  }
  if (name == "CACHE") {
    if (command.query) {
      plan::CreateView view;
      view.nameParts = command.nameParts;
      view.query = command.query;
      SPATE_FAIL_IF_ERROR(makeView(view, true));
    }
    SPATE_ASSIGN_OR_FAIL(const bool cached, isCached(quotedName(command.nameParts), true));
    static_cast<void>(cached);
    return none();
  }
  if (name == "UNCACHE") {
    if (command.nameParts.empty()) {
      const std::lock_guard lock(mutex_);
      cached_.clear();
      return none();
    }
    const auto cached = isCached(quotedName(command.nameParts), false);
    if (!cached && !command.ifExists) return failure(cached.error());
    return none();
  }
  // Files are looked for each time that they are read.
  if (name == "REFRESH") {
    if (!command.nameParts.empty()) {
      SPATE_ASSIGN_OR_FAIL(const auto found, findTable(command.nameParts));
      if (!found.make) return failure(tableNotFoundError(command.nameParts, catalog_.searchPath()));
    }
    return none();
  }
  static_cast<void>(stop);
  return failure(unsupportedHereError("the statement " + name));
}

}  // namespace spate
