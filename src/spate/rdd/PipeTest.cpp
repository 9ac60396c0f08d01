#include <gmock/gmock.h>

#include "spate/rdd/TestContext.h"

namespace spate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Ints = std::vector<int>;

class Pipe : public testing::Test {
 protected:
  RDD<int> numbers(int n, int slices) {
    Ints all;
    for (int i = 0; i < n; ++i) all.push_back(i);
    return sc.parallelize(all, slices);
  }

  TestContext context;
  SparkContext& sc = context.sc;
};

TEST_F(Pipe, pipeFeedsLinesThroughAProcessPerPartition) {
  EXPECT_THAT(numbers(4, 2).pipe("cat").collect(), ElementsAre("0", "1", "2", "3"));
  EXPECT_THAT(
      numbers(3, 1).pipe({"sh", "-c", "wc -l | tr -d ' '; echo $WHO"}, {{"WHO", "me"}}).collect(),
      ElementsAre("3", "me"));
  // A process that stops reading is fine as long as it ends well; more than a pipe holds.
  EXPECT_THAT(numbers(200000, 1).pipe("head -n 2").collect(), ElementsAre("0", "1"));
  EXPECT_EQ(200000, numbers(200000, 1).pipe("cat").count());
  EXPECT_EQ(1u, numbers(200000, 1).pipe("cat").take(1).size());
}

TEST_F(Pipe, pipeFailsWithTheStatusOfTheProcess) {
  EXPECT_THAT(messageOf([&] {
                numbers(2, 1).pipe({"sh", "-c", "exit 3"}).collect();
              }),
              HasSubstr("Subprocess exited with status 3. Command ran: sh -c exit 3"));
  EXPECT_THAT(messageOf([&] { numbers(2, 1).pipe("no-such-program-here").collect(); }),
              HasSubstr("Cannot run program \"no-such-program-here\": error=2, No such file"));
}

}  // namespace
}  // namespace spate
