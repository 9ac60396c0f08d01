#pragma once

#include "spate/types/DataType.h"
#include "spate/types/Datum.h"

namespace spate {

/// Below, equal to or above 0, by Spark's order of the type; null comes first.
int compareDatums(const Datum& a, const Datum& b, const DataType& type);

/// For ordered containers.
struct DatumLess {
  DataType type;
  bool operator()(const Datum& a, const Datum& b) const { return compareDatums(a, b, type) < 0; }
};

}  // namespace spate
