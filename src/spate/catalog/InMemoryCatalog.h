#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "spate/base/FileSystem.h"
#include "spate/base/Status.h"
#include "spate/catalog/CatalogTable.h"

namespace spate {

/// The databases and tables of a server, shared by its sessions. There is always the database
/// `default`.
///
/// In      names in lower case
/// Errors  Spark's: SCHEMA_NOT_FOUND, SCHEMA_ALREADY_EXISTS, SCHEMA_NOT_EMPTY,
///         TABLE_OR_VIEW_ALREADY_EXISTS, LOCATION_ALREADY_EXISTS, COLUMN_ALREADY_EXISTS,
///         COLUMN_NOT_DEFINED_IN_TABLE, ALL_PARTITION_COLUMNS_NOT_ALLOWED; those of files
/// Threads all functions from any thread
class InMemoryCatalog {
 public:
  /// `warehouse` is a directory, absolute; it is made when there is something to put into it.
  InMemoryCatalog(std::shared_ptr<FileSystem> files, std::string warehouse);

  Status createDatabase(CatalogDatabase database, bool ignoreIfExists);
  /// With `cascade` its tables go, too.
  Status dropDatabase(const std::string& name, bool ignoreIfMissing, bool cascade);
  std::optional<CatalogDatabase> findDatabase(const std::string& name) const;
  /// In the order of their names.
  std::vector<CatalogDatabase> databases() const;

  /// Checks the columns and puts those of partitions last. A managed table without a location gets
  /// its own, which must not have files in it.
  Result<CatalogTable> prepareTable(CatalogTable table) const;
  /// prepareTable(), then the table and its directory are there.
  Status createTable(CatalogTable table, bool ignoreIfExists);
  /// Keeps the name for a table whose files are going to be written: until registerTable() or
  /// releaseTable() nobody else gets it, and nobody sees the table.
  Status reserveTable(const TableIdentifier& name);
  void releaseTable(const TableIdentifier& name);
  /// The table that prepareTable() gave, under its reserved name, when its files have been written.
  Status registerTable(CatalogTable table);
  /// False: there was none. The files of a managed table are removed.
  Result<bool> dropTable(const TableIdentifier& name);
  std::shared_ptr<const CatalogTable> findTable(const TableIdentifier& name) const;
  /// Of a database, in the order of their names.
  std::vector<std::shared_ptr<const CatalogTable>> tables(const std::string& database) const;

 private:
  struct Database {
    CatalogDatabase database;
    std::map<std::string, std::shared_ptr<const CatalogTable>> tables;
    std::set<std::string> reserved;
  };

  Result<std::string> defaultLocation(const TableIdentifier& name) const;

  const std::shared_ptr<FileSystem> files_;
  const std::string warehouse_;
  /// Of databases, with their directories: one at a time. Whoever looks something up does not wait
  /// for files, mutex_ is not held that long.
  std::mutex databaseChange_;
  mutable std::mutex mutex_;
  std::map<std::string, Database> databases_;
};

}  // namespace spate
