#include "spate/connect/TempViews.h"

#include <utility>

namespace spate {

bool TempViews::create(const std::string& name, NamedRelation view, bool isReplace) {
  const std::lock_guard lock(mutex_);
  if (!isReplace && views_.contains(name)) return false;
  view.isView = true;
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

NamedRelation TempViews::find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = views_.find(name);
  return found == views_.end() ? NamedRelation() : found->second;
}

std::vector<std::string> TempViews::names() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, view] : views_) names.push_back(name);
  return names;
}

void TempViews::copyFrom(const TempViews& other) {
  std::map<std::string, NamedRelation> views;
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
