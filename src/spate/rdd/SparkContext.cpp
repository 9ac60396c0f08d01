#include "spate/rdd/SparkContext.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <numeric>

#include "spate/base/Logging.h"
#include "spate/rdd/Compression.h"

namespace spate {
namespace {

/// The one context that may be active in a process.
struct Active {
  std::mutex mutex;
  std::weak_ptr<RddContext> context;
};

Active& active() {
  static Active a;
  return a;
}

std::shared_ptr<RddContext> activeContext() {
  std::shared_ptr<RddContext> context = active().context.lock();
  return context && !context->stopped() ? context : nullptr;
}

void checkConf(const SparkConf& conf) {
  if (!conf.contains("spark.master"))
    throw SparkException("A master URL must be set in your configuration");
  if (!conf.contains("spark.app.name"))
    throw SparkException("An application name must be set in your configuration");
}

}  // namespace

SparkContext::SparkContext(const SparkConf& conf) {
  checkConf(conf);
  std::lock_guard lock(active().mutex);
  if (activeContext())
    throw SparkException(
        "Only one SparkContext should be running in this process (see SPARK-2243). Stop the "
        "running one first.");
  context_ = std::make_shared<RddContext>(conf);
  active().context = context_;
}

SparkContext SparkContext::getOrCreate(const SparkConf& conf) {
  {
    std::lock_guard lock(active().mutex);
    if (auto context = activeContext()) return SparkContext(std::move(context));
  }
  return SparkContext(conf);
}

void SparkContext::setCheckpointDir(const std::string& directory) const {
  static std::atomic<int> counter{0};
  const std::string local = valueOrThrow(localPath(directory));
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::string own =
      joinPath(local, "rdd-checkpoints-" + std::to_string(now.count()) + "-" +
                          std::to_string(::getpid()) + "-" + std::to_string(counter++));
  okOrThrow(context_->files().createDirectories(own));
  context_->setCheckpointDirectory(own);
}

std::optional<std::string> SparkContext::getCheckpointDir() const {
  std::string directory = context_->checkpointDirectory();
  if (directory.empty()) return std::nullopt;
  return directory;
}

void SparkContext::setLogLevel(const std::string& level) const {
  if (!spate::setLogLevel(std::string_view(level)))
    throw IllegalArgumentException("Supplied level " + level +
                                   " did not match one of: "
                                   "ALL,DEBUG,ERROR,FATAL,INFO,OFF,TRACE,WARN");
}

void SparkContext::setJobGroup(const std::string& groupId, const std::string& description) const {
  context_->scheduler().setJobGroup(JobGroup{groupId, description});
}
void SparkContext::clearJobGroup() const { context_->scheduler().setJobGroup(std::nullopt); }
void SparkContext::cancelJobGroup(const std::string& groupId) const {
  context_->scheduler().cancelJobGroup(groupId);
}
void SparkContext::cancelAllJobs() const { context_->scheduler().cancelAllJobs(); }

void SparkContext::stop() const { context_->stop(); }

std::vector<int> SparkContext::allOf(int partitions) {
  std::vector<int> all(static_cast<size_t>(partitions));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

std::vector<FileInfo> SparkContext::inputFiles(const std::string& path) {
  return valueOrThrow(listInputFiles(path));
}

TypedRDD<TextFileNode> SparkContext::textFile(const std::string& path, int minPartitions) const {
  const auto files = inputFiles(path);
  // Refused here, by name, rather than by the first task that meets such a file.
  for (const FileInfo& file : files) valueOrThrow(compressionOfFile(file.path));
  auto rdd = makeRdd<TextFileNode>(checked(), splitFiles(files, minPartitionsOr(minPartitions)));
  rdd.setName(path);
  return rdd;
}

TypedRDD<WholeFilesNode> SparkContext::wholeTextFiles(const std::string& path,
                                                      int minPartitions) const {
  auto rdd = makeRdd<WholeFilesNode>(
      checked(), packFiles(inputFiles(path), minPartitionsOr(minPartitions)), true);
  rdd.setName(path);
  return rdd;
}

TypedRDD<WholeFilesNode> SparkContext::binaryFiles(const std::string& path,
                                                   int minPartitions) const {
  auto rdd = makeRdd<WholeFilesNode>(
      checked(), packFiles(inputFiles(path), minPartitionsOr(minPartitions)), false);
  rdd.setName(path);
  return rdd;
}

TypedRDD<BinaryRecordsNode> SparkContext::binaryRecords(const std::string& path,
                                                        int recordLength) const {
  if (recordLength <= 0)
    throw IllegalArgumentException("requirement failed: recordLength must be positive, not " +
                                   std::to_string(recordLength));
  const auto length = static_cast<size_t>(recordLength);
  auto rdd = makeRdd<BinaryRecordsNode>(
      checked(), splitRecords(inputFiles(path), length, minPartitionsOr(0)), length);
  rdd.setName(path);
  return rdd;
}

uint64_t SparkContext::rangeCount(int64_t start, int64_t end, int64_t step) {
  if (step == 0) throw IllegalArgumentException("requirement failed: step cannot be 0");
  if (step > 0 ? start >= end : start <= end) return 0;
  // Unsigned, because the distance of two int64_t may not fit into one.
  const uint64_t distance = step > 0 ? static_cast<uint64_t>(end) - static_cast<uint64_t>(start)
                                     : static_cast<uint64_t>(start) - static_cast<uint64_t>(end);
  const uint64_t stride = step > 0 ? static_cast<uint64_t>(step) : -static_cast<uint64_t>(step);
  return (distance - 1) / stride + 1;
}

}  // namespace spate
