#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "spate/functions/Errors.h"
#include "spate/functions/KllSketch.h"
#include "spate/types/Datum.h"

/// What the scalar and the aggregate functions over KLL sketches share.
namespace spate {

/// The type that a kll function's name ends with: "_bigint", "_float" or "_double".
template <class T>
struct KllType;
template <>
struct KllType<int64_t> {
  static DataType type() { return DataType::longType(); }
};
template <>
struct KllType<float> {
  static DataType type() { return DataType::floatType(); }
};
template <>
struct KllType<double> {
  static DataType type() { return DataType::doubleType(); }
};

/// KLL_INVALID_INPUT_SKETCH_BUFFER
inline Status invalidKllBuffer(std::string_view function) {
  const std::string name = "`" + std::string(function) + "`";
  return Status::invalidArgument("Invalid call to " + name +
                                 "; only valid KLL sketch buffers are supported as inputs (such as "
                                 "those produced by the `kll_sketch_agg` function).")
      .withErrorClass("KLL_INVALID_INPUT_SKETCH_BUFFER", "22000", {{"function", name}});
}

/// A sketch that came as a value; invalidKllBuffer() when it is none.
template <class T>
Result<KllSketch<T>> kllSketchOf(std::string_view function, std::string_view bytes) {
  auto sketch = KllSketch<T>::deserialize(bytes);
  if (!sketch) return failure(invalidKllBuffer(function));
  return sketch;
}

}  // namespace spate
