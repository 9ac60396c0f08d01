#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "spate/planner/NameScope.h"

namespace spate {

/// The temporary views of a session, or the global ones of a server. The table of a memory sink is
/// one, too.
///
/// In      names in lower case
/// Threads all functions from any thread
class TempViews {
 public:
  /// False: there is one of that name already, and it was left as it is.
  bool create(const std::string& name, NamedRelation view, bool isReplace);
  bool drop(const std::string& name);
  bool has(const std::string& name) const;
  /// Without `make`: there is none.
  NamedRelation find(const std::string& name) const;
  /// In their order.
  std::vector<std::string> names() const;
  /// Takes the views of another one, which keeps them.
  void copyFrom(const TempViews& other);
  void clear();

 private:
  mutable std::mutex mutex_;
  std::map<std::string, NamedRelation> views_;
};

}  // namespace spate
