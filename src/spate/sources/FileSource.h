#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spate/base/FileSystem.h"
#include "spate/sources/SeenFilesLog.h"
#include "spate/sources/Source.h"
#include "spate/sources/files/FileScan.h"

namespace spate {

/// Spark's options of a stream of files.
struct FileStreamOptions {
  enum class Clean : uint8_t { kOff, kArchive, kDelete };

  std::optional<int64_t> maxFilesPerTrigger;
  std::optional<int64_t> maxBytesPerTrigger;
  Millis maxFileAge{7LL * 24 * 3600 * 1000};
  bool latestFirst = false;
  bool fileNameOnly = false;
  int64_t maxCachedFiles = 10000;
  double discardCachedInputRatio = 0.2;
  Clean cleanSource = Clean::kOff;
  std::string archiveDirectory;

  /// Errors  kInvalidArgument, with Spark's words
  static Result<FileStreamOptions> parse(const OptionMap& options);
};

/// Spark's FileStreamSource: the files that appear in a directory.
///
/// Out     the columns of Definition::columns
/// Offset  {"logOffset":N}, N being the newest entry of the log of seen files
/// Split   some of the files, or parts of big ones
/// Kept    the log: which files a batch holds is in it before the batch runs, so that the batch is
///         the same after a crash
/// Errors  PATH_NOT_FOUND from make; those of reading files from the readers
/// Threads as Source
class FileSource final : public Source {
 public:
  struct Definition {
    std::string format;
    /// A directory or a glob.
    std::string path;
    OptionMap options;
    FileReadSettings settings;
    /// All columns of the files and their directories.
    DataType schema = DataType::structOf({});
    /// Those that are wanted, also fileMetadataColumn(); empty: schema.
    std::optional<DataType> columns = std::nullopt;
  };

  static Result<std::unique_ptr<FileSource>> make(Definition definition,
                                                  std::shared_ptr<SeenFilesLog> log,
                                                  std::shared_ptr<FileSystem> files);

  std::string name() const override;
  std::shared_ptr<arrow::Schema> schema() const override { return arrowSchema_; }
  /// With limits, one entry of the log a call. Without (ReadLimit::ignoreOwnLimits) all that is
  /// there, still cut into entries by the source's limits, so that Trigger.AvailableNow can walk
  /// over them one by one.
  Result<std::optional<Offset>> latestOffset(const std::optional<Offset>& from,
                                             const ReadLimit& limit) override;
  Result<std::vector<Split>> plan(const OffsetRange& range) override;
  Result<std::shared_ptr<arrow::RecordBatchReader>> open(const Split& split) override;
  Result<std::shared_ptr<arrow::RecordBatchReader>> openColumns(
      const Split& split, const std::vector<bool>& used) override;
  /// Archives or deletes the files up to `end`, if asked for; what fails is logged only.
  Status commit(const Offset& end) override;

  /// The files of a range, with sizes: for metrics and tests.
  Result<std::vector<FileEntry>> filesOf(const OffsetRange& range);

 private:
  FileSource(Definition definition, FileStreamOptions options, std::shared_ptr<SeenFilesLog> log,
             std::shared_ptr<FileSystem> files, std::shared_ptr<arrow::Schema> arrowSchema);

  std::string keyOf(const std::string& path) const;
  bool isNew(const FileEntry& file) const;
  void remember(const SeenFile& file);
  void forgetOld();
  Result<std::vector<FileEntry>> newFiles();
  std::vector<FileEntry> takeBatch(std::vector<FileEntry>& waiting) const;
  Status addEntry(const std::vector<FileEntry>& batch);
  FileScan scanOf(std::vector<FileEntry> files, DataType partitionSchema) const;
  void clean(const std::string& path);

  const Definition definition_;
  const FileStreamOptions options_;
  const std::shared_ptr<SeenFilesLog> log_;
  const std::shared_ptr<FileSystem> files_;
  const std::shared_ptr<arrow::Schema> arrowSchema_;
  /// By path, or by name; with the time of modification in milliseconds.
  std::map<std::string, int64_t> seen_;
  int64_t newestTime_ = 0;
  /// Files older than this were seen and forgotten, or are too old.
  int64_t oldestTime_ = 0;
  /// Found, but behind the limit of the batch: a listing is slow when there are many.
  std::vector<FileEntry> cached_;
  std::optional<BatchId> cleanedTo_;
};

}  // namespace spate
