#include "spate/rdd/Node.h"

#include "spate/rdd/RddContext.h"
#include "spate/types/Exceptions.h"

namespace spate {

NodeBase::NodeBase(std::shared_ptr<RddContext> context, std::string operation, std::string kind)
    : id_(context->nextRddId()),
      context_(std::move(context)),
      operation_(std::move(operation)),
      kind_(std::move(kind)) {}

NodeBase::~NodeBase() = default;

std::string NodeBase::operationName() const {
  return operation_ + " at RDD " + std::to_string(id_);
}

std::optional<std::string> NodeBase::name() const {
  std::lock_guard lock(mutex_);
  return name_;
}

void NodeBase::setName(std::string name) {
  std::lock_guard lock(mutex_);
  name_ = std::move(name);
}

StorageLevel NodeBase::storageLevel() const {
  std::lock_guard lock(mutex_);
  return level_;
}

void NodeBase::setStorageLevel(StorageLevel level) {
  std::lock_guard lock(mutex_);
  if (level_ != StorageLevel::NONE && level_ != level)
    throw SparkUnsupportedOperationException(
        "Cannot change storage level of an RDD after it was already assigned a level");
  level_ = level;
}

void NodeBase::clearStorageLevel() {
  std::lock_guard lock(mutex_);
  level_ = StorageLevel::NONE;
}

}  // namespace spate
