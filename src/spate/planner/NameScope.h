#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "spate/base/Status.h"
#include "spate/plan/Relation.h"

namespace spate {

struct KeptRows;
struct NameScope;

/// What a name stands for.
struct NamedRelation {
  /// Its plan, asked for at each use: a table may be gone by then (null), and the rows of a memory
  /// sink are others. Empty: there is nothing of that name.
  std::function<Result<plan::RelationPtr>()> make;
  /// Where the names in its plan are looked up first; null: only in the session that reads it.
  std::shared_ptr<const NameScope> scope = nullptr;
  bool isView = false;
};

/// What the names in a view's plan stood for when it was made. The view of a DataFrame keeps all of
/// them; that of SQL text the tables, while the views and functions in it are those of its reader.
struct NameScope {
  /// By name parts in lower case.
  std::map<std::vector<std::string>, NamedRelation> relations;
  std::map<std::string, std::shared_ptr<const plan::PythonCall>> functions;
  std::map<std::string, std::shared_ptr<const KeptRows>> kept;
  /// Nothing in it changes any more, also not below the views in it.
  bool isWhole = false;
};

}  // namespace spate
