#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "spate/types/DataType.h"
#include "spate/types/Datum.h"

namespace spate {

/// Spark's Murmur3: what its hash() function gives and what its shuffles partition by. It differs
/// from the standard in the last bytes of a text, which are each mixed in as a word.
inline constexpr int32_t kMurmur3Seed = 42;

int32_t murmur3OfInt(int32_t value, int32_t seed);
int32_t murmur3OfLong(int64_t value, int32_t seed);
int32_t murmur3OfBytes(std::string_view bytes, int32_t seed);

/// The hash of one value of the type, on top of the hash so far. Null leaves it as it is. The
/// value must be of the type (see Datum); another one leaves it as it is, too.
int32_t murmur3(const DataType& type, const Datum& value, int32_t seed);

/// hash(column, column, ...) of a row.
int32_t murmur3(const DataType& structType, const Row& row);

/// Hashes each value of a column of toArrowType(type) on top of the hash of its row so far.
void murmur3OfColumn(const arrow::Array& column, const DataType& type, std::span<int32_t> hashes);

/// The partition of the columns among `count` > 0, as a hash partitioning in Spark:
/// pmod(hash(columns), count).
int32_t partitionOf(const DataType& structType, const Row& row, int32_t count);

}  // namespace spate
