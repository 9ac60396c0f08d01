#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "spate/base/Status.h"

namespace spate::python {

/// What a session has added for its Python functions: a directory in which its workers start and
/// look for modules first. It is gone with this object.
///
/// Threads any
class SessionFiles {
 public:
  /// Errors kIoError
  static Result<std::shared_ptr<SessionFiles>> make();
  ~SessionFiles();
  SessionFiles(const SessionFiles&) = delete;
  SessionFiles& operator=(const SessionFiles&) = delete;

  /// `name` says what it is: "pyfiles/x.py" (or .zip, .egg, .jar: packages to import from),
  /// "files/x", "archives/x.tar.gz#folder", which `python` unpacks.
  ///
  /// Errors ARTIFACT_ALREADY_EXISTS: with another content; kInvalidArgument: it cannot be unpacked;
  ///        kIoError
  Status add(const std::string& name, std::string_view bytes, const std::string& python);
  /// Others with the same content.
  Result<std::shared_ptr<SessionFiles>> copy() const;

  /// Where workers start.
  std::string folder() const { return root_ + "/files"; }
  /// The names of the packages in it.
  std::vector<std::string> packages() const;

 private:
  explicit SessionFiles(std::string root) : root_(std::move(root)) {}

  /// What came from the client, by its name.
  std::string artifactPath(const std::string& name) const { return root_ + "/artifacts/" + name; }
  Status unpack(const std::string& archive, const std::string& into, const std::string& python);

  const std::string root_;
  mutable std::mutex mutex_;
  std::vector<std::string> packages_;
};

}  // namespace spate::python
