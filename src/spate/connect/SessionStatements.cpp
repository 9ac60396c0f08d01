// SET, RESET, EXPLAIN and SHOW FUNCTIONS: what a session knows of itself, as rows.

#include <algorithm>

#include "spate/connect/EngineSession.h"
#include "spate/connect/NamePattern.h"
#include "spate/planner/PlanErrors.h"

namespace spate {

Result<plan::RelationPtr> EngineSession::runShow(const plan::ShowCommand& command,
                                                 std::stop_token stop) {
  const DataType text = DataType::stringType();
  const DataType keyValue = DataType::structOf({{"key", text, false}, {"value", text, false}});
  if (command.command == "SET") {
    if (command.key && command.value) {
      SPATE_FAIL_IF_ERROR(setConf(*command.key, *command.value));
      return relationOf(keyValue, {{*command.key, *command.value}});
    }
    std::vector<Row> rows;
    if (command.key) {
      SPATE_ASSIGN_OR_FAIL(const auto value, conf(*command.key));
      rows.push_back({*command.key, value.value_or("<undefined>")});
    } else {
      for (const auto& [key, value] : allConf("")) rows.push_back({key, value});
    }
    return relationOf(keyValue, rows);
  }
  if (command.command == "RESET") {
    if (command.key) {
      SPATE_FAIL_IF_ERROR(unsetConf(*command.key));
    } else {
      for (const auto& [key, value] : allConf("")) static_cast<void>(conf_.unset(key));
      renewSettings();
    }
    return relationOf(DataType::structOf({}), {});
  }
  if (command.command == "SHOW FUNCTIONS") {
    std::vector<Row> rows;
    for (const std::string_view name : functionNames())
      if (matchesPattern(std::string(name), command.pattern)) rows.push_back({std::string(name)});
    return relationOf(DataType::structOf({{"function", text, false}}), rows);
  }
  if (command.command == "EXPLAIN" && command.query) {
    SPATE_ASSIGN_OR_FAIL(const std::string shown,
                         explain(command.query, command.value.value_or("simple")));
    return relationOf(DataType::structOf({{"plan", text, false}}), {{shown}});
  }
  if (command.command == "DROP TEMPORARY FUNCTION") {
    std::lock_guard lock(mutex_);
    if (functions_.erase(lowerCase(command.nameParts.back())) == 0 && !command.ifExists)
      return failure(unresolvedRoutineError(command.nameParts.back()));
    return relationOf(DataType::structOf({}), {});
  }
  return runCatalogCommand(command, stop);
}

}  // namespace spate
