#pragma once

#include <string>

#include "spate/types/DataType.h"
#include "spate/types/Datum.h"

namespace spate {

/// Appends the text of a BOOLEAN, an integer or a floating point number as Spark's writers of texts
/// have it ("true", "-1", "1.0E10"). False: the type is another one, whose text is the format's
/// own, and nothing was appended.
///
/// In   a value of the type, not null
bool appendNumberText(const Datum& value, const DataType& type, std::string& out);

}  // namespace spate
