#include <cstddef>
#include <cstdint>

#include "TextFilesFuzz.h"

// Any bytes are a file of JSON: rows, or an error; and where a file is cut into parts does not
// change its rows.

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace spate;
  static const DataType schema = *schemaFromDdl(
      "i int, s string, d double, t timestamp, day date, n decimal(10,2), b boolean, l bigint, "
      "ntz timestamp_ntz, bin binary, a array<bigint>, m map<string,string>, "
      "r struct<x:int,y:array<struct<z:double>>>, _corrupt_record string");
  fuzz::readEveryWay(jsonFileFormat(), schema, data, size);
  return 0;
}
