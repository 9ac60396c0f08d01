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
                                      const std::string& directory, const FileLogSettings& settings,
                                      std::string faultName) {
  CompactibleFileStreamLogOptions options;
  options.compactInterval = settings.compactInterval;
  options.log.faults = settings.faults;
  options.log.faultName = std::move(faultName);
  options.log.files = files;
  options.log.directory = directory;
  return options;
}

}  // namespace

std::string randomQueryId() { return uuidOf(randomBits(), randomBits()); }

Result<StreamCheckpoint> StreamCheckpoint::open(const std::shared_ptr<FileSystem>& files,
                                                const std::string& directory) {
  MetadataLogOptions options;
  options.files = files;
  options.directory = joinPath(directory, "offsets");
  options.readOnly = true;
  SPATE_ASSIGN_OR_FAIL(const auto offsets, OffsetSeqLog::open(std::move(options)));
  SPATE_ASSIGN_OR_FAIL(const auto newest, offsets->latest());
  const std::string path = joinPath(directory, "metadata");
  // Another id would be that of another query.
  if (newest && !files->exists(path))
    return failure(
        Status::corrupt("Checkpoint location " + directory +
                        " is in an inconsistent state: the metadata file is missing but offset "
                        "and/or commit logs contain data. Please restore the metadata file or "
                        "create a new checkpoint directory.")
            .withErrorClass("STREAMING_CHECKPOINT_MISSING_METADATA_FILE", "42K03",
                            {{"checkpointLocation", directory}}));
  SPATE_ASSIGN_OR_FAIL(const StreamMetadata metadata,
                       StreamMetadata::readOrCreate(*files, path, randomBits));
  StreamCheckpoint checkpoint{metadata.id, {}};
  if (newest) checkpoint.conf = {newest->second.conf.begin(), newest->second.conf.end()};
  return checkpoint;
}

Result<std::shared_ptr<SeenFilesLog>> openSeenFilesLog(const std::shared_ptr<FileSystem>& files,
                                                       const std::string& directory,
                                                       const FileLogSettings& settings) {
  return FileSourceLog::open(logIn(files, directory, settings, "sources"), Clock::system(),
                             settings.cleanup);
}

Result<std::shared_ptr<SinkFilesLog>> openSinkFilesLog(const std::shared_ptr<FileSystem>& files,
                                                       const std::string& directory,
                                                       const FileLogSettings& settings) {
  return FileSinkLog::open(logIn(files, directory, settings, "sink"), Clock::system(),
                           settings.cleanup);
}

}  // namespace spate
