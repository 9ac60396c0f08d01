#pragma once

#include <cstdint>
#include <memory>

#include "spate/operators/Operator.h"

namespace spate {

/// A limit that counts over all batches of a stream.
///
/// In      the rows of one partition, the only one
/// Out     rows, until `limit` were put out since the query began. It takes the rest all the same:
///         operators before it may have state to keep
/// Kept    one row with the count, as Spark's globalLimit
std::unique_ptr<Operator> makeStateLimit(int64_t operatorId, int64_t limit);

}  // namespace spate
