#include "spate/rdd/SparkContext.h"

#include <mutex>

#include "spate/base/Logging.h"

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

void SparkContext::setCheckpointDir(const std::string& directory) {
  context_->setCheckpointDirectory(directory);
}

void SparkContext::setLogLevel(const std::string& level) {
  if (!spate::setLogLevel(std::string_view(level)))
    throw IllegalArgumentException("Supplied level " + level +
                                   " did not match one of: "
                                   "ALL,DEBUG,ERROR,FATAL,INFO,OFF,TRACE,WARN");
}

void SparkContext::stop() { context_->stop(); }

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
