#include "spate/base/InMemoryFileSystem.h"

#include <algorithm>
#include <utility>

namespace spate {
namespace {

bool isRoot(const std::string& path) { return path == "/" || path == "."; }

/// Without doubled or trailing slashes.
std::string normalized(std::string_view path) {
  std::string result;
  for (const char c : path)
    if (c != '/' || result.empty() || result.back() != '/') result += c;
  if (result.size() > 1 && result.back() == '/') result.pop_back();
  return result.empty() ? "." : result;
}

bool isBelow(const std::string& path, const std::string& directory) {
  if (directory == "/") return path.size() > 1 && path.front() == '/';
  if (directory == ".") return !path.empty() && path.front() != '/';
  return path.size() > directory.size() && path.starts_with(directory) &&
         path[directory.size()] == '/';
}

template <class Names>
void eraseTree(Names& names, const std::string& path) {
  std::erase_if(
      names, [&](const auto& entry) { return entry.first == path || isBelow(entry.first, path); });
}

template <class Names>
void moveTree(Names& names, const std::string& from, const std::string& to) {
  Names moved;
  for (const auto& [path, node] : names)
    if (path == from || isBelow(path, from)) moved[to + path.substr(from.size())] = node;
  eraseTree(names, from);
  eraseTree(names, to);
  names.merge(moved);
}

}  // namespace

class InMemoryAppendFile final : public AppendFile {
 public:
  InMemoryAppendFile(InMemoryFileSystem& files, std::shared_ptr<InMemoryFileSystem::Node> node,
                     std::string path)
      : files_(files), node_(std::move(node)), path_(std::move(path)), crashes_(files.crashes_) {}

  Status append(std::string_view bytes) override {
    std::lock_guard lock(files_.mutex_);
    if (crashes_ != files_.crashes_) return goneWithTheCrash();
    node_->content += bytes;
    node_->modificationTime = files_.clock_->now();
    return Status::OK();
  }

  Status sync() override {
    std::lock_guard lock(files_.mutex_);
    if (crashes_ != files_.crashes_) return goneWithTheCrash();
    node_->synced = node_->content;
    return Status::OK();
  }

 private:
  Status goneWithTheCrash() const {
    return Status::ioError("cannot write " + path_ + ": opened before the crash");
  }

