#include <cstddef>
#include <cstdint>

#include "TextFilesFuzz.h"

// Any bytes are a CSV file: rows, or an error; and where a file is cut into parts does not change
// its rows.

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace spate;
  static const DataType schema = *schemaFromDdl(
      "i int, s string, d double, t timestamp, day date, n decimal(10,2), b boolean, l bigint, "
      "f float, ntz timestamp_ntz, tiny tinyint, bin binary, _corrupt_record string");
  fuzz::readEveryWay(csvFileFormat(), schema, data, size);
  return 0;
}
