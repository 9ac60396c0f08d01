#pragma once

#include <cstdint>
#include <string_view>

#include "spate/types/DataType.h"
#include "spate/types/Datum.h"

namespace spate {

/// The seed that Spark's xxhash64() and HyperLogLogPlusPlus start with.
inline constexpr int64_t kXxHash64Seed = 42;

/// Spark's XxHash64Function: the hash of a value on top of the hash so far. Null leaves it as it
/// is; values below four bytes are hashed as int, NaNs are one value, and so are zeros.
int64_t xxHash64(const DataType& type, const Datum& value, int64_t seed);

/// The same for values that are not null, without a Datum around them.
int64_t xxHash64(std::string_view bytes, int64_t seed);
int64_t xxHash64(bool value, int64_t seed);
int64_t xxHash64(int8_t value, int64_t seed);
int64_t xxHash64(int16_t value, int64_t seed);
int64_t xxHash64(int32_t value, int64_t seed);
int64_t xxHash64(int64_t value, int64_t seed);
int64_t xxHash64(float value, int64_t seed);
int64_t xxHash64(double value, int64_t seed);

}  // namespace spate
