#include <algorithm>
#include <array>
#include <cctype>

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
    const std::string_view own = format->name();
    return std::equal(
        own.begin(), own.end(), name.begin(), name.end(),
        [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
  });
  return it == kFormats.end() ? nullptr : *it;
}

}  // namespace spate
