#pragma once

#include <arrow/type_fwd.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spate/base/Status.h"
#include "spate/plan/Command.h"
#include "spate/plan/Relation.h"
#include "spate/types/DataType.h"

namespace spate {

class StreamingQuery;
class StreamingQueryManager;

/// The rows of a relation that is being executed.
struct RowStream {
  DataType schema;
  /// Batches of toArrowSchema(schema). Reading drives the execution; an error of the program comes
  /// out of it as an arrow::Status that carries the Status (see arrowStatus.h of connect).
  std::shared_ptr<arrow::RecordBatchReader> rows;
};

/// What one Spark Connect session may ask of the engine, without protobuf.
///
/// Errors  Spark's, with error class, SQLSTATE and parameters
/// Threads all functions from any thread
class Session {
 public:
  virtual ~Session() = default;

  // --- configuration: values as text; keys of Spark have its defaults
  virtual Result<std::optional<std::string>> conf(const std::string& key) const = 0;
  virtual Status setConf(const std::string& key, const std::string& value) = 0;
  virtual Status unsetConf(const std::string& key) = 0;
  virtual std::map<std::string, std::string> allConf(const std::string& prefix) const = 0;
  virtual bool isModifiable(const std::string& key) const = 0;

  // --- analysis
  virtual Result<DataType> schemaOf(const plan::RelationPtr& relation) = 0;
  virtual Result<bool> isStreaming(const plan::RelationPtr& relation) = 0;
  /// `mode`: simple, extended, codegen, cost, formatted.
  virtual Result<std::string> explain(const plan::RelationPtr& relation,
                                      const std::string& mode) = 0;
  virtual Result<std::vector<std::string>> inputFiles(const plan::RelationPtr& relation) = 0;

  // --- execution
  virtual Result<RowStream> execute(const plan::RelationPtr& relation) = 0;
  /// A statement that does something (CREATE VIEW, INSERT, SET, SHOW) is run at once and the answer
  /// is a relation with its rows; a query comes back as it is.
  virtual Result<plan::RelationPtr> runStatement(const plan::RelationPtr& statement) = 0;
  virtual Status write(const plan::WriteCommand& command) = 0;
  virtual Status createView(const plan::CreateView& command) = 0;
  /// spark.udf.register.
  virtual Status registerFunction(const plan::PythonCall& function) = 0;
  /// Materialises; the id is what CachedRemoteRelation names.
  virtual Result<std::string> keepRelation(const plan::RelationPtr& relation) = 0;
  virtual void forgetRelation(const std::string& id) = 0;

  // --- artifacts
  /// "pyfiles/x.py", "files/...", "archives/...", "cache/<hash>".
  virtual Status addArtifact(const std::string& name, std::string bytes) = 0;
  virtual std::optional<std::string> artifact(const std::string& name) const = 0;

  // --- streams
  virtual Result<std::shared_ptr<StreamingQuery>> start(
      const plan::WriteStreamCommand& command) = 0;
  virtual StreamingQueryManager& streams() = 0;

  /// Asks what runs under `operationId` (all: empty) to stop.
  virtual void interrupt(const std::string& operationId) = 0;
  /// Stops queries, forgets views; called once, when the client releases the session.
  virtual void close() = 0;
};

}  // namespace spate
