#include "spate/connect/Engine.h"

#include <arrow/compute/initialize.h>

#include <charconv>
#include <thread>

#include "spate/connect/EngineSession.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/FilePathUri.h"

namespace spate {
namespace {

/// The slots of "local", "local[4]", "local[*]".
Result<int> slotsOf(const std::string& master) {
  const auto refused = [&] {
    return failure(Status::invalidArgument("Could not parse Master URL: '" + master +
                                           "'; it is local, local[N] or local[*]"));
  };
  if (master == "local") return 1;
  if (!master.starts_with("local[") || !master.ends_with("]")) return refused();
  const std::string number = master.substr(6, master.size() - 7);
  if (number == "*") return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  int slots = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), slots);
  if (error != std::errc() || end != number.data() + number.size() || slots < 1 || slots > 1024)
    return refused();
  return slots;
}

class Engine final : public SessionFactory {
 public:
  Engine(int slots, const EngineOptions& options)
      : pool_(std::make_shared<TaskPool>(slots)),
        pythonWorkers_(std::make_shared<python::WorkerPool>(static_cast<size_t>(slots))),
        conf_(options.conf),
        faultPoints_(*options.faultPoints) {
    // As Spark: of a relative path the working directory of now counts.
    std::string& warehouse =
        conf_.try_emplace("spark.sql.warehouse.dir", "spark-warehouse").first->second;
    const auto path = filePathOfUser(warehouse);
    if (path) warehouse = "file:" + *path;
    catalog_.tables =
        std::make_shared<InMemoryCatalog>(FileSystem::local(), path ? *path : warehouse);
  }

  Result<std::shared_ptr<Session>> makeSession(const SessionIdentity& identity) override {
    return std::shared_ptr<Session>(std::make_shared<EngineSession>(
        pool_, SessionConf(conf_), identity, serverUrl_, faultPoints_, catalog_, pythonWorkers_));
  }
  // Before this no client can have asked for a session.
  void onServing(const std::string& url) override { *serverUrl_ = url; }

 private:
  const std::shared_ptr<std::string> serverUrl_ = std::make_shared<std::string>();
  std::shared_ptr<TaskPool> pool_;
  std::shared_ptr<python::WorkerPool> pythonWorkers_;
  std::map<std::string, std::string> conf_;
  FaultPoints& faultPoints_;
  SharedCatalog catalog_;
};

}  // namespace

Result<std::unique_ptr<SessionFactory>> makeEngine(const EngineOptions& options) {
  SPATE_FAIL_IF_ERROR(fromArrow(arrow::compute::Initialize()));
  for (const auto& [key, value] : options.conf) SPATE_FAIL_IF_ERROR(SessionConf::check(key, value));
  SPATE_ASSIGN_OR_FAIL(const int slots, slotsOf(options.master));
  return std::unique_ptr<SessionFactory>(std::make_unique<Engine>(slots, options));
}

}  // namespace spate
