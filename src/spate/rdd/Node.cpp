#include "spate/rdd/Node.h"

#include "spate/rdd/RddContext.h"
#include "spate/rdd/Scheduler.h"
#include "spate/rdd/Storage.h"
#include "spate/types/Exceptions.h"

namespace spate {

NodeBase::NodeBase(std::shared_ptr<RddContext> context, std::string operation, std::string kind,
                   Dependencies dependencies)
    : id_(context->nextRddId()),
      context_(std::move(context)),
      operation_(std::move(operation)),
      kind_(std::move(kind)),
      dependencies_(std::move(dependencies)) {}

NodeBase::~NodeBase() {
  if (checkpointWriter_) context_->scheduler().checkpointDropped();
}

std::string NodeBase::operationName() const {
  return operation_ + " at RDD " + std::to_string(id_);
}

std::string NodeBase::toString() const {
  const auto given = name();
  return (given ? *given + " " : "") + kind_ + "[" + std::to_string(id_) + "] at " + operation_;
}

Dependencies NodeBase::dependencies() const {
  std::lock_guard lock(mutex_);
  return dependencies_;
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

std::shared_ptr<StorageBase> NodeBase::persisted() const {
  std::lock_guard lock(mutex_);
  return persisted_;
}

void NodeBase::persistIn(StorageLevel level,
                         const std::function<std::shared_ptr<StorageBase>()>& make) {
  std::lock_guard lock(mutex_);
  if (level_ != StorageLevel::NONE && level_ != level)
    throw SparkUnsupportedOperationException(
        "Cannot change storage level of an RDD after it was already assigned a level");
  level_ = level;
  unpersistWhenUnpinned_ = false;
  if (!persisted_) persisted_ = make();
  stored_.store(true, std::memory_order_relaxed);
}

void NodeBase::unpersist() {
  std::shared_ptr<StorageBase> gone;  // destroyed outside of the lock
  std::lock_guard lock(mutex_);
  level_ = StorageLevel::NONE;
  if (pins_ > 0) {
    unpersistWhenUnpinned_ = true;
    return;
  }
  gone = std::move(persisted_);
  persisted_ = nullptr;
  stored_.store(checkpointed_ != nullptr, std::memory_order_relaxed);
}

bool NodeBase::pinStorage() {
  std::lock_guard lock(mutex_);
  if (checkpointed_) {
    ++pins_;
    return true;
  }
  if (!persisted_) return false;
  persisted_->keep(true);
  if (!persisted_->isComplete()) {
    if (pins_ == 0) persisted_->keep(false);
    return false;
  }
  ++pins_;
  return true;
}

void NodeBase::unpinStorage() {
  std::shared_ptr<StorageBase> gone;
  std::lock_guard lock(mutex_);
  if (pins_ == 0 || --pins_ > 0) return;
  if (persisted_) persisted_->keep(false);
  if (!unpersistWhenUnpinned_) return;
  unpersistWhenUnpinned_ = false;
  gone = std::move(persisted_);
  persisted_ = nullptr;
  stored_.store(checkpointed_ != nullptr, std::memory_order_relaxed);
}

void NodeBase::requestCheckpoint(std::function<std::shared_ptr<StorageBase>()> write) {
  std::lock_guard lock(mutex_);
  if (checkpointed_ || checkpointWriter_) return;
  checkpointWriter_ = std::move(write);
  context_->scheduler().addPendingCheckpoint();
}

bool NodeBase::checkpointRequested() const {
  std::lock_guard lock(mutex_);
  return checkpointWriter_ != nullptr;
}

void NodeBase::runRequestedCheckpoint() {
  std::function<std::shared_ptr<StorageBase>()> write;
  {
    std::lock_guard lock(mutex_);
    if (checkpointed_ || !checkpointWriter_) return;
    write = checkpointWriter_;
  }
  auto storage = write();
  {
    std::lock_guard lock(mutex_);
    if (checkpointed_) return;  // another thread's job was first
    checkpointed_ = std::move(storage);
    checkpointWriter_ = nullptr;
    stored_.store(true, std::memory_order_relaxed);
  }
  context_->scheduler().checkpointDone(shared_from_this());
}

std::shared_ptr<StorageBase> NodeBase::checkpointed() const {
  std::lock_guard lock(mutex_);
  return checkpointed_;
}

void NodeBase::cutLineage() {
  Dependencies gone;
  std::lock_guard lock(mutex_);
  if (checkpointed_) gone.swap(dependencies_);
}

}  // namespace spate
