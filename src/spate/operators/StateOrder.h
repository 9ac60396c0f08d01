#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace spate {

/// How many buckets the map has in which Spark keeps a state: a Java ConcurrentHashMap, copied at
/// the beginning of each batch. In: its keys then and now, and whether there was no version before.
size_t sparkStateBuckets(size_t atBegin, size_t now, bool wasNew);

/// The order in which Spark's state store gives rows out, so that a table on the console has the
/// same rows on top: by bucket. Rows of one bucket keep the order in which they came, as they do in
/// Spark, but for some that met there while the map grew.
///
/// In   the keys, as UnsafeRows, in the order in which they came
/// Out  their positions
std::vector<uint32_t> sparkStateOrder(std::span<const std::string_view> keys, size_t buckets);

}  // namespace spate
