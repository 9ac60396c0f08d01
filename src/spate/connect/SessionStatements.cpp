// SHOW, SET, DESCRIBE and spark.catalog: what a session knows of itself, as rows.
#include <algorithm>
#include <regex>

#include "spate/connect/EngineSession.h"
#include "spate/planner/PlanErrors.h"

namespace spate {
namespace {

DataType text() { return DataType::stringType(); }
DataType flag() { return DataType::booleanType(); }

/// SHOW ... LIKE: '*' stands for any text, '|' for or; without case.
bool matches(const std::string& name, const std::optional<std::string>& pattern) {
  if (!pattern) return true;
  std::string expression;
  for (const char c : *pattern) {
    if (c == '*') {
      expression += ".*";
    } else if (c == '|') {
      expression += "|";
    } else {
      if (std::string_view(".^$+?()[]{}\\").find(c) != std::string_view::npos) expression += '\\';
      expression += c;
    }
  }
  return std::regex_match(name, std::regex(expression, std::regex::icase));
}

std::optional<std::string> argument(const plan::CatalogCall& call, size_t i) {
  return i < call.arguments.size() ? call.arguments[i] : std::nullopt;
}

const DataType kTableType = DataType::structOf({{"name", text(), false},
                                                {"catalog", text()},
                                                {"namespace", DataType::arrayOf(text())},
                                                {"description", text()},
                                                {"tableType", text(), false},
                                                {"isTemporary", flag(), false}});

Row temporaryView(const std::string& name) {
  return {name, Datum(), Row{}, Datum(), "TEMPORARY", true};
}

}  // namespace

Result<plan::RelationPtr> EngineSession::describe(const DataType& schema) {
  std::vector<Row> rows;
  for (const StructField& field : schema.fields())
    rows.push_back({field.name, field.type.simpleString(),
                    field.comment() ? Datum(*field.comment()) : Datum()});
  return relationOf(
      DataType::structOf(
          {{"col_name", text(), false}, {"data_type", text(), false}, {"comment", text()}}),
      rows);
}

Result<plan::RelationPtr> EngineSession::runShow(const plan::ShowCommand& command,
                                                 std::stop_token stop) {
  const DataType keyValue = DataType::structOf({{"key", text(), false}, {"value", text(), false}});
  if (command.command == "SET") {
    if (command.key && command.value) {
      SPATE_FAIL_IF_ERROR(setConf(*command.key, *command.value));
      return relationOf(keyValue, {{*command.key, *command.value}});
    }
    std::vector<Row> rows;
    if (command.key) {
      SPATE_ASSIGN_OR_FAIL(const auto value, conf(*command.key));
      rows.push_back({*command.key, value.value_or("<undefined>")});
    } else {
      for (const auto& [key, value] : allConf("")) rows.push_back({key, value});
    }
    return relationOf(keyValue, rows);
  }
  if (command.command == "RESET") {
    if (command.key) {
      SPATE_FAIL_IF_ERROR(unsetConf(*command.key));
    } else {
      for (const auto& [key, value] : allConf("")) static_cast<void>(conf_.unset(key));
    }
    return relationOf(DataType::structOf({}), {});
  }
  if (command.command == "SHOW TABLES" || command.command == "SHOW VIEWS") {
    std::vector<Row> rows;
    std::lock_guard lock(mutex_);
    for (const auto& [name, view] : views_)
      if (matches(name, command.pattern)) rows.push_back({"", name, true});
    return relationOf(
        DataType::structOf(
            {{"namespace", text(), false},
             {command.command == "SHOW TABLES" ? "tableName" : "viewName", text(), false},
             {"isTemporary", flag(), false}}),
        rows);
  }
  if (command.command == "SHOW DATABASES")
    return relationOf(DataType::structOf({{"namespace", text(), false}}), {{"default"}});
  if (command.command == "SHOW CATALOGS")
    return relationOf(DataType::structOf({{"catalog", text(), false}}), {{"spark_catalog"}});
  if (command.command == "SHOW FUNCTIONS") {
    std::vector<Row> rows;
    for (const std::string_view name : functionNames())
      if (matches(std::string(name), command.pattern)) rows.push_back({std::string(name)});
    return relationOf(DataType::structOf({{"function", text(), false}}), rows);
  }
  if (command.command == "SHOW COLUMNS" || command.command == "DESCRIBE" ||
      command.command == "DESCRIBE QUERY") {
    const plan::RelationPtr query =
        command.query ? command.query : plan::make(plan::ReadTable{command.nameParts});
    SPATE_ASSIGN_OR_FAIL(const DataType schema, schemaOf(query));
    if (command.command != "SHOW COLUMNS") return describe(schema);
    std::vector<Row> rows;
    for (const StructField& field : schema.fields()) rows.push_back({field.name});
    return relationOf(DataType::structOf({{"col_name", text(), false}}), rows);
  }
  if (command.command == "EXPLAIN" && command.query) {
    SPATE_ASSIGN_OR_FAIL(const std::string shown, explain(command.query, "simple"));
    return relationOf(DataType::structOf({{"plan", text(), false}}), {{shown}});
  }
  if (command.command == "DROP VIEW" || command.command == "DROP TABLE") {
    std::lock_guard lock(mutex_);
    std::string name;
    for (const std::string& part : command.nameParts) name += (name.empty() ? "" : ".") + part;
    if (views_.erase(lowerCase(name)) == 0 && !command.ifExists)
      return failure(tableNotFoundError(command.nameParts));
    return relationOf(DataType::structOf({}), {});
  }
  if (command.command == "USE" && !command.nameParts.empty() &&
      lowerCase(command.nameParts.back()) == "default")
    return relationOf(DataType::structOf({}), {});
  static_cast<void>(stop);
  return failure(unsupportedHereError("the statement " + command.command));
}

Result<plan::RelationPtr> EngineSession::answer(const plan::CatalogCall& call) {
  const std::string& method = call.method;
  const auto one = [](const char* name, const DataType& type, Datum value) {
    return relationOf(DataType::structOf({{name, type, false}}), {{std::move(value)}});
  };
  const auto none = [] { return relationOf(DataType::structOf({}), {}); };
  const auto nameOf = [&] { return lowerCase(argument(call, 0).value_or("")); };
  if (method == "currentDatabase") return one("value", text(), "default");
  if (method == "currentCatalog") return one("value", text(), "spark_catalog");
  if (method == "databaseExists") return one("value", flag(), nameOf() == "default");
  if (method == "functionExists") {
    const bool exists = findScalarFunction(nameOf()) != nullptr ||
                        findAggregateFunction(nameOf()) != nullptr ||
                        findGeneratorFunction(nameOf()) != nullptr || findFunction(nameOf());
    return one("value", flag(), exists);
  }
  if (method == "isCached") return one("value", flag(), false);
  if (method == "setCurrentDatabase" || method == "setCurrentCatalog") {
    const std::string name = nameOf();
    if (name != "default" && name != "spark_catalog")
      return failure(analysisError("SCHEMA_NOT_FOUND", "42704",
                                   "The schema `spark_catalog`.`" + name +
                                       "` cannot be found. Verify the spelling and correctness of "
                                       "the schema and catalog.",
                                   {{"schemaName", "`spark_catalog`.`" + name + "`"}}));
    return none();
  }
  // Nothing is cached but what lies in memory anyway, so there is nothing to do.
  if (method == "cacheTable" || method == "uncacheTable" || method == "clearCache" ||
      method == "refreshTable" || method == "refreshByPath" || method == "recoverPartitions")
    return none();
  if (method == "dropTempView" || method == "dropGlobalTempView") {
    std::lock_guard lock(mutex_);
    const std::string name = (method == "dropGlobalTempView" ? "global_temp." : "") + nameOf();
    return one("value", flag(), views_.erase(name) > 0);
  }
  if (method == "tableExists") {
    SPATE_ASSIGN_OR_FAIL(const auto found, findTable({argument(call, 0).value_or("")}));
    return one("value", flag(), found != nullptr);
  }
  if (method == "listTables" || method == "getTable") {
    std::vector<Row> rows;
    std::lock_guard lock(mutex_);
    for (const auto& [name, view] : views_) {
      const bool wanted =
          method == "getTable" ? name == nameOf() : matches(name, argument(call, 1));
      if (wanted) rows.push_back(temporaryView(name));
    }
    if (method == "getTable" && rows.empty())
      return failure(tableNotFoundError({argument(call, 0).value_or("")}));
    return relationOf(kTableType, rows);
  }
  if (method == "listColumns") {
    SPATE_ASSIGN_OR_FAIL(const DataType schema,
                         schemaOf(plan::make(plan::ReadTable{{argument(call, 0).value_or("")}})));
    std::vector<Row> rows;
    for (const StructField& field : schema.fields())
      rows.push_back(
          {field.name, Datum(), field.type.simpleString(), field.nullable, false, false, false});
    return relationOf(DataType::structOf({{"name", text(), false},
                                          {"description", text()},
                                          {"dataType", text(), false},
                                          {"nullable", flag(), false},
                                          {"isPartition", flag(), false},
                                          {"isBucket", flag(), false},
                                          {"isCluster", flag(), false}}),
                      rows);
  }
  if (method == "listDatabases" || method == "getDatabase") {
    std::vector<Row> rows;
    if (method == "getDatabase" ? nameOf() == "default" : matches("default", argument(call, 0)))
      rows.push_back({"default", "spark_catalog", "default database", ""});
    return relationOf(DataType::structOf({{"name", text(), false},
                                          {"catalog", text()},
                                          {"description", text()},
                                          {"locationUri", text(), false}}),
                      rows);
  }
  if (method == "listCatalogs")
    return relationOf(DataType::structOf({{"name", text(), false}, {"description", text()}}),
                      {{"spark_catalog", Datum()}});
  if (method == "listFunctions") {
    std::vector<Row> rows;
    for (const std::string_view name : functionNames())
      if (matches(std::string(name), argument(call, 1)))
        rows.push_back({std::string(name), Datum(), Datum(), Datum(), "", true});
    return relationOf(DataType::structOf({{"name", text(), false},
                                          {"catalog", text()},
                                          {"namespace", DataType::arrayOf(text())},
                                          {"description", text()},
                                          {"className", text(), false},
                                          {"isTemporary", flag(), false}}),
                      rows);
  }
  return failure(unsupportedHereError("spark.catalog." + method));
}

}  // namespace spate
