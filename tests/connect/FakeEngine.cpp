#include "FakeEngine.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "FakeStreams.h"
#include "spate/connect/ErrorDetails.h"
#include "spate/connect/Uuid.h"
#include "spate/plan/PlanText.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"

namespace spate {
namespace {

using plan::RelationPtr;

DataType oneColumn(std::string name, DataType type) {
  return DataType::structOf({{std::move(name), std::move(type), false, "{}"}});
}

std::shared_ptr<arrow::Schema> arrowSchema(const DataType& schema) {
  return toArrowSchema(schema).value();
}

/// Batches of numbers.
class RangeReader : public arrow::RecordBatchReader {
 public:
  RangeReader(plan::Range range, std::stop_token stop)
      : range_(range), stop_(std::move(stop)), next_(range.start) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    if (stop_.stop_requested()) return arrow::Status::Cancelled("stopped");
    *batch = nullptr;
    arrow::Int64Builder builder;
    for (; next_ < range_.end && builder.length() < 100000; next_ += range_.step) {
      ARROW_RETURN_NOT_OK(builder.Append(next_));
    }
    if (builder.length() == 0) return arrow::Status::OK();
    const int64_t rows = builder.length();
    ARROW_ASSIGN_OR_RAISE(auto column, builder.Finish());
    *batch = arrow::RecordBatch::Make(schema_, rows, {std::move(column)});
    return arrow::Status::OK();
  }

 private:
  plan::Range range_;
  std::stop_token stop_;
  int64_t next_;
  std::shared_ptr<arrow::Schema> schema_ = arrowSchema(oneColumn("id", DataType::longType()));
};

/// Fails, or comes back only when it is stopped.
class FailingReader : public arrow::RecordBatchReader {
 public:
  FailingReader(std::optional<Status> error, std::stop_token stop)
      : error_(std::move(error)), stop_(std::move(stop)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    *batch = nullptr;
    if (error_) return toArrowStatus(*error_);
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait(lock, stop_, [] { return false; });
    return arrow::Status::Cancelled("stopped");
  }

 private:
  std::optional<Status> error_;
  std::stop_token stop_;
  std::shared_ptr<arrow::Schema> schema_ = arrowSchema(oneColumn("id", DataType::longType()));
};

std::optional<Status> errorOf(const std::string& table) {
  if (table == "error_divide") {
    return Status::invalidArgument(
               "Division by zero. Use `try_divide` to tolerate divisor being 0 "
               "and return NULL instead.")
        .withErrorClass("DIVIDE_BY_ZERO", "22012", {{"config", "\"spark.sql.ansi.enabled\""}});
  }
  if (table == "error_cast") {
    return Status::invalidArgument("The value 'a' of the type \"STRING\" cannot be cast.")
        .withErrorClass("CAST_INVALID_INPUT", "22018", {{"targetType", "\"INT\""}});
  }
  if (table == "error_argument") return Status::invalidArgument("an argument that is no good");
  if (table == "error_internal") return Status::internal("something broke");
  if (table == "error_long") return Status::internal(std::string(100000, 'x'));
  return std::nullopt;
}

class FakeSession : public Session {
 public:
  explicit FakeSession(std::map<std::string, std::string> conf) : conf_(std::move(conf)) {}

  Result<std::optional<std::string>> conf(const std::string& key) const override {
    const std::lock_guard lock(mutex_);
    const auto found = conf_.find(key);
    if (found == conf_.end()) return std::optional<std::string>();
    return std::optional(found->second);
  }
  Status setConf(const std::string& key, const std::string& value) override {
    if (!isModifiable(key)) {
      return Status::invalidArgument("Cannot modify the value of the Spark config: \"" + key +
                                     "\".")
          .withErrorClass("CANNOT_MODIFY_CONFIG", "46110", {{"key", "\"" + key + "\""}});
    }
    const std::lock_guard lock(mutex_);
    conf_[key] = value;
    return Status::OK();
  }
  Status unsetConf(const std::string& key) override {
    const std::lock_guard lock(mutex_);
    conf_.erase(key);
    return Status::OK();
  }
  std::map<std::string, std::string> allConf(const std::string& prefix) const override {
    const std::lock_guard lock(mutex_);
    std::map<std::string, std::string> chosen;
    for (const auto& [key, value] : conf_) {
      if (key.rfind(prefix, 0) == 0) chosen[key] = value;
    }
    return chosen;
  }
  bool isModifiable(const std::string& key) const override { return key != "spark.master"; }

  Result<DataType> schemaOf(const RelationPtr& relation) override {
    if (const auto* local = relation->as<plan::LocalRelation>()) return local->schema;
    if (relation->as<plan::ShowString>() != nullptr) {
      return oneColumn("show_string", DataType::stringType());
    }
    if (const auto* table = relation->as<plan::ReadTable>()) {
      SPATE_ASSIGN_OR_FAIL(const RelationPtr view, viewOf(*table));
      return view == nullptr ? oneColumn("id", DataType::longType()) : schemaOf(view);
    }
    return oneColumn("id", DataType::longType());
  }
  Result<bool> isStreaming(const RelationPtr& relation) override {
    const auto* source = relation->as<plan::ReadSource>();
    return source != nullptr && source->isStreaming;
  }
  Result<std::string> explain(const RelationPtr& relation, const std::string& mode) override {
    return mode + "\n" + plan::toText(*relation);
  }
  Result<std::vector<std::string>> inputFiles(const RelationPtr& /*relation*/) override {
    return std::vector<std::string>{"file:///a", "file:///b"};
  }

