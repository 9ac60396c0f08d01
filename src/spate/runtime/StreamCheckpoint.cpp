#include "spate/runtime/StreamCheckpoint.h"

#include <random>

#include "spate/checkpoint/OffsetSeqLog.h"
#include "spate/checkpoint/StreamMetadata.h"

namespace spate {
namespace {

uint64_t randomBits() {
  static std::random_device random;
  return static_cast<uint64_t>(random()) << 32 | random();
}

CompactibleFileStreamLogOptions logIn(const std::shared_ptr<FileSystem>& files,
                                      const std::string& directory) {
  CompactibleFileStreamLogOptions options;
  options.log.files = files;
  options.log.directory = directory;
  return options;
}

}  // namespace

std::string randomQueryId() { return uuidOf(randomBits(), randomBits()); }

Result<StreamCheckpoint> StreamCheckpoint::open(const std::shared_ptr<FileSystem>& files,
                                                const std::string& directory) {
  SPATE_ASSIGN_OR_FAIL(
      const StreamMetadata metadata,
      StreamMetadata::readOrCreate(*files, joinPath(directory, "metadata"), randomBits));
  StreamCheckpoint checkpoint{metadata.id, {}};
  MetadataLogOptions options;
  options.files = files;
  options.directory = joinPath(directory, "offsets");
  options.readOnly = true;
  SPATE_ASSIGN_OR_FAIL(const auto offsets, OffsetSeqLog::open(std::move(options)));
  SPATE_ASSIGN_OR_FAIL(const auto newest, offsets->latest());
  if (newest) checkpoint.conf = {newest->second.conf.begin(), newest->second.conf.end()};
  return checkpoint;
}

Result<std::shared_ptr<SeenFilesLog>> openSeenFilesLog(const std::shared_ptr<FileSystem>& files,
                                                       const std::string& directory) {
  return FileSourceLog::open(logIn(files, directory), Clock::system());
}

Result<std::shared_ptr<SinkFilesLog>> openSinkFilesLog(const std::shared_ptr<FileSystem>& files,
                                                       const std::string& directory) {
  return FileSinkLog::open(logIn(files, directory), Clock::system());
}

}  // namespace spate
