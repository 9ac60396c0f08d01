#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spate/base/BatchId.h"
#include "spate/base/Status.h"
#include "spate/checkpoint/MetadataLog.h"

namespace spate {

/// A log whose files are values of one type, as Spark's HDFSMetadataLog[T]: a MetadataLog that
/// reads and writes them.
///
/// In      a Content with `toBytes() const`, which gives a std::string or a Result of one, and
///         `static Result<Content> fromBytes(std::string_view)`
/// Errors  MetadataLog's, and those of the two functions. A file that fromBytes refuses counts as
///         damaged when the log is opened.
/// Threads one at a time
template <class Content>
class TypedMetadataLog {
 public:
  using Entry = std::pair<BatchId, Content>;

  /// `options.check` is set here.
  static Result<std::unique_ptr<TypedMetadataLog>> open(MetadataLogOptions options) {
    options.check = [](std::string_view bytes) {
      const Result<Content> content = Content::fromBytes(bytes);
      return content ? Status::OK() : content.error();
    };
    SPATE_ASSIGN_OR_FAIL(auto log, MetadataLog::open(std::move(options)));
    return std::unique_ptr<TypedMetadataLog>(new TypedMetadataLog(std::move(log)));
  }

  Status add(BatchId batchId, const Content& content) {
    const Result<std::string> bytes = content.toBytes();
    return bytes ? log_->add(batchId, *bytes) : bytes.error();
  }
  Result<std::optional<Content>> get(BatchId batchId) {
    SPATE_ASSIGN_OR_FAIL(const auto bytes, log_->get(batchId));
    if (!bytes) return std::nullopt;
    SPATE_ASSIGN_OR_FAIL(auto content, Content::fromBytes(*bytes));
    return std::optional<Content>(std::move(content));
  }
  Result<std::optional<Entry>> latest() {
    const std::optional<BatchId> id = log_->latestId();
    if (!id) return std::nullopt;
    SPATE_ASSIGN_OR_FAIL(auto content, get(*id));
    return Entry(*id, *std::move(content));
  }
  std::optional<BatchId> latestId() const { return log_->latestId(); }
  std::vector<BatchId> listIds() const { return log_->listIds(); }
  Status purge(BatchId threshold) { return log_->purge(threshold); }
  Status purgeAfter(BatchId threshold) { return log_->purgeAfter(threshold); }
  const std::string& directory() const { return log_->directory(); }

 private:
  explicit TypedMetadataLog(std::unique_ptr<MetadataLog> log) : log_(std::move(log)) {}
  std::unique_ptr<MetadataLog> log_;
};

}  // namespace spate
