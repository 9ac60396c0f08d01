#pragma once

#include <arrow/record_batch.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "spate/base/FileSystem.h"
#include "spate/sources/files/FileScan.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/DataTypeDdl.h"
#include "spate/types/ShowString.h"

namespace spate {

/// A directory of real files that goes away with the test.
class FileTest : public ::testing::Test {
 protected:
  FileTest() {
    std::string name = (std::filesystem::temp_directory_path() / "spate-files-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~FileTest() override { std::filesystem::remove_all(directory_); }

  std::string path(const std::string& name) const { return joinPath(directory_, name); }
  std::string put(const std::string& name, std::string_view bytes) {
    EXPECT_TRUE(FileSystem::local()->writeAtomically(path(name), bytes).ok());
    return path(name);
  }

  using Options = std::map<std::string, std::string>;

  Result<FileScan> scan(const std::string& format, const std::string& file,
                        const Options& options = {}, const std::string& ddl = {}) {
    std::optional<DataType> schema;
    if (!ddl.empty()) schema = *schemaFromDdl(ddl);
    return scanFiles(*FileSystem::local(), format, {path(file)}, OptionMap(options), schema,
                     settings_);
  }

  /// The rows of all tasks; a row is "a|b|c", in the order in which they are read.
  Result<std::vector<std::string>> rows(const FileScan& scan, const DataType& columns) {
    std::vector<std::string> result;
    SPATE_ASSIGN_OR_FAIL(const auto tasks, planFileTasks(scan));
    for (const auto& parts : tasks) {
      SPATE_ASSIGN_OR_FAIL(const auto reader, openFiles(scan, parts, columns));
      while (true) {
        std::shared_ptr<arrow::RecordBatch> batch;
        const arrow::Status status = reader->ReadNext(&batch);
        if (!status.ok()) return failure(fromArrow(status));
        if (batch == nullptr) break;
        EXPECT_TRUE(batch->ValidateFull().ok()) << batch->ValidateFull().ToString();
        appendRows(columns, batch, result);
      }
    }
    return result;
  }
  Result<std::vector<std::string>> rows(const FileScan& scan) { return rows(scan, scan.schema()); }

  /// Reads a file in one go; an error is its class and its message.
  std::vector<std::string> read(const std::string& format, const std::string& file,
                                const Options& options = {}, const std::string& ddl = {}) {
    const auto scanned = scan(format, file, options, ddl);
    if (!scanned)
      return {"error " + scanned.error().errorClass() + " " + scanned.error().message()};
    const auto result = rows(*scanned);
    if (!result) return {"error " + result.error().errorClass() + " " + result.error().message()};
    return *result;
  }

  static void appendRows(const DataType& columns, const std::shared_ptr<arrow::RecordBatch>& batch,
                         std::vector<std::string>& result) {
    ShowOptions options;
    options.rows = batch->num_rows();
    options.truncate = 0;
    const std::vector batches = {batch};
    const std::string table = showString(columns, batches, options, *TimeZone::utc());
    // Behind the border, the names and another border.
    size_t at = 0;
    for (int i = 0; i < 3; ++i) at = table.find('\n', at) + 1;
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      const size_t end = table.find('\n', at);
      std::string text;
      // Padding is not of interest.
      for (const char c : table.substr(at + 1, end - at - 2)) {
        if (c == '|')
          while (text.ends_with(' ')) text.pop_back();
        text += c;
      }
      while (text.ends_with(' ')) text.pop_back();
      result.push_back(std::move(text));
      at = end + 1;
    }
  }

  std::string directory_;
  FileReadSettings settings_;
};

}  // namespace spate
