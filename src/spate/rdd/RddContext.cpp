#include "spate/rdd/RddContext.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <thread>

#include "spate/base/Logging.h"
#include "spate/rdd/BlockStore.h"
#include "spate/rdd/Scheduler.h"
#include "spate/types/Exceptions.h"

namespace spate {
namespace {

constexpr int64_t kMiB = 1024 * 1024;

int parseCount(std::string_view text) {
  if (text == "*") return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  int count = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  return error == std::errc() && stop == text.data() + text.size() ? count : -1;
}

}  // namespace

LocalMaster LocalMaster::parse(const std::string& master) {
  if (master == "local") return {1, 0};
  if (master.starts_with("local[") && master.ends_with(']')) {
    std::string inside = master.substr(6, master.size() - 7);
    std::erase(inside, ' ');
    const size_t comma = inside.find(',');
    const int slots = parseCount(inside.substr(0, comma));
    if (slots == 0)
      throw SparkException("Asked to run locally with " + std::to_string(slots) + " threads");
    const int failures = comma == std::string::npos ? 0 : parseCount(inside.substr(comma + 1));
    if (slots > 0 && failures >= 0) return {slots, failures};
  }
  throw SparkException("Could not parse Master URL: '" + master +
                       "'. Spate runs on one machine: use local, local[N], local[*] or "
                       "local[N,maxFailures]");
}

RddContext::RddContext(SparkConf conf) : conf_(std::move(conf)), files_(FileSystem::local()) {
  const LocalMaster master = LocalMaster::parse(conf_.get("spark.master", "local[*]"));
  slots_ = master.slots;
  maxTaskFailures_ = std::max(
      1, master.maxFailures > 0 ? master.maxFailures : conf_.getInt("spark.task.maxFailures", 1));
  defaultParallelism_ = std::max(1, conf_.getInt("spark.default.parallelism", slots_));
  const int64_t memory = conf_.getSizeAsBytes("spark.driver.memory", 1024 * kMiB);
  const double fraction = conf_.getDouble("spark.memory.fraction", 0.6);
  const auto budget = static_cast<int64_t>(static_cast<double>(memory) * fraction);
  shuffleMemoryPerTask_ = std::max<int64_t>(budget / slots_, kMiB);
  blocks_ = std::make_unique<BlockStore>(*this, budget);
  pool_ = std::make_unique<TaskPool>(slots_);
  scheduler_ = std::make_unique<Scheduler>(*this);
}

RddContext::~RddContext() {
  stop();
  std::lock_guard lock(mutex_);
  if (localDirectory_.empty()) return;
  const Status removed = files_->removeAll(localDirectory_);
  if (!removed.ok()) logWarn("RddContext", removed.message());
}

std::string RddContext::localDirectory() {
  std::lock_guard lock(mutex_);
  if (localDirectory_.empty()) {
    std::string pattern = joinPath(conf_.get("spark.local.dir", "/tmp"), "spate-XXXXXX");
    okOrThrow(files_->createDirectories(parentPath(pattern)));
    if (::mkdtemp(pattern.data()) == nullptr)
      throw SparkException("Failed to create a temp directory like " + pattern +
                           "; set spark.local.dir to a directory that can be written");
    localDirectory_ = pattern;
  }
  return localDirectory_;
}

std::string RddContext::checkpointDirectory() const {
  std::lock_guard lock(mutex_);
  return checkpointDirectory_;
}

void RddContext::setCheckpointDirectory(std::string directory) {
  std::lock_guard lock(mutex_);
  checkpointDirectory_ = std::move(directory);
}

void RddContext::checkNotStopped() const {
  if (stopped()) throw IllegalStateException("Cannot call methods on a stopped SparkContext.");
}

void RddContext::stop() { stopped_.store(true); }

}  // namespace spate
