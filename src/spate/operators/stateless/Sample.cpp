#include <arrow/array/array_base.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>

#include <random>

#include "spate/operators/stateless/Stateless.h"
#include "spate/types/ArrowStatus.h"

namespace spate {
namespace {

class Sample final : public Operator {
 public:
  Sample(double lower, double upper, bool withReplacement, int64_t seed, int partition)
      : lower_(lower),
        upper_(upper),
        withReplacement_(withReplacement),
        random_(static_cast<uint64_t>(seed) + static_cast<uint64_t>(partition)),
        repeats_(std::max(upper - lower, 1e-300)) {}

  Status push(RecordBatchPtr batch, TaskContext&, Output& output) override {
    arrow::Int64Builder positions;
    for (int64_t i = 0; i < batch->num_rows(); ++i) {
      int times = 0;
      if (withReplacement_) {
        times = repeats_(random_);
      } else {
        const double drawn = uniform_(random_);
        times = drawn >= lower_ && drawn < upper_ ? 1 : 0;
      }
      for (int n = 0; n < times; ++n) SPATE_RETURN_IF_ERROR(fromArrow(positions.Append(i)));
    }
    if (positions.length() == 0) return Status::OK();
    std::shared_ptr<arrow::Array> taken;
    SPATE_RETURN_IF_ERROR(fromArrow(positions.Finish(&taken)));
    SPATE_ASSIGN_OR_RETURN(auto rows, takeRows(*batch, *taken));
    return output.push(std::move(rows));
  }

 private:
  double lower_;
  double upper_;
  bool withReplacement_;
  std::mt19937_64 random_;
  std::uniform_real_distribution<double> uniform_;
  std::poisson_distribution<int> repeats_;
};

}  // namespace

std::unique_ptr<Operator> makeSample(double lower, double upper, bool withReplacement, int64_t seed,
                                     int partition) {
  return std::make_unique<Sample>(lower, upper, withReplacement, seed, partition);
}

}  // namespace spate
