#include "spate/rdd/Compression.h"

#include <arrow/result.h>
#include <arrow/util/compression.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace spate {
namespace {

struct Known {
  Compression compression;
  std::string_view extension;
  std::string_view name;
  std::string_view hadoopClass;
};
constexpr std::array kKnown = {
    Known{Compression::kGzip, ".gz", "gzip", "GzipCodec"},
    Known{Compression::kBzip2, ".bz2", "bzip2", "BZip2Codec"},
    Known{Compression::kZstd, ".zst", "zstd", "ZStandardCodec"},
    Known{Compression::kDeflate, ".deflate", "deflate", "DefaultCodec"},
};
constexpr std::string_view kHadoopPackage = "org.apache.hadoop.io.compress.";

Status unsupported(std::string_view what) {
  return Status::unsupported(std::string(what) +
                             ": Hadoop's framing of lz4 and snappy is not supported; use gzip, "
                             "bzip2, zstd or deflate");
}

Status statusOf(const arrow::Status& status) {
  if (status.ok()) return Status::OK();
  if (status.IsNotImplemented()) return Status::unsupported(status.message());
  return Status::corrupt(status.message());
}

Result<std::unique_ptr<arrow::util::Codec>> makeCodec(Compression compression) {
  const auto make = [&]() -> arrow::Result<std::unique_ptr<arrow::util::Codec>> {
    using Type = arrow::Compression;
    switch (compression) {
      case Compression::kGzip: return arrow::util::Codec::Create(Type::GZIP);
      case Compression::kBzip2: return arrow::util::Codec::Create(Type::BZ2);
      case Compression::kZstd: return arrow::util::Codec::Create(Type::ZSTD);
      default: {
        arrow::util::GZipCodecOptions options;
        options.gzip_format = arrow::util::GZipFormat::ZLIB;
        return arrow::util::Codec::Create(Type::GZIP, options);
      }
    }
  };
  auto codec = make();
  if (!codec.ok()) return failure(statusOf(codec.status()));
  return *std::move(codec);
}

constexpr size_t kStep = 64 * 1024;

uint8_t* grow(std::string& out, size_t by) {
  out.resize(out.size() + by);
  return reinterpret_cast<uint8_t*>(out.data() + out.size() - by);
}

}  // namespace

Result<Compression> compressionOfFile(std::string_view path) {
  for (const Known& known : kKnown) {
    if (path.ends_with(known.extension)) return known.compression;
  }
  if (path.ends_with(".lz4") || path.ends_with(".snappy")) return failure(unsupported(path));
  return Compression::kNone;
}

Result<Compression> compressionByName(std::string_view codec) {
  if (codec.empty() || codec == "none" || codec == "uncompressed") return Compression::kNone;
  std::string_view name = codec;
  if (name.starts_with(kHadoopPackage)) name.remove_prefix(kHadoopPackage.size());
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const Known& known : kKnown) {
    if (name == known.hadoopClass || lower == known.name) return known.compression;
  }
  if (name == "DeflateCodec") return Compression::kDeflate;
  if (lower == "bz2") return Compression::kBzip2;
  if (lower.starts_with("lz4") || lower.starts_with("snappy")) return failure(unsupported(codec));
  return failure(
      Status::invalidArgument("Compression codec " + std::string(codec) + " was not found."));
}

std::string_view extensionOf(Compression compression) {
  for (const Known& known : kKnown) {
    if (known.compression == compression) return known.extension;
  }
  return {};
}

StreamCompressor::StreamCompressor() = default;
StreamCompressor::StreamCompressor(StreamCompressor&&) noexcept = default;
StreamCompressor::~StreamCompressor() = default;

Result<StreamCompressor> StreamCompressor::make(Compression compression) {
  StreamCompressor made;
  SPATE_ASSIGN_OR_FAIL(made.codec_, makeCodec(compression));
  auto compressor = made.codec_->MakeCompressor();
  if (!compressor.ok()) return failure(statusOf(compressor.status()));
  made.compressor_ = *std::move(compressor);
  return made;
}

Status StreamCompressor::add(std::string_view bytes, std::string& out) {
  while (!bytes.empty()) {
    const size_t before = out.size();
    uint8_t* space = grow(out, kStep);
    const auto result =
        compressor_->Compress(static_cast<int64_t>(bytes.size()),
                              reinterpret_cast<const uint8_t*>(bytes.data()), kStep, space);
    if (!result.ok()) return statusOf(result.status());
    out.resize(before + static_cast<size_t>(result->bytes_written));
    bytes.remove_prefix(static_cast<size_t>(result->bytes_read));
  }
  return Status::OK();
}

Status StreamCompressor::finish(std::string& out) {
  for (bool again = true; again;) {
    const size_t before = out.size();
    uint8_t* space = grow(out, kStep);
    const auto result = compressor_->End(kStep, space);
    if (!result.ok()) return statusOf(result.status());
    out.resize(before + static_cast<size_t>(result->bytes_written));
    again = result->should_retry;
  }
  return Status::OK();
}

StreamDecompressor::StreamDecompressor() = default;
StreamDecompressor::StreamDecompressor(StreamDecompressor&&) noexcept = default;
StreamDecompressor::~StreamDecompressor() = default;

Result<StreamDecompressor> StreamDecompressor::make(Compression compression) {
  StreamDecompressor made;
  SPATE_ASSIGN_OR_FAIL(made.codec_, makeCodec(compression));
  auto decompressor = made.codec_->MakeDecompressor();
  if (!decompressor.ok()) return failure(statusOf(decompressor.status()));
  made.decompressor_ = *std::move(decompressor);
  return made;
}

Status StreamDecompressor::add(std::string_view& bytes, std::string& out) {
  if (decompressor_->IsFinished()) {
    const auto reset = decompressor_->Reset();
    if (!reset.ok()) return statusOf(reset);
  }
  const size_t before = out.size();
  uint8_t* space = grow(out, kStep);
  const auto result =
      decompressor_->Decompress(static_cast<int64_t>(bytes.size()),
                                reinterpret_cast<const uint8_t*>(bytes.data()), kStep, space);
  if (!result.ok()) return statusOf(result.status());
  out.resize(before + static_cast<size_t>(result->bytes_written));
  bytes.remove_prefix(static_cast<size_t>(result->bytes_read));
  complete_ = decompressor_->IsFinished();
  return Status::OK();
}

}  // namespace spate
