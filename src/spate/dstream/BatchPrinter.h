#pragma once

#include <string>
#include <vector>

#include "spate/dstream/Duration.h"

namespace spate {

/// Writes a batch to standard output as PySpark's pprint does: a rule, "Time: 2017-10-21 20:10:00"
/// (local time), a rule, the records, "..." when there are more, an empty line. One write, so
/// that batches do not mix with other output.
void pprintBatch(Time time, const std::vector<std::string>& records, bool more);

/// As Scala's print does: the same with "Time: 1508662652000 ms".
void printBatch(Time time, const std::vector<std::string>& records, bool more);

}  // namespace spate
