#include "spate/sinks/files/OutputFile.h"

#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "spate/base/FileSystem.h"
#include "spate/types/ArrowStatus.h"

namespace spate {

Status writeError(const std::string& path, std::string_view what) {
  const std::string message = "cannot write " + path + ": " + std::string(what);
  const bool isFull = what.find(std::strerror(ENOSPC)) != what.npos ||
                      what.find(std::strerror(EDQUOT)) != what.npos;
  return isFull ? Status::diskFull(message) : Status::ioError(message);
}

OutputFile::OutputFile(std::string path, std::shared_ptr<arrow::io::FileOutputStream> raw,
                       std::shared_ptr<arrow::io::OutputStream> stream)
    : path_(std::move(path)), raw_(std::move(raw)), stream_(std::move(stream)) {}

OutputFile::~OutputFile() {
  // Without close() the file is not whole anyway.
  if (!stream_->closed()) static_cast<void>(stream_->Abort());
}

Result<std::unique_ptr<OutputFile>> OutputFile::create(const std::string& path,
                                                       const std::string& compression) {
  SPATE_FAIL_IF_ERROR(FileSystem::local()->createDirectories(parentPath(path)));
  const auto opened = arrow::io::FileOutputStream::Open(path);
  if (!opened.ok()) return failure(writeError(path, opened.status().message()));
  std::shared_ptr<arrow::io::OutputStream> stream = *opened;
  if (!compression.empty()) {
    const auto type = compression == ".bz2"   ? arrow::Compression::BZ2
                      : compression == ".zst" ? arrow::Compression::ZSTD
                                              : arrow::Compression::GZIP;
    arrow::util::GZipCodecOptions options;
    if (compression == ".deflate") options.gzip_format = arrow::util::GZipFormat::ZLIB;
    SPATE_ASSIGN_OR_FAIL(const auto codec, fromArrow(type == arrow::Compression::GZIP
                                                         ? arrow::util::Codec::Create(type, options)
                                                         : arrow::util::Codec::Create(type)));
    SPATE_ASSIGN_OR_FAIL(stream,
                         fromArrow(arrow::io::CompressedOutputStream::Make(codec.get(), stream)));
  }
  return std::unique_ptr<OutputFile>(new OutputFile(path, *opened, std::move(stream)));
}

Status OutputFile::write(std::string_view bytes) {
  const arrow::Status status = stream_->Write(bytes.data(), static_cast<int64_t>(bytes.size()));
  return status.ok() ? Status::OK() : writeError(path_, status.message());
}

Status OutputFile::drain(std::string& buffer) {
  const Status status = write(buffer);
  buffer.clear();
  return status;
}

Status OutputFile::drainIfLarge(std::string& buffer) {
  constexpr size_t kLarge = size_t{1} << 20;
  return buffer.size() < kLarge ? Status::OK() : drain(buffer);
}

Status OutputFile::close() {
  // The writer of ORC has closed it already.
  if (!stream_->closed()) {
    const arrow::Status closed = stream_->Close();
    if (!closed.ok()) return writeError(path_, closed.message());
  }
  const int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return writeError(path_, std::strerror(errno));
  const bool isSynced = ::fsync(file) == 0;
  const int error = errno;
  ::close(file);
  return isSynced ? Status::OK() : writeError(path_, std::strerror(error));
}

}  // namespace spate
