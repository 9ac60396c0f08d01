#pragma once

#include <string>

#include "spate/types/DataType.h"
#include "spate/types/Datum.h"

namespace spate {

/// Appends a struct in UnsafeRow layout, with offsets from where it starts; on an error `out` has
/// more or less of it. UnsafeRowCodec::encode says the rest.
Status writeUnsafeStruct(const DataType& type, const Row& row, std::string& out);

}  // namespace spate
