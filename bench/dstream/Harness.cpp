#include "Harness.h"

#include <algorithm>
#include <cstdio>

namespace spate::bench {
namespace {

bool failed = false;

}  // namespace

void report(const std::string& name, const std::string& value, const std::string& bound) {
  std::printf("  %-58s %12s%s\n", name.c_str(), value.c_str(),
              bound.empty() ? "" : ("   (" + bound + ")").c_str());
  std::fflush(stdout);
}

std::string milliseconds(double ms) {
  char text[32];
  std::snprintf(text, sizeof text, ms < 10 ? "%.2f ms" : "%.1f ms", ms);
  return text;
}

std::string ratio(double r) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", r);
  return text;
}

void fail(const std::string& message) {
  std::fprintf(stderr, "WRONG RESULT: %s\n", message.c_str());
  failed = true;
}

bool anyFailed() { return failed; }

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

class Application::Completed final : public StreamingListener {
 public:
  void onBatchCompleted(const BatchInfo& info) override {
    if (info.failureReason) fail(*info.failureReason);
    std::lock_guard lock(mutex_);
    ++batches_;
    changed_.notify_all();
  }
  void waitFor(int64_t batches) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return batches_ >= batches; });
  }
  int64_t seen() {
    std::lock_guard lock(mutex_);
    return batches_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int64_t batches_ = 0;
};

Application::Application(const std::string& master, const std::string& checkpointDirectory)
    : completed_(std::make_shared<Completed>()) {
  SparkConf conf;
  conf.setMaster(master).setAppName("bench");
  StreamingEnvironment environment;
  environment.clock = clock_;
  environment.files = files_;
  context_.emplace(conf, Seconds(1), environment);
  if (!checkpointDirectory.empty()) {
    okOrThrow(files_->removeAll(checkpointDirectory));
    context_->checkpoint(checkpointDirectory);
  }
  context_->addStreamingListener(completed_);
}

Application::~Application() { context_->stop(); }

BatchTime Application::runBatch() {
  const int64_t before = completed_->seen();
  clock_->waitUntilIdle();
  files_->takeMillis();
  const auto begin = Stopwatch::now();
  clock_->advance(std::chrono::seconds(1));
  completed_->waitFor(before + 1);
  return {millisSince(begin), files_->takeMillis()};
}

}  // namespace spate::bench
