// writeStream...start(): from the plan of a stream to a query that runs.

#include <filesystem>

#include "spate/connect/EngineSession.h"
#include "spate/connect/ForeachBatchSink.h"
#include "spate/connect/ForeachSink.h"
#include "spate/connect/PythonWorkers.h"
#include "spate/plan/PlanText.h"
#include "spate/planner/FilePlanning.h"
#include "spate/planner/LogicalText.h"
#include "spate/planner/Lowering.h"
#include "spate/planner/PlanErrors.h"
#include "spate/planner/StreamPlanning.h"
#include "spate/planner/UnsupportedOperations.h"
#include "spate/runtime/StickyConf.h"
#include "spate/runtime/StreamCheckpoint.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/FilePathUri.h"

namespace spate {
namespace {

Result<OutputMode> outputModeOf(const std::optional<std::string>& text) {
  const std::string mode = lowerCase(text.value_or("append"));
  if (mode == "append") return OutputMode::kAppend;
  if (mode == "update") return OutputMode::kUpdate;
  if (mode == "complete") return OutputMode::kComplete;
  return failure(analysisError("STREAMING_OUTPUT_MODE.INVALID", "42KDE",
                               "Invalid streaming output mode: " + *text +
                                   ". Accepted output modes are 'Append', 'Complete', 'Update'.",
                               {{"outputMode", *text}}));
}

Status realTimeModeError(OutputMode mode) {
  const std::string name = mode == OutputMode::kAppend ? "Append" : "Complete";
  return analysisError("STREAMING_REAL_TIME_MODE.OUTPUT_MODE_NOT_SUPPORTED", "0A000",
                       "Streaming real-time mode has the following limitation: The output mode " +
                           name +
                           " is not supported. To work around this limitation, set the output "
                           "mode to Update. In the future, " +
                           name + " may be supported.",
                       {{"outputMode", name}});
}

/// No source can be read in real-time mode.
Status realTimeModeError(const std::string& format) {
  const std::string package = "org.apache.spark.sql.execution.streaming.";
  const std::string name = lowerCase(format);
  const std::string source = name == "rate"               ? "sources.RateStreamMicroBatchStream"
                             : name == "socket"           ? "sources.TextSocketMicroBatchStream"
                             : name == "rate-micro-batch" ? "sources.RatePerMicroBatchStream"
                                                          : "runtime.FileStreamSource";
  return analysisError("STREAMING_REAL_TIME_MODE.INPUT_STREAM_NOT_SUPPORTED", "0A000",
                       "Streaming real-time mode has the following limitation: The input stream " +
                           package + source + " is not supported in Real-time Mode.",
                       {{"className", package + source}});
}

void collectScans(const LogicalNode& node, std::vector<const StreamScan*>& scans, int& watermarks,
                  bool& isTimed) {
  if (const auto* scan = node.as<StreamScan>()) scans.push_back(scan);
  if (node.isStreaming && node.as<WatermarkStep>() != nullptr) ++watermarks;
  if (node.isStreaming &&
      (node.as<AggregateStepNode>() != nullptr || node.as<DeduplicateStep>() != nullptr))
    isTimed = true;
  for (const LogicalNodePtr& child : node.children)
    collectScans(*child, scans, watermarks, isTimed);
}

}  // namespace

Result<std::shared_ptr<ForeachBatchSink>> EngineSession::makeForeachBatch(
    const plan::PythonFunction& function, const DataType& schema) {
  python::ForeachBatchWorker::Options options;
  const auto workers = pythonWorkers();
  SPATE_ASSIGN_OR_FAIL(options.interpreter, workers->interpreter(configuredPython(), {}));
  options.files = workers->files();
  options.serverUrl = *serverUrl_;
  options.sessionId = identity_.sessionId;
  options.command = function.command;
  options.pythonVersion = function.pythonVersion;
  ForeachBatchSink::Kept kept;
  // The session stops its queries before it goes, so it outlives the sink.
  kept.keep = [this](const DataType& type, std::vector<RecordBatchPtr> rows) {
    const std::string id = randomQueryId();
    auto relation = std::make_shared<const KeptRows>(
        KeptRows{type, std::make_shared<const std::vector<RecordBatchPtr>>(std::move(rows))});
    std::lock_guard lock(mutex_);
    kept_[id] = std::move(relation);
    return id;
  };
  kept.forget = [this](const std::string& id) { forgetRelation(id); };
  auto sink = std::make_shared<ForeachBatchSink>(std::move(options), schema, std::move(kept));
  SPATE_FAIL_IF_ERROR(sink->start());
  return sink;
}

Result<plan::WriteStreamCommand> EngineSession::streamToTable(
    const plan::WriteStreamCommand& command, const DataType& schema) {
  const std::string name = joinedName(command.table);
  if (catalog_.hasView(command.table))
    return failure(analysisError("_LEGACY_ERROR_TEMP_1190", "",
                                 "Temporary view " + name + " doesn't support streaming write.",
                                 {{"viewName", name}}));
  SPATE_ASSIGN_OR_FAIL(CatalogTable made, newTable(command.table, command.format, command.options));
  if (!catalog_.tables().findTable(made.name)) {
    made.options.erase("checkpointLocation");
    if (command.path) {
      SPATE_ASSIGN_OR_FAIL(made.location, filePathOfUser(*command.path));
      made.isManaged = false;
    }
    made.partitionColumns = command.partitionColumns;
    made.clusterColumns = command.clusterColumns;
    SPATE_FAIL_IF_ERROR(createEmptyTable(made, schema, false));
  }
  const auto table = catalog_.tables().findTable(made.name);
  if (!table) return failure(Status::notFound("the table " + name + " has been dropped meanwhile"));
  if (table->provider != made.provider)
    return failure(analysisError(
        "_LEGACY_ERROR_TEMP_1192", "",
        "The input source(" + made.provider + ") is different from the table " + name +
            "'s data source provider(" + table->provider + ").",
        {{"source", made.provider}, {"tableName", name}, {"provider", table->provider}}));
  plan::WriteStreamCommand write = command;
  write.format = table->provider;
  write.path = table->location;
  write.partitionColumns = table->partitionColumns;
  return write;
}

Result<std::shared_ptr<StreamingQuery>> EngineSession::start(
    const plan::WriteStreamCommand& given) {
  plan::WriteStreamCommand command = given;
  using TriggerKind = plan::WriteStreamCommand::TriggerKind;
  if (command.trigger == TriggerKind::kContinuous)
    return failure(unsupportedHereError("continuous processing"));

  std::shared_ptr<const SessionSettings> settings;
  {
    std::lock_guard lock(mutex_);
    settings = settings_;
  }
  SPATE_ASSIGN_OR_FAIL(const OutputMode mode, outputModeOf(command.outputMode));
  Analyzer analyzer(*this);
  SPATE_ASSIGN_OR_FAIL(const LogicalNodePtr plan, analyzer.analyzeQuery(command.input));
  if (!plan->isStreaming)
    return failure(
        analysisError("WRITE_STREAM_NOT_ALLOWED", "42601",
                      "`writeStream` can be called only on streaming Dataset/DataFrame."));
  if (command.trigger == TriggerKind::kRealTime && mode != OutputMode::kUpdate)
    return failure(realTimeModeError(mode));
  const std::string checks =
      conf_.get("spark.sql.streaming.statefulOperator.checkCorrectness.enabled", "true");
  SPATE_FAIL_IF_ERROR(checkStreaming(*plan, mode, lowerCase(checks) != "false"));
  std::vector<const StreamScan*> scans;
  StreamingQueryDefinition definition;
  int watermarks = 0;
  bool isTimed = false;
  collectScans(*plan, scans, watermarks, isTimed);

  if (command.trigger == TriggerKind::kRealTime && !scans.empty())
    return failure(realTimeModeError(scans.front()->definition.format));

  std::string format = lowerCase(formatOf(command.format));
  if (command.foreachBatch) format = "foreachbatch";
  if (command.foreachWriter) format = "foreach";
  if (format == "memory" && command.queryName.empty())
    return failure(analysisError("_LEGACY_ERROR_TEMP_3104", "",
                                 "queryName must be specified for memory sink"));

  const DataType schema = structOf(plan->columns);
  // Clustering is a property of tables: files are written the same, with it or without.

  // The checkpoint: of the writer, of the session by query name, or one that goes with the query.
  const OptionMap options(command.options);
  const bool needsCheckpoint = format != "memory" && format != "console" && format != "noop" &&
                               format != "foreachbatch" && format != "foreach";
  if (const auto location = options.find("checkpointLocation")) {
    definition.checkpointDirectory = *location;
  } else if (const auto root = conf_.get("spark.sql.streaming.checkpointLocation")) {
    definition.checkpointDirectory =
        joinPath(*root, command.queryName.empty() ? randomQueryId() : command.queryName);
  } else if (needsCheckpoint) {
    return failure(analysisError(
        "_LEGACY_ERROR_TEMP_1298", "",
        "checkpointLocation must be specified either through option(\"checkpointLocation\", ...) "
        "or SparkSession.conf.set(\"spark.sql.streaming.checkpointLocation\", ...).",
        {{"config", "spark.sql.streaming.checkpointLocation"}}));
  } else {
    std::error_code error;
    definition.checkpointDirectory =
        (std::filesystem::temp_directory_path(error) / ("temporary-" + randomQueryId())).string();
    definition.removesCheckpoint = true;
  }
  if (definition.checkpointDirectory.starts_with("file:"))
    definition.checkpointDirectory = localPathOf(definition.checkpointDirectory);
  definition.checkpointDirectory =
      std::filesystem::absolute(definition.checkpointDirectory).lexically_normal().string();
  if (!command.table.empty()) {
    SPATE_ASSIGN_OR_FAIL(command, streamToTable(command, schema));
    format = command.format;
  }
  const auto files = FileSystem::local();
  const auto number = [this](const std::string& key, int64_t least) {
    return static_cast<int>(std::max(least, conf_.number("spark.sql.streaming." + key)));
  };
  definition.faultPoints = &streams_->faultPoints();
  definition.idleInterval = conf_.time("spark.sql.streaming.noDataProgressEventInterval");
  StateStoreConf& store = definition.program.states.store;
  // The batch that runs stands on the one before.
  store.minVersionsToRetain = number("minBatchesToRetain", 2);
  store.minDeltasForSnapshot = number("stateStore.minDeltasForSnapshot", 1);
  definition.program.states.checksSchema =
      conf_.isTrue("spark.sql.streaming.stateStore.stateSchemaCheck");
  FileLogSettings fileLog;
  fileLog.cleanup.batchesToRetain = store.minVersionsToRetain;
  const auto setFileLog = [&](const std::string& log) {
    fileLog.compactInterval = number(log + ".compactInterval", 1);
    fileLog.cleanup.delay = conf_.time("spark.sql.streaming." + log + ".cleanupDelay");
    fileLog.cleanup.deletes = conf_.isTrue("spark.sql.streaming." + log + ".deletion");
  };
  fileLog.faults = definition.faultPoints;
  SPATE_ASSIGN_OR_FAIL(const StreamCheckpoint checkpoint,
                       StreamCheckpoint::open(files, definition.checkpointDirectory));
  definition.id = checkpoint.id;
  definition.runId = randomQueryId();
  definition.name = command.queryName;

  PlannedSink sink;
  std::stop_source stopPython;
  std::shared_ptr<ForeachBatchSink> foreachBatch;
  if (command.foreachWriter) {
    sink.sink = std::make_shared<ForeachSink>(
        ForeachSink::Options{pythonWorkers(), configuredPython(), command.foreachWriter->command,
                             schema, settings->timeZone, stopPython.get_token()});
    sink.description = "ForeachSink";
  } else if (command.foreachBatch) {
    SPATE_ASSIGN_OR_FAIL(foreachBatch, makeForeachBatch(*command.foreachBatch, schema));
    sink.sink = foreachBatch;
    sink.description = "ForeachBatchSink";
  } else {
    SinkRequest request{command, format, schema, mode, settings.get()};
    setFileLog("fileSink.log");
    request.openSinkFiles = [files, fileLog](const std::string& directory) {
      return openSinkFilesLog(files, directory, fileLog);
    };
    SPATE_ASSIGN_OR_FAIL(sink, planSink(request));
  }
  definition.sinkDescription = sink.description;

  std::vector<std::unique_ptr<Source>> sources;
  for (size_t i = 0; i < scans.size(); ++i) {
    SourceEnvironment environment;
    environment.metadataDirectory =
        joinPath(definition.checkpointDirectory, "sources/" + std::to_string(i));
    setFileLog("fileSource.log");
    environment.openSeenFiles = [files, fileLog](const std::string& directory) {
      return openSeenFilesLog(files, directory, fileLog);
    };
    SPATE_ASSIGN_OR_FAIL(auto source,
                         makeSource(scans[i]->definition, scans[i]->schema, environment));
    definition.sourceDescriptions.push_back(source->name());
    sources.push_back(std::move(source));
  }
  auto inputs = std::make_shared<StreamInputs>(std::move(sources));

  const auto sessionConf = [this](const std::string& key) -> std::optional<std::string> {
    if (key != "spark.sql.shuffle.partitions") return conf_.get(key);
    const int partitions = shufflePartitions();
    return std::to_string(partitions == 0 ? pool_->slots() : partitions);
  };
  SPATE_ASSIGN_OR_FAIL(definition.conf, stickyConf(sessionConf, checkpoint.conf));
  const int partitions =
      std::max(1, std::atoi(definition.conf["spark.sql.shuffle.partitions"].c_str()));

  std::vector<StatefulOperatorInfo> stateful;
  LoweringOptions lowering;
  lowering.settings = settings.get();
  lowering.shufflePartitions = partitions;
  lowering.outputMode = mode;
  lowering.stateful = &stateful;
  lowering.observed = std::make_shared<ObservedMetrics>();
  lowering.isNullableState =
      definition.conf["spark.sql.streaming.statefulOperator.alwaysNullableOutput.enabled"] ==
      "true";
  lowering.python = std::make_shared<PythonWorkers>(pythonWorkers(), configuredPython(), settings,
                                                    stopPython.get_token());
  lowering.openStream = [inputs](const StreamScan& scan, const RunContext&,
                                 const std::vector<bool>& used) {
    return inputs->partitions(scan.index, used);
  };
  SPATE_ASSIGN_OR_FAIL(const PhysicalNodePtr physical, lower(plan, lowering));

  StreamProgramOptions& program = definition.program;
  program.inputs = inputs;
  program.plan = physical;
  program.sink = sink.sink;
  program.observed = lowering.observed;
  program.onCancel = [stopPython, foreachBatch]() mutable {
    stopPython.request_stop();
    if (foreachBatch) foreachBatch->stop();
  };
  program.settings = settings;
  program.outputMode = mode;
  const std::string& policy = definition.conf["spark.sql.streaming.multipleWatermarkPolicy"];
  program.watermarkPolicy = policy == "max" ? WatermarkPolicy::kMax : WatermarkPolicy::kMin;
  program.watermarks = watermarks;
  program.hasTimedState = isTimed;
  program.noDataBatches = conf_.isTrue("spark.sql.streaming.noDataMicroBatches.enabled");
  for (const StatefulOperatorInfo& info : stateful)
    definition.statefulOperators.push_back(info.name);
  definition.shufflePartitions = partitions;
  definition.physicalPlan = treeText(*physical);
  definition.parsedPlan = plan::toText(*command.input);
  std::string columns;
  for (const StructField& field : schema.fields())
    columns += (columns.empty() ? "" : ", ") + field.name + ": " + field.type.simpleString();
  definition.analyzedPlan = columns + "\n" + treeText(*plan);
  definition.recentProgress = static_cast<size_t>(number("numRecentProgressUpdates", 1));

  switch (command.trigger) {
    case TriggerKind::kAvailableNow:
      definition.trigger = std::make_unique<AvailableNowTrigger>();
      break;
    case TriggerKind::kOnce: definition.trigger = std::make_unique<OnceTrigger>(); break;
    default: {
      Micros interval{0};
      if (command.trigger == TriggerKind::kProcessingTime) {
        SPATE_ASSIGN_OR_FAIL(interval, watermarkDelay(command.interval));
      }
      SPATE_ASSIGN_OR_FAIL(definition.trigger, ProcessingTimeTrigger::make(interval));
    }
  }
  SPATE_ASSIGN_OR_FAIL(auto query, streams_->start(std::move(definition), pool_));
  // The name is another query's table until this one has it.
  if (sink.memory)
    catalog_.views().create(lowerCase(command.queryName), {[schema, mode, memory = sink.memory] {
                              return memoryTable(schema, *memory, mode);
                            }},
                            true);
  return query;
}

}  // namespace spate
