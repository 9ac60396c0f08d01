#include "spate/types/MalformedRecord.h"

#include <string>

namespace spate {

Status malformedRecord(std::string_view record) {
  // The blank at the end is Spark's, which puts the text of the condition below behind it.
  const std::string text(record);
  return Status::invalidArgument(
             "Malformed records are detected in record parsing: " + text +
             ".\nParse Mode: FAILFAST. To process malformed records as null result, try setting "
             "the option 'mode' as 'PERMISSIVE'. ")
      .withErrorClass("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", "22023",
                      {{"badRecord", text}, {"failFastMode", "FAILFAST"}});
}

}  // namespace spate
