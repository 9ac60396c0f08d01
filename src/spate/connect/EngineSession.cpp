#include "spate/connect/EngineSession.h"

#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>

#include <algorithm>
#include <chrono>

#include "spate/connect/ConfDefaults.h"
#include "spate/connect/PythonWorkers.h"
#include "spate/connect/Uuid.h"
#include "spate/planner/FilePlanning.h"
#include "spate/planner/Lowering.h"
#include "spate/planner/PlanErrors.h"
#include "spate/planner/StreamPlanning.h"
#include "spate/runtime/PlanExecutor.h"
#include "spate/runtime/RowReader.h"
#include "spate/sql/IntervalText.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/ArrowValues.h"
#include "spate/types/ShowString.h"

namespace spate {
namespace {

Timestamp now() { return std::chrono::time_point_cast<Micros>(std::chrono::system_clock::now()); }

}  // namespace

EngineSession::EngineSession(std::shared_ptr<TaskPool> pool, SessionConf conf,
                             SessionIdentity identity, std::shared_ptr<const std::string> serverUrl,
                             FaultPoints& faultPoints, SharedCatalog catalog,
                             std::shared_ptr<python::WorkerPool> pythonWorkers)
    : pool_(std::move(pool)),
      conf_(std::move(conf)),
      identity_(std::move(identity)),
      serverUrl_(std::move(serverUrl)),
      pythonWorkers_(std::move(pythonWorkers)),
      catalog_(std::move(catalog)),
      settings_(makeSettings()),
      streams_(std::make_unique<StreamingQueries>(faultPoints)) {}

EngineSession::~EngineSession() { close(); }

std::shared_ptr<const SessionSettings> EngineSession::makeSettings() const {
  auto settings = std::make_shared<SessionSettings>();
  settings->ansi = conf_.isTrue("spark.sql.ansi.enabled");
  settings->caseSensitive = conf_.isTrue("spark.sql.caseSensitive");
  settings->timeZone = conf_.get("spark.sql.session.timeZone", "UTC");
  settings->currentDatabase = catalog_.currentDatabase();
  if (!identity_.userId.empty()) settings->user = identity_.userId;
  auto values = std::make_shared<SessionConf>(conf_);
  settings->conf = [values, slots = pool_->slots()](const std::string& key) {
    auto value = values->get(key);
    if (!value && key == "spark.default.parallelism") value = std::to_string(slots);
    return value;
  };
  return settings;
}

// --- configuration

Result<std::optional<std::string>> EngineSession::conf(const std::string& key) const {
  if (auto value = conf_.get(key)) return value;
  if (key == "spark.sql.shuffle.partitions")
    return std::optional<std::string>(std::to_string(pool_->slots()));
  return connect::clientConfDefault(key);
}

void EngineSession::renewSettings() {
  std::lock_guard lock(mutex_);
  // Plans that are being made may still look at the old ones.
  oldSettings_.push_back(std::move(settings_));
  settings_ = makeSettings();
}

Status EngineSession::setConf(const std::string& key, const std::string& value) {
  SPATE_RETURN_IF_ERROR(conf_.set(key, value));
  renewSettings();
  return Status::OK();
}

Status EngineSession::unsetConf(const std::string& key) {
  SPATE_RETURN_IF_ERROR(conf_.unset(key));
  renewSettings();
  return Status::OK();
}

std::map<std::string, std::string> EngineSession::allConf(const std::string& prefix) const {
  return conf_.all(prefix);
}

bool EngineSession::isModifiable(const std::string& key) const {
  return SessionConf::isModifiable(key);
}

int EngineSession::shufflePartitions() const {
  return static_cast<int>(conf_.number("spark.sql.shuffle.partitions"));
}

// --- analysis

const SessionSettings& EngineSession::settings() const {
  std::lock_guard lock(mutex_);
  return *settings_;
}

Result<DataType> EngineSession::schemaOf(const plan::RelationPtr& relation) {
  if (relation->as<plan::ShowString>() != nullptr || relation->as<plan::HtmlString>() != nullptr)
    return DataType::structOf({{"show_string", DataType::stringType(), true}});
  SPATE_ASSIGN_OR_FAIL(const auto statement, runStatement(relation, {}));
  Analyzer analyzer(*this);
  analyzer.leaveSubqueries();
  SPATE_ASSIGN_OR_FAIL(const auto plan, analyzer.analyzeQuery(statement));
  return structOf(plan->columns);
}

Result<bool> EngineSession::isStreaming(const plan::RelationPtr& relation) {
  Analyzer analyzer(*this);
  analyzer.leaveSubqueries();
  SPATE_ASSIGN_OR_FAIL(const auto plan, analyzer.analyzeQuery(relation));
  return plan->isStreaming;
}

Result<std::vector<std::string>> EngineSession::inputFiles(const plan::RelationPtr& relation) {
  Analyzer analyzer(*this);
  SPATE_ASSIGN_OR_FAIL(const auto plan, analyzer.analyzeQuery(relation));
  std::vector<std::string> files;
  const std::function<void(const LogicalNode&)> visit = [&](const LogicalNode& node) {
    if (const auto* scan = node.as<BatchScan>())
      files.insert(files.end(), scan->inputFiles.begin(), scan->inputFiles.end());
    for (const auto& child : node.children) visit(*child);
  };
  visit(*plan);
  return files;
}

Result<NamedRelation> EngineSession::findTable(const std::vector<std::string>& nameParts) {
  // csv.`/path`: a table of files.
  if (nameParts.size() == 2 && isFileFormat(nameParts[0])) {
    const auto read =
        plan::make(plan::ReadSource{nameParts[0], std::nullopt, {}, {nameParts[1]}, false});
    return NamedRelation{[read] { return read; }};
  }
  return catalog_.resolve(nameParts);
}

Result<plan::RelationPtr> EngineSession::memoryTable(const DataType& schema, const MemorySink& sink,
                                                     OutputMode mode) {
  SPATE_ASSIGN_OR_FAIL(const auto arrowSchema, toArrowSchema(schema));
  std::vector<RecordBatchPtr> batches;
  // Complete mode replaces what was there by each batch.
  const auto ids = sink.batches();
  if (mode != OutputMode::kComplete) {
    batches = sink.rows();
  } else if (!ids.empty()) {
    batches = sink.rowsOf(ids.back());
  }
  for (RecordBatchPtr& batch : batches)
    batch = arrow::RecordBatch::Make(arrowSchema, batch->num_rows(), batch->columns());
  auto rows = arrow::Table::FromRecordBatches(arrowSchema, batches);
  if (!rows.ok()) return failure(fromArrow(rows.status()));
  return plan::make(plan::LocalRelation{*std::move(rows), schema});
}

std::shared_ptr<const KeptRows> EngineSession::findKept(const std::string& id) {
  std::lock_guard lock(mutex_);
  const auto found = kept_.find(id);
  return found == kept_.end() ? nullptr : found->second;
}

std::shared_ptr<const plan::PythonCall> EngineSession::findFunction(const std::string& name) {
  std::lock_guard lock(mutex_);
  const auto found = functions_.find(lowerCase(name));
  return found == functions_.end() ? nullptr : found->second;
}

Result<Micros> EngineSession::watermarkDelay(const std::string& text) {
  SPATE_ASSIGN_OR_FAIL(const CalendarInterval interval, sql::parseInterval(text));
  // As Spark: a month has 31 days here.
  constexpr int64_t kDay = int64_t{24} * 3600 * 1'000'000;
  const int64_t micros = interval.micros + kDay * (interval.days + int64_t{31} * interval.months);
  if (micros < 0)
    return failure(Status::invalidArgument("requirement failed: delay threshold (" + text +
                                           ") should not be negative."));
  return Micros(micros);
}

Result<std::pair<DataType, BatchScan>> EngineSession::openScan(const plan::ReadSource& source) {
  plan::ReadSource read = source;
  read.format = formatOf(read.format);
  return planFileScan(read, settings(), pool_->slots());
}

Result<StreamScan> EngineSession::openStream(const plan::ReadSource& source) {
  plan::ReadSource read = source;
  read.format = formatOf(read.format);
  return planStreamScan(read, settings(), pool_->slots());
}

// --- execution

Result<ReadablePlan> EngineSession::readable(const LogicalNodePtr& plan,
                                             const std::stop_token& stop,
                                             std::shared_ptr<ObservedMetrics> observed) {
  LoweringOptions options;
  std::shared_ptr<const SessionSettings> settings;
  {
    std::lock_guard lock(mutex_);
    settings = settings_;
  }
  options.settings = settings.get();
  options.shufflePartitions = 0;
  options.observed = std::move(observed);
  options.python =
      std::make_shared<PythonWorkers>(pythonWorkers(), configuredPython(), settings, stop);
  ReadablePlan readable;
  SPATE_ASSIGN_OR_FAIL(readable.root, lower(plan, options));
  readable.run.settings = settings.get();
  readable.run.now = now();
  readable.owner = std::make_shared<std::pair<LogicalNodePtr, std::shared_ptr<const void>>>(
      plan, std::move(settings));
  return readable;
}

Result<Observations> EngineSession::observationsOf(const ObservedMetrics& metrics,
                                                   const RunContext& run) {
  SPATE_ASSIGN_OR_FAIL(auto rows, metrics.results(run));
  Observations observed;
  for (ObservedRow& row : rows)
    observed.push_back({std::move(row.name), std::move(row.schema), std::move(row.values)});
  return observed;
}

Result<EngineSession::Rows> EngineSession::collectPlan(const LogicalNodePtr& plan,
                                                       const std::stop_token& stop,
                                                       Observations* observed) {
  const auto metrics = observed == nullptr ? nullptr : std::make_shared<ObservedMetrics>();
  SPATE_ASSIGN_OR_FAIL(const ReadablePlan readable, this->readable(plan, stop, metrics));
  PlanExecutor executor(*pool_);
  const std::stop_callback cancel(stop, [&] { executor.cancel(); });
  SPATE_ASSIGN_OR_FAIL(auto partitions, executor.collect(*readable.root, readable.run));
  Rows rows{structOf(plan->columns), {}};
  for (auto& partition : partitions)
    for (RecordBatchPtr& batch : partition) rows.batches.push_back(std::move(batch));
  if (observed != nullptr) {
    SPATE_ASSIGN_OR_FAIL(*observed, observationsOf(*metrics, readable.run));
  }
  return rows;
}

Result<std::vector<RecordBatchPtr>> EngineSession::run(const LogicalNodePtr& plan,
                                                       const std::stop_token& stop) {
  SPATE_ASSIGN_OR_FAIL(Rows rows, collectPlan(plan, stop));
  return std::move(rows.batches);
}

Result<EngineSession::Rows> EngineSession::collect(const plan::RelationPtr& relation,
                                                   const std::stop_token& stop,
                                                   Observations* observed) {
  SPATE_ASSIGN_OR_FAIL(const auto query, runStatement(relation, stop));
  Analyzer analyzer(*this, stop);
  SPATE_ASSIGN_OR_FAIL(const auto plan, analyzer.analyzeQuery(query));
  return collectPlan(plan, stop, observed);
}

Result<RowStream> EngineSession::show(const plan::Relation& relation, const std::stop_token& stop) {
  const auto* text = relation.as<plan::ShowString>();
  const auto* html = relation.as<plan::HtmlString>();
  const plan::RelationPtr input = text != nullptr ? text->input : html->input;
  const int32_t count = std::max(text != nullptr ? text->rows : html->rows, 0);
  SPATE_ASSIGN_OR_FAIL(const auto query, runStatement(input, stop));
  const auto limited = plan::make(plan::Limit{
      query, plan::make(plan::Literal{DataType::longType(), Datum(int64_t{count} + 1)})});
  Observations observed;
  SPATE_ASSIGN_OR_FAIL(const Rows rows, collect(limited, stop, &observed));
  SPATE_ASSIGN_OR_FAIL(const auto zone, TimeZone::make(settings().timeZone));
  ShowOptions options;
  options.rows = count;
  options.truncate = text != nullptr ? text->truncate : html->truncate;
  options.isVertical = text != nullptr && text->isVertical;
  const std::string shown = text != nullptr ? showString(rows.schema, rows.batches, options, *zone)
                                            : htmlString(rows.schema, rows.batches, options, *zone);
  const DataType schema = DataType::structOf(
      {{text != nullptr ? "show_string" : "html_string", DataType::stringType(), false}});
  SPATE_ASSIGN_OR_FAIL(const auto arrowSchema, toArrowSchema(schema));
  const Datum value(shown);
  SPATE_ASSIGN_OR_FAIL(auto column, columnOf(std::span(&value, 1), DataType::stringType()));
  auto reader = arrow::RecordBatchReader::Make(
      {arrow::RecordBatch::Make(arrowSchema, 1, {std::move(column)})}, arrowSchema);
  if (!reader.ok()) return failure(fromArrow(reader.status()));
  return RowStream{schema, *std::move(reader),
                   [observed]() -> Result<Observations> { return observed; }};
}

Result<RowStream> EngineSession::execute(const plan::RelationPtr& relation, std::stop_token stop) {
  if (relation->as<plan::ShowString>() != nullptr || relation->as<plan::HtmlString>() != nullptr)
    return show(*relation, stop);
  SPATE_ASSIGN_OR_FAIL(const auto query, runStatement(relation, stop));
  Analyzer analyzer(*this, stop);
  SPATE_ASSIGN_OR_FAIL(const auto plan, analyzer.analyzeQuery(query));
  DataType schema = structOf(plan->columns);
  SPATE_ASSIGN_OR_FAIL(auto arrowSchema, toArrowSchema(schema));
  const auto metrics = std::make_shared<ObservedMetrics>();
  SPATE_ASSIGN_OR_FAIL(ReadablePlan readable, this->readable(plan, stop, metrics));
  const auto observed = [metrics, run = readable.run, owner = readable.owner] {
    return observationsOf(*metrics, run);
  };
  SPATE_ASSIGN_OR_FAIL(
      auto rows, readRows(*pool_, std::move(readable), std::move(arrowSchema), std::move(stop)));
  return RowStream{std::move(schema), std::move(rows), observed};
}

Result<plan::RelationPtr> EngineSession::relationOf(const DataType& schema,
                                                    const std::vector<Row>& rows) {
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (size_t i = 0; i < schema.fields().size(); ++i) {
    std::vector<Datum> values;
    for (const Row& row : rows) values.push_back(row[i]);
    SPATE_ASSIGN_OR_FAIL(auto column, columnOf(values, schema.fields()[i].type));
    columns.push_back(std::move(column));
  }
  SPATE_ASSIGN_OR_FAIL(const auto arrowSchema, toArrowSchema(schema));
  return plan::make(plan::LocalRelation{
      arrow::Table::Make(arrowSchema, columns, static_cast<int64_t>(rows.size())), schema});
}

Result<plan::RelationPtr> EngineSession::runStatement(const plan::RelationPtr& statement,
                                                      std::stop_token stop) {
  if (const auto* view = statement->as<plan::CreateView>()) {
    SPATE_FAIL_IF_ERROR(makeView(*view, true));
    return relationOf(DataType::structOf({}), {});
  }
  if (const auto* show = statement->as<plan::ShowCommand>()) return runShow(*show, stop);
  if (const auto* call = statement->as<plan::CatalogCall>()) return answer(*call);
  // Nobody is told what these observe: a statement has no DataFrame.
  Observations unheard;
  if (const auto* table = statement->as<plan::CreateTable>()) {
    SPATE_FAIL_IF_ERROR(createTable(*table, unheard, stop));
    return relationOf(DataType::structOf({}), {});
  }
  if (const auto* insert = statement->as<plan::InsertInto>()) {
    SPATE_FAIL_IF_ERROR(insertInto(*insert, unheard, stop));
    return relationOf(DataType::structOf({}), {});
  }
  return statement;
}

Status EngineSession::createView(const plan::CreateView& command) {
  return makeView(command, false);
}

Status EngineSession::makeView(const plan::CreateView& command, bool isText) {
  const std::string& given = command.nameParts.back();
  plan::RelationPtr query = command.query;
  if (!command.columns.empty()) query = plan::make(plan::ToDataFrame{query, command.columns});
  // Its errors belong to now, not to its first use.
  Analyzer analyzer(*this);
  analyzer.leaveSubqueries();
  std::vector<std::string> nameParts{given};
  if (command.isGlobal) nameParts.insert(nameParts.begin(), SessionCatalog::kGlobalDatabase);
  if (isText && command.isReplace) analyzer.refuseView(nameParts);
  const auto scope = std::make_shared<NameScope>();
  analyzer.recordNames(scope, !isText);
  SPATE_ASSIGN_OR_RETURN(const auto plan, analyzer.analyzeQuery(query));
  static_cast<void>(plan);
  scope->isWhole = !isText;
  if (isText)
    std::erase_if(scope->relations, [](const auto& entry) { return entry.second.isView; });
  TempViews& views = command.isGlobal ? catalog_.globalViews() : catalog_.views();
  NamedRelation view{[query] { return query; }, scope};
  if (views.create(lowerCase(given), std::move(view), command.isReplace) || command.ifNotExists)
    return Status::OK();
  const std::string quoted = quotedName(nameParts);
  return analysisError(
      "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS", "42P07",
      "Cannot create the temporary view " + quoted +
          " because it already exists.\nChoose a different name, drop or replace the existing "
          "view,  or add the IF NOT EXISTS clause to tolerate pre-existing views.",
      {{"relationName", quoted}});
}

Status EngineSession::registerFunction(const plan::PythonCall& function) {
  std::lock_guard lock(mutex_);
  functions_[lowerCase(function.name)] = std::make_shared<const plan::PythonCall>(function);
  return Status::OK();
}

Result<std::string> EngineSession::keepRelation(const plan::RelationPtr& relation,
                                                std::stop_token stop) {
  SPATE_ASSIGN_OR_FAIL(Rows rows, collect(relation, stop));
  auto kept = std::make_shared<const KeptRows>(
      KeptRows{std::move(rows.schema),
               std::make_shared<const std::vector<RecordBatchPtr>>(std::move(rows.batches))});
  const std::string id = connect::randomUuid();
  std::lock_guard lock(mutex_);
  kept_[id] = std::move(kept);
  return id;
}

void EngineSession::forgetRelation(const std::string& id) {
  std::lock_guard lock(mutex_);
  kept_.erase(id);
}

// --- streams

StreamingQueryManager& EngineSession::streams() { return *streams_; }

Result<std::shared_ptr<Session>> EngineSession::clone(const SessionIdentity& identity) {
  auto copy =
      std::make_shared<EngineSession>(pool_, SessionConf(conf_), identity, serverUrl_,
                                      streams_->faultPoints(), catalog_.shared(), pythonWorkers_);
  copy->catalog_.views().copyFrom(catalog_.views());
  SPATE_FAIL_IF_ERROR(copy->catalog_.setCurrentDatabase(catalog_.currentDatabase()));
  copy->renewSettings();
  std::lock_guard lock(mutex_);
  copy->functions_ = functions_;
  copy->kept_ = kept_;
  copy->artifacts_ = artifacts_;
  if (files_) {
    SPATE_ASSIGN_OR_FAIL(auto files, files_->copy());
    copy->setFiles(std::move(files));
  }
  return std::shared_ptr<Session>(std::move(copy));
}

void EngineSession::close() {
  streams_->stopAll();
  catalog_.views().clear();
  std::lock_guard lock(mutex_);
  kept_.clear();
  ownPythonWorkers_.reset();
  files_.reset();
}

}  // namespace spate
