#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "spate/base/TaskPool.h"
#include "spate/connect/Session.h"
#include "spate/connect/SessionCatalog.h"
#include "spate/connect/SessionConf.h"
#include "spate/planner/Analyzer.h"
#include "spate/python/SessionFiles.h"
#include "spate/python/WorkerPool.h"
#include "spate/runtime/RowReader.h"
#include "spate/runtime/StreamingQueries.h"

namespace spate {

class ForeachBatchSink;
class MemorySink;

/// A session over planner and runtime.
class EngineSession final : public Session, public PlanContext {
 public:
  EngineSession(std::shared_ptr<TaskPool> pool, SessionConf conf, SessionIdentity identity,
                std::shared_ptr<const std::string> serverUrl, FaultPoints& faultPoints,
                SharedCatalog catalog, std::shared_ptr<python::WorkerPool> pythonWorkers);
  ~EngineSession() override;

  // Session.
  Result<std::optional<std::string>> conf(const std::string& key) const override;
  Status setConf(const std::string& key, const std::string& value) override;
  Status unsetConf(const std::string& key) override;
  std::map<std::string, std::string> allConf(const std::string& prefix) const override;
  bool isModifiable(const std::string& key) const override;
  Result<DataType> schemaOf(const plan::RelationPtr& relation) override;
  Result<bool> isStreaming(const plan::RelationPtr& relation) override;
  Result<std::string> explain(const plan::RelationPtr& relation, const std::string& mode) override;
  Result<std::vector<std::string>> inputFiles(const plan::RelationPtr& relation) override;
  Result<RowStream> execute(const plan::RelationPtr& relation, std::stop_token stop) override;
  Result<plan::RelationPtr> runStatement(const plan::RelationPtr& statement,
                                         std::stop_token stop) override;
  Result<Observations> write(const plan::WriteCommand& command, std::stop_token stop) override;
  Status createView(const plan::CreateView& command) override;
  Status registerFunction(const plan::PythonCall& function) override;
  Result<std::string> keepRelation(const plan::RelationPtr& relation,
                                   std::stop_token stop) override;
  void forgetRelation(const std::string& id) override;
  Status addArtifact(const std::string& name, std::string bytes) override;
  std::optional<std::string> artifact(const std::string& name) const override;
  Result<std::shared_ptr<StreamingQuery>> start(const plan::WriteStreamCommand& command) override;
  StreamingQueryManager& streams() override;
  Result<std::shared_ptr<Session>> clone(const SessionIdentity& identity) override;
  void close() override;

  // PlanContext.
  const SessionSettings& settings() const override;
  Result<NamedRelation> findTable(const std::vector<std::string>& nameParts) override;
  std::shared_ptr<const KeptRows> findKept(const std::string& id) override;
  std::shared_ptr<const plan::PythonCall> findFunction(const std::string& name) override;
  Result<std::vector<RecordBatchPtr>> run(const LogicalNodePtr& plan,
                                          const std::stop_token& stop) override;
  Result<std::pair<DataType, BatchScan>> openScan(const plan::ReadSource& source) override;
  Result<StreamScan> openStream(const plan::ReadSource& source) override;
  Result<Micros> watermarkDelay(const std::string& text) override;

 private:
  struct Rows {
    DataType schema;
    std::vector<RecordBatchPtr> batches;
  };

