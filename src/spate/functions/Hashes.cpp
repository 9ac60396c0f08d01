#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <zlib.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spate/functions/Digests.h"
#include "spate/functions/Families.h"
#include "spate/functions/RowLoop.h"
#include "spate/functions/Signature.h"
#include "spate/functions/XxHash64.h"
#include "spate/types/ArrowValues.h"
#include "spate/types/Murmur3.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;

Kernel xxhashKernel(std::vector<DataType> types) {
  return [types = std::move(types)](EvalContext&, Arguments values, int64_t rows) {
    return forEachRow<arrow::Int64Builder, false>(
        values, rows, arrow::int64(),
        [&](const ArgumentColumns& in, int64_t i, arrow::Int64Builder& builder) {
          int64_t hash = kXxHash64Seed;
          for (size_t c = 0; c < in.size(); ++c) {
            if (in[c].isNull(i)) continue;
            hash = xxHash64(types[c], valueAt(in[c].array(), in[c].at(i), types[c]), hash);
          }
          builder.UnsafeAppend(hash);
        });
  };
}

Kernel murmurKernel(std::vector<DataType> types) {
  return [types = std::move(types)](EvalContext&, Arguments values,
                                    int64_t rows) -> Result<arrow::Datum> {
    const bool isScalar = areAllScalar(values);
    const int64_t count = isScalar ? 1 : rows;
    std::vector<int32_t> hashes(static_cast<size_t>(count), kMurmur3Seed);
    for (size_t i = 0; i < values.size(); ++i) {
      SPATE_ASSIGN_OR_FAIL(const auto column, stretched(values[i], count));
      murmur3OfColumn(*column, types[i], hashes);
    }
    return datumOf(
        std::make_shared<arrow::Int32Array>(count, arrow::Buffer::FromVector(std::move(hashes))),
        isScalar);
  };
}

template <bool kWide>
Result<BoundFunction> bindHash(std::string_view name, std::span<const Argument> arguments,
                               const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, kAnyCount));
  BoundFunction bound;
  bound.nullable = false;
  for (const Argument& argument : arguments) {
    const bool allowMaps = settings.conf && settings.conf("spark.sql.legacy.allowHashOnMapType") ==
                                                std::optional<std::string>("true");
    if (argument.type.is(TypeKind::kMap) && !allowMaps) {
      return failure(dataTypeMismatch("HASH_MAP_TYPE", name, arguments,
                                      "Input to the function `" + std::string(name) +
                                          "` cannot contain elements of the \"MAP\" type. In "
                                          "Spark, same maps may have different hashcode, thus "
                                          "hash expressions are prohibited on \"MAP\" elements. "
                                          "To restore previous behavior set "
                                          "\"spark.sql.legacy.allowHashOnMapType\" to \"true\".",
                                      {{"functionName", "`" + std::string(name) + "`"}}));
    }
    bound.argumentTypes.push_back(argument.type);
  }
  if (kWide) {
    bound.type = DataType::longType();
    bound.kernel = xxhashKernel(bound.argumentTypes);
  } else {
    bound.type = DataType::integerType();
    bound.kernel = murmurKernel(bound.argumentTypes);
  }
  return bound;
}

Result<arrow::Datum> md5Rows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachText(arguments, rows, [](const ArgumentColumns& in, int64_t i, std::string& out) {
    out = md5Hex(in[0].text(i));
  });
}

Result<arrow::Datum> sha1Rows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachText(arguments, rows, [](const ArgumentColumns& in, int64_t i, std::string& out) {
    out = sha1Hex(in[0].text(i));
  });
}

/// sha2(bytes, bits): null for a number of bits that there is not; 0 is 256.
Result<arrow::Datum> sha2Rows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachText(arguments, rows, [](const ArgumentColumns& in, int64_t i, std::string& out) {
    const int32_t bits = in[1].get<int32_t>(i);
    if (bits != 0 && bits != 224 && bits != 256 && bits != 384 && bits != 512) return false;
    out = sha2Hex(in[0].text(i), bits);
    return true;
  });
}

Result<arrow::Datum> crc32Rows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachLong(arguments, rows, [](const ArgumentColumns& in, int64_t i) {
    const std::string_view bytes = in[0].text(i);
    return static_cast<int64_t>(
        crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
  });
}

constexpr ScalarFunction kFunctions[] = {
    {"crc32", bindRows<"z", "l", &crc32Rows>},
    {"hash", bindHash<false>},
    {"md5", bindRows<"z", "s", &md5Rows>},
    {"sha", bindRows<"z", "s", &sha1Rows>},
    {"sha1", bindRows<"z", "s", &sha1Rows>},
    {"sha2", bindRows<"zi", "s?", &sha2Rows>},
    {"xxhash64", bindHash<true>},
};

}  // namespace

std::span<const ScalarFunction> hashFunctions() { return kFunctions; }

}  // namespace spate
