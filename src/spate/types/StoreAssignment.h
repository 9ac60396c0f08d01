#pragma once

#include "spate/types/DataType.h"

namespace spate {

/// Whether a value of a type may be stored in a column of another one: Spark's ANSI store
/// assignment, which lets numbers become other numbers and everything text, but not text numbers.
bool isStoreAssignable(const DataType& from, const DataType& to);

}  // namespace spate
