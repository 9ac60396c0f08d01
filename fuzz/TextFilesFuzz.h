#pragma once

#include <arrow/compare.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spate/sources/files/FileFormat.h"
#include "spate/sources/files/FileScan.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/DataTypeDdl.h"

// What the fuzzers of CSV and JSON share. The first line of an input has the options, as
// name=value&name=value; the rest is the file.

namespace spate::fuzz {

inline void require(bool condition) {
  if (!condition) __builtin_trap();
}

/// A file that holds one input after the other; in memory where the system has such a directory.
class ScratchFile {
 public:
  ScratchFile() {
    const bool hasMemory = std::filesystem::is_directory("/dev/shm");
    std::string name =
        hasMemory ? "/dev/shm/spate-fuzz-XXXXXX"
                  : (std::filesystem::temp_directory_path() / "spate-fuzz-XXXXXX").string();
    const int descriptor = ::mkstemp(name.data());
    require(descriptor >= 0);
    ::close(descriptor);
    path_ = name;
  }
  ~ScratchFile() { std::filesystem::remove(path_); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  const std::string& fill(std::string_view bytes) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return path_;
  }

 private:
  std::string path_;
};

inline OptionMap optionsOf(std::string_view line) {
  OptionMap options;
  while (!line.empty()) {
    const std::string_view pair = line.substr(0, line.find('&'));
    line.remove_prefix(std::min(line.size(), pair.size() + 1));
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    options.set(pair.substr(0, equals), std::string(pair.substr(equals + 1)));
  }
  return options;
}

/// Whether a file may be cut anywhere without a change of its rows. A header is sought at the
/// beginning of the first part only, and a separator whose beginning is its end, too ("aa"), means
/// another thing when it is read from its middle on: Spark's are as these.
inline bool isSameWhenCut(const OptionMap& options) {
  if (options.getBool("header", false).value_or(true)) return false;
  const std::string separator = options.get("lineSep", "\n");
  for (size_t length = 1; length < separator.size(); ++length) {
    if (separator.ends_with(separator.substr(0, length))) return false;
  }
  return true;
}

/// The rows of the parts, or the error that the reader ends with; whatever it is, it has a text.
inline Result<std::shared_ptr<arrow::Table>> rowsOf(const FileScan& scan,
                                                    const std::vector<FilePart>& parts) {
  const auto opened = openFiles(scan, parts, scan.dataSchema);
  if (!opened) {
    require(!opened.error().message().empty());
    return failure(opened.error());
  }
  const auto table = (*opened)->ToTable();
  if (!table.ok()) {
    const Status error = fromArrow(table.status());
    require(!error.message().empty());
    return failure(error);
  }
  require((*table)->ValidateFull().ok());
  return *table;
}

/// Reads a file in one part, and in two where it can be cut: the same rows, or errors both times.
/// Then some of its columns, and then with the schema that it shows by itself.
inline void readEveryWay(const FileFormat& format, const DataType& schema, const uint8_t* data,
                         size_t size) {
  static ScratchFile file;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string_view firstLine = bytes.substr(0, bytes.find('\n'));
  bytes.remove_prefix(std::min(bytes.size(), firstLine.size() + 1));

  FileScan scan;
  scan.format = format.name();
  scan.options = optionsOf(firstLine);
  scan.settings.batchRows = 7;
  scan.dataSchema = schema;
  FileEntry entry;
  entry.path = file.fill(bytes);
  entry.size = static_cast<int64_t>(bytes.size());
  scan.files = {entry};

  const FilePart all{entry, 0, entry.size};
  const auto whole = rowsOf(scan, {all});
  if (bytes.size() > 1 && format.isSplittable(entry.path, scan.options) &&
      isSameWhenCut(scan.options)) {
    const int64_t at =
        1 + (entry.size * 7 + static_cast<int64_t>(firstLine.size())) % (entry.size - 1);
    const auto parts = rowsOf(scan, {{entry, 0, at}, {entry, at, entry.size - at}});
    require(whole.has_value() == parts.has_value());
    require(!whole.has_value() ||
            (*whole)->Equals(**parts, arrow::EqualOptions::Defaults().nans_equal(true)));
  }

  const auto inferred = format.inferSchema(scan.files, scan.options, scan.settings);
  if (!inferred.has_value()) {
    require(!inferred.error().message().empty());
  } else if (inferred->has_value()) {
    // A session refuses types that the format has not; the rest is to be read.
    scan.dataSchema = **inferred;
    const auto again = schemaFromDdl(toDdl(scan.dataSchema));
    require(again.has_value());
    static_cast<void>(rowsOf(scan, {all}).has_value());
  }

  // Only some of the columns, as a projection asks for them.
  std::vector<StructField> some;
  for (size_t i = 0; i < schema.fields().size(); i += 2) some.push_back(schema.fields()[i]);
  scan.dataSchema = schema;
  const auto opened = openFiles(scan, {all}, DataType::structOf(some));
  if (opened) static_cast<void>((*opened)->ToTable().ok());
}

}  // namespace spate::fuzz
