#include <cstdio>

#include "spate/rdd/RddHandle.h"

namespace spate {
namespace {

/// As Spark's Utils.bytesToString: "1024.0 B", "2.0 KiB".
std::string sizeText(int64_t bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto size = static_cast<double>(bytes);
  size_t unit = 0;
  while (unit + 1 < std::size(kUnits) && size >= 2048) {
    size /= 1024;
    ++unit;
  }
  char text[48];
  std::snprintf(text, sizeof text, "%.1f %s", size, kUnits[unit]);
  return text;
}

std::vector<std::string> linesOf(const NodeBase& node) {
  const StorageLevel level = node.storageLevel();
  std::vector<std::string> lines{node.toString() + " [" +
                                 (level == StorageLevel::NONE ? "" : level.description()) + "]"};
  const auto storage = node.persisted();
  const StorageInfo info = storage ? storage->info() : StorageInfo{};
  if (info.partitions > 0)
    lines.push_back("    CachedPartitions: " + std::to_string(info.partitions) + "; MemorySize: " +
                    sizeText(info.memoryBytes) + "; DiskSize: " + sizeText(info.diskBytes));
  return lines;
}

/// Writes the lines in Spark's order. The prefix carries the bars of the open branches.
class LineageWriter {
 public:
  std::string write(const NodeBase& node) {
    const std::string count = "(" + std::to_string(node.numPartitions()) + ")";
    const std::string prefix = barUnder(count);
    bool first = true;
    for (const std::string& line : linesOf(node)) {
      addLine((first ? count : prefix) + " " + line);
      first = false;
    }
    writeChildren(node, prefix);
    return std::move(text_);
  }

 private:
  static std::string barUnder(const std::string& count) {
    const size_t left = (count.size() - 1) / 2;
    return std::string(left, ' ') + "|" + std::string(count.size() - left, ' ');
  }
  static std::string withoutLastBar(std::string prefix) {
    const size_t bar = prefix.find_last_not_of(" \t");
    if (bar != std::string::npos && prefix[bar] == '|' && bar + 1 < prefix.size())
      prefix.resize(bar);
    return prefix;
  }
  void addLine(const std::string& line) {
    if (!text_.empty()) text_ += '\n';
    text_ += line;
  }

  void writeChildren(const NodeBase& node, const std::string& prefix) {
    // A checkpoint stands where the lineage was.
    if (const auto checkpoint = node.checkpointed();
        checkpoint && !checkpoint->location().empty()) {
      addLine(prefix + "ReliableCheckpointRDD[" + checkpoint->location() + "] []");
      return;
    }
    const Dependencies dependencies = node.dependencies();
    for (size_t i = 0; i < dependencies.size(); ++i) {
      const bool last = i + 1 == dependencies.size();
      if (dependencies[i].shuffle)
        writeShuffled(*dependencies[i].shuffle->input(), prefix, last);
      else
        writeNarrow(*dependencies[i].narrow, prefix);
    }
  }
  void writeNarrow(const NodeBase& node, const std::string& prefix) {
    for (const std::string& line : linesOf(node)) addLine(prefix + line);
    writeChildren(node, prefix);
  }
  void writeShuffled(const NodeBase& node, const std::string& prefix, bool last) {
    const std::string count = "(" + std::to_string(node.numPartitions()) + ")";
    const std::string outer = withoutLastBar(prefix);
    const std::string inner = outer + (last ? "  " : "| ") + barUnder(count);
    bool first = true;
    for (const std::string& line : linesOf(node)) {
      addLine(first ? outer + "+-" + count + " " + line : inner + line);
      first = false;
    }
    writeChildren(node, inner);
  }

  std::string text_;
};

}  // namespace

std::string lineageText(const std::shared_ptr<NodeBase>& node) {
  return LineageWriter().write(*node);
}

}  // namespace spate
