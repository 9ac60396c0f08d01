// The windowed count of the events over Arrow columns in memory: the engine, from the plan to the
// rows that come out, and a hand-written loop over the same record batches. Each round prints a
// line of JSON; the counts go to files, by which run.py sees that both count the same.

#include "spate/types/Columns.h"

#include <absl/container/flat_hash_map.h>
#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stop_token>
#include <thread>

#include "Events.h"
#include "spate/planner/Analyzer.h"
#include "spate/planner/Lowering.h"
#include "spate/runtime/StreamingQueries.h"
#include "spate/sinks/MemorySink.h"
#include "spate/sources/MemorySource.h"
#include "spate/sql/SqlParser.h"
#include "spate/types/ArrowTypes.h"

namespace spate::bench {
namespace {

struct Settings {
  std::string directory;
  int threads = 2;
  int rounds = 3;
  int64_t events = 10'000'000;
};

template <class T>
T need(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().toString().c_str());
    std::exit(1);
  }
  return *std::move(result);
}
void need(const Status& status) {
  if (!status.ok()) need(Result<int>(failure(status)));
}

void report(const char* engine, int64_t rows, std::chrono::steady_clock::time_point begin) {
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf(
      "{\"case\": \"window columns\", \"engine\": \"%s\", \"rows\": %lld, \"seconds\": %.4f}\n",
      engine, static_cast<long long>(rows), seconds);
  std::fflush(stdout);
}

void write(const std::string& path, std::vector<std::string> lines) {
  std::sort(lines.begin(), lines.end());
  std::ofstream out(path, std::ios::binary);
  for (const std::string& line : lines) out << line;
}

std::string line(int64_t window, int64_t campaign, int64_t count) {
  return std::to_string(window) + "\t" + std::to_string(campaign) + "\t" + std::to_string(count) +
         "\n";
}

// --- the columns ---------------------------------------------------------------------------------

const DataType& eventType() {
  static const DataType type = DataType::structOf({{"ad_id", DataType::longType(), true},
                                                   {"event_type", DataType::stringType(), true},
                                                   {"event_time", DataType::longType(), true}});
  return type;
}

std::vector<RecordBatchPtr> makeBatches(int64_t events) {
  constexpr int64_t kRows = 1 << 15;  // as the Parquet reader gives them
  const auto schema = need(toArrowSchema(eventType()));
  std::vector<RecordBatchPtr> batches;
  for (int64_t begin = 0; begin < events; begin += kRows) {
    arrow::Int64Builder ads;
    arrow::StringBuilder types;
    arrow::Int64Builder times;
    const int64_t end = std::min(events, begin + kRows);
    for (int64_t i = begin; i < end; ++i) {
      const Event event = eventAt(i);
      need(fromArrow(ads.Append(event.ad)));
      need(fromArrow(types.Append(event.type)));
      need(fromArrow(times.Append(event.millis)));
    }
    batches.push_back(arrow::RecordBatch::Make(schema, end - begin,
                                               {*ads.Finish(), *types.Finish(), *times.Finish()}));
  }
  return batches;
}

// --- the hand-written loop -----------------------------------------------------------------------

using Windows = absl::flat_hash_map<uint64_t, int64_t>;

void countByHand(const arrow::RecordBatch& batch, const std::vector<int64_t>& campaigns,
                 Windows& windows) {
  const auto* ads = static_cast<const arrow::Int64Array&>(*batch.column(0)).raw_values();
  const auto& types = static_cast<const arrow::StringArray&>(*batch.column(1));
  const auto* times = static_cast<const arrow::Int64Array&>(*batch.column(2)).raw_values();
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (types.GetView(row) != "view") continue;
    const int64_t campaign = campaigns[static_cast<size_t>(ads[row])];
    ++windows[static_cast<uint64_t>(times[row] / kWindowMillis * 128 + campaign)];
  }
}

void runByHand(const std::vector<RecordBatchPtr>& batches, const Settings& settings) {
  std::vector<int64_t> campaigns;
  for (int64_t ad = 0; ad < kAds; ++ad) campaigns.push_back(ad / kAdsOfACampaign);
  for (int round = 0; round < settings.rounds; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    const auto threads = static_cast<size_t>(settings.threads);
    std::vector<Windows> tables(threads);
    std::vector<std::thread> running;
    for (size_t t = 0; t < threads; ++t)
      running.emplace_back([&, t] {
        for (size_t i = t; i < batches.size(); i += threads)
          countByHand(*batches[i], campaigns, tables[t]);
      });
    for (std::thread& thread : running) thread.join();
    for (size_t t = 1; t < threads; ++t)
      for (const auto& [key, n] : tables[t]) tables[0][key] += n;
    report("loop", settings.events, begin);
    std::vector<std::string> lines;
    for (const auto& [key, n] : tables[0])
      lines.push_back(line(static_cast<int64_t>(key / 128) * kWindowMillis,
                           static_cast<int64_t>(key % 128), n));
    write(settings.directory + "/loop", std::move(lines));
  }
}

// --- the engine ----------------------------------------------------------------------------------

