#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "spate/types/DataType.h"

namespace spate {

/// The bytes that a value of the type takes as a fixed key, with a flag for null; empty: its size
/// is not fixed, or it is no key. Structs of such types are fixed, too.
std::optional<size_t> fixedKeyBytes(const DataType& type);

/// Writes the keys of all rows behind each other, `stride` bytes each: the sum of the columns'
/// fixedKeyBytes. Equal bytes mean equal keys, as Spark groups: nulls are equal, NaNs are, and -0.0
/// is 0.0. Column by column, which is several times as fast as row by row.
void encodeFixedKeys(std::span<const std::shared_ptr<arrow::Array>> columns,
                     std::span<const DataType> types, int64_t rows, size_t stride,
                     std::vector<char>& out);

}  // namespace spate
