// spark.catalog: what a session knows of its tables, as rows.

#include <algorithm>

#include "spate/catalog/CatalogErrors.h"
#include "spate/connect/EngineSession.h"
#include "spate/connect/NamePattern.h"
#include "spate/planner/FilePlanning.h"
#include "spate/planner/PlanErrors.h"
#include "spate/sql/SqlParser.h"
#include "spate/types/FilePathUri.h"

namespace spate {
namespace {

DataType text() { return DataType::stringType(); }
DataType flag() { return DataType::booleanType(); }

std::optional<std::string> argument(const plan::CatalogCall& call, size_t i) {
  return i < call.arguments.size() ? call.arguments[i] : std::nullopt;
}

bool isTrue(const plan::CatalogCall& call, size_t i) { return argument(call, i) == "true"; }

/// The table that argument 0 names, in the database of argument 1 if that is there.
Result<std::vector<std::string>> tableName(const plan::CatalogCall& call, size_t database = 1) {
  const std::string name = argument(call, 0).value_or("");
  if (const auto given = argument(call, database)) return std::vector<std::string>{*given, name};
  return sql::parseMultipartIdentifier(name);
}

const DataType& tableType() {
  static const DataType type = DataType::structOf({{"name", text(), false},
                                                   {"catalog", text()},
                                                   {"namespace", DataType::arrayOf(text())},
                                                   {"description", text()},
                                                   {"tableType", text(), false},
                                                   {"isTemporary", flag(), false}});
  return type;
}

Row rowOfView(const std::string& name, const std::string& database) {
  Row names;
  if (!database.empty()) names.push_back(database);
  return {name, Datum(), std::move(names), Datum(), "TEMPORARY", true};
}

Row rowOfTable(const CatalogTable& table) {
  return {table.name.table,
          kSessionCatalogName,
          Row{table.name.database},
          table.comment ? Datum(*table.comment) : Datum(),
          table.isManaged ? "MANAGED" : "EXTERNAL",
          false};
}

const DataType& databaseType() {
  static const DataType type = DataType::structOf({{"name", text(), false},
                                                   {"catalog", text()},
                                                   {"description", text()},
                                                   {"locationUri", text(), false}});
  return type;
}

Row rowOfDatabase(const CatalogDatabase& database) {
  return {database.name, kSessionCatalogName, database.description, "file:" + database.location};
}

const DataType& functionType() {
  static const DataType type = DataType::structOf({{"name", text(), false},
                                                   {"catalog", text()},
                                                   {"namespace", DataType::arrayOf(text())},
                                                   {"description", text()},
                                                   {"className", text(), false},
                                                   {"isTemporary", flag(), false}});
  return type;
}

bool isBuiltin(const std::string& name) {
  return findScalarFunction(name) != nullptr || findAggregateFunction(name) != nullptr ||
         findGeneratorFunction(name) != nullptr;
}

}  // namespace

Result<plan::RelationPtr> EngineSession::listTables(const plan::CatalogCall& call) {
  std::vector<Row> rows;
  if (call.method == "getTable") {
    SPATE_ASSIGN_OR_FAIL(const auto name, tableName(call));
    if (catalog_.hasView(name)) {
      rows.push_back(rowOfView(lowerCase(name.back()), name.size() > 1 ? lowerCase(name[0]) : ""));
    } else {
      SPATE_ASSIGN_OR_FAIL(const auto table, catalog_.findTable(name));
      if (!table) return failure(tableNotFoundError(name, catalog_.searchPath()));
      rows.push_back(rowOfTable(*table));
    }
    return relationOf(tableType(), rows);
  }
  std::vector<std::string> nameParts;
  if (const auto given = argument(call, 0)) {
    SPATE_ASSIGN_OR_FAIL(nameParts, sql::parseMultipartIdentifier(*given));
  }
  SPATE_ASSIGN_OR_FAIL(const std::string database, catalog_.databaseOf(nameParts));
  const auto pattern = argument(call, 1);
  const bool isGlobal = database == SessionCatalog::kGlobalDatabase;
  if (!isGlobal && !catalog_.tables().findDatabase(database))
    return failure(schemaNotFoundError(database));
  if (isGlobal) {
    for (const std::string& name : catalog_.globalViews().names())
      if (matchesPattern(name, pattern)) rows.push_back(rowOfView(name, database));
  } else if (call.method == "listTables") {
    for (const auto& table : catalog_.tables().tables(database))
      if (matchesPattern(table->name.table, pattern)) rows.push_back(rowOfTable(*table));
  }
  for (const std::string& name : catalog_.views().names())
    if (matchesPattern(name, pattern)) rows.push_back(rowOfView(name, ""));
  return relationOf(tableType(), rows);
}

Result<plan::RelationPtr> EngineSession::listColumns(const plan::CatalogCall& call) {
  SPATE_ASSIGN_OR_FAIL(const auto name, tableName(call));
  SPATE_ASSIGN_OR_FAIL(const auto table, catalog_.findTable(name));
  if (!table && !catalog_.hasView(name))
    return failure(tableNotFoundError(name, catalog_.searchPath()));
  DataType schema = DataType::structOf({});
  if (table) {
    schema = table->schema;
  } else {
    SPATE_ASSIGN_OR_FAIL(schema, schemaOf(plan::make(plan::ReadTable{name})));
  }
  std::vector<Row> rows;
  for (const StructField& field : schema.fields()) {
    const auto isIn = [&](const std::vector<std::string>& names) {
      return std::ranges::find(names, field.name) != names.end();
    };
    const auto comment = field.comment();
    rows.push_back({field.name, comment ? Datum(*comment) : Datum(), field.type.simpleString(),
                    field.nullable, table && isIn(table->partitionColumns),
                    table && table->bucketing && isIn(table->bucketing->columns),
                    table && isIn(table->clusterColumns)});
  }
  return relationOf(DataType::structOf({{"name", text(), false},
                                        {"description", text()},
                                        {"dataType", text(), false},
                                        {"nullable", flag(), false},
                                        {"isPartition", flag(), false},
                                        {"isBucket", flag(), false},
                                        {"isCluster", flag(), false}}),
                    rows);
}

Result<bool> EngineSession::isCached(const std::string& name, std::optional<bool> change) {
  SPATE_ASSIGN_OR_FAIL(const auto parts, sql::parseMultipartIdentifier(name));
  SPATE_ASSIGN_OR_FAIL(const auto found, findTable(parts));
  if (!found.make)
    return failure(
        tableNotFoundError(parts, "[`system`.`builtin`, " + catalog_.searchPath().substr(1)));
  std::string key = lowerCase(joinedName(parts));
  if (!catalog_.hasView(parts)) {
    SPATE_ASSIGN_OR_FAIL(const TableIdentifier table, catalog_.identify(parts));
    key = table.text();
  }
  const std::lock_guard lock(mutex_);
  // What is read is computed anew each time; that it was asked for is all that is kept.
  if (change)
    *change ? static_cast<void>(cached_.insert(key)) : static_cast<void>(cached_.erase(key));
  return cached_.contains(key);
}

/// The calls that make, empty or drop something.
Result<plan::RelationPtr> EngineSession::changeTables(const plan::CatalogCall& call) {
  const std::string& method = call.method;
  const auto none = [] { return relationOf(DataType::structOf({}), {}); };
  if (method == "createTable" || method == "createExternalTable") {
    SPATE_ASSIGN_OR_FAIL(const auto name, sql::parseMultipartIdentifier(*argument(call, 0)));
    SPATE_ASSIGN_OR_FAIL(CatalogTable table,
                         newTable(name, argument(call, 2).value_or(""), call.options));
    if (const auto path = argument(call, 1)) {
      plan::Options options = call.options;
      options["path"] = *path;
      SPATE_ASSIGN_OR_FAIL(table, newTable(name, argument(call, 2).value_or(""), options));
    }
    table.comment = argument(call, 3);
    if (catalog_.tables().findTable(table.name))
      return failure(tableAlreadyExistsError(table.name));
    const bool hasSchema = call.schema && !call.schema->fields().empty();
    SPATE_FAIL_IF_ERROR(
        createEmptyTable(std::move(table), hasSchema ? call.schema : std::nullopt, false));
    return plan::make(plan::ReadTable{name});
  }
  if (method == "createDatabase") {
    SPATE_ASSIGN_OR_FAIL(const auto name, sql::parseMultipartIdentifier(*argument(call, 0)));
    CatalogDatabase database;
    SPATE_ASSIGN_OR_FAIL(database.name, catalog_.databaseOf(name));
    for (const auto& [key, value] : call.options) {
      if (key == "comment") {
        database.description = value;
      } else if (key == "location") {
        SPATE_ASSIGN_OR_FAIL(database.location, filePathOfUser(value));
      } else {
        database.properties[key] = value;
      }
    }
    SPATE_FAIL_IF_ERROR(catalog_.tables().createDatabase(std::move(database), isTrue(call, 1)));
    return none();
  }
  if (method == "dropDatabase") {
    SPATE_ASSIGN_OR_FAIL(const auto name, sql::parseMultipartIdentifier(*argument(call, 0)));
    SPATE_ASSIGN_OR_FAIL(const std::string database, catalog_.databaseOf(name));
    SPATE_FAIL_IF_ERROR(catalog_.tables().dropDatabase(database, isTrue(call, 1), isTrue(call, 2)));
    return none();
  }
  SPATE_ASSIGN_OR_FAIL(const auto name,
                       sql::parseMultipartIdentifier(argument(call, 0).value_or("")));
  if (method == "truncateTable") {
    SPATE_FAIL_IF_ERROR(truncateTable(name));
  } else {
    SPATE_FAIL_IF_ERROR(dropTable(name, isTrue(call, 1), method == "dropView"));
  }
  return none();
}

Result<plan::RelationPtr> EngineSession::answer(const plan::CatalogCall& call) {
  const std::string& method = call.method;
  const auto one = [](const char* name, const DataType& type, Datum value) {
    return relationOf(DataType::structOf({{name, type, false}}), {{std::move(value)}});
  };
  const auto none = [] { return relationOf(DataType::structOf({}), {}); };
  const std::string given = argument(call, 0).value_or("");
  if (method == "currentDatabase") return one("value", text(), catalog_.currentDatabase());
  if (method == "currentCatalog") return one("value", text(), kSessionCatalogName);
  if (method == "listTables" || method == "listViews" || method == "getTable")
    return listTables(call);
  if (method == "listColumns") return listColumns(call);
  if (method == "createTable" || method == "createExternalTable" || method == "createDatabase" ||
      method == "dropDatabase" || method == "dropTable" || method == "dropView" ||
      method == "truncateTable")
    return changeTables(call);
  if (method == "databaseExists" || method == "getDatabase") {
    SPATE_ASSIGN_OR_FAIL(const auto name, sql::parseMultipartIdentifier(given));
    SPATE_ASSIGN_OR_FAIL(const std::string database, catalog_.databaseOf(name));
    const auto found = catalog_.tables().findDatabase(database);
    if (method == "databaseExists") return one("value", flag(), found.has_value());
    if (!found) return failure(schemaNotFoundError(database));
    return relationOf(databaseType(), {rowOfDatabase(*found)});
  }
  if (method == "listDatabases") {
    std::vector<Row> rows;
    for (const CatalogDatabase& database : catalog_.tables().databases())
      if (matchesPattern(database.name, argument(call, 0))) rows.push_back(rowOfDatabase(database));
    return relationOf(databaseType(), rows);
  }
  if (method == "tableExists") {
    SPATE_ASSIGN_OR_FAIL(const auto name, tableName(call));
    if (catalog_.hasView(name)) return one("value", flag(), true);
    SPATE_ASSIGN_OR_FAIL(const auto table, catalog_.findTable(name));
    return one("value", flag(), table != nullptr);
  }
  if (method == "setCurrentDatabase") {
    SPATE_ASSIGN_OR_FAIL(const auto name, sql::parseMultipartIdentifier(given));
    SPATE_ASSIGN_OR_FAIL(const std::string database, catalog_.databaseOf(name));
    SPATE_FAIL_IF_ERROR(catalog_.setCurrentDatabase(database));
    renewSettings();
    return none();
  }
  if (method == "setCurrentCatalog") {
    if (lowerCase(given) == kSessionCatalogName) return none();
    return failure(Status::notFound("The catalog " + quotedPart(given) +
                                    " not found. Consider to set the SQL config "
                                    "\"spark.sql.catalog." +
                                    given + "\" to a catalog plugin.")
                       .withErrorClass("CATALOG_NOT_FOUND", "42P08",
                                       {{"catalogName", quotedPart(given)},
                                        {"config", "\"spark.sql.catalog." + given + "\""}}));
  }
  if (method == "listCatalogs") {
    std::vector<Row> rows;
    if (matchesPattern(kSessionCatalogName, argument(call, 0)))
      rows.push_back({kSessionCatalogName, Datum()});
    return relationOf(DataType::structOf({{"name", text(), false}, {"description", text()}}), rows);
  }
  if (method == "isCached") {
    SPATE_ASSIGN_OR_FAIL(const bool cached, isCached(given, std::nullopt));
    return one("value", flag(), cached);
  }
  if (method == "cacheTable" || method == "uncacheTable" || method == "refreshTable") {
    const auto change =
        method == "refreshTable" ? std::nullopt : std::optional<bool>(method == "cacheTable");
    SPATE_ASSIGN_OR_FAIL(const bool cached, isCached(given, change));
    static_cast<void>(cached);
    return none();
  }
  if (method == "clearCache") {
    const std::lock_guard lock(mutex_);
    cached_.clear();
    return none();
  }
  // Files are looked for each time that they are read.
  if (method == "refreshByPath") return none();
  if (method == "recoverPartitions") {
    SPATE_ASSIGN_OR_FAIL(const auto name, tableName(call));
    SPATE_ASSIGN_OR_FAIL(const auto table, catalog_.findTable(name));
    if (!table) return failure(tableNotFoundError(name, catalog_.searchPath()));
    // Partitions are the directories that are there.
    if (!table->partitionColumns.empty()) return none();
    return failure(analysisError("NOT_A_PARTITIONED_TABLE", "42809",
                                 "Operation ALTER TABLE RECOVER PARTITIONS is not allowed for " +
                                     table->name.quoted() +
                                     " because it is not a partitioned table.",
                                 {{"operation", "ALTER TABLE RECOVER PARTITIONS"},
                                  {"tableIdentWithDB", table->name.quoted()}}));
  }
  if (method == "dropTempView")
    return one("value", flag(), catalog_.views().drop(lowerCase(given)));
  if (method == "dropGlobalTempView")
    return one("value", flag(), catalog_.globalViews().drop(lowerCase(given)));
  if (method == "functionExists") {
    const std::string name = lowerCase(given);
    return one("value", flag(), isBuiltin(name) || findFunction(name) != nullptr);
  }
  if (method == "listFunctions" || method == "getFunction") {
    const auto pattern = method == "getFunction" ? std::nullopt : argument(call, 1);
    std::vector<std::string> names;
    for (const std::string_view name : functionNames()) names.emplace_back(name);
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [name, function] : functions_) names.push_back(name);
    }
    std::ranges::sort(names);
    std::vector<Row> rows;
    for (const std::string& name : names) {
      const bool isWanted =
          method == "getFunction" ? name == lowerCase(given) : matchesPattern(name, pattern);
      if (isWanted) rows.push_back({name, Datum(), Datum(), Datum(), "", true});
    }
    if (method == "getFunction" && rows.empty()) return failure(unresolvedRoutineError(given));
    return relationOf(functionType(), rows);
  }
  return failure(unsupportedHereError("spark.catalog." + method));
}

}  // namespace spate
