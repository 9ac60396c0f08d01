#pragma once

#include <memory>
#include <vector>

#include "spate/operators/python/PythonFunctions.h"

namespace spate {

/// Gives all rows of a partition, batch by batch, to one function, and puts out what it gives:
/// mapInPandas, mapInArrow. The function is called for a partition without rows, too.
///
/// In      columns of task.input
std::unique_ptr<Operator> makeMapPython(PythonTask task,
                                        std::shared_ptr<PythonFunctions> functions);

/// A function that is called for each group: applyInPandas, applyInArrow, and aggregates.
struct GroupPythonOptions {
  /// Its input are the first columns of the rows.
  PythonTask task;
  /// Rows with equal values in these columns are a group. Groups come in the order of their keys.
  std::vector<int> keys;
  /// Of the rows.
  DataType rows;
  std::shared_ptr<PythonFunctions> functions;
};

/// Puts out what the function gives for the groups.
std::unique_ptr<Operator> makeGroupMapPython(GroupPythonOptions options);

/// Puts out one row for each group: the keys, then the result of each call.
std::unique_ptr<Operator> makeAggregatePython(GroupPythonOptions options,
                                              std::shared_ptr<arrow::Schema> schema);

/// The same for pairs of groups with the same key, of which one may be empty: cogroup. `secondRows`
/// are all rows of the second input, `second` says what is in them.
std::unique_ptr<Operator> makeCogroupPython(
    GroupPythonOptions options, GroupPythonOptions second,
    std::shared_ptr<const std::vector<RecordBatchPtr>> secondRows);

}  // namespace spate
