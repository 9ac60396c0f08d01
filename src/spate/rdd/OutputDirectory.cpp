#include "spate/rdd/OutputDirectory.h"

#include <filesystem>

#include "spate/base/Logging.h"
#include "spate/rdd/TextInput.h"

namespace spate {
namespace {

std::string partName(int partition) {
  std::string number = std::to_string(partition);
  if (number.size() < 5) number.insert(0, 5 - number.size(), '0');
  return "part-" + number;
}

}  // namespace

OutputDirectory::OutputDirectory(std::shared_ptr<FileSystem> files, std::string path, bool replace)
    : files_(std::move(files)),
      path_(std::move(path)),
      // One name, not a random one: what a crash left is cleared by the next attempt.
      temporary_(joinPath(parentPath(path_), "." + std::string(fileName(path_)) + "._temporary")),
      replace_(replace) {}

Result<OutputDirectory> OutputDirectory::make(std::shared_ptr<FileSystem> files,
                                              const std::string& path, bool replace) {
  SPATE_ASSIGN_OR_FAIL(std::string local, localPath(path));
  while (local.size() > 1 && local.back() == '/') local.pop_back();
  if (local.empty())
    return failure(Status::invalidArgument("Can not create a Path from an empty string"));
  if (!replace && files->exists(local))
    return failure(Status::alreadyExists(
        "Output directory file:" + std::filesystem::absolute(local).lexically_normal().string() +
        " already exists"));
  OutputDirectory output(std::move(files), std::move(local), replace);
  SPATE_FAIL_IF_ERROR(output.files_->removeAll(output.temporary_));
  SPATE_FAIL_IF_ERROR(output.files_->createDirectories(output.temporary_));
  return output;
}

OutputDirectory::~OutputDirectory() {
  if (!files_ || temporary_.empty()) return;
  const Status removed = files_->removeAll(temporary_);
  if (!removed.ok()) logWarn("OutputDirectory", removed.message());
}

std::string OutputDirectory::attemptFile(const TaskContext& task) const {
  return joinPath(temporary_, "_attempt-" + std::to_string(task.taskAttemptId()));
}

Status OutputDirectory::commitTask(const TaskContext& task, std::string_view extension) const {
  return files_->rename(attemptFile(task), joinPath(temporary_, partName(task.partitionId()) +
                                                                    std::string(extension)));
}

Status OutputDirectory::commit() {
  SPATE_ASSIGN_OR_RETURN(const std::vector<FileInfo> written, files_->list(temporary_));
  for (const FileInfo& file : written) {
    // Of attempts that failed.
    if (fileName(file.path).starts_with('_')) SPATE_RETURN_IF_ERROR(files_->removeAll(file.path));
  }
  SPATE_RETURN_IF_ERROR(files_->writeAtomically(joinPath(temporary_, "_SUCCESS"), ""));
  if (replace_) SPATE_RETURN_IF_ERROR(files_->removeAll(path_));
  SPATE_RETURN_IF_ERROR(files_->rename(temporary_, path_));
  temporary_.clear();
  return Status::OK();
}

Result<TextPartWriter> TextPartWriter::open(FileSystem& files, const std::string& path,
                                            Compression compression) {
  TextPartWriter writer;
  SPATE_ASSIGN_OR_FAIL(writer.file_, files.openAppend(path));
  if (compression != Compression::kNone) {
    auto compressor = StreamCompressor::make(compression);
    if (!compressor) return failure(std::move(compressor).error());
    writer.compressor_.emplace(*std::move(compressor));
  }
  return writer;
}

Status TextPartWriter::flush() {
  if (!compressor_) {
    SPATE_RETURN_IF_ERROR(file_->append(buffer_));
  } else {
    std::string compressed;
    SPATE_RETURN_IF_ERROR(compressor_->add(buffer_, compressed));
    SPATE_RETURN_IF_ERROR(file_->append(compressed));
  }
  buffer_.clear();
  return Status::OK();
}

Status TextPartWriter::finish() {
  SPATE_RETURN_IF_ERROR(flush());
  if (compressor_) {
    std::string rest;
    SPATE_RETURN_IF_ERROR(compressor_->finish(rest));
    SPATE_RETURN_IF_ERROR(file_->append(rest));
  }
  return file_->sync();
}

}  // namespace spate
