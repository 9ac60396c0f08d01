#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "spate/base/Status.h"
#include "spate/plan/Relation.h"

namespace spate {

/// The temporary views of a session, or the global ones of a server. The table of a memory sink is
/// one, too: its plan is made anew each time that it is asked for.
///
/// In      names in lower case
/// Threads all functions from any thread
class TempViews {
 public:
  using View = std::function<Result<plan::RelationPtr>()>;

  /// False: there is one of that name already, and it was left as it is.
  bool create(const std::string& name, View view, bool isReplace);
  bool drop(const std::string& name);
  bool has(const std::string& name) const;
  /// Null: there is none.
  Result<plan::RelationPtr> find(const std::string& name) const;
  /// In their order.
  std::vector<std::string> names() const;
  /// Takes the views of another one, which keeps them.
  void copyFrom(const TempViews& other);
  void clear();

 private:
  mutable std::mutex mutex_;
  std::map<std::string, View> views_;
};

}  // namespace spate
