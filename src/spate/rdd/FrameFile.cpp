#include "spate/rdd/FrameFile.h"

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cstring>

#include "spate/types/ByteReader.h"

namespace spate {
namespace {

constexpr std::string_view kMagic = "SPTOBJ1\n";
/// u32 bytes of payload, u32 elements, u64 XXH3 of both numbers and the payload.
constexpr size_t kFrameHeader = 16;
/// No frame is larger: one element, and the limit of its length field.
constexpr uint64_t kMaxPayload = 0xffffffffu;

uint64_t checksum(std::string_view header, std::string_view payload) {
  return XXH3_64bits_withSeed(payload.data(), payload.size(),
                              XXH3_64bits(header.data(), header.size()));
}

}  // namespace

Result<FrameWriter> FrameWriter::create(FileSystem& files, const std::string& path,
                                        std::string_view typeName) {
  SPATE_FAIL_IF_ERROR(files.removeAll(path));
  SPATE_ASSIGN_OR_FAIL(auto file, files.openAppend(path));
  return start(std::move(file), typeName);
}

Result<FrameWriter> FrameWriter::start(std::unique_ptr<AppendFile> file,
                                       std::string_view typeName) {
  FrameWriter writer(std::move(file));
  std::string header(kMagic);
  appendVarint(typeName.size(), header);
  header += typeName;
  SPATE_FAIL_IF_ERROR(writer.append(header));
  return writer;
}

Status FrameWriter::append(std::string_view bytes) {
  size_ += bytes.size();
  return file_->append(bytes);
}

Status FrameWriter::flush() {
  if (payload_.size() > kMaxPayload)
    return Status::unsupported("an element of more than 4 GiB cannot be written");
  frame_.clear();
  appendFixed(static_cast<uint32_t>(payload_.size()), frame_);
  appendFixed(static_cast<uint32_t>(count_), frame_);
  appendFixed(checksum(frame_, payload_), frame_);
  frame_ += payload_;
  sectionCount_ += count_;
  payload_.clear();
  count_ = 0;
  return append(frame_);
}

Result<uint64_t> FrameWriter::endSection() {
  if (!payload_.empty()) SPATE_FAIL_IF_ERROR(flush());
  // An end frame has no payload, and the number of the section's elements instead of a checksum.
  frame_.clear();
  appendFixed(uint32_t{0}, frame_);
  appendFixed(uint32_t{0}, frame_);
  appendFixed(sectionCount_, frame_);
  sectionCount_ = 0;
  SPATE_FAIL_IF_ERROR(append(frame_));
  return size_;
}

FrameReader::Closer::~Closer() {
  if (fd >= 0) ::close(fd);
}

Result<FrameReader> FrameReader::openAt(const std::string& path, uint64_t offset) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    const std::string message = "cannot open " + path + ": " + std::strerror(errno);
    return failure(errno == ENOENT ? Status::notFound(message) : Status::ioError(message));
  }
  return FrameReader(path, fd, offset);
}

Result<FrameReader> FrameReader::open(const std::string& path, std::string_view typeName) {
  SPATE_ASSIGN_OR_FAIL(FrameReader reader, openAt(path, 0));
  std::string expected(kMagic);
  appendVarint(typeName.size(), expected);
  expected += typeName;
  std::string found(kMagic.size(), '\0');
  SPATE_FAIL_IF_ERROR(reader.read(found.data(), found.size()));
  if (found != kMagic) return failure(Status::corrupt(path + " is not an object file"));
  std::string name(expected.size() - kMagic.size(), '\0');
  const Status read = reader.read(name.data(), name.size());
  if (!read.ok() || std::string_view(expected).substr(kMagic.size()) != name)
    return failure(
        Status::corrupt(path + " does not hold elements of type " + std::string(typeName)));
  return reader;
}

Status FrameReader::read(char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t n = ::pread(file_->fd, bytes, size, static_cast<off_t>(offset_));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Status::ioError("cannot read " + path_ + ": " + std::strerror(errno));
    if (n == 0) return Status::corrupt(path_ + " ends in the middle of its data");
    bytes += n;
    size -= static_cast<size_t>(n);
    offset_ += static_cast<uint64_t>(n);
  }
  return Status::OK();
}

Result<bool> FrameReader::next() {
  std::string header(kFrameHeader, '\0');
  SPATE_FAIL_IF_ERROR(read(header.data(), header.size()));
  ByteReader in(header);
  const auto size = in.readFixed<uint32_t>();
  count_ = in.readFixed<uint32_t>();
  const auto sum = in.readFixed<uint64_t>();
  if (size == 0) {
    if (count_ != 0 || sum != sectionCount_) return failure(corrupt());
    return false;
  }
  // Grows with what is really there, so that a corrupt length does not allocate by itself.
  payload_.clear();
  for (size_t left = size; left > 0;) {
    const size_t step = std::min<size_t>(left, 1 << 20);
    const size_t at = payload_.size();
    payload_.resize(at + step);
    SPATE_FAIL_IF_ERROR(read(payload_.data() + at, step));
    left -= step;
  }
  if (checksum(std::string_view(header).substr(0, 8), payload_) != sum) return failure(corrupt());
  sectionCount_ += count_;
  return true;
}

Status FrameReader::corrupt() const {
  return Status::corrupt(path_ + ": what was written there is damaged (before byte " +
                         std::to_string(offset_) + ")");
}

}  // namespace spate
