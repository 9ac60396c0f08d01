#pragma once

#include "spate/base/Status.h"
#include "spate/plan/Expression.h"

namespace spark::connect {
class Expression_Literal;
}

namespace spate::connect {

/// Errors CONNECT_INVALID_PLAN: a value that its type has not; UNSUPPORTED_DATATYPE
Result<plan::Literal> literalFromProto(const ::spark::connect::Expression_Literal& literal);

}  // namespace spate::connect
