#include "spate/base/FaultyFileSystem.h"

#include <algorithm>

namespace spate {

class FaultyAppendFile final : public AppendFile {
 public:
  using Call = FaultyFileSystem::Call;

  FaultyAppendFile(FaultyFileSystem& files, std::unique_ptr<AppendFile> inner, std::string path)
      : files_(files), inner_(std::move(inner)), path_(std::move(path)) {}

  Status append(std::string_view bytes) override {
    const auto [admitted, status] = files_.admit(Call::kAppend, path_, bytes.size());
    if (admitted > 0) SPATE_RETURN_IF_ERROR(inner_->append(bytes.substr(0, admitted)));
    return status;
  }

  Status sync() override {
    SPATE_RETURN_IF_ERROR(files_.check(Call::kSync, path_));
    return inner_->sync();
  }

 private:
  FaultyFileSystem& files_;
  const std::unique_ptr<AppendFile> inner_;
  const std::string path_;
};

Status FaultyFileSystem::check(Call call, const std::string& path) {
  std::lock_guard lock(mutex_);
  Status result;
  for (CallFault& fault : callFaults_) {
    if (fault.call != call || fault.times == 0) continue;
    if (fault.callsBefore-- > 0) continue;
    --fault.times;
    if (result.ok()) result = fault.status.withContext(path);
  }
  for (const PathFault& fault : pathFaults_)
    if (result.ok() && path.find(fault.part) != std::string::npos)
      result = fault.status.withContext(path);
  return result;
}

std::pair<size_t, Status> FaultyFileSystem::admit(Call call, const std::string& path, size_t size) {
  if (Status status = check(call, path); !status.ok()) return {0, std::move(status)};
  std::lock_guard lock(mutex_);
  for (Tear& tear : tears_) {
    if (tear.writesBefore-- != 0) continue;
    return {std::min(tear.bytes, size), Status::ioError("torn write to " + path)};
  }
  if (!space_) return {size, Status::OK()};
  if (size <= *space_) {
    *space_ -= size;
    return {size, Status::OK()};
  }
  const size_t fits = call == Call::kAppend ? static_cast<size_t>(*space_) : 0;
  *space_ -= fits;
  return {fits, Status::diskFull("cannot write " + path + ": no space left on device")};
}

Result<std::string> FaultyFileSystem::readFile(const std::string& path) {
  SPATE_FAIL_IF_ERROR(check(Call::kReadFile, path));
  return inner_->readFile(path);
}

Result<FileInfo> FaultyFileSystem::stat(const std::string& path) {
  SPATE_FAIL_IF_ERROR(check(Call::kStat, path));
  return inner_->stat(path);
}

Result<std::vector<FileInfo>> FaultyFileSystem::list(const std::string& directory) {
  SPATE_FAIL_IF_ERROR(check(Call::kList, directory));
  return inner_->list(directory);
}

Status FaultyFileSystem::writeAtomically(const std::string& path, std::string_view bytes) {
  const auto [admitted, status] = admit(Call::kWriteAtomically, path, bytes.size());
  if (status.ok()) return inner_->writeAtomically(path, bytes);
  if (admitted > 0) SPATE_RETURN_IF_ERROR(inner_->writeAtomically(path, bytes.substr(0, admitted)));
  return status;
}

Result<std::unique_ptr<AppendFile>> FaultyFileSystem::openAppend(const std::string& path) {
  SPATE_FAIL_IF_ERROR(check(Call::kOpenAppend, path));
  SPATE_ASSIGN_OR_FAIL(auto file, inner_->openAppend(path));
  return std::make_unique<FaultyAppendFile>(*this, std::move(file), path);
}

Status FaultyFileSystem::rename(const std::string& from, const std::string& to) {
  SPATE_RETURN_IF_ERROR(check(Call::kRename, to));
  return inner_->rename(from, to);
}

Status FaultyFileSystem::createDirectories(const std::string& path) {
  SPATE_RETURN_IF_ERROR(check(Call::kCreateDirectories, path));
  return inner_->createDirectories(path);
}

Status FaultyFileSystem::removeAll(const std::string& path) {
  SPATE_RETURN_IF_ERROR(check(Call::kRemoveAll, path));
  return inner_->removeAll(path);
}

void FaultyFileSystem::failAt(Call call, int nth, Status status, int times) {
  std::lock_guard lock(mutex_);
  callFaults_.push_back({call, nth - 1, times, std::move(status)});
}

void FaultyFileSystem::failPath(std::string part, Status status) {
  std::lock_guard lock(mutex_);
  pathFaults_.push_back({std::move(part), std::move(status)});
}

void FaultyFileSystem::tearWriteAt(int nth, size_t bytes) {
  std::lock_guard lock(mutex_);
  tears_.push_back({nth - 1, bytes});
}

void FaultyFileSystem::limitSpace(uint64_t bytes) {
  std::lock_guard lock(mutex_);
  space_ = bytes;
}

void FaultyFileSystem::freeSpace() {
  std::lock_guard lock(mutex_);
  space_.reset();
}

void FaultyFileSystem::heal() {
  std::lock_guard lock(mutex_);
  callFaults_.clear();
  pathFaults_.clear();
  tears_.clear();
}

}  // namespace spate
