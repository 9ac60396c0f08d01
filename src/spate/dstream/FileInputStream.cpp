#include "spate/dstream/FileInputStream.h"

#include "spate/base/Logging.h"
#include "spate/rdd/FileNodes.h"

namespace spate {
namespace {

constexpr const char* kMinRemember = "spark.streaming.fileStream.minRememberDuration";
/// Its name before Spark 2.0, which Spark still reads.
constexpr const char* kOldMinRemember = "spark.streaming.minRememberDuration";

/// Spark reads this one with getTimeAsSeconds: a bare number is seconds.
Duration minRememberDuration(SparkConf conf) {
  const char* key = conf.contains(kMinRemember) ? kMinRemember : kOldMinRemember;
  const std::string text = conf.get(key, "60s");
  if (text.find_first_not_of("0123456789") == text.npos) conf.set(key, text + "s");
  return Duration(conf.getTimeAsMillis(key, Millis(60'000)));
}

}  // namespace

FileStreamSourceOptions fileStreamOptions(const StreamGraph& graph, const std::string& directory) {
  FileStreamSourceOptions options;
  options.directory = valueOrThrow(localPath(directory));
  options.batchDuration = graph.batchDuration();
  options.minRememberDuration = minRememberDuration(graph.rddContext()->conf());
  options.clock = graph.clock();
  return options;
}

std::vector<FileInfo> inputFileInfos(FileSystem& files, const std::vector<std::string>& paths) {
  std::vector<FileInfo> infos;
  for (const std::string& path : paths) {
    auto info = files.stat(path);
    if (!info && info.error().code() == StatusCode::kNotFound)
      throw SparkException(Status::notFound("Input path does not exist: file:" + path));
    infos.push_back(valueOrThrow(std::move(info)));
    if (infos.back().size == 0)
      logError("FileInputDStream",
               "File " + path +
                   " has no data in it. Spark Streaming can only ingest files that have been "
                   "\"moved\" to the directory assigned to the file stream. Refer to the "
                   "streaming programming guide for more details.");
  }
  return infos;
}

FileReader<std::string> textFileReader(std::shared_ptr<RddContext> context) {
  return [context = std::move(context)](const std::vector<FileInfo>& files) {
    return RDD<std::string>(makeRdd<TextFileNode>(context, splitFiles(files, 1)));
  };
}

FileReader<std::string> binaryRecordsReader(std::shared_ptr<RddContext> context, int recordLength) {
  if (recordLength <= 0)
    throw IllegalArgumentException(
        "requirement failed: the length of a record must be positive, "
        "not " +
        std::to_string(recordLength));
  return [context = std::move(context), recordLength](const std::vector<FileInfo>& files) {
    const auto length = static_cast<size_t>(recordLength);
    return RDD<std::string>(
        makeRdd<BinaryRecordsNode>(context, splitRecords(files, length, 1), length));
  };
}

}  // namespace spate
