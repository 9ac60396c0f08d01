#include "spate/rdd/TextInput.h"

#include <fcntl.h>
#include <glob.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "spate/rdd/Compression.h"

namespace spate {
namespace {

constexpr uint64_t kBlockBytes = 32 * 1024 * 1024;
/// FileInputFormat's SPLIT_SLOP: the last split may be a tenth larger.
constexpr double kSlop = 1.1;
constexpr size_t kReadBytes = 256 * 1024;

/// As Hadoop names a local file: "file:/tmp/x".
std::string fileUri(const std::string& path) {
  return "file:" + std::filesystem::absolute(path).lexically_normal().string();
}

bool isHidden(std::string_view path) {
  const std::string_view name = fileName(path);
  return name.starts_with('_') || name.starts_with('.');
}

std::vector<std::string> splitPaths(const std::string& paths) {
  // Commas inside of a glob's braces do not separate.
  std::vector<std::string> parts(1);
  int depth = 0;
  for (const char c : paths) {
    if (c == '{') ++depth;
    if (c == '}') --depth;
    if (c == ',' && depth == 0)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

Result<std::vector<std::string>> matching(const std::string& path) {
  if (path.find_first_of("*?[{") == std::string::npos) {
    if (!FileSystem::local()->exists(path))
      return failure(Status::notFound("Input path does not exist: " + fileUri(path)));
    return std::vector<std::string>{path};
  }
  glob_t found{};
  const int result = ::glob(path.c_str(), GLOB_BRACE, nullptr, &found);
  std::vector<std::string> paths;
  for (size_t i = 0; result == 0 && i < found.gl_pathc; ++i) {
    if (!isHidden(found.gl_pathv[i])) paths.emplace_back(found.gl_pathv[i]);
  }
  ::globfree(&found);
  if (paths.empty())
    return failure(Status::notFound("Input Pattern " + fileUri(path) + " matches 0 files"));
  return paths;
}

}  // namespace

Result<std::string> localPath(const std::string& path) {
  if (path.starts_with("file://")) return path.substr(7);
  if (path.starts_with("file:")) return path.substr(5);
  const size_t colon = path.find("://");
  if (colon != std::string::npos && path.find('/') > colon)
    return failure(
        Status::unsupported("No FileSystem for scheme \"" + path.substr(0, colon) + "\""));
  return path;
}

Result<std::vector<FileInfo>> listInputFiles(const std::string& paths) {
  const auto files = FileSystem::local();
  std::vector<FileInfo> all;
  for (const std::string& part : splitPaths(paths)) {
    SPATE_ASSIGN_OR_FAIL(const std::string local, localPath(part));
    SPATE_ASSIGN_OR_FAIL(const std::vector<std::string> found, matching(local));
    for (const std::string& path : found) {
      SPATE_ASSIGN_OR_FAIL(FileInfo info, files->stat(path));
      if (!info.isDirectory) {
        all.push_back(std::move(info));
        continue;
      }
      SPATE_ASSIGN_OR_FAIL(std::vector<FileInfo> entries, files->list(path));
      for (FileInfo& entry : entries) {
        if (isHidden(entry.path)) continue;
        if (entry.isDirectory)
          return failure(Status::ioError("Not a file: " + fileUri(entry.path)));
        all.push_back(std::move(entry));
      }
    }
  }
  return all;
}

std::vector<FileSplit> splitFiles(const std::vector<FileInfo>& files, int minPartitions) {
  uint64_t total = 0;
  for (const FileInfo& file : files) total += file.size;
  const uint64_t goal = total / static_cast<uint64_t>(std::max(minPartitions, 1));
  const uint64_t size = std::max<uint64_t>(1, std::min(goal, kBlockBytes));
  std::vector<FileSplit> splits;
  for (const FileInfo& file : files) {
    const auto compression = compressionOfFile(file.path);
    uint64_t start = 0;
    if (compression && *compression == Compression::kNone) {
      while (static_cast<double>(file.size - start) / static_cast<double>(size) > kSlop) {
        splits.push_back(FileSplit{file.path, start, size});
        start += size;
      }
    }
    if (start < file.size) splits.push_back(FileSplit{file.path, start, file.size - start});
  }
  return splits;
}

/// Bytes of a file from an offset on, decompressed.
class LineReader::Source {
 public:
  static Result<std::unique_ptr<Source>> open(const std::string& path, uint64_t offset) {
    auto source = std::make_unique<Source>();
    SPATE_ASSIGN_OR_FAIL(const Compression compression, compressionOfFile(path));
    source->path_ = path;
    source->offset_ = offset;
    source->fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (source->fd_ < 0) {
      const std::string message = "cannot open " + path + ": " + std::strerror(errno);
      return failure(errno == ENOENT ? Status::notFound(message) : Status::ioError(message));
    }
    if (compression != Compression::kNone) {
      auto decompressor = StreamDecompressor::make(compression);
      if (!decompressor) return failure(std::move(decompressor).error());
      source->decompressor_ = std::make_unique<StreamDecompressor>(*std::move(decompressor));
    }
    return source;
  }
  Source() = default;
  ~Source() {
    if (fd_ >= 0) ::close(fd_);
  }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  /// Appends more bytes; false at the end.
  Result<bool> read(std::string& out) {
    if (!decompressor_) return readRaw(out);
    const size_t before = out.size();
    while (out.size() == before) {
      if (left_.empty()) {
        compressed_.clear();
        SPATE_ASSIGN_OR_FAIL(const bool more, readRaw(compressed_));
        if (!more && decompressor_->isComplete()) return false;
        if (!more) return failure(Status::corrupt(path_ + ": Unexpected end of input stream"));
        left_ = compressed_;
      }
      const size_t had = left_.size();
      Status status = decompressor_->add(left_, out);
      if (!status.ok()) return failure(status.withContext(path_));
      if (left_.size() == had && out.size() == before && had > 0)
        return failure(Status::corrupt(path_ + ": cannot be decompressed"));
    }
    return true;
  }

 private:
  Result<bool> readRaw(std::string& out) {
    const size_t before = out.size();
    out.resize(before + kReadBytes);
    ssize_t n;
    do {
      n = ::pread(fd_, out.data() + before, kReadBytes, static_cast<off_t>(offset_));
    } while (n < 0 && errno == EINTR);
    out.resize(before + static_cast<size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0)
      return failure(Status::ioError("cannot read " + path_ + ": " + std::strerror(errno)));
    offset_ += static_cast<uint64_t>(n);
    return n > 0;
  }

  std::string path_;
  int fd_ = -1;
  uint64_t offset_ = 0;
  std::unique_ptr<StreamDecompressor> decompressor_;
  std::string compressed_;
  std::string_view left_;
};

LineReader::LineReader() = default;
LineReader::LineReader(LineReader&&) noexcept = default;
LineReader::~LineReader() = default;

Result<LineReader> LineReader::open(const FileSplit& split, uint64_t maxLineBytes) {
  LineReader reader;
  SPATE_ASSIGN_OR_FAIL(reader.source_, Source::open(split.path, split.start));
  SPATE_ASSIGN_OR_FAIL(const Compression compression, compressionOfFile(split.path));
  reader.path_ = split.path;
  reader.maxLineBytes_ = maxLineBytes;
  reader.position_ = split.start;
  reader.end_ = compression == Compression::kNone ? split.start + split.length : UINT64_MAX;
  if (split.start > 0) {
    // The line that is cut here belongs to the split before.
    std::string_view line;
    SPATE_ASSIGN_OR_FAIL(const bool more, reader.nextLine(line));
    reader.ended_ = !more;
  }
  return reader;
}

Result<bool> LineReader::next(std::string_view& line) {
  if (ended_ || position_ > end_) return false;
  return nextLine(line);
}

/// Makes room by dropping what was read, and reads on. False at the end of the file.
Result<bool> LineReader::fill() {
  if (buffer_.size() - at_ > maxLineBytes_)
    return failure(Status::invalidArgument(
        path_ + ": the line at byte " + std::to_string(position_) + " is longer than " +
        std::to_string(maxLineBytes_) + " bytes (spate.text.maxLineBytes)"));
  buffer_.erase(0, at_);
  at_ = 0;
  nextLf_ = nextCr_ = std::string::npos;
  return source_->read(buffer_);
}

Result<bool> LineReader::nextLine(std::string_view& line) {
  size_t looked = at_;  // no end of line before here
  while (true) {
    if (nextLf_ == std::string::npos || nextLf_ < looked)
      nextLf_ = std::min(buffer_.find('\n', looked), buffer_.size());
    if (nextCr_ == std::string::npos || nextCr_ < looked)
      nextCr_ = std::min(buffer_.find('\r', looked), buffer_.size());
    const size_t end = std::min(nextLf_, nextCr_);
    // Behind a CR one more byte says whether it is a CRLF.
    const bool isCut = end == buffer_.size() || (end == nextCr_ && end + 1 == buffer_.size());
    if (isCut) {
      const size_t known = end - at_;
      SPATE_ASSIGN_OR_FAIL(const bool more, fill());
      looked = at_ + known;
      if (more) continue;
      if (buffer_.empty()) return false;
      const bool endsWithCr = known < buffer_.size();
      line = std::string_view(buffer_).substr(0, known);
      position_ += known + (endsWithCr ? 1 : 0);
      at_ = buffer_.size();
      ended_ = true;
      return true;
    }
    const size_t after = end + (buffer_[end] == '\r' && buffer_[end + 1] == '\n' ? 2 : 1);
    line = std::string_view(buffer_).substr(at_, end - at_);
    if (line.size() > maxLineBytes_)
      return failure(Status::invalidArgument(
          path_ + ": the line at byte " + std::to_string(position_) + " is longer than " +
          std::to_string(maxLineBytes_) + " bytes (spate.text.maxLineBytes)"));
    position_ += after - at_;
    at_ = after;
    return true;
  }
}

Result<std::string> readInputFile(const std::string& path) {
  SPATE_ASSIGN_OR_FAIL(const Compression compression, compressionOfFile(path));
  SPATE_ASSIGN_OR_FAIL(std::string bytes, FileSystem::local()->readFile(path));
  if (compression == Compression::kNone) return bytes;
  SPATE_ASSIGN_OR_FAIL(StreamDecompressor decompressor, StreamDecompressor::make(compression));
  std::string out;
  std::string_view left = bytes;
  while (true) {
    const size_t had = left.size();
    const size_t before = out.size();
    Status status = decompressor.add(left, out);
    if (!status.ok()) return failure(status.withContext(path));
    if (left.empty() && (decompressor.isComplete() || out.size() == before)) break;
    if (left.size() == had && out.size() == before)
      return failure(Status::corrupt(path + ": cannot be decompressed"));
  }
  if (!decompressor.isComplete())
    return failure(Status::corrupt(path + ": Unexpected end of input stream"));
  return out;
}

}  // namespace spate
