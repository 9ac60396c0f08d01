#include <gmock/gmock.h>

#include <cstring>
#include <string>
#include <vector>

#include "spate/dstream/LineSplitter.h"

namespace spate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> split(LineSplitter& splitter, std::string_view chunk) {
  std::memcpy(splitter.prepare(chunk.size()), chunk.data(), chunk.size());
  const auto& lines = splitter.split(chunk.size());
  return {lines.begin(), lines.end()};
}

std::vector<std::string> finish(LineSplitter& splitter) {
  const auto& lines = splitter.finish();
  return {lines.begin(), lines.end()};
}

TEST(LineSplitter, cutsAtNewLines) {
  LineSplitter splitter(100);
  EXPECT_THAT(split(splitter, "to be\nor\n\nnot"), ElementsAre("to be", "or", ""));
  EXPECT_THAT(finish(splitter), ElementsAre("not"));
  EXPECT_THAT(finish(splitter), IsEmpty());
}

TEST(LineSplitter, windowsLineEndsGoToo) {
  LineSplitter splitter(100);
  EXPECT_THAT(split(splitter, "a\r\nb\r"), ElementsAre("a"));
  EXPECT_THAT(split(splitter, "\nc\rd\n"), ElementsAre("b", "c\rd"));
}

TEST(LineSplitter, aLineMayComeInManyPieces) {
  const std::string text = "Wherefore art thou Romeo?\nDeny thy father\n\xE2\x82\xAC 3\n";
  for (size_t size = 1; size <= text.size(); ++size) {
    LineSplitter splitter(100);
    std::vector<std::string> all;
    for (size_t at = 0; at < text.size(); at += size) {
      for (auto& line : split(splitter, std::string_view(text).substr(at, size)))
        all.push_back(line);
    }
    EXPECT_THAT(all, ElementsAre("Wherefore art thou Romeo?", "Deny thy father", "\xE2\x82\xAC 3"))
        << size;
    EXPECT_EQ(splitter.replacements(), 0);
  }
}

TEST(LineSplitter, whatIsNotUtf8IsReplacedAndCounted) {
  LineSplitter splitter(100);
  EXPECT_THAT(split(splitter, "fine\nbro\xFFken\n\xC3\n"),
              ElementsAre("fine", "bro\xEF\xBF\xBDken", "\xEF\xBF\xBD"));
  EXPECT_EQ(splitter.replacements(), 2);
  EXPECT_THAT(split(splitter, "\xE2\x82"), IsEmpty());
  EXPECT_THAT(finish(splitter), ElementsAre("\xEF\xBF\xBD"));
  EXPECT_EQ(splitter.replacements(), 3);
}

TEST(LineSplitter, aLineOfTheLimitPassesAndALongerOneDoesNot) {
  LineSplitter splitter(5);
  EXPECT_THAT(split(splitter, "12345\n"), ElementsAre("12345"));
  EXPECT_FALSE(splitter.tooLong());
  EXPECT_THAT(split(splitter, "ok\n123456\nnever seen\n"), ElementsAre("ok"));
  EXPECT_TRUE(splitter.tooLong());
}

TEST(LineSplitter, aLineWithoutEndIsNoticedBeforeItEnds) {
  LineSplitter splitter(1000);
  const std::string chunk(100, 'x');
  int chunks = 0;
  while (!splitter.tooLong()) {
    split(splitter, chunk);
    ++chunks;
  }
  EXPECT_EQ(chunks, 11);
  EXPECT_THAT(finish(splitter), IsEmpty());
}

}  // namespace
}  // namespace spate