  InMemoryFileSystem& files_;
  const std::shared_ptr<InMemoryFileSystem::Node> node_;
  const std::string path_;
  const int crashes_;
};

InMemoryFileSystem::InMemoryFileSystem(std::shared_ptr<Clock> clock) : clock_(std::move(clock)) {
  for (const char* root : {"/", "."}) {
    auto node = std::make_shared<Node>();
    node->isDirectory = true;
    node->modificationTime = clock_->now();
    live_[root] = durable_[root] = node;
  }
}

Result<std::shared_ptr<InMemoryFileSystem::Node>> InMemoryFileSystem::find(
    const std::string& path, std::string_view action) const {
  const auto it = live_.find(path);
  if (it == live_.end())
    return failure(Status::notFound(std::string(action) + " " + path + ": no such file"));
  return it->second;
}

std::shared_ptr<InMemoryFileSystem::Node> InMemoryFileSystem::put(const std::string& path,
                                                                  bool isDirectory) {
  auto node = std::make_shared<Node>();
  node->isDirectory = isDirectory;
  node->modificationTime = clock_->now();
  live_[path] = node;
  live_[parentPath(path)]->modificationTime = node->modificationTime;
  return node;
}

void InMemoryFileSystem::syncDirectory(const std::string& directory) {
  const auto isChild = [&](const std::string& path) {
    return !isRoot(path) && parentPath(path) == directory;
  };
  std::vector<std::string> gone;
  for (const auto& [path, node] : durable_) {
    if (!isChild(path)) continue;
    const auto it = live_.find(path);
    if (it == live_.end() || it->second != node) gone.push_back(path);
  }
  for (const std::string& path : gone) eraseTree(durable_, path);
  for (const auto& [path, node] : live_)
    if (isChild(path)) durable_[path] = node;
}

Status InMemoryFileSystem::makeDirectories(const std::string& path) {
  if (const auto it = live_.find(path); it != live_.end()) {
    if (it->second->isDirectory) return Status::OK();
    return Status::alreadyExists("cannot create directory " + path + ": it is a file");
  }
  SPATE_RETURN_IF_ERROR(makeDirectories(parentPath(path)));
  put(path, true);
  syncDirectory(parentPath(path));
  return Status::OK();
}

Result<std::string> InMemoryFileSystem::readFile(const std::string& path) {
  std::lock_guard lock(mutex_);
  SPATE_ASSIGN_OR_FAIL(const auto node, find(normalized(path), "cannot open"));
  if (node->isDirectory) return failure(Status::ioError("cannot read " + path + ": a directory"));
  return node->content;
}

Result<FileInfo> InMemoryFileSystem::stat(const std::string& path) {
  std::lock_guard lock(mutex_);
  SPATE_ASSIGN_OR_FAIL(const auto node, find(normalized(path), "cannot stat"));
  return FileInfo{path, node->content.size(), node->modificationTime, node->isDirectory};
}

Result<std::vector<FileInfo>> InMemoryFileSystem::list(const std::string& directory) {
  std::lock_guard lock(mutex_);
  const std::string parent = normalized(directory);
  SPATE_ASSIGN_OR_FAIL(const auto node, find(parent, "cannot list"));
  if (!node->isDirectory)
    return failure(Status::notFound("cannot list " + directory + ": not a directory"));
  std::vector<FileInfo> infos;
  for (const auto& [path, child] : live_) {
    if (isRoot(path) || parentPath(path) != parent) continue;
    infos.push_back({joinPath(directory, fileName(path)), child->content.size(),
                     child->modificationTime, child->isDirectory});
  }
  return infos;
}

Status InMemoryFileSystem::writeAtomically(const std::string& path, std::string_view bytes) {
  std::lock_guard lock(mutex_);
  const std::string name = normalized(path);
  SPATE_RETURN_IF_ERROR(makeDirectories(parentPath(name)));
  if (const auto it = live_.find(name); it != live_.end() && it->second->isDirectory)
    return Status::ioError("cannot rename to " + path + ": a directory");
  const auto node = put(name, false);
  node->content = node->synced = bytes;
  syncDirectory(parentPath(name));
  return Status::OK();
}

Result<std::unique_ptr<AppendFile>> InMemoryFileSystem::openAppend(const std::string& path) {
  std::lock_guard lock(mutex_);
  const std::string name = normalized(path);
  SPATE_FAIL_IF_ERROR(makeDirectories(parentPath(name)));
  auto it = live_.find(name);
  if (it != live_.end() && it->second->isDirectory)
    return failure(Status::ioError("cannot open " + path + ": a directory"));
  if (it == live_.end()) {
    put(name, false);
    syncDirectory(parentPath(name));
    it = live_.find(name);
  }
  return std::make_unique<InMemoryAppendFile>(*this, it->second, path);
}

Status InMemoryFileSystem::rename(const std::string& from, const std::string& to) {
  std::lock_guard lock(mutex_);
  const std::string source = normalized(from);
  const std::string target = normalized(to);
  const std::string action = "cannot rename " + from + " to " + to;
  SPATE_ASSIGN_OR_RETURN(const auto node, find(source, "cannot rename"));
  if (source == target) return Status::OK();
  if (isRoot(source) || isRoot(target) || isBelow(target, source))
    return Status::ioError(action + ": into itself");
  const auto parent = live_.find(parentPath(target));
  if (parent == live_.end() || !parent->second->isDirectory)
    return Status::notFound(action + ": no such directory");
  if (const auto it = live_.find(target); it != live_.end()) {
    if (it->second->isDirectory != node->isDirectory)
      return Status::ioError(action + ": one is a directory");
    for (const auto& entry : live_)
      if (isBelow(entry.first, target)) return Status::ioError(action + ": not empty");
  }
  moveTree(live_, source, target);
  moveTree(durable_, source, target);
  syncDirectory(parentPath(target));
  syncDirectory(parentPath(source));
  return Status::OK();
}

Status InMemoryFileSystem::createDirectories(const std::string& path) {
  std::lock_guard lock(mutex_);
  return makeDirectories(normalized(path));
}

Status InMemoryFileSystem::removeAll(const std::string& path) {
  std::lock_guard lock(mutex_);
  const std::string name = normalized(path);
  if (isRoot(name)) return Status::ioError("cannot remove " + path + ": the root");
  if (!live_.contains(name)) return Status::OK();
  live_[parentPath(name)]->modificationTime = clock_->now();
  eraseTree(live_, name);
  return Status::OK();
}

void InMemoryFileSystem::crash(size_t tornBytes) {
  std::lock_guard lock(mutex_);
  ++crashes_;
  live_ = durable_;
  for (auto& [path, node] : live_) {
    const size_t kept = node->content.starts_with(node->synced)
                            ? std::min(node->content.size(), node->synced.size() + tornBytes)
                            : node->synced.size();
    node->content = kept > node->synced.size() ? node->content.substr(0, kept) : node->synced;
    node->synced = node->content;
  }
}

Status InMemoryFileSystem::corrupt(const std::string& path, std::string bytes) {
  std::lock_guard lock(mutex_);
  SPATE_ASSIGN_OR_RETURN(const auto node, find(normalized(path), "cannot corrupt"));
  node->content = node->synced = std::move(bytes);
  return Status::OK();
}

Status InMemoryFileSystem::setModificationTime(const std::string& path, Timestamp t) {
  std::lock_guard lock(mutex_);
  SPATE_ASSIGN_OR_RETURN(const auto node, find(normalized(path), "cannot set the time of"));
  node->modificationTime = t;
  return Status::OK();
}

}  // namespace spate
