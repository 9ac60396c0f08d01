#include <gtest/gtest.h>

#include "spate/checkpoint/HadoopChecksum.h"

namespace spate {
namespace {

TEST(HadoopChecksum, agreesWithAFileOfHadoop) {
  // commits/.0.crc of a checkpoint written by Spark 4.3.
  const std::string bytes = "v1\n{\"nextBatchWatermarkMs\":1767225597000}";
  const std::string fromHadoop("crc\0\0\0\2\0\x2c\x58\xb6\xe3", 12);
  EXPECT_EQ(hadoopChecksumFile(bytes), fromHadoop);
  EXPECT_EQ(compareWithHadoopChecksum(bytes, fromHadoop), ChecksumVerdict::kMatches);
}

TEST(HadoopChecksum, differsForAChangedByteInAnyChunk) {
  const std::string bytes(2000, 'x');
  const std::string checksums = hadoopChecksumFile(bytes);
  EXPECT_EQ(checksums.size(), 8u + 4 * 4);
  for (const size_t at : {0u, 511u, 512u, 1999u}) {
    std::string changed = bytes;
    changed[at] = 'y';
    EXPECT_EQ(compareWithHadoopChecksum(changed, checksums), ChecksumVerdict::kDiffers) << at;
  }
  EXPECT_EQ(compareWithHadoopChecksum(bytes.substr(0, 1000), checksums), ChecksumVerdict::kDiffers);
}

TEST(HadoopChecksum, tornChecksumFileSaysNothing) {
  const std::string bytes(2000, 'x');
  const std::string checksums = hadoopChecksumFile(bytes);
  for (size_t size = 0; size < checksums.size(); ++size) {
    EXPECT_EQ(compareWithHadoopChecksum(bytes, checksums.substr(0, size)),
              ChecksumVerdict::kUnusable)
        << size;
  }
  EXPECT_EQ(compareWithHadoopChecksum(bytes, std::string(12, '\0')), ChecksumVerdict::kUnusable);
}

TEST(HadoopChecksum, liesBesideItsFile) { EXPECT_EQ(hadoopChecksumPath("a/b/7"), "a/b/.7.crc"); }

}  // namespace
}  // namespace spate