/// A session with one stream, `events`, and the static table `campaigns`.
class Session final : public PlanContext {
 public:
  const SessionSettings& settings() const override { return settings_; }
  Result<NamedRelation> findTable(const std::vector<std::string>& name) override {
    if (name.back() == "campaigns") {
      SPATE_ASSIGN_OR_FAIL(
          const auto query,
          sql::parseStatement("SELECT id AS ad_id, id DIV " + std::to_string(kAdsOfACampaign) +
                              " AS campaign_id FROM range(" + std::to_string(kAds) + ")"));
      return NamedRelation{[query] { return query; }};
    }
    plan::ReadSource source;
    source.format = "columns";
    source.isStreaming = true;
    const auto read = plan::make(std::move(source));
    return NamedRelation{[read] { return read; }};
  }
  std::shared_ptr<const KeptRows> findKept(const std::string&) override { return nullptr; }
  std::shared_ptr<const plan::PythonCall> findFunction(const std::string&) override {
    return nullptr;
  }
  Result<std::vector<RecordBatchPtr>> run(const LogicalNodePtr&, const std::stop_token&) override {
    return refused();
  }
  Result<std::pair<DataType, BatchScan>> openScan(const plan::ReadSource&) override {
    return refused();
  }
  Result<StreamScan> openStream(const plan::ReadSource&) override {
    return StreamScan{{}, eventType(), 0};
  }
  Result<Micros> watermarkDelay(const std::string&) override { return std::chrono::seconds(10); }

 private:
  static tl::unexpected<Status> refused() {
    return failure(Status::unsupported("no such table in this program"));
  }
  SessionSettings settings_;
};

plan::RelationPtr countsQuery() {
  const auto views = need(sql::parseStatement(
      "SELECT campaign_id, ts FROM (SELECT ad_id, timestamp_millis(event_time) AS ts FROM "
      "events WHERE event_type = 'view') JOIN campaigns USING (ad_id)"));
  const auto late = plan::make(plan::WithWatermark{views, "ts", "10 seconds"});
  plan::Aggregate counts;
  counts.input = late;
  counts.grouping = {need(sql::parseExpression("window(ts, '10 seconds')")),
                     need(sql::parseExpression("campaign_id"))};
  counts.aggregates = {need(sql::parseExpression("count(1) AS count"))};
  plan::Project out;
  out.input = plan::make(std::move(counts));
  out.expressions = {need(sql::parseExpression("unix_millis(window.start) AS w")),
                     need(sql::parseExpression("campaign_id")),
                     need(sql::parseExpression("count"))};
  return plan::make(std::move(out));
}

std::vector<std::string> linesOf(const MemorySink& sink) {
  std::vector<std::string> lines;
  for (const RecordBatchPtr& batch : sink.rows()) {
    const auto column = [&](int i) {
      return static_cast<const arrow::Int64Array&>(*batch->column(i)).raw_values();
    };
    for (int64_t row = 0; row < batch->num_rows(); ++row)
      lines.push_back(line(column(0)[row], column(1)[row], column(2)[row]));
  }
  return lines;
}

void runByEngine(const std::vector<RecordBatchPtr>& batches, const Settings& settings) {
  const auto pool = std::make_shared<TaskPool>(settings.threads);
  for (int round = 0; round < settings.rounds; ++round) {
    auto source = std::make_unique<MemorySource>(batches[0]->schema());
    for (const RecordBatchPtr& batch : batches) need(source->add(batch));
    const auto begin = std::chrono::steady_clock::now();
    Session session;
    Analyzer analyzer(session);
    const LogicalNodePtr plan = need(analyzer.analyzeQuery(countsQuery()));
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(std::move(source));
    const auto inputs = std::make_shared<StreamInputs>(std::move(sources));
    const auto sink = std::make_shared<MemorySink>();

    std::vector<StatefulOperatorInfo> stateful;
    LoweringOptions lowering;
    lowering.stateful = &stateful;
    lowering.settings = &session.settings();
    lowering.shufflePartitions = settings.threads;
    lowering.outputMode = OutputMode::kUpdate;
    lowering.openStream = [inputs](const StreamScan& scan, const RunContext&,
                                   const std::vector<bool>& used) {
      return inputs->partitions(scan.index, used);
    };
    StreamingQueryDefinition definition;
    definition.id = "window-columns";
    definition.runId = std::to_string(round);
    definition.trigger = std::make_unique<AvailableNowTrigger>();
    definition.checkpointDirectory = settings.directory + "/checkpoint-" + std::to_string(round);
    definition.shufflePartitions = settings.threads;
    definition.sourceDescriptions = {inputs->sources()[0]->name()};
    definition.sinkDescription = sink->name();
    StreamProgramOptions& program = definition.program;
    program.inputs = inputs;
    program.plan = need(lower(plan, lowering));
    for (const StatefulOperatorInfo& info : stateful)
      definition.statefulOperators.push_back(info.name);
    program.sink = sink;
    program.settings = std::make_shared<SessionSettings>(session.settings());
    program.outputMode = OutputMode::kUpdate;
    program.watermarks = 1;
    program.hasTimedState = true;
    StreamingQueries queries;
    const auto query = need(queries.start(std::move(definition), pool));
    need(query->awaitTermination(std::nullopt, {}));
    if (const auto error = query->exception()) need(*error);
    report("engine", settings.events, begin);
    write(settings.directory + "/engine", linesOf(*sink));
  }
}

}  // namespace
}  // namespace spate::bench

int main(int argc, char** argv) {
  using namespace spate::bench;
  CLI::App app("A windowed count over Arrow columns: the engine and a hand-written loop");
  Settings settings;
  app.add_option("directory", settings.directory, "for the counts")->required();
  app.add_option("--threads", settings.threads)->capture_default_str();
  app.add_option("--rounds", settings.rounds)->capture_default_str();
  app.add_option("--events", settings.events)->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  std::filesystem::remove_all(settings.directory);
  std::filesystem::create_directories(settings.directory);
  const auto batches = makeBatches(settings.events);
  runByHand(batches, settings);
  runByEngine(batches, settings);
  return 0;
}
