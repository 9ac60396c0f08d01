#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spate/connect/Session.h"
#include "spate/runtime/StreamingQuery.h"

namespace spate::connect {

/// Streams of which there are none.
class NoStreams : public StreamingQueryManager {
 public:
  std::vector<std::shared_ptr<StreamingQuery>> active() const override { return {}; }
  std::shared_ptr<StreamingQuery> get(const std::string& /*id*/) const override { return nullptr; }
  Result<bool> awaitAnyTermination(std::optional<std::chrono::milliseconds> /*timeout*/,
                                   std::stop_token /*stop*/) override {
    return false;
  }
  void resetTerminated() override {}
  void addListener(std::shared_ptr<StreamingQueryListener> listener) override {
    listeners.push_back(std::move(listener));
  }
  void removeListener(const std::shared_ptr<StreamingQueryListener>& listener) override {
    std::erase(listeners, listener);
  }

  std::vector<std::shared_ptr<StreamingQueryListener>> listeners;
};

/// A session that does nothing but to tell whether it was closed.
class TestSession : public Session {
 public:
  Result<std::optional<std::string>> conf(const std::string& /*key*/) const override {
    return std::nullopt;
  }
  Status setConf(const std::string& /*key*/, const std::string& /*value*/) override {
    return Status::OK();
  }
  Status unsetConf(const std::string& /*key*/) override { return Status::OK(); }
  std::map<std::string, std::string> allConf(const std::string& /*prefix*/) const override {
    return {};
  }
  bool isModifiable(const std::string& /*key*/) const override { return true; }
  Result<DataType> schemaOf(const plan::RelationPtr& /*relation*/) override { return nothing(); }
  Result<bool> isStreaming(const plan::RelationPtr& /*relation*/) override { return nothing(); }
  Result<std::string> explain(const plan::RelationPtr& /*relation*/,
                              const std::string& /*mode*/) override {
    return nothing();
  }
  Result<std::vector<std::string>> inputFiles(const plan::RelationPtr& /*relation*/) override {
    return nothing();
  }
  Result<RowStream> execute(const plan::RelationPtr& /*relation*/,
                            std::stop_token /*stop*/) override {
    return nothing();
  }
  Result<plan::RelationPtr> runStatement(const plan::RelationPtr& /*statement*/,
                                         std::stop_token /*stop*/) override {
    return nothing();
  }
  Result<Observations> write(const plan::WriteCommand& /*command*/,
                             std::stop_token /*stop*/) override {
    return Observations();
  }
  Status createView(const plan::CreateView& /*command*/) override { return Status::OK(); }
  Status registerFunction(const plan::PythonCall& /*function*/) override { return Status::OK(); }
  Result<std::string> keepRelation(const plan::RelationPtr& /*relation*/,
                                   std::stop_token /*stop*/) override {
    return nothing();
  }
  void forgetRelation(const std::string& /*id*/) override {}
  Status addArtifact(const std::string& /*name*/, std::string /*bytes*/) override {
    return Status::OK();
  }
  std::optional<std::string> artifact(const std::string& /*name*/) const override {
    return std::nullopt;
  }
  Result<std::shared_ptr<StreamingQuery>> start(
      const plan::WriteStreamCommand& /*command*/) override {
    return nothing();
  }
  StreamingQueryManager& streams() override { return noStreams; }
  Result<std::shared_ptr<Session>> clone(const SessionIdentity& /*identity*/) override {
    return std::make_shared<TestSession>();
  }
  void close() override { ++closed; }

  NoStreams noStreams;
  int closed = 0;

 private:
  static tl::unexpected<Status> nothing() { return failure(Status::unsupported("nothing")); }
};

class TestSessionFactory : public SessionFactory {
 public:
  Result<std::shared_ptr<Session>> makeSession(const SessionIdentity& /*identity*/) override {
    made.push_back(std::make_shared<TestSession>());
    return made.back();
  }

  std::vector<std::shared_ptr<TestSession>> made;
};

}  // namespace spate::connect
