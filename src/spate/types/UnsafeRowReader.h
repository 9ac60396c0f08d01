#pragma once

#include <string_view>

#include "spate/types/DataType.h"
#include "spate/types/Datum.h"

namespace spate {

/// The values of a struct in UnsafeRow layout that fills all of `bytes`. UnsafeRowCodec::decode
/// says the rest.
Result<Row> readUnsafeStruct(const DataType& type, std::string_view bytes);

}  // namespace spate
