#pragma once

#include <arrow/array/array_nested.h>

#include <functional>
#include <memory>
#include <span>

#include "spate/functions/ArgumentColumn.h"
#include "spate/functions/Function.h"

/// The parts of the collection family, one file each, and what they share.
namespace spate {

/// array_contains, element_at, size, slice, array_position ...: single arrays and their elements.
std::span<const ScalarFunction> arrayElementFunctions();
/// array_distinct, array_union, arrays_overlap, sort_array ...
std::span<const ScalarFunction> arraySetFunctions();
/// array, array_repeat, array_append, flatten, concat, sequence ...: arrays made of other things.
std::span<const ScalarFunction> arrayMakingFunctions();

/// array_sort without a comparator.
Result<BoundFunction> bindArraySort(std::string_view name, std::span<const Argument> arguments,
                                    const SessionSettings& settings);

/// The values of an argument that is an array or map; alive as long as the argument.
inline const std::shared_ptr<arrow::Array>& elementsOf(const ArgumentColumn& lists) {
  return static_cast<const arrow::ListArray&>(lists.array()).values();
}

/// DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE unless the argument is an array (or null).
Status requireArray(std::string_view name, std::span<const Argument> arguments, size_t index);

/// Binds (array, value): the array's elements and the value get one type.
/// Errors: DATATYPE_MISMATCH.ARRAY_FUNCTION_DIFF_TYPES, NULL_TYPE
Result<DataType> commonElementType(std::string_view name, std::span<const Argument> arguments,
                                   size_t arrayIndex, size_t valueIndex,
                                   const SessionSettings& settings);

/// INVALID_INDEX_OF_ZERO.
Status indexOfZero();
/// INVALID_ARRAY_INDEX, or INVALID_ARRAY_INDEX_IN_ELEMENT_AT.
Status invalidArrayIndex(int64_t index, int64_t size, bool isElementAt);

/// Whether the value is orderable; DATATYPE_MISMATCH.INVALID_ORDERING_TYPE if not.
Status requireOrderable(std::string_view name, std::span<const Argument> arguments,
                        const DataType& type);

}  // namespace spate
