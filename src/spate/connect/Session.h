#pragma once

#include <arrow/type_fwd.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "spate/base/Status.h"
#include "spate/plan/Command.h"
#include "spate/plan/Relation.h"
#include "spate/types/DataType.h"
#include "spate/types/Datum.h"

namespace spate {

class StreamingQuery;
class StreamingQueryManager;

/// Whose session it is; both are the client's words.
struct SessionIdentity {
  std::string userId;
  std::string sessionId;  ///< a UUID
};

/// What a df.observe in an executed plan has seen.
struct Observation {
  std::string name;
  DataType schema;
  Row values;
};
using Observations = std::vector<Observation>;

/// The rows of a relation that is being executed.
struct RowStream {
  DataType schema;
  /// Batches of toArrowSchema(schema). Reading drives the execution; an error of the program comes
  /// out of it as an arrow::Status that carries the Status (spate/types/ArrowStatus.h).
  std::shared_ptr<arrow::RecordBatchReader> rows;
  /// To be asked when all rows have been read; null: nothing was observed.
  std::function<Result<Observations>()> observed = nullptr;
};

/// What one Spark Connect session may ask of the engine, without protobuf.
///
/// What can take long is given a stop_token: when stop is requested (Interrupt, a client that went
/// away, the end of the session) it ends soon, with kCancelled.
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
  /// The token holds for the reading of the rows, too.
  virtual Result<RowStream> execute(const plan::RelationPtr& relation, std::stop_token stop) = 0;
  /// A statement that does something (CREATE VIEW, INSERT, SET, SHOW) is run at once and the answer
  /// is a relation with its rows; a query comes back as it is.
  virtual Result<plan::RelationPtr> runStatement(const plan::RelationPtr& statement,
                                                 std::stop_token stop) = 0;
  virtual Result<Observations> write(const plan::WriteCommand& command, std::stop_token stop) = 0;
  virtual Status createView(const plan::CreateView& command) = 0;
  /// spark.udf.register.
  virtual Status registerFunction(const plan::PythonCall& function) = 0;
  /// Materialises; the id is what CachedRemoteRelation names.
  virtual Result<std::string> keepRelation(const plan::RelationPtr& relation,
                                           std::stop_token stop) = 0;
  virtual void forgetRelation(const std::string& id) = 0;

  // --- artifacts
  /// "pyfiles/x.py", "files/...", "archives/...", "cache/<hash>".
  virtual Status addArtifact(const std::string& name, std::string bytes) = 0;
  virtual std::optional<std::string> artifact(const std::string& name) const = 0;

  // --- streams
  virtual Result<std::shared_ptr<StreamingQuery>> start(
      const plan::WriteStreamCommand& command) = 0;
  virtual StreamingQueryManager& streams() = 0;

  /// A session of its own that begins with what this one has now: configuration, views, registered
  /// functions, artifacts, kept relations.
  virtual Result<std::shared_ptr<Session>> clone(const SessionIdentity& identity) = 0;
  /// Stops queries, forgets views; called once, when the client releases the session.
  virtual void close() = 0;
};

/// Makes the sessions of a server.
///
/// Threads from any thread
class SessionFactory {
 public:
  virtual ~SessionFactory() = default;
  virtual Result<std::shared_ptr<Session>> makeSession(const SessionIdentity& identity) = 0;
  /// Called once, when clients can connect: "sc://127.0.0.1:15002/;token=...". Python workers that
  /// run a user's code over micro-batches are clients, too.
  virtual void onServing(const std::string& /*url*/) {}
};

}  // namespace spate
