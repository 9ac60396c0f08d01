#include <algorithm>
#include <array>

#include "spate/base/AsciiCase.h"
#include "spate/sources/files/FileFormat.h"

namespace spate {

Status FileFormat::check(const OptionMap&, const FileReadSettings&, const DataType&) const {
  return Status::OK();
}

const FileFormat* findFileFormat(std::string_view name) {
  static const std::array<const FileFormat*, 7> kFormats = {
      &binaryFileFormat(),  &csvFileFormat(),  &jsonFileFormat(), &orcFileFormat(),
      &parquetFileFormat(), &textFileFormat(), &xmlFileFormat()};
  const auto it = std::find_if(kFormats.begin(), kFormats.end(), [&](const FileFormat* format) {
    return equalsIgnoringAsciiCase(format->name(), name);
  });
  return it == kFormats.end() ? nullptr : *it;
}

}  // namespace spate
