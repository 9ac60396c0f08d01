#include "spate/catalog/CatalogErrors.h"

namespace spate {

std::string quotedPart(const std::string& name) {
  std::string text = "`";
  for (const char c : name) text += c == '`' ? "``" : std::string(1, c);
  return text + "`";
}

std::string quotedList(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + quotedPart(name);
  return text;
}

Status schemaNotFoundError(const std::string& database) {
  const std::string name = quotedPart(kSessionCatalogName) + "." + quotedPart(database);
  return Status::invalidArgument(
             "The schema " + name +
             " cannot be found. Verify the spelling and correctness of the schema and catalog.\nIf "
             "you did not qualify the name with a catalog, verify the current_schema() output, or "
             "qualify the name with the correct catalog.\nTo tolerate the error on drop use DROP "
             "SCHEMA IF EXISTS.")
      .withErrorClass("SCHEMA_NOT_FOUND", "42704", {{"schemaName", name}});
}

Status tableAlreadyExistsError(const TableIdentifier& name) {
  return Status::invalidArgument(
             "Cannot create table or view " + name.quoted() +
             " because it already exists.\nChoose a different name, drop or replace the existing "
             "object, or add the IF NOT EXISTS clause to tolerate pre-existing objects.")
      .withErrorClass("TABLE_OR_VIEW_ALREADY_EXISTS", "42P07", {{"relationName", name.quoted()}});
}

Status locationAlreadyExistsError(const TableIdentifier& name, const std::string& location) {
  const std::string uri = "'file:" + location + "'";
  return Status::alreadyExists("Cannot name the managed table as " + name.quoted() +
                               ", as its associated location " + uri +
                               " already exists. Please pick a different table name, or remove the "
                               "existing location first.")
      .withErrorClass("LOCATION_ALREADY_EXISTS", "42710",
                      {{"location", uri}, {"identifier", name.quoted()}});
}

Status singlePartNamespaceError(const std::string& quotedName) {
  return Status::invalidArgument(
             "spark_catalog requires a single-part namespace, but got "
             "identifier " +
             quotedName + ".")
      .withErrorClass("REQUIRES_SINGLE_PART_NAMESPACE", "42K05",
                      {{"sessionCatalog", kSessionCatalogName}, {"identifier", quotedName}});
}

Status columnAlreadyExistsError(const std::string& column) {
  return Status::invalidArgument("The column " + quotedPart(column) +
                                 " already exists. Choose another name or rename the existing "
                                 "column.")
      .withErrorClass("COLUMN_ALREADY_EXISTS", "42711", {{"columnName", quotedPart(column)}});
}

Status columnNotDefinedError(const std::string& kind, const std::string& column,
                             const CatalogTable& table) {
  std::vector<std::string> names;
  for (const StructField& field : table.schema.fields()) names.push_back(field.name);
  return Status::invalidArgument(kind + " column " + quotedPart(column) +
                                 " is not defined in table " + table.name.quoted() +
                                 ", defined table columns are: " + quotedList(names) + ".")
      .withErrorClass("COLUMN_NOT_DEFINED_IN_TABLE", "42703",
                      {{"colType", kind},
                       {"colName", quotedPart(column)},
                       {"tableName", table.name.quoted()},
                       {"tableCols", quotedList(names)}});
}

Status tableOperationError(const TableIdentifier& name, const std::string& operation) {
  return Status::invalidArgument(
             "The feature is not supported: Table " + name.quoted() + " does not support " +
             operation +
             ". Please check the current catalog and namespace to make sure the qualified table "
             "name is expected, and also check the catalog implementation which is configured by "
             "\"spark.sql.catalog\".")
      .withErrorClass("UNSUPPORTED_FEATURE.TABLE_OPERATION", "0A000",
                      {{"tableName", name.quoted()}, {"operation", operation}});
}

Status overwriteReadTableError(const TableIdentifier& name) {
  return Status::invalidArgument(
             "Can't overwrite the target that is also being read from. The target table is " +
             name.quoted() + ".")
      .withErrorClass("UNSUPPORTED_OVERWRITE.TABLE", "42902", {{"table", name.quoted()}});
}

Status insertArityError(const TableIdentifier& name, const std::vector<std::string>& tableColumns,
                        const std::vector<std::string>& dataColumns) {
  const bool isTooMany = dataColumns.size() > tableColumns.size();
  return Status::invalidArgument("Cannot write to " + name.quoted() + ", the reason is " +
                                 (isTooMany ? "too many" : "not enough") +
                                 " data columns:\nTable columns: " + quotedList(tableColumns) +
                                 ".\nData columns: " + quotedList(dataColumns) + ".")
      .withErrorClass(isTooMany ? "INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS"
                                : "INSERT_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS",
                      "21S01",
                      {{"tableName", name.quoted()},
                       {"tableColumns", quotedList(tableColumns)},
                       {"dataColumns", quotedList(dataColumns)}});
}

}  // namespace spate
