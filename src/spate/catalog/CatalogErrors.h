#pragma once

#include <string>
#include <vector>

#include "spate/base/Status.h"
#include "spate/catalog/CatalogTable.h"

/// Spark's errors about databases and tables.
namespace spate {

/// SCHEMA_NOT_FOUND.
Status schemaNotFoundError(const std::string& database);
/// TABLE_OR_VIEW_ALREADY_EXISTS.
Status tableAlreadyExistsError(const TableIdentifier& name);
/// LOCATION_ALREADY_EXISTS: of a managed table.
Status locationAlreadyExistsError(const TableIdentifier& name, const std::string& location);
/// REQUIRES_SINGLE_PART_NAMESPACE.
Status singlePartNamespaceError(const std::string& quotedName);
/// COLUMN_ALREADY_EXISTS.
Status columnAlreadyExistsError(const std::string& column);
/// COLUMN_NOT_DEFINED_IN_TABLE; `kind`: "partition", "bucket", "sort".
Status columnNotDefinedError(const std::string& kind, const std::string& column,
                             const CatalogTable& table);
/// UNSUPPORTED_FEATURE.TABLE_OPERATION.
Status tableOperationError(const TableIdentifier& name, const std::string& operation);
/// UNSUPPORTED_OVERWRITE.TABLE: it is also read from.
Status overwriteReadTableError(const TableIdentifier& name);
/// INSERT_COLUMN_ARITY_MISMATCH, by how many columns there are.
Status insertArityError(const TableIdentifier& name, const std::vector<std::string>& tableColumns,
                        const std::vector<std::string>& dataColumns);

/// "`a`, `b`".
std::string quotedList(const std::vector<std::string>& names);
/// "`a``b`".
std::string quotedPart(const std::string& name);

}  // namespace spate
