#include "spate/connect/TempViews.h"

#include <utility>

namespace spate {

bool TempViews::create(const std::string& name, View view, bool isReplace) {
  const std::lock_guard lock(mutex_);
  if (!isReplace && views_.contains(name)) return false;
  views_[name] = std::move(view);
  return true;
}

bool TempViews::drop(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return views_.erase(name) > 0;
}

bool TempViews::has(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return views_.contains(name);
}

Result<plan::RelationPtr> TempViews::find(const std::string& name) const {
  View view;
  {
    const std::lock_guard lock(mutex_);
    const auto found = views_.find(name);
    if (found == views_.end()) return plan::RelationPtr();
    view = found->second;
  }
  return view();
}

std::vector<std::string> TempViews::names() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, view] : views_) names.push_back(name);
  return names;
}

void TempViews::copyFrom(const TempViews& other) {
  std::map<std::string, View> views;
  {
    const std::lock_guard lock(other.mutex_);
    views = other.views_;
  }
  const std::lock_guard lock(mutex_);
  views_ = std::move(views);
}

void TempViews::clear() {
  const std::lock_guard lock(mutex_);
  views_.clear();
}

}  // namespace spate
