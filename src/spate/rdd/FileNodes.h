#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spate/base/Metrics.h"
#include "spate/rdd/ElementFile.h"
#include "spate/rdd/Node.h"
#include "spate/rdd/RddContext.h"
#include "spate/rdd/TextInput.h"
#include "spate/types/Utf8.h"

namespace spate {

/// textFile: the lines of files. Invalid UTF-8 is repaired as Java does and counted in the metric
/// "text.invalidUtf8Lines".
class TextFileNode final : public Node<std::string> {
 public:
  TextFileNode(std::shared_ptr<RddContext> context, std::vector<FileSplit> splits);

  int numPartitions() const override { return static_cast<int>(splits_.size()); }

  /// The sink gets the line in a string that is used again for the next one.
  template <class Sink>
  bool compute(int split, TaskContext&, Sink&& sink) {
    LineReader reader =
        valueOrThrow(LineReader::open(splits_[static_cast<size_t>(split)], maxLineBytes_));
    std::string text;
    std::string_view line;
    while (valueOrThrow(reader.next(line))) {
      text.clear();
      if (appendRepairedUtf8(line, text) > 0) [[unlikely]]
        invalidLines_.add();
      if (!sink(std::as_const(text))) return false;
    }
    return true;
  }
  void computeChunks(int split, TaskContext& task, ChunkSink<std::string> sink) override {
    computeIntoChunks<std::string>(*this, split, task, sink);
  }

 private:
  std::vector<FileSplit> splits_;
  uint64_t maxLineBytes_;
  Counter& invalidLines_;
};

/// wholeTextFiles and binaryFiles: (path, content), some files a partition.
class WholeFilesNode final : public Node<std::pair<std::string, std::string>> {
 public:
  using T = std::pair<std::string, std::string>;

  WholeFilesNode(std::shared_ptr<RddContext> context, std::vector<std::vector<FileInfo>> partitions,
                 bool text);

  int numPartitions() const override { return static_cast<int>(partitions_.size()); }
  void computeChunks(int split, TaskContext& task, ChunkSink<T> sink) override;

 private:
  std::vector<std::vector<FileInfo>> partitions_;
  bool text_;
  Counter& invalidFiles_;
};

/// binaryRecords: the records of one length in files.
class BinaryRecordsNode final : public Node<std::string> {
 public:
  /// Each split starts at a record's start and holds whole records, but for a rest at the end of
  /// the file, which is an error of the task.
  BinaryRecordsNode(std::shared_ptr<RddContext> context, std::vector<FileSplit> splits,
                    size_t recordLength);

  int numPartitions() const override { return static_cast<int>(splits_.size()); }
  void computeChunks(int split, TaskContext& task, ChunkSink<std::string> sink) override;

 private:
  std::vector<FileSplit> splits_;
  size_t recordLength_;
};

/// objectFile: what saveAsObjectFile wrote.
template <class T>
class ObjectFileNode final : public Node<T> {
 public:
  ObjectFileNode(std::shared_ptr<RddContext> context, std::vector<FileInfo> files)
      : Node<T>(std::move(context), "objectFile", "HadoopRDD"), files_(std::move(files)) {}

  int numPartitions() const override { return static_cast<int>(files_.size()); }

  template <class Sink>
  bool compute(int split, TaskContext&, Sink&& sink) {
    FrameReader reader = valueOrThrow(
        FrameReader::open(files_[static_cast<size_t>(split)].path, Codec<T>::typeName()));
    return readElements<T>(reader, sink);
  }
  void computeChunks(int split, TaskContext& task, ChunkSink<T> sink) override {
    computeIntoChunks<T>(*this, split, task, sink);
  }

 private:
  std::vector<FileInfo> files_;
};

/// The files of wholeTextFiles and binaryFiles spread over about `minPartitions` partitions, by
/// size as Hadoop's CombineFileInputFormat does.
std::vector<std::vector<FileInfo>> packFiles(std::vector<FileInfo> files, int minPartitions);

/// Splits for binaryRecords, cut at records' starts.
std::vector<FileSplit> splitRecords(const std::vector<FileInfo>& files, size_t recordLength,
                                    int minPartitions);

}  // namespace spate
