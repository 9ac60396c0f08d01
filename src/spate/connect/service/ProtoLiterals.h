#pragma once

#include "spate/base/Status.h"
#include "spate/plan/Expression.h"
#include "spate/types/DataType.h"
#include "spate/types/Datum.h"

namespace spark::connect {
class Expression_Literal;
}

namespace spate::connect {

/// Errors CONNECT_INVALID_PLAN: a value that its type has not; UNSUPPORTED_DATATYPE
Result<plan::Literal> literalFromProto(const ::spark::connect::Expression_Literal& literal);

/// The message of a value.
void toProto(const Datum& value, const DataType& type,
             ::spark::connect::Expression_Literal* message);

}  // namespace spate::connect
