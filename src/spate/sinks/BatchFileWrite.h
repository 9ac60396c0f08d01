#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "spate/base/FileSystem.h"
#include "spate/sinks/Sink.h"
#include "spate/sinks/files/TaskOutput.h"

namespace spate {

enum class SaveMode : uint8_t { kErrorIfExists, kAppend, kOverwrite, kIgnore };

/// "error", "errorifexists", "default", "append", "overwrite", "ignore", in any case.
/// Errors  INVALID_SAVE_MODE
Result<SaveMode> saveModeOf(const std::string& text);

/// df.write...save(path): the files of one write, which appear together when it is committed, with
/// an empty _SUCCESS beside them. Until then they lie in _temporary, which readers skip.
///
/// Threads write() from task threads; the rest from one
class BatchFileWrite {
 public:
  /// Errors  PATH_ALREADY_EXISTS; those of OutputLayout::check()
  static Result<std::unique_ptr<BatchFileWrite>> make(OutputLayout layout, SaveMode mode,
                                                      std::shared_ptr<FileSystem> files);
  /// Removes what was written, unless committed.
  ~BatchFileWrite();

  /// Nothing is to be written: the mode is ignore, and there is something.
  bool isSkipped() const { return isSkipped_; }

  /// One call is one attempt of a task.
  Result<WriteResult> write(int partition, arrow::RecordBatchReader& rows);
  /// With overwrite, what was there before is removed now; with the option partitionOverwriteMode
  /// dynamic, only in the directories that were written to.
  Status commit(const std::vector<WriteResult>& results);
  void abort();

 private:
  BatchFileWrite(OutputLayout layout, SaveMode mode, std::shared_ptr<FileSystem> files);

  Status removeOld(const std::vector<std::string>& names);

  const std::string directory_;
  const SaveMode mode_;
  const std::shared_ptr<FileSystem> files_;
  const std::string uuid_;
  /// Of the staged files: layout_.directory is below directory_.
  OutputLayout layout_;
  bool isDynamic_ = false;
  bool isSkipped_ = false;
  bool isDone_ = false;
};

}  // namespace spate
