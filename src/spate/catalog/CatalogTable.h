#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "spate/base/Time.h"
#include "spate/types/DataType.h"

namespace spate {

/// The name of the only catalog.
inline constexpr const char* kSessionCatalogName = "spark_catalog";

/// Where a table is: both parts in lower case.
struct TableIdentifier {
  std::string database;
  std::string table;

  /// "`spark_catalog`.`default`.`t`", as errors name it.
  std::string quoted() const;
  /// "spark_catalog.default.t"
  std::string text() const;

  friend bool operator==(const TableIdentifier&, const TableIdentifier&) = default;
};

/// Into how many files rows are spread by the hash of columns.
struct BucketSpec {
  int32_t buckets = 0;
  std::vector<std::string> columns;
  std::vector<std::string> sortColumns;

  friend bool operator==(const BucketSpec&, const BucketSpec&) = default;
};

/// A table of files.
struct CatalogTable {
  TableIdentifier name;
  /// Its files belong to the catalog.
  bool isManaged = true;
  /// The format of its files: "parquet".
  std::string provider;
  /// All columns, those of partitions last.
  DataType schema = DataType::structOf({});
  std::vector<std::string> partitionColumns;
  std::optional<BucketSpec> bucketing;
  std::vector<std::string> clusterColumns;
  /// A directory, absolute. Empty when a managed table is created: the catalog chooses.
  std::string location;
  /// Of the reader and the writer of its files.
  std::map<std::string, std::string> options;
  std::map<std::string, std::string> properties;
  std::optional<std::string> comment;
  Timestamp created{};

  bool isPartitionColumn(const std::string& column) const;
};

struct CatalogDatabase {
  std::string name;
  std::string description;
  /// A directory, absolute. Empty when it is created: the catalog chooses.
  std::string location;
  std::map<std::string, std::string> properties;
};

}  // namespace spate
