#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "spate/base/Clock.h"
#include "spate/base/FileSystem.h"
#include "spate/checkpoint/MetadataLog.h"
#include "spate/dstream/DirectoryScan.h"
#include "spate/dstream/Duration.h"
#include "spate/sources/OffsetSource.h"

namespace spate {

struct FileStreamSourceOptions {
  /// May hold glob patterns; see matchDirectories.
  std::string directory;
  FileFilter filter = defaultFileFilter;
  /// Ignore what was modified before the stream was made.
  bool newFilesOnly = true;
  Duration batchDuration;
  /// Files modified longer ago than this are not looked at any more; rounded up to whole batches.
  Duration minRememberDuration = Minutes(1);
  std::shared_ptr<FileSystem> files = FileSystem::local();
  std::shared_ptr<Clock> clock = Clock::system();
};

/// Which files of a directory belong to which batch, by Spark's rules: a file is given to the first
/// batch whose time is not before its modification time, once, and only while that time lies within
/// the remember window. So a file must be moved into the directory when it is complete, at most a
/// window after it was last written; one that is written in place may be read half.
///
/// Offsets {"logOffset":N}: N counts the batches that had files, from 0
/// Kept    in `<checkpoint>/sources/<i>/`: `N` with the files of offset N, written before
///         latestOffset() gives N out; `ignoreBefore`. docs/formats/file-stream.md
/// Errors  a directory that cannot be read is a warning, and no files; those of the log are errors
/// Threads the batch loop's
class FileStreamSource final : public OffsetSource {
 public:
  explicit FileStreamSource(FileStreamSourceOptions options);

  std::string name() const override { return "FileInputDStream[" + options_.directory + "]"; }
  Result<std::optional<Offset>> latestOffset(const std::optional<Offset>& from,
                                             const ReadLimit& limit) override;
  Status commit(const Offset& end) override;

  /// Reads the log in `directory` (empty: nothing is kept) before the first batch. `end` is the
  /// last offset that a batch was given.
  Status recover(std::shared_ptr<FileSystem> logFiles, const std::string& directory,
                 const std::optional<Offset>& end);

  /// The files of a range that was given out, oldest first.
  /// Errors  kInternal: commit() has passed it
  Result<std::vector<std::string>> filesOf(const OffsetRange& range) const;

 private:
  struct SelectedFile {
    std::string path;
    int64_t modifiedMillis;
  };
  using Selection = std::vector<SelectedFile>;

  int64_t newest() const { return selections_.empty() ? -1 : selections_.rbegin()->first; }
  Status recoverIgnoreBefore(FileSystem& files, const std::string& path);
  Selection findNewFiles(Time batchTime);
  Status addNewFilesIn(const std::string& directory, Time batchTime, int64_t ignoreUpTo,
                       Selection& found);
  static std::string logEntry(int64_t position, const Selection& selection);
  static Result<Selection> readLogEntry(const std::string& path, std::string_view content);

  FileStreamSourceOptions options_;
  Duration remembered_;
  /// Of newFilesOnly: files modified at this time (ms) or before are older than the stream.
  int64_t ignoreBefore_;
  std::unique_ptr<MetadataLog> log_;
  std::map<int64_t, Selection> selections_;
  /// Path -> modification time of what was selected and still lies in the remember window.
  std::unordered_map<std::string, int64_t> recentlySelected_;
  bool directoryIsMissing_ = false;
};

}  // namespace spate
