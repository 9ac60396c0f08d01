#include "spate/rdd/FileNodes.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace spate {

TextFileNode::TextFileNode(std::shared_ptr<RddContext> context, std::vector<FileSplit> splits)
    : Node<std::string>(std::move(context), "textFile", "HadoopRDD"),
      splits_(std::move(splits)),
      maxLineBytes_(static_cast<uint64_t>(
          this->context()->conf().getSizeAsBytes("spate.text.maxLineBytes", int64_t{256} << 20))),
      invalidLines_(this->context()->metrics().counter("text.invalidUtf8Lines")) {}

WholeFilesNode::WholeFilesNode(std::shared_ptr<RddContext> context,
                               std::vector<std::vector<FileInfo>> partitions, bool text)
    : Node<T>(std::move(context), text ? "wholeTextFiles" : "binaryFiles",
              text ? "WholeTextFileRDD" : "BinaryFileRDD"),
      partitions_(std::move(partitions)),
      text_(text),
      invalidFiles_(this->context()->metrics().counter("text.invalidUtf8Files")) {}

void WholeFilesNode::computeChunks(int split, TaskContext&, ChunkSink<T> sink) {
  for (const FileInfo& file : partitions_[static_cast<size_t>(split)]) {
    T element(
        "file:" + std::filesystem::absolute(file.path).lexically_normal().string(),
        valueOrThrow(text_ ? readInputFile(file.path) : FileSystem::local()->readFile(file.path)));
    if (text_ && repairUtf8(element.second) > 0) invalidFiles_.add();
    if (!sink(Chunk<T>{&element, 1, true})) return;
  }
}

BinaryRecordsNode::BinaryRecordsNode(std::shared_ptr<RddContext> context,
                                     std::vector<FileSplit> splits, size_t recordLength)
    : Node<std::string>(std::move(context), "binaryRecords", "NewHadoopRDD"),
      splits_(std::move(splits)),
      recordLength_(recordLength) {}

void BinaryRecordsNode::computeChunks(int split, TaskContext&, ChunkSink<std::string> sink) {
  const FileSplit& part = splits_[static_cast<size_t>(split)];
  std::ifstream file(part.path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(part.start));
  for (uint64_t at = 0; at < part.length; at += recordLength_) {
    std::string record(recordLength_, '\0');
    file.read(record.data(), static_cast<std::streamsize>(recordLength_));
    if (file.gcount() != static_cast<std::streamsize>(recordLength_))
      throw SparkException(
          Status::ioError("Partial record(length = " + std::to_string(file.gcount()) +
                          ") found at the end of " + part.path));
    if (!sink(Chunk<std::string>{&record, 1, true})) return;
  }
}

std::vector<std::vector<FileInfo>> packFiles(std::vector<FileInfo> files, int minPartitions) {
  uint64_t total = 0;
  for (const FileInfo& file : files) total += file.size;
  // Rounded up, as WholeTextFileInputFormat's maximum size of a split is.
  const auto parts = static_cast<uint64_t>(std::max(minPartitions, 1));
  const uint64_t limit = std::max<uint64_t>(1, (total + parts - 1) / parts);
  std::vector<std::vector<FileInfo>> partitions;
  uint64_t size = limit;
  for (FileInfo& file : files) {
    if (size >= limit) {
      partitions.emplace_back();
      size = 0;
    }
    size += file.size;
    partitions.back().push_back(std::move(file));
  }
  return partitions;
}

std::vector<FileSplit> splitRecords(const std::vector<FileInfo>& files, size_t recordLength,
                                    int minPartitions) {
  std::vector<FileSplit> splits;
  for (const FileSplit& split : splitFiles(files, minPartitions)) {
    // A record belongs to the split in which it starts.
    const auto up = [&](uint64_t n) {
      return (n + recordLength - 1) / recordLength * recordLength;
    };
    const uint64_t from = up(split.start);
    uint64_t to = up(split.start + split.length);
    if (from < to) splits.push_back(FileSplit{split.path, from, to - from});
  }
  return splits;
}

}  // namespace spate
