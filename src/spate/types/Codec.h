#pragma once

#include <string>
#include <string_view>

#include "spate/base/Status.h"
#include "spate/types/CodecContainers.h"
#include "spate/types/CodecFields.h"
#include "spate/types/CodecScalars.h"
#include "spate/types/CodecTrait.h"

// Codec<T> for every given type, and the two functions most callers need. How to add a type of
// your own stands in CodecTrait.h.

namespace spate {

/// The bytes of one value.
template <EncodableOnly T>
std::string encodeToString(const T& value) {
  std::string out;
  Codec<T>::encode(value, out);
  return out;
}

/// kCorrupt when bytes are missing, left over, or no value of T.
template <Encodable T>
Result<T> decodeFromString(std::string_view bytes) {
  ByteReader in(bytes);
  T value = Codec<T>::decode(in);
  if (in.atEnd()) return value;
  const char* what = in.ok() ? "bytes are left over behind a " : "these bytes are no ";
  return failure(Status::corrupt(what + std::string(Codec<T>::typeName())));
}

}  // namespace spate
