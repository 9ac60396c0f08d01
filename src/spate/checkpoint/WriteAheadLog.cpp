#include "spate/checkpoint/WriteAheadLog.h"

#include <algorithm>
#include <limits>

#include "spate/base/Logging.h"

namespace spate {
namespace {

constexpr std::string_view kComponent = "WriteAheadLog";

/// Above this a record is not copied behind its header, but written by a call of its own.
constexpr size_t kCopiedRecord = 64 * 1024;

Status corruptAt(const std::string& path, uint64_t offset, std::string_view what) {
  return Status::corrupt("write-ahead log segment " + path + " is corrupt at offset " +
                         std::to_string(offset) + ": " + std::string(what));
}

uint64_t endOf(const WalHandle& handle) {
  return handle.offset + WalRecordHeader::kSize + handle.length;
}

}  // namespace

Result<std::unique_ptr<WriteAheadLog>> WriteAheadLog::open(WriteAheadLogOptions options) {
  std::unique_ptr<WriteAheadLog> log(new WriteAheadLog(std::move(options)));
  SPATE_FAIL_IF_ERROR(log->findSegments());
  return log;
}

WriteAheadLog::~WriteAheadLog() = default;

std::string WriteAheadLog::pathOf(const std::string& name) const {
  return joinPath(options_.directory, name);
}

Status WriteAheadLog::findSegments() {
  const Result<std::vector<FileInfo>> infos = options_.files->list(options_.directory);
  if (!infos) return infos.error().code() == StatusCode::kNotFound ? Status::OK() : infos.error();
  for (const FileInfo& info : *infos) {
    const std::string name(fileName(info.path));
    const std::optional<uint64_t> sequence = walSequenceOf(name);
    if (sequence && !info.isDirectory) segments_.push_back({name, *sequence, {}, {}});
  }
  std::sort(segments_.begin(), segments_.end(),
            [](const Segment& a, const Segment& b) { return a.sequence < b.sequence; });
  if (!segments_.empty()) nextSequence_ = segments_.back().sequence + 1;
  return Status::OK();
}

Status WriteAheadLog::openSegment(Timestamp time) {
  WalSegmentHeader header;
  header.sequence = nextSequence_++;
  header.start = time;
  for (size_t i = segments_.size(); i-- > 0;) {
    if (!segments_[i].end) SPATE_RETURN_IF_ERROR(scanFrom(i, i + 1, nullptr));
    if (*segments_[i].end == 0) continue;  // its header was torn: it never held a record
    header.previousSequence = segments_[i].sequence;
    header.previousEnd = *segments_[i].end;
    break;
  }
  const std::string name = walSegmentName(time, header.sequence);
  Result<std::unique_ptr<AppendFile>> file = options_.files->openAppend(pathOf(name));
  Status status = file ? (*file)->append(header.toBytes()) : file.error();
  if (!status.ok()) {
    // If the file stays, it is one without a header, which replay passes over.
    static_cast<void>(options_.files->removeAll(pathOf(name)));
    return status;
  }
  current_ = Current{std::move(*file), time, WalSegmentHeader::kSize, 0};
  segments_.push_back({name, header.sequence, {}, {}});
  cachedName_.clear();
  cachedBytes_ = {};
  return Status::OK();
}

/// The records that stand before `end` stay in the log, whatever stands behind.
void WriteAheadLog::giveUpCurrent(uint64_t end) {
  segments_.back().end = end;
  current_.reset();
}

void WriteAheadLog::closeCurrent() {
  if (syncCurrent().ok()) giveUpCurrent(current_->appended);
}

/// After an error there is no current segment: what a device holds after a failed sync is unknown,
/// and a second sync may claim success without having written.
Status WriteAheadLog::syncCurrent() {
  if (current_->synced == current_->appended) return Status::OK();
  Status status = current_->file->sync();
  if (status.ok()) {
    current_->synced = current_->appended;
  } else {
    giveUpCurrent(current_->synced);
  }
  return status;
}

Result<WalHandle> WriteAheadLog::append(std::string_view record, Timestamp time) {
  if (record.size() > std::numeric_limits<uint32_t>::max())
    return failure(Status::invalidArgument("a record of " + std::to_string(record.size()) +
                                           " bytes is too large for the write-ahead log"));
  std::lock_guard lock(mutex_);
  SPATE_FAIL_IF_ERROR(options_.faults->reach("wal.beforeAppend"));
  if (current_ && (time - current_->start >= options_.rollingInterval ||
                   current_->appended >= options_.rollingBytes))
    closeCurrent();
  if (!current_) SPATE_FAIL_IF_ERROR(openSegment(time));

  Segment& segment = segments_.back();
  const WalHandle handle{segment.name, current_->appended, record.size()};
  std::string bytes = WalRecordHeader::toBytes(record, time, segment.sequence, handle.offset);
  const bool inOne = record.size() <= kCopiedRecord;
  if (inOne) bytes += record;
  Status status = current_->file->append(bytes);
  if (status.ok() && !inOne) status = current_->file->append(record);
  if (!status.ok()) {
    // The end of the file is torn, so the next record goes to another file.
    closeCurrent();
    return failure(std::move(status));
  }
  current_->appended = endOf(handle);
  segment.newest = std::max(segment.newest.value_or(time), time);
  SPATE_FAIL_IF_ERROR(options_.faults->reach("wal.afterAppend"));
  return handle;
}

Status WriteAheadLog::sync(const WalHandle& handle) {
  std::lock_guard lock(mutex_);
  const auto segment = std::find_if(segments_.rbegin(), segments_.rend(),
                                    [&](const Segment& s) { return s.name == handle.segment; });
  if (segment == segments_.rend())
    return Status::notFound("there is no segment " + pathOf(handle.segment));
  if (current_ && segment == segments_.rbegin()) {
    if (endOf(handle) <= current_->synced) return Status::OK();
    SPATE_RETURN_IF_ERROR(options_.faults->reach("wal.beforeSync"));
    SPATE_RETURN_IF_ERROR(syncCurrent());
    return options_.faults->reach("wal.afterSync");
  }
  if (!segment->end || endOf(handle) <= *segment->end) return Status::OK();
  return Status::ioError("the record at " + std::to_string(handle.offset) + " of " +
                         pathOf(handle.segment) + " was lost when its segment failed");
}

Status WriteAheadLog::sync() {
  std::lock_guard lock(mutex_);
  if (!current_) return Status::OK();
  SPATE_RETURN_IF_ERROR(options_.faults->reach("wal.beforeSync"));
  SPATE_RETURN_IF_ERROR(syncCurrent());
  return options_.faults->reach("wal.afterSync");
}

Result<std::string> WriteAheadLog::read(const WalHandle& handle) {
  std::lock_guard lock(mutex_);
  const std::string path = pathOf(handle.segment);
  const std::optional<uint64_t> sequence = walSequenceOf(handle.segment);
  if (!sequence) return failure(Status::invalidArgument(path + " is no log segment"));
  // The current segment may have grown since it was cached.
  if (cachedName_ != handle.segment || cachedBytes_.size() < endOf(handle)) {
    SPATE_ASSIGN_OR_FAIL(cachedBytes_, options_.files->readFile(path));
    cachedName_ = handle.segment;
  }
  const auto record = walRecordAt(cachedBytes_, handle.offset, *sequence);
  if (!record || record->bytes.size() != handle.length)
    return failure(corruptAt(path, handle.offset, "the record that was written is not there"));
  return std::string(record->bytes);
}

Status WriteAheadLog::replay(const Visit& visit) {
  std::lock_guard lock(mutex_);
  return scanFrom(0, segments_.size(), &visit);
}

/// Reads the segments in [first, last), each with the header of its successor, which says where
/// its records end.
Status WriteAheadLog::scanFrom(size_t first, size_t last, const Visit* visit) {
  std::string bytes;
  if (first < last) {
    SPATE_ASSIGN_OR_RETURN(bytes, options_.files->readFile(pathOf(segments_[first].name)));
  }
  for (size_t i = first; i < last; ++i) {
    Segment& segment = segments_[i];
    std::optional<uint64_t> knownEnd = segment.end;
    if (current_ && i + 1 == segments_.size()) knownEnd = current_->appended;
    std::string successorBytes;
    for (size_t next = i + 1; next < segments_.size() && !segment.end; ++next) {
      SPATE_ASSIGN_OR_RETURN(std::string read,
                             options_.files->readFile(pathOf(segments_[next].name)));
      if (next == i + 1) successorBytes = read;
      SPATE_ASSIGN_OR_RETURN(const auto end, endBySuccessor(segment, next, read));
      if (!end) continue;  // a segment without a header does not count
      knownEnd = end;
      break;
    }
    SPATE_RETURN_IF_ERROR(scan(segment, bytes, knownEnd, visit));
    if (i + 1 < last && successorBytes.empty()) {
      SPATE_ASSIGN_OR_RETURN(successorBytes,
                             options_.files->readFile(pathOf(segments_[i + 1].name)));
    }
    bytes = std::move(successorBytes);
  }
  return Status::OK();
}

Result<std::optional<uint64_t>> WriteAheadLog::endBySuccessor(
    const Segment& segment, size_t successor, std::string_view successorBytes) const {
  const auto header = WalSegmentHeader::fromBytes(successorBytes);
  if (!header) return std::nullopt;
  if (header->previousSequence == segment.sequence) return header->previousEnd;
  if (header->previousSequence > segment.sequence)
    return failure(Status::corrupt("write-ahead log " + options_.directory + " lacks the segment " +
                                   std::to_string(header->previousSequence) + " before " +
                                   pathOf(segments_[successor].name)));
  return 0;  // it was not in the log any more when its successor began
}

Status WriteAheadLog::scan(Segment& segment, std::string_view bytes,
                           std::optional<uint64_t> knownEnd, const Visit* visit) {
  const std::string path = pathOf(segment.name);
  const auto header = WalSegmentHeader::fromBytes(bytes);
  if (knownEnd == uint64_t{0} || !header) {
    const auto record =
        knownEnd == uint64_t{0} ? std::nullopt : findWalRecord(bytes, 0, segment.sequence);
    if (knownEnd.value_or(0) > 0 || record) return corruptAt(path, 0, "its header is damaged");
    if (!segment.end) logWarn(kComponent, "passing over segment " + path + ": it holds no record");
    segment.end = 0;
    return Status::OK();
  }
  if (header->sequence != segment.sequence)
    return corruptAt(path, 0, "it is another segment under this name");
  if (knownEnd && *knownEnd > bytes.size())
    return corruptAt(path, bytes.size(), "it ends before its last record");

  const std::string_view whole = bytes.substr(0, knownEnd.value_or(bytes.size()));
  uint64_t offset = WalSegmentHeader::kSize;
  while (offset < whole.size()) {
    const auto record = walRecordAt(whole, offset, segment.sequence);
    if (!record) {
      if (knownEnd) return corruptAt(path, offset, "a record does not match its checksum");
      if (findWalRecord(whole, offset + 1, segment.sequence))
        return corruptAt(path, offset, "a record does not match its checksum, others behind it do");
      logWarn(kComponent, "cutting off the last " + std::to_string(whole.size() - offset) +
                              " bytes of " + path + " from offset " + std::to_string(offset) +
                              ": their write was torn");
      break;
    }
    segment.newest = std::max(segment.newest.value_or(record->time), record->time);
    if (visit != nullptr) {
      const WalHandle handle{segment.name, offset, record->bytes.size()};
      SPATE_RETURN_IF_ERROR((*visit)(handle, record->time, record->bytes));
    }
    offset = record->next;
  }
  if (!current_ || &segment != &segments_.back()) segment.end = offset;
  return Status::OK();
}

Status WriteAheadLog::clean(Timestamp threshold) {
  std::lock_guard lock(mutex_);
  while (!segments_.empty() && !(current_ && segments_.size() == 1)) {
    if (!segments_.front().end) SPATE_RETURN_IF_ERROR(scanFrom(0, 1, nullptr));
    const Segment& oldest = segments_.front();
    if (oldest.newest && *oldest.newest >= threshold) break;
    SPATE_RETURN_IF_ERROR(options_.files->removeAll(pathOf(oldest.name)));
    if (cachedName_ == oldest.name) cachedName_.clear();
    segments_.erase(segments_.begin());
  }
  return Status::OK();
}

std::vector<std::string> WriteAheadLog::segments() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const Segment& segment : segments_) names.push_back(segment.name);
  return names;
}

}  // namespace spate