  Result<RowStream> execute(const RelationPtr& relation, std::stop_token stop) override {
    if (const auto* range = relation->as<plan::Range>()) {
      return RowStream{oneColumn("id", DataType::longType()),
                       std::make_shared<RangeReader>(*range, stop)};
    }
    if (const auto* local = relation->as<plan::LocalRelation>()) {
      return RowStream{local->schema, std::make_shared<arrow::TableBatchReader>(local->table)};
    }
    if (const auto* table = relation->as<plan::ReadTable>()) {
      SPATE_ASSIGN_OR_FAIL(const RelationPtr view, viewOf(*table));
      if (view != nullptr) return execute(view, stop);
      return RowStream{oneColumn("id", DataType::longType()),
                       std::make_shared<FailingReader>(errorOf(table->nameParts[0]), stop)};
    }
    if (const auto* kept = relation->as<plan::CachedRemoteRelation>()) {
      return execute(keptRelation(kept->id), stop);
    }
    if (const auto* show = relation->as<plan::ShowString>()) {
      arrow::StringBuilder builder;
      static_cast<void>(builder.Append("shown\n" + plan::toText(*show->input)));
      const DataType schema = oneColumn("show_string", DataType::stringType());
      const auto table = arrow::Table::Make(arrowSchema(schema), {builder.Finish().ValueOrDie()});
      return RowStream{schema, std::make_shared<arrow::TableBatchReader>(table)};
    }
    return failure(connect::unsupportedFeature(plan::toText(*relation)));
  }
  Result<RelationPtr> runStatement(const RelationPtr& statement,
                                   std::stop_token /*stop*/) override {
    const auto* command = statement->as<plan::ShowCommand>();
    if (command == nullptr) return statement;
    arrow::StringBuilder builder;
    static_cast<void>(builder.Append(command->command));
    const DataType schema = oneColumn("command", DataType::stringType());
    return plan::make(plan::LocalRelation{
        arrow::Table::Make(arrowSchema(schema), {builder.Finish().ValueOrDie()}), schema});
  }
  Result<Observations> write(const plan::WriteCommand& command, std::stop_token /*stop*/) override {
    // What was asked for comes back as an error, for the test to look at.
    std::string text = command.format + " " + command.path.value_or("-") + " mode " +
                       std::to_string(static_cast<int>(command.mode)) + " by";
    for (const std::string& column : command.partitionColumns) text += " " + column;
    if (command.format == "noop") return Observations();
    return failure(Status::invalidArgument(text));
  }
  Status createView(const plan::CreateView& command) override {
    const std::lock_guard lock(mutex_);
    views_[command.nameParts.back()] = command.query;
    return Status::OK();
  }
  Status registerFunction(const plan::PythonCall& function) override {
    return setConf("registered." + function.name, std::to_string(function.evalType));
  }
  Result<std::string> keepRelation(const RelationPtr& relation, std::stop_token /*stop*/) override {
    const std::lock_guard lock(mutex_);
    std::string id = connect::randomUuid();
    kept_[id] = relation;
    return id;
  }
  void forgetRelation(const std::string& id) override {
    const std::lock_guard lock(mutex_);
    kept_.erase(id);
    conf_["forgotten"] = id;
  }

  Status addArtifact(const std::string& name, std::string bytes) override {
    const std::lock_guard lock(mutex_);
    conf_["artifact." + name] = std::to_string(bytes.size());
    artifacts_[name] = std::move(bytes);
    return Status::OK();
  }
  std::optional<std::string> artifact(const std::string& name) const override {
    const std::lock_guard lock(mutex_);
    const auto found = artifacts_.find(name);
    if (found == artifacts_.end()) return std::nullopt;
    return found->second;
  }

  Result<std::shared_ptr<StreamingQuery>> start(const plan::WriteStreamCommand& command) override {
    return streams_.start(command);
  }
  StreamingQueryManager& streams() override { return streams_; }

  Result<std::shared_ptr<Session>> clone(const SessionIdentity& /*identity*/) override {
    const std::lock_guard lock(mutex_);
    auto copy = std::make_shared<FakeSession>(conf_);
    copy->views_ = views_;
    return copy;
  }
  void close() override { streams_.stopAll(); }

 private:
  /// Null: a table of this engine, that fails or never ends.
  Result<RelationPtr> viewOf(const plan::ReadTable& table) const {
    const std::lock_guard lock(mutex_);
    const std::string& name = table.nameParts.back();
    const auto found = views_.find(name);
    if (found != views_.end()) return found->second;
    if (name == "endless" || errorOf(name)) return RelationPtr();
    return failure(
        Status::notFound("The table or view `" + name + "` cannot be found. Verify the spelling.")
            .withErrorClass("TABLE_OR_VIEW_NOT_FOUND", "42P01",
                            {{"relationName", "`" + name + "`"}}));
  }

  RelationPtr keptRelation(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    return kept_.at(id);
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::string> conf_;
  std::map<std::string, RelationPtr> views_;
  std::map<std::string, RelationPtr> kept_;
  std::map<std::string, std::string> artifacts_;
  FakeStreams streams_;
};

class FakeEngine : public SessionFactory {
 public:
  explicit FakeEngine(EngineOptions options) : options_(std::move(options)) {}

  Result<std::shared_ptr<Session>> makeSession(const SessionIdentity& identity) override {
    std::map<std::string, std::string> conf = options_.conf;
    conf["spark.master"] = options_.master;
    conf["user"] = identity.userId;
    conf["url"] = url_;
    return std::make_shared<FakeSession>(std::move(conf));
  }
  void onServing(const std::string& url) override { url_ = url; }

 private:
  EngineOptions options_;
  std::string url_;
};

}  // namespace

Result<std::unique_ptr<SessionFactory>> makeFakeEngine(const EngineOptions& options) {
  return std::make_unique<FakeEngine>(options);
}

}  // namespace spate
