#include "spate/sources/files/LineReader.h"

#include <arrow/buffer.h>
#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/io/memory.h>
#include <arrow/util/compression.h>
#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "spate/base/AsciiCase.h"
#include "spate/base/FileSystem.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/Utf8.h"

namespace spate {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Result<std::shared_ptr<arrow::util::Codec>> codecOf(std::string_view path) {
  const auto create =
      [](arrow::Compression::type type) -> Result<std::shared_ptr<arrow::util::Codec>> {
    SPATE_ASSIGN_OR_FAIL(auto codec, fromArrow(arrow::util::Codec::Create(type)));
    return std::shared_ptr<arrow::util::Codec>(std::move(codec));
  };
  if (path.ends_with(".gz")) return create(arrow::Compression::GZIP);
  if (path.ends_with(".bz2")) return create(arrow::Compression::BZ2);
  if (path.ends_with(".zst")) return create(arrow::Compression::ZSTD);
  if (path.ends_with(".deflate")) {
    arrow::util::GZipCodecOptions options;
    options.gzip_format = arrow::util::GZipFormat::ZLIB;
    SPATE_ASSIGN_OR_FAIL(auto codec,
                         fromArrow(arrow::util::Codec::Create(arrow::Compression::GZIP, options)));
    return std::shared_ptr<arrow::util::Codec>(std::move(codec));
  }
  for (const std::string_view unsupported : {".snappy", ".lz4", ".lzo", ".xz"}) {
    if (path.ends_with(unsupported))
      return failure(
          Status::unsupported("The compression codec of " + std::string(path) +
                              " is not supported; supported are .gz, .bz2, .zst and .deflate")
              .withErrorClass("UNSUPPORTED_COMPRESSION_CODEC", "0A000",
                              {{"codec", std::string(unsupported.substr(1))}}));
  }
  return std::shared_ptr<arrow::util::Codec>();
}

/// Arrow's errors of opening do not say which kind they are.
Status openError(const std::string& path, const arrow::Status& status) {
  if (!FileSystem::local()->exists(path))
    return Status::notFound("File " + path + " does not exist");
  return Status::ioError(status.message());
}

/// A conversion that iconv does.
class Converter {
 public:
  explicit Converter(const std::string& from) : handle_(::iconv_open("UTF-8", from.c_str())) {}
  ~Converter() {
    if (isOpen()) ::iconv_close(handle_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  bool isOpen() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  std::string convert(std::string_view bytes) {
    std::string out;
    char chunk[4096];
    char* in = const_cast<char*>(bytes.data());
    size_t left = bytes.size();
    while (left > 0) {
      char* to = chunk;
      size_t room = sizeof(chunk);
      const size_t done = ::iconv(handle_, &in, &left, &to, &room);
      const int error = errno;
      out.append(chunk, sizeof(chunk) - room);
      if (done != static_cast<size_t>(-1) || error == E2BIG) continue;
      out += "\xEF\xBF\xBD";
      if (error == EINVAL) break;
      ++in;
      --left;
    }
    return out;
  }

 private:
  iconv_t handle_;
};

Result<std::string> readAll(const std::string& path) {
  SPATE_ASSIGN_OR_FAIL(const auto input, openFileBytes(path, 0));
  std::string bytes;
  size_t size = 0;
  while (true) {
    bytes.resize(std::max<size_t>(size + size / 2, size_t{1} << 16));
    SPATE_ASSIGN_OR_FAIL(
        const int64_t got,
        fromArrow(input->Read(static_cast<int64_t>(bytes.size() - size), bytes.data() + size)));
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace

bool isCompressedFile(std::string_view path) {
  for (const std::string_view suffix :
       {".gz", ".bz2", ".zst", ".deflate", ".snappy", ".lz4", ".lzo", ".xz"})
    if (path.ends_with(suffix)) return true;
  return false;
}

bool isUtf8Encoding(std::string_view encoding) {
  const std::string name = asciiUpper(encoding);
  return name == "UTF-8" || name == "UTF8" || name == "US-ASCII" || name == "ASCII";
}

Result<std::shared_ptr<arrow::io::InputStream>> openFileBytes(const std::string& path,
                                                              int64_t start) {
  SPATE_ASSIGN_OR_FAIL(const auto codec, codecOf(path));
  auto opened = arrow::io::ReadableFile::Open(path);
  if (!opened.ok()) return failure(openError(path, opened.status()));
  const std::shared_ptr<arrow::io::ReadableFile> file = *opened;
  if (codec == nullptr) {
    const arrow::Status sought = file->Seek(start);
    if (!sought.ok()) return failure(fromArrow(sought));
    return file;
  }
  SPATE_ASSIGN_OR_FAIL(auto stream,
                       fromArrow(arrow::io::CompressedInputStream::Make(codec.get(), file)));
  return stream;
}

Result<std::string> readWholeText(const std::string& path, const std::string& encoding) {
  SPATE_ASSIGN_OR_FAIL(std::string bytes, readAll(path));
  if (!isUtf8Encoding(encoding)) {
    Converter converter(encoding);
    if (!converter.isOpen())
      return failure(Status::invalidArgument("The encoding '" + encoding + "' is not supported.")
                         .withErrorClass("INVALID_PARAMETER_VALUE.CHARSET", "22023",
                                         {{"charset", encoding}, {"parameter", "`charset`"}}));
    bytes = converter.convert(bytes);
  }
  if (bytes.starts_with(kByteOrderMark)) bytes.erase(0, kByteOrderMark.size());
  repairUtf8(bytes);
  return bytes;
}

LineReader::LineReader(std::shared_ptr<arrow::io::InputStream> input, Options options)
    : input_(std::move(input)), options_(std::move(options)) {}
LineReader::~LineReader() = default;

Result<std::unique_ptr<LineReader>> LineReader::open(const std::string& path, Options options) {
  std::shared_ptr<arrow::io::InputStream> input;
  int64_t from = 0;
  if (isUtf8Encoding(options.encoding)) {
    if (isCompressedFile(path)) {
      options.start = 0;
      options.length = INT64_MAX;
    }
    // A separator that the part begins inside of ends the line before, too.
    const auto separatorSize =
        static_cast<int64_t>(options.separator ? options.separator->size() : 1);
    from = std::max<int64_t>(options.start - (separatorSize - 1), 0);
    SPATE_ASSIGN_OR_FAIL(input, openFileBytes(path, from));
    // Most files are small; of a part, little more than it is read.
    constexpr int64_t kLeastBytes = 4096;
    options.blockBytes = static_cast<size_t>(
        std::min(static_cast<int64_t>(options.blockBytes),
                 std::max(std::min(options.length, INT64_MAX - 1) + 1, kLeastBytes)));
  } else {
    SPATE_ASSIGN_OR_FAIL(std::string text, readWholeText(path, options.encoding));
    input = std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(std::move(text)));
    options.start = 0;
    options.length = INT64_MAX;
  }
  std::unique_ptr<LineReader> reader(new LineReader(std::move(input), std::move(options)));
  reader->position_ = from;
  SPATE_ASSIGN_OR_FAIL(const bool hasBytes, reader->fill());
  if (hasBytes && reader->options_.start > 0) {
    SPATE_FAIL_IF_ERROR(reader->skipLine());
  } else if (std::string_view(reader->buffer_.data(), reader->size_).starts_with(kByteOrderMark)) {
    reader->begin_ = kByteOrderMark.size();
    reader->position_ = static_cast<int64_t>(kByteOrderMark.size());
    reader->options_.length = std::max(reader->options_.length, reader->position_);
  }
  return reader;
}

Result<bool> LineReader::fill() {
  if (atEnd_) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, size_ - begin_);
    size_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - size_ < options_.blockBytes / 2) buffer_.resize(size_ + options_.blockBytes);
  SPATE_ASSIGN_OR_FAIL(const int64_t got,
                       fromArrow(input_->Read(static_cast<int64_t>(buffer_.size() - size_),
                                              buffer_.data() + size_)));
  size_ += static_cast<size_t>(got);
  atEnd_ = got == 0;
  hasReturn_ = std::memchr(buffer_.data(), '\r', size_) != nullptr;
  return got > 0;
}

size_t LineReader::lineLength(size_t at, size_t& endSize) const {
  const std::string_view rest(buffer_.data() + at, size_ - at);
  if (options_.separator) {
    endSize = options_.separator->size();
    return rest.find(*options_.separator);
  }
  endSize = 1;
  const void* const newline = rest.empty() ? nullptr : std::memchr(rest.data(), '\n', rest.size());
  const size_t length = newline == nullptr
                            ? std::string_view::npos
                            : static_cast<size_t>(static_cast<const char*>(newline) - rest.data());
  if (!hasReturn_) return length;
  const size_t carriage = rest.substr(0, length).find('\r');
  if (carriage == std::string_view::npos) return length;
  // Whether a \n follows is not known at the end of what was read.
  if (carriage + 1 == rest.size()) return atEnd_ ? carriage : std::string_view::npos;
  if (rest[carriage + 1] == '\n') endSize = 2;
  return carriage;
}

Status LineReader::skipLine() {
  while (true) {
    size_t endSize = 0;
    const size_t length = lineLength(begin_, endSize);
    if (length != std::string_view::npos) {
      begin_ += length + endSize;
      position_ += static_cast<int64_t>(length + endSize);
      return Status::OK();
    }
    SPATE_ASSIGN_OR_RETURN(const bool hasMore, fill());
    if (hasMore) continue;
    // A lone \r at the very end is found once the end is known.
    if (lineLength(begin_, endSize) != std::string_view::npos) continue;
    position_ += static_cast<int64_t>(size_ - begin_);
    begin_ = size_;
    return Status::OK();
  }
}

Result<std::vector<std::string_view>> LineReader::next(size_t most) {
  std::vector<std::string_view> lines;
  repaired_.clear();
  const int64_t last =
      options_.length > INT64_MAX - options_.start ? INT64_MAX : options_.start + options_.length;
  size_t checkedTo = begin_;
  while (lines.size() < most && position_ <= last) {
    size_t endSize = 0;
    const size_t length = lineLength(begin_, endSize);
    if (length != std::string_view::npos) {
      lines.emplace_back(buffer_.data() + begin_, length);
      begin_ += length + endSize;
      position_ += static_cast<int64_t>(length + endSize);
      continue;
    }
    if (!lines.empty() && !atEnd_) break;  // filling would move what was handed out
    SPATE_ASSIGN_OR_FAIL(const bool hasMore, fill());
    if (lines.empty()) checkedTo = begin_;
    if (hasMore || lineLength(begin_, endSize) != std::string_view::npos) continue;
    if (begin_ < size_) lines.emplace_back(buffer_.data() + begin_, size_ - begin_);
    position_ += static_cast<int64_t>(size_ - begin_);
    begin_ = size_;
    break;
  }
  const std::string_view handedOut(buffer_.data() + checkedTo, begin_ - checkedTo);
  if (!lines.empty() && !isValidUtf8(handedOut)) {
    for (std::string_view& line : lines) {
      if (isValidUtf8(line)) continue;
      auto copy = std::make_unique<std::string>();
      appendRepairedUtf8(line, *copy);
      line = *copy;
      repaired_.push_back(std::move(copy));
    }
  }
  return lines;
}

}  // namespace spate
