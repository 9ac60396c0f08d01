// The program that run_crash.py kills: words of a deterministic input, counted per batch, in all,
// and over a window, each saved batch by batch. Started again with the same arguments it goes on
// from its checkpoint; it ends by itself when all of the input is counted.

#include <CLI/CLI.hpp>
#include <atomic>
#include <fstream>
#include <iostream>
#include <set>
#include <string>
#include <vector>

#include "CrashInput.h"
#include "spate/base/FaultPoints.h"
#include "spate/base/Logging.h"
#include "spate/dstream/StreamingApplication.h"
#include "spate/dstream/StreamingContext.h"

namespace {

using namespace spate;

struct Arguments {
  std::string checkpoint;
  std::string output;
  std::string input = "queue";
  std::string source;
  std::string kill;
  std::string faultPointList;
  int64_t batchMillis = 25;
  int batches = 20;
  int64_t words = -1;
  int64_t maxBatches = 4000;
};

Arguments parse(int argc, char** argv) {
  Arguments a;
  CLI::App app("Counts words, to be killed");
  app.add_option("--checkpoint", a.checkpoint)->required();
  app.add_option("--output", a.output)->required();
  app.add_option("--input", a.input)->check(CLI::IsMember(crash::inputKinds()));
  app.add_option("--source", a.source, "the directory or file to read");
  app.add_option("--kill", a.kill, "POINT:NTH");
  app.add_option("--list-fault-points", a.faultPointList, "write their names to this file");
  app.add_option("--batch-millis", a.batchMillis);
  app.add_option("--batches", a.batches, "of the queue");
  app.add_option("--words", a.words, "how many words there will be in all (not for the queue)");
  app.add_option("--max-batches", a.maxBatches, "give up after so many");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    std::exit(app.exit(e));
  }
  return a;
}

/// Writes the names of the points reached, once each, when the program ends.
class PointList {
 public:
  PointList(FaultPoints& points, std::string path) : path_(std::move(path)) {
    if (!path_.empty())
      points.observe([this](std::string_view point) { names_.insert(std::string(point)); });
  }
  ~PointList() {
    if (path_.empty()) return;
    std::ofstream out(path_);
    for (const std::string& name : names_) out << name << "\n";
  }

 private:
  std::string path_;
  std::set<std::string> names_;
};

int runApp(const Arguments& a) {
  FaultPoints points;
  PointList list(points, a.faultPointList);
  if (!a.kill.empty()) okOrThrow(points.armKill(a.kill));

  SparkConf conf;
  conf.setMaster("local[2]").setAppName("crash-app");
  conf.set("spark.streaming.receiver.writeAheadLog.enable", "true");
  conf.set("spark.streaming.blockInterval", "10ms");
  const SparkContext sc(conf);
  StreamingEnvironment environment;
  environment.faultPoints = &points;
  std::atomic<bool> gaveUp = false;

  const auto creating = [&] {
    StreamingContext ssc(sc, Milliseconds(a.batchMillis), environment);
    const Duration batch = ssc.batchDuration();
    auto words =
        crash::inputStream(ssc, a.input, a.source, a.batches)
            .flatMap([](const auto& line) { return crash::wordsOf(line); })
            .map([](const std::string& word) { return std::pair<std::string, int64_t>(word, 1); });
    words.reduceByKey(std::plus<>()).saveAsTextFiles(a.output + "/counts");
    words
        .reduceByKeyAndWindow(std::plus<>(), std::minus<>(), batch * 6, batch * 2, 2,
                              [](const auto& counted) { return counted.second != 0; })
        .saveAsTextFiles(a.output + "/windows");
    auto totals = words.updateStateByKey(
        [](std::vector<int64_t> values, std::optional<int64_t> sum) -> std::optional<int64_t> {
          int64_t all = sum.value_or(0);
          for (const int64_t value : values) all += value;
          return all;
        },
        2);
    totals.saveAsTextFiles(a.output + "/totals");
    totals.foreachRDD(
        [&gaveUp, &a, weak = std::weak_ptr(ssc.application())](const auto& rdd, Time time) {
          const auto application = weak.lock();
          if (!application) return;
          const auto& graph = *application->graph();
          const int64_t done = (time - graph.zeroTime()) / graph.batchDuration();
          bool ended = false;
          if (a.words < 0) {
            ended = done >= a.batches;
          } else {
            int64_t counted = 0;
            for (const auto& [word, count] : rdd.collect()) counted += count;
            ended = counted >= a.words;
            if (!ended && done >= a.maxBatches) ended = gaveUp = true;
          }
          if (ended) application->stop(false, false);
        });
    return ssc;
  };
  StreamingContext ssc = StreamingContext::getOrCreate(a.checkpoint, creating);
  ssc.start();
  ssc.awaitTermination();
  if (gaveUp) std::cerr << "gave up: words are missing\n";
  return gaveUp ? 3 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  try {
    return runApp(arguments);
  } catch (const std::exception& e) {
    std::cerr << "crash-app: " << e.what() << "\n";
    return 1;
  }
}