  /// What a query has put into the sink `memory`, now.
  static Result<plan::RelationPtr> memoryTable(const DataType& schema, const MemorySink& sink,
                                               OutputMode mode);
  Result<Rows> collect(const plan::RelationPtr& relation, const std::stop_token& stop,
                       Observations* observed = nullptr);
  Result<ReadablePlan> readable(const LogicalNodePtr& plan, const std::stop_token& stop,
                                std::shared_ptr<ObservedMetrics> observed = nullptr);
  static Result<Observations> observationsOf(const ObservedMetrics& metrics, const RunContext& run);
  Result<Rows> collectPlan(const LogicalNodePtr& plan, const std::stop_token& stop,
                           Observations* observed = nullptr);
  Result<std::shared_ptr<ForeachBatchSink>> makeForeachBatch(const plan::PythonFunction& function,
                                                             const DataType& schema);
  Result<RowStream> show(const plan::Relation& relation, const std::stop_token& stop);
  /// A relation of rows that are there.
  static Result<plan::RelationPtr> relationOf(const DataType& schema, const std::vector<Row>& rows);
  /// A view of SQL text is analyzed anew by each reader, the view of a DataFrame keeps what it was.
  Status makeView(const plan::CreateView& command, bool isText);
  // SessionStatements.cpp, CatalogStatements.cpp
  Result<plan::RelationPtr> runShow(const plan::ShowCommand& command, std::stop_token stop);
  Result<plan::RelationPtr> runCatalogCommand(const plan::ShowCommand& command,
                                              const std::stop_token& stop);
  Result<plan::RelationPtr> showTables(const plan::ShowCommand& command);
  Result<plan::RelationPtr> describe(const plan::ShowCommand& command);
  Result<plan::RelationPtr> describeDatabase(const plan::ShowCommand& command);
  Result<plan::RelationPtr> showPartitions(const plan::ShowCommand& command);
  // CatalogCalls.cpp: spark.catalog
  Result<plan::RelationPtr> answer(const plan::CatalogCall& call);
  Result<plan::RelationPtr> listTables(const plan::CatalogCall& call);
  Result<plan::RelationPtr> listColumns(const plan::CatalogCall& call);
  Result<plan::RelationPtr> changeTables(const plan::CatalogCall& call);
  Result<bool> isCached(const std::string& name, std::optional<bool> change);
  // SessionTables.cpp
  /// The short name of a data source.
  std::string formatOf(const std::string& given) const;
  Result<CatalogTable> newTable(const std::vector<std::string>& nameParts,
                                const std::string& format, const plan::Options& options);
  Status createTable(const plan::CreateTable& command, Observations& observed,
                     const std::stop_token& stop);
  Status createEmptyTable(CatalogTable table, const std::optional<DataType>& schema,
                          bool ifNotExists);
  Status createTableAs(CatalogTable table, const plan::RelationPtr& query, bool isReplace,
                       bool mayHaveFiles, Observations& observed, const std::stop_token& stop);
  Status saveAsTable(const plan::WriteCommand& command, Observations& observed,
                     const std::stop_token& stop);
  Status insertInto(const plan::InsertInto& insert, Observations& observed,
                    const std::stop_token& stop);
  /// `plan` is that of insert.query.
  Status insertRows(const CatalogTable& table, const plan::InsertInto& insert,
                    const LogicalNodePtr& plan, bool isDynamic, Observations& observed,
                    const std::stop_token& stop);
  Result<std::string> staticPartition(const CatalogTable& table, const plan::InsertInto& insert);
  Status writeRows(const CatalogTable& table, const Rows& rows, plan::WriteCommand::Mode mode,
                   bool isDynamic);
  Status dropTable(const std::vector<std::string>& nameParts, bool ifExists, bool isView);
  Status truncateTable(const std::vector<std::string>& nameParts);
  /// Where a stream's toTable() writes to; the table is made when it is not there.
  Result<plan::WriteStreamCommand> streamToTable(const plan::WriteStreamCommand& command,
                                                 const DataType& schema);
  // EngineArtifacts.cpp
  /// Those of the session once it has files of its own, else the server's.
  std::shared_ptr<python::WorkerPool> pythonWorkers() const;
  /// What the session says Python is; empty: the server's.
  std::string configuredPython() const;
  void setFiles(std::shared_ptr<python::SessionFiles> files);
  Status forwardToFileSystem(const std::string& path, const std::string& bytes);
  void renewSettings();
  std::shared_ptr<const SessionSettings> makeSettings() const;
  int shufflePartitions() const;

  const std::shared_ptr<TaskPool> pool_;
  SessionConf conf_;
  const SessionIdentity identity_;
  /// Empty as long as nobody can connect.
  const std::shared_ptr<const std::string> serverUrl_;
  const std::shared_ptr<python::WorkerPool> pythonWorkers_;
  mutable std::mutex mutex_;
  SessionCatalog catalog_;
  /// Names of tables and views that were cached: a hint that is kept.
  std::set<std::string> cached_;
  std::map<std::string, std::shared_ptr<const plan::PythonCall>> functions_;
  std::map<std::string, std::shared_ptr<const KeptRows>> kept_;
  /// By "cache/<hash>".
  std::map<std::string, std::string> artifacts_;
  /// Null until the first one comes.
  std::shared_ptr<python::SessionFiles> files_;
  std::shared_ptr<python::WorkerPool> ownPythonWorkers_;
  std::shared_ptr<const SessionSettings> settings_;
  std::vector<std::shared_ptr<const SessionSettings>> oldSettings_;
  std::unique_ptr<StreamingQueries> streams_;
};

}  // namespace spate
