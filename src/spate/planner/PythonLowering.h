#pragma once

#include <memory>
#include <vector>

#include "spate/operators/PhysicalPlan.h"
#include "spate/operators/python/PythonFunctions.h"
#include "spate/planner/LogicalPlan.h"

namespace spate {

/// Puts the operators over `child` that evaluate the Python functions in the expressions, which
/// read the columns of `child`; gives `child` itself when there are none. Calls that need each
/// other's results come one after the other, or in one chain within a worker; others together.
/// The results are further columns, behind those of `child`.
PhysicalNodePtr evaluatePython(const std::vector<BoundExpressionPtr>& expressions,
                               PhysicalNodePtr child,
                               const std::shared_ptr<PythonFunctions>& functions);

/// Takes the columns of evaluatePython away again: `node` with those of `schema` only.
PhysicalNodePtr withoutResults(PhysicalNodePtr node, std::shared_ptr<arrow::Schema> schema);

/// The steps of LogicalPlan.h of these names over children whose rows are of these columns.
PhysicalNodePtr mapPython(const PythonFunctionPtr& function, DataType rows, PhysicalNodePtr child,
                          std::shared_ptr<PythonFunctions> functions);
PhysicalNodePtr groupsPython(const PythonGroupsStep& step, const std::vector<DataType>& rows,
                             std::vector<PhysicalNodePtr> children, int partitions,
                             const std::shared_ptr<PythonFunctions>& functions);
PhysicalNodePtr aggregatePython(const PythonAggregateStep& step, DataType rows,
                                std::shared_ptr<arrow::Schema> schema, PhysicalNodePtr child,
                                int partitions, std::shared_ptr<PythonFunctions> functions);

}  // namespace spate
