#include "spate/python/SessionFiles.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "spate/base/FileSystem.h"
#include "spate/python/ChildProcess.h"

namespace spate::python {
namespace {

constexpr std::string_view kArchives = "archives/";
constexpr std::string_view kPyFiles = "pyfiles/";

Status badArchive(const std::string& name, const std::string& why) {
  return Status::invalidArgument("The archive " + name + " cannot be added: " + why);
}

/// What shutil calls the formats that Spark unpacks; empty: a file like any other.
std::string formatOf(const std::string& archive) {
  if (archive.ends_with(".zip") || archive.ends_with(".jar")) return "zip";
  if (archive.ends_with(".tar.gz") || archive.ends_with(".tgz")) return "gztar";
  return archive.ends_with(".tar") ? "tar" : "";
}

bool isPackage(const std::string& name) {
  return name.ends_with(".zip") || name.ends_with(".egg") || name.ends_with(".jar");
}

/// A path that stays inside of its directory and is not the directory itself.
bool staysInside(const std::string& path) {
  const std::filesystem::path normal = std::filesystem::path(path).lexically_normal();
  return !path.empty() && normal.is_relative() && normal != "." && *normal.begin() != "..";
}

}  // namespace

Result<std::shared_ptr<SessionFiles>> SessionFiles::make() {
  std::error_code error;
  std::string root = std::filesystem::temp_directory_path(error) / "spate-session-XXXXXX";
  if (error || ::mkdtemp(root.data()) == nullptr)
    return failure(Status::ioError("Cannot make " + root + ": " + std::strerror(errno)));
  auto files = std::shared_ptr<SessionFiles>(new SessionFiles(std::move(root)));
  SPATE_FAIL_IF_ERROR(FileSystem::local()->createDirectories(files->folder()));
  return files;
}

SessionFiles::~SessionFiles() {
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

std::vector<std::string> SessionFiles::packages() const {
  std::lock_guard lock(mutex_);
  return packages_;
}

Status SessionFiles::add(const std::string& name, std::string_view bytes,
                         const std::string& python) {
  const bool isArchive = name.starts_with(kArchives);
  const size_t hash = isArchive ? name.find('#') : std::string::npos;
  const std::string given = name.substr(0, hash);
  const std::string path = std::filesystem::path(given).lexically_normal();
  const std::string fileName = std::filesystem::path(path).filename();
  std::string folder = hash == std::string::npos ? "" : name.substr(hash + 1);
  if (folder.empty()) folder = fileName;
  if (!staysInside(path) || fileName.empty() || !staysInside(folder) ||
      folder.find('#') != std::string::npos)
    return Status::invalidArgument("'" + name + "' is no name of a file of a session");

  std::lock_guard lock(mutex_);
  const auto disk = FileSystem::local();
  const std::string kept = artifactPath(path);
  if (disk->exists(kept)) {
    SPATE_ASSIGN_OR_RETURN(const std::string before, disk->readFile(kept));
    // So that a client may send it again.
    if (before == bytes) return Status::OK();
    return Status(StatusCode::kAlreadyExists,
                  "The artifact " + path +
                      " already exists. Please choose a different name for the new artifact "
                      "because it cannot be overwritten.")
        .withErrorClass("ARTIFACT_ALREADY_EXISTS", "42713",
                        {{"normalizedRemoteRelativePath", path}});
  }
  SPATE_RETURN_IF_ERROR(disk->writeAtomically(kept, bytes));
  if (!isArchive) {
    SPATE_RETURN_IF_ERROR(disk->writeAtomically(this->folder() + "/" + fileName, bytes));
    if (path.starts_with(kPyFiles) && isPackage(fileName)) packages_.push_back(fileName);
    return Status::OK();
  }
  Status unpacked = unpack(kept, this->folder() + "/" + folder, python);
  if (!unpacked.ok()) static_cast<void>(disk->removeAll(kept));
  return unpacked;
}

Status SessionFiles::unpack(const std::string& archive, const std::string& into,
                            const std::string& python) {
  std::error_code error;
  std::filesystem::remove_all(into, error);
  const std::string format = formatOf(archive);
  if (format.empty()) {
    std::filesystem::copy_file(archive, into, error);
    return error ? badArchive(archive, error.message()) : Status::OK();
  }
  SPATE_RETURN_IF_ERROR(FileSystem::local()->createDirectories(into));
  const auto done = ChildProcess::outputOf(
      {python, "-c", "import shutil, sys; shutil.unpack_archive(*sys.argv[1:])", archive, into,
       format});
  return done ? Status::OK() : badArchive(archive, "it is no " + format + " file");
}

Result<std::shared_ptr<SessionFiles>> SessionFiles::copy() const {
  SPATE_ASSIGN_OR_FAIL(auto others, make());
  std::lock_guard lock(mutex_);
  std::error_code error;
  std::filesystem::copy(root_, others->root_,
                        std::filesystem::copy_options::recursive |
                            std::filesystem::copy_options::copy_symlinks |
                            std::filesystem::copy_options::overwrite_existing,
                        error);
  if (error) return failure(Status::ioError("Cannot copy " + root_ + ": " + error.message()));
  others->packages_ = packages_;
  return others;
}

}  // namespace spate::python
