#pragma once

#include <optional>
#include <string>
#include <vector>

#include "spate/catalog/CatalogTable.h"

namespace spate {

/// A row of DESCRIBE TABLE.
struct DescriptionRow {
  std::string name;
  std::string type;
  std::optional<std::string> comment;

  friend bool operator==(const DescriptionRow&, const DescriptionRow&) = default;
};

/// DESCRIBE TABLE [EXTENDED]: the columns, what partitions and clusters it, and (extended) all
/// else.
std::vector<DescriptionRow> describeTable(const CatalogTable& table, bool isExtended);

/// SHOW CREATE TABLE.
std::string createTableText(const CatalogTable& table);

}  // namespace spate
