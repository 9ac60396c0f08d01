#include <spark/connect/base.pb.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

#include "PlanMessage.h"
#include "spate/connect/service/PlanReader.h"
#include "spate/plan/PlanText.h"
#include "spate/planner/Analyzer.h"
#include "spate/planner/LogicalText.h"

// Any bytes that are a Plan of Spark Connect are a plan that can be printed and analyzed, or an
// error that says what is wrong with it.

namespace {

namespace sc = ::spark::connect;
using spate::Result;

/// What libFuzzer takes for coverage beside that of the code: which nodes and which errors came.
__attribute__((section("__libfuzzer_extra_counters"))) uint8_t outcomes[1 << 14];

void note(std::string_view outcome) {
  outcomes[std::hash<std::string_view>()(outcome) % sizeof(outcomes)] = 1;
}

void require(bool condition) {
  if (!condition) __builtin_trap();
}

void requireError(const spate::Status& status) {
  require(!status.message().empty());
  note(status.errorClass().empty() ? status.message().substr(0, 30) : status.errorClass());
}

/// A session in which there is nothing.
class EmptySession final : public spate::PlanContext {
 public:
  const spate::SessionSettings& settings() const override { return settings_; }
  Result<spate::NamedRelation> findTable(const std::vector<std::string>&) override {
    return spate::NamedRelation();
  }
  std::shared_ptr<const spate::KeptRows> findKept(const std::string&) override { return nullptr; }
  std::shared_ptr<const spate::plan::PythonCall> findFunction(const std::string&) override {
    return nullptr;
  }
  Result<std::vector<spate::RecordBatchPtr>> run(const spate::LogicalNodePtr&,
                                                 const std::stop_token&) override {
    return spate::failure(spate::Status::unsupported("nothing is run here"));
  }
  Result<std::pair<spate::DataType, spate::BatchScan>> openScan(
      const spate::plan::ReadSource&) override {
    return spate::failure(spate::Status::notFound("there are no files here"));
  }
  Result<spate::StreamScan> openStream(const spate::plan::ReadSource&) override {
    return spate::failure(spate::Status::notFound("there are no streams here"));
  }
  Result<spate::Micros> watermarkDelay(const std::string&) override { return spate::Micros(0); }

 private:
  spate::SessionSettings settings_;
};

void analyze(const spate::plan::RelationPtr& relation) {
  const std::string text = spate::plan::toText(*relation);
  require(!text.empty());
  EmptySession session;
  const auto analyzed = spate::Analyzer(session).analyzeQuery(relation);
  if (!analyzed) {
    requireError(analyzed.error());
    return;
  }
  const std::string tree = spate::treeText(**analyzed);
  require(!tree.empty());
  for (size_t begin = 0; begin < tree.size();) {
    const std::string_view line =
        std::string_view(tree).substr(begin, tree.find('\n', begin) - begin);
    note(line.substr(0, line.find_first_of("[(")));
    begin += line.size() + 1;
  }
}

template <class Command>
void readCommand(const Result<Command>& command) {
  if (!command) {
    requireError(command.error());
    return;
  }
  note(typeid(Command).name());
  if constexpr (requires { command->input; }) {
    if (command->input) analyze(command->input);
  }
}

void read(const sc::Plan& plan) {
  spate::connect::PlanReader reader(
      [](const std::string&) -> std::optional<std::string> { return std::nullopt; });
  if (plan.has_root()) {
    const auto relation = reader.relation(plan.root());
    if (relation) {
      analyze(*relation);
    } else {
      requireError(relation.error());
    }
    return;
  }
  const sc::Command& command = plan.command();
  switch (command.command_type_case()) {
    case sc::Command::kRegisterFunction:
      return readCommand(reader.pythonCall(command.register_function()));
    case sc::Command::kCreateDataframeView:
      return readCommand(reader.createView(command.create_dataframe_view()));
    case sc::Command::kWriteOperation: return readCommand(reader.write(command.write_operation()));
    case sc::Command::kWriteOperationV2:
      return readCommand(reader.write(command.write_operation_v2()));
    case sc::Command::kWriteStreamOperationStart:
      return readCommand(reader.writeStream(command.write_stream_operation_start()));
    case sc::Command::kSqlCommand: {
      const auto relation = reader.relation(command.sql_command().input());
      if (!relation) return requireError(relation.error());
      return analyze(*relation);
    }
    default: return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sc::Plan plan;
  if (!spate::fuzz::parsePlan(data, size, plan)) return 0;
  sc::Plan whole;
  const auto isCompressed = spate::connect::decompressPlan(plan, &whole);
  if (!isCompressed) {
    requireError(isCompressed.error());
    return 0;
  }
  read(*isCompressed ? whole : plan);
  return 0;
}
