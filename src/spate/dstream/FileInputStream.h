#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spate/dstream/DirectoryScan.h"
#include "spate/dstream/FileStreamSource.h"
#include "spate/dstream/InputStreamNode.h"

namespace spate {

/// Makes the RDD of a batch's files; what a Hadoop InputFormat is to Spark. Called by the driver
/// once per batch, and again for a batch that is repeated.
template <class T>
using FileReader = std::function<RDD<T>(const std::vector<FileInfo>& files)>;

/// The options of a file stream as the context's settings and `directory` (a path or a "file:"
/// URI) give them.
///
/// Errors  throws SparkUnsupportedOperationException for the URI of another file system
FileStreamSourceOptions fileStreamOptions(const StreamGraph& graph, const std::string& directory);

/// What the reader is told of the files. An empty one gets Spark's error line: it is probably being
/// written in the directory, instead of having been moved there.
///
/// Errors  throws SparkException "Input path does not exist: file:/..." when one has vanished since
///         it was listed, as Spark does; the batch fails
std::vector<FileInfo> inputFileInfos(FileSystem& files, const std::vector<std::string>& paths);

/// Lines as textFile gives them: invalid UTF-8 replaced and counted, spate.text.maxLineBytes.
FileReader<std::string> textFileReader(std::shared_ptr<RddContext> context);
/// Records of a fixed length.
FileReader<std::string> binaryRecordsReader(std::shared_ptr<RddContext> context, int recordLength);

/// fileStream and those made of it: a batch reads the files that FileStreamSource gives it.
template <class T>
class FileInputStream final : public InputStreamNode<T> {
 public:
  FileInputStream(std::shared_ptr<StreamGraph> graph, FileStreamSourceOptions options,
                  FileReader<T> reader)
      : InputStreamNode<T>(std::move(graph), "fileStream"),
        files_(options.files),
        details_(options.newFilesOnly ? "newFilesOnly" : "allFiles"),
        source_(std::move(options)),
        reader_(std::move(reader)) {}

  OffsetSource& source() override { return source_; }
  // Not the directory: it may be mounted elsewhere after a restart.
  std::string details() const override { return details_; }

  Status recover(const std::optional<Offset>& end) override {
    std::string directory = this->graph()->checkpointDirectory();
    if (!directory.empty())
      directory = joinPath(directory, "sources/" + std::to_string(this->place()));
    return source_.recover(this->graph()->stateEnvironment().files, directory, end);
  }

  RDD<T> rddFor(Time, const OffsetRange& range) override {
    return reader_(inputFileInfos(*files_, valueOrThrow(source_.filesOf(range))));
  }

 private:
  std::shared_ptr<FileSystem> files_;
  std::string details_;
  FileStreamSource source_;
  FileReader<T> reader_;
};

}  // namespace spate
