#include <arrow/array/array_base.h>
#include <arrow/array/array_binary.h>
#include <arrow/array/array_nested.h>

#include "spate/types/ArrowValues.h"
#include "spate/types/Murmur3.h"

namespace spate {
namespace {

template <class Hash>
void hashValid(const arrow::Array& column, std::span<int32_t> hashes, Hash hash) {
  const bool hasNulls = column.null_count() > 0;
  for (int64_t i = 0; i < column.length(); ++i) {
    if (hasNulls && column.IsNull(i)) continue;
    int32_t& seed = hashes[static_cast<size_t>(i)];
    seed = hash(i, seed);
  }
}

}  // namespace

void murmur3OfColumn(const arrow::Array& column, const DataType& type, std::span<int32_t> hashes) {
  switch (type.kind()) {
    case TypeKind::kInteger:
    case TypeKind::kDate: {
      const auto* values = column.data()->GetValues<int32_t>(1);
      return hashValid(column, hashes,
                       [&](int64_t i, int32_t seed) { return murmur3OfInt(values[i], seed); });
    }
    case TypeKind::kLong:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz: {
      const auto* values = column.data()->GetValues<int64_t>(1);
      return hashValid(column, hashes,
                       [&](int64_t i, int32_t seed) { return murmur3OfLong(values[i], seed); });
    }
    case TypeKind::kString:
    case TypeKind::kBinary: {
      const auto& texts = static_cast<const arrow::BinaryArray&>(column);
      return hashValid(column, hashes, [&](int64_t i, int32_t seed) {
        return murmur3OfBytes(texts.GetView(i), seed);
      });
    }
    case TypeKind::kStruct: {
      const auto& structs = static_cast<const arrow::StructArray&>(column);
      if (structs.null_count() > 0) break;
      for (size_t i = 0; i < type.fields().size(); ++i)
        murmur3OfColumn(*structs.field(static_cast<int>(i)), type.fields()[i].type, hashes);
      return;
    }
    default: break;
  }
  hashValid(column, hashes,
            [&](int64_t i, int32_t seed) { return murmur3(type, valueAt(column, i, type), seed); });
}

}  // namespace spate
