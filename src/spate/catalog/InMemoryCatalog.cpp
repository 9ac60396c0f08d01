#include "spate/catalog/InMemoryCatalog.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "spate/catalog/CatalogErrors.h"

namespace spate {
namespace {

constexpr const char* kDefaultDatabase = "default";

std::string lowerCase(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool sameName(const std::string& a, const std::string& b) { return lowerCase(a) == lowerCase(b); }

/// The column of the table by that name, as the table writes it.
const StructField* columnOf(const CatalogTable& table, const std::string& name) {
  const auto& fields = table.schema.fields();
  const auto found = std::ranges::find_if(
      fields, [&](const StructField& field) { return sameName(field.name, name); });
  return found == fields.end() ? nullptr : &*found;
}

Status checkNames(const CatalogTable& table, const std::string& kind,
                  std::vector<std::string>& names) {
  for (std::string& name : names) {
    const StructField* column = columnOf(table, name);
    if (column == nullptr) return columnNotDefinedError(kind, name, table);
    name = column->name;
  }
  for (size_t i = 0; i < names.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (names[i] == names[j]) return columnAlreadyExistsError(names[i]);
  return Status::OK();
}

Status checkName(const std::string& name) {
  const auto isValid = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  if (!name.empty() && std::ranges::all_of(name, isValid)) return Status::OK();
  return Status::invalidArgument(
             quotedPart(name) +
             " is not a valid name for tables/schemas. Valid names only contain "
             "alphabet characters, numbers and _.")
      .withErrorClass("INVALID_SCHEMA_OR_RELATION_NAME", "42602", {{"name", quotedPart(name)}});
}

}  // namespace

std::string TableIdentifier::quoted() const {
  return quotedPart(kSessionCatalogName) + "." + quotedPart(database) + "." + quotedPart(table);
}

std::string TableIdentifier::text() const {
  return std::string(kSessionCatalogName) + "." + database + "." + table;
}

bool CatalogTable::isPartitionColumn(const std::string& column) const {
  return std::ranges::find(partitionColumns, column) != partitionColumns.end();
}

InMemoryCatalog::InMemoryCatalog(std::shared_ptr<FileSystem> files, std::string warehouse)
    : files_(std::move(files)), warehouse_(std::move(warehouse)) {
  databases_[kDefaultDatabase].database = {kDefaultDatabase, "default database", warehouse_, {}};
}

Status InMemoryCatalog::createDatabase(CatalogDatabase database, bool ignoreIfExists) {
  SPATE_RETURN_IF_ERROR(checkName(database.name));
  const std::lock_guard change(databaseChange_);
  if (findDatabase(database.name)) {
    if (ignoreIfExists) return Status::OK();
    const std::string name = quotedPart(database.name);
    return Status::invalidArgument("Cannot create schema " + name +
                                   " because it already exists.\nChoose a different name, drop the "
                                   "existing schema, or add the IF NOT EXISTS clause to tolerate "
                                   "pre-existing schema.")
        .withErrorClass("SCHEMA_ALREADY_EXISTS", "42P06", {{"schemaName", name}});
  }
  if (database.location.empty()) database.location = joinPath(warehouse_, database.name + ".db");
  SPATE_RETURN_IF_ERROR(files_->createDirectories(database.location));
  const std::string name = database.name;
  const std::lock_guard lock(mutex_);
  databases_[name].database = std::move(database);
  return Status::OK();
}

Status InMemoryCatalog::dropDatabase(const std::string& name, bool ignoreIfMissing, bool cascade) {
  if (name == kDefaultDatabase) {
    const std::string quoted = quotedPart(kSessionCatalogName) + "." + quotedPart(name);
    return Status::invalidArgument("The feature is not supported: Drop the default database " +
                                   quoted + ".")
        .withErrorClass("UNSUPPORTED_FEATURE.DROP_DATABASE", "0A000", {{"database", quoted}});
  }
  const std::lock_guard change(databaseChange_);
  Database dropped;
  {
    const std::lock_guard lock(mutex_);
    const auto found = databases_.find(name);
    if (found == databases_.end())
      return ignoreIfMissing ? Status::OK() : schemaNotFoundError(name);
    if (!cascade && !(found->second.tables.empty() && found->second.reserved.empty()))
      return Status::invalidArgument("Cannot drop a schema " + quotedPart(name) +
                                     " because it contains objects.\nUse DROP SCHEMA ... CASCADE "
                                     "to drop the schema and all its objects.")
          .withErrorClass("SCHEMA_NOT_EMPTY", "2BP01", {{"schemaName", quotedPart(name)}});
    dropped = std::move(found->second);
    databases_.erase(found);
  }
  // All of them, also when one cannot be removed: none is in the catalog any more.
  Status removed = Status::OK();
  const auto remove = [&](const std::string& directory) {
    if (Status status = files_->removeAll(directory); removed.ok()) removed = std::move(status);
  };
  for (const auto& [table, entry] : dropped.tables)
    if (entry->isManaged) remove(entry->location);
  remove(dropped.database.location);
  return removed;
}

std::optional<CatalogDatabase> InMemoryCatalog::findDatabase(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = databases_.find(name);
  if (found == databases_.end()) return std::nullopt;
  return found->second.database;
}

std::vector<CatalogDatabase> InMemoryCatalog::databases() const {
  const std::lock_guard lock(mutex_);
  std::vector<CatalogDatabase> all;
  for (const auto& [name, entry] : databases_) all.push_back(entry.database);
  return all;
}

Result<std::string> InMemoryCatalog::defaultLocation(const TableIdentifier& name) const {
  const auto database = findDatabase(name.database);
  if (!database) return failure(schemaNotFoundError(name.database));
  return joinPath(database->location, name.table);
}

Result<CatalogTable> InMemoryCatalog::prepareTable(CatalogTable table) const {
  if (!findDatabase(table.name.database)) return failure(schemaNotFoundError(table.name.database));
  SPATE_FAIL_IF_ERROR(checkName(table.name.table));
  const auto& fields = table.schema.fields();
  for (size_t i = 0; i < fields.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (sameName(fields[i].name, fields[j].name))
        return failure(columnAlreadyExistsError(lowerCase(fields[i].name)));
  SPATE_FAIL_IF_ERROR(checkNames(table, "partition", table.partitionColumns));
  if (!table.partitionColumns.empty() && table.partitionColumns.size() == fields.size())
    return failure(Status::invalidArgument("Cannot use all columns for partition columns.")
                       .withErrorClass("ALL_PARTITION_COLUMNS_NOT_ALLOWED", "KD005"));
  if (table.bucketing) {
    SPATE_FAIL_IF_ERROR(checkNames(table, "bucket", table.bucketing->columns));
    SPATE_FAIL_IF_ERROR(checkNames(table, "sort", table.bucketing->sortColumns));
  }
  SPATE_FAIL_IF_ERROR(checkNames(table, "clustering", table.clusterColumns));

  // What is read from files may always be null; a partition's columns stand behind the others.
  std::vector<StructField> columns;
  for (const StructField& field : fields)
    if (!table.isPartitionColumn(field.name)) columns.push_back(field);
  for (const std::string& name : table.partitionColumns) columns.push_back(*columnOf(table, name));
  for (StructField& column : columns) column.nullable = true;
  table.schema = DataType::structOf(std::move(columns));

  if (table.isManaged && table.location.empty()) {
    SPATE_ASSIGN_OR_FAIL(table.location, defaultLocation(table.name));
    const Result<std::vector<FileInfo>> there = files_->list(table.location);
    if (there && !there->empty())
      return failure(locationAlreadyExistsError(table.name, table.location));
  }
  return table;
}

Status InMemoryCatalog::createTable(CatalogTable table, bool ignoreIfExists) {
  if (findTable(table.name))
    return ignoreIfExists ? Status::OK() : tableAlreadyExistsError(table.name);
  SPATE_ASSIGN_OR_RETURN(CatalogTable prepared, prepareTable(std::move(table)));
  if (Status status = reserveTable(prepared.name); !status.ok()) {
    const bool exists = status.errorClass() == "TABLE_OR_VIEW_ALREADY_EXISTS";
    return exists && ignoreIfExists ? Status::OK() : status;
  }
  if (prepared.isManaged) {
    if (Status status = files_->createDirectories(prepared.location); !status.ok()) {
      releaseTable(prepared.name);
      return status;
    }
  }
  return registerTable(std::move(prepared));
}

Status InMemoryCatalog::reserveTable(const TableIdentifier& name) {
  const std::lock_guard lock(mutex_);
  const auto database = databases_.find(name.database);
  if (database == databases_.end()) return schemaNotFoundError(name.database);
  if (database->second.tables.contains(name.table) ||
      !database->second.reserved.insert(name.table).second)
    return tableAlreadyExistsError(name);
  return Status::OK();
}

void InMemoryCatalog::releaseTable(const TableIdentifier& name) {
  const std::lock_guard lock(mutex_);
  const auto database = databases_.find(name.database);
  if (database != databases_.end()) database->second.reserved.erase(name.table);
}

Status InMemoryCatalog::registerTable(CatalogTable table) {
  const std::lock_guard lock(mutex_);
  const auto database = databases_.find(table.name.database);
  if (database == databases_.end()) return schemaNotFoundError(table.name.database);
  const TableIdentifier name = table.name;
  database->second.reserved.erase(name.table);
  const bool isNew =
      database->second.tables
          .emplace(name.table, std::make_shared<const CatalogTable>(std::move(table)))
          .second;
  return isNew ? Status::OK() : tableAlreadyExistsError(name);
}

Result<bool> InMemoryCatalog::dropTable(const TableIdentifier& name) {
  std::shared_ptr<const CatalogTable> table;
  {
    const std::lock_guard lock(mutex_);
    const auto database = databases_.find(name.database);
    if (database == databases_.end()) return false;
    const auto found = database->second.tables.find(name.table);
    if (found == database->second.tables.end()) return false;
    table = found->second;
    database->second.tables.erase(found);
    // Who makes one of that name must not lose its files to this.
    database->second.reserved.insert(name.table);
  }
  const Status removed = table->isManaged ? files_->removeAll(table->location) : Status::OK();
  releaseTable(name);
  SPATE_FAIL_IF_ERROR(removed);
  return true;
}

std::shared_ptr<const CatalogTable> InMemoryCatalog::findTable(const TableIdentifier& name) const {
  const std::lock_guard lock(mutex_);
  const auto database = databases_.find(name.database);
  if (database == databases_.end()) return nullptr;
  const auto found = database->second.tables.find(name.table);
  return found == database->second.tables.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<const CatalogTable>> InMemoryCatalog::tables(
    const std::string& database) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<const CatalogTable>> all;
  if (const auto found = databases_.find(database); found != databases_.end())
    for (const auto& [name, table] : found->second.tables) all.push_back(table);
  return all;
}

}  // namespace spate
