#pragma once

#include <string>

#include "spate/catalog/CatalogTable.h"
#include "spate/plan/Relation.h"
#include "spate/planner/LogicalPlan.h"

namespace spate {

/// The query of an INSERT with the columns of the table, in its order, cast to its types: matched
/// by position, by the list of columns or by name; what is not given is null, and the values of
/// static partitions are put in.
///
/// In      `schema` is that of insert.query
/// Errors  INSERT_COLUMN_ARITY_MISMATCH, INCOMPATIBLE_DATA_FOR_TABLE, UNRESOLVED_COLUMN,
///         COLUMN_ALREADY_EXISTS, NON_PARTITION_COLUMN, and Spark's unnamed ones for a PARTITION
///         that leaves out a partition column, or has one with a value behind one without
Result<plan::RelationPtr> alignToTable(const CatalogTable& table, const plan::InsertInto& insert,
                                       const DataType& schema);

/// CAST_OVERFLOW becomes CAST_OVERFLOW_IN_TABLE_INSERT, with the column that it is about; others
/// stay as they are.
Status errorOfInsert(Status status, const CatalogTable& table);

/// Whether the plan reads files below the directory.
bool readsFiles(const LogicalNode& plan, const std::string& directory);

}  // namespace spate
