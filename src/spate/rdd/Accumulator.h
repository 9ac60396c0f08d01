#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spate/rdd/RddContext.h"
#include "spate/rdd/TaskContext.h"
#include "spate/types/Exceptions.h"

namespace spate {

/// How values are added up: derive to make an accumulator of your own, and give it to
/// SparkContext.registerAccumulator. Spark's AccumulatorV2.
///
/// Threads: never called by two at once; each task adds to a copy of its own.
template <class In, class Out>
class AccumulatorV2 {
 public:
  using Input = In;
  using Output = Out;

  virtual ~AccumulatorV2() = default;
  /// A new one without any values.
  virtual std::unique_ptr<AccumulatorV2> copyAndReset() const = 0;
  virtual void reset() = 0;
  virtual void add(In value) = 0;
  virtual void merge(const AccumulatorV2& other) = 0;
  virtual bool isZero() const = 0;
  virtual Out value() const = 0;
};

/// A registered accumulator: capture it by value in functions of tasks and add() to it there; read
/// it in the driver. What a task adds counts once, when an attempt of it has succeeded; attempts
/// that fail add nothing. (A shuffle's map tasks, or a stage that is computed again, count each
/// time they succeed, as in Spark.)
///
/// Errors: value() inside of a task throws SparkUnsupportedOperationException.
/// Threads: any.
template <class In, class Out>
class Accumulator {
 public:
  using Adder = AccumulatorV2<In, Out>;

  Accumulator(RddContext& context, std::shared_ptr<Adder> adder, std::optional<std::string> name)
      : state_(std::make_shared<State>(context.nextAccumulatorId(), std::move(name),
                                       std::move(adder))) {}

  int64_t id() const { return state_->id; }
  const std::optional<std::string>& name() const { return state_->name; }

  void add(In value) const {
    if (TaskContext* task = TaskContext::get()) {
      auto& pending =
          task->pendingUpdate(state_->id, [&] { return std::make_unique<Pending>(state_); });
      static_cast<Pending&>(pending).adder->add(std::move(value));
      return;
    }
    std::lock_guard lock(state_->mutex);
    state_->adder->add(std::move(value));
  }
  const Accumulator& operator+=(In value) const {
    add(std::move(value));
    return *this;
  }

  Out value() const {
    return read([](const Adder& adder) { return adder.value(); });
  }
  bool isZero() const {
    return read([](const Adder& adder) { return adder.isZero(); });
  }
  void reset() const {
    std::lock_guard lock(state_->mutex);
    state_->adder->reset();
  }

 protected:
  template <class F>
  auto read(F f) const {
    if (TaskContext::get() != nullptr)
      throw SparkUnsupportedOperationException("Can't read accumulator value in task");
    std::lock_guard lock(state_->mutex);
    return f(*state_->adder);
  }

 private:
  struct State {
    State(int64_t i, std::optional<std::string> n, std::shared_ptr<Adder> a)
        : id(i), name(std::move(n)), adder(std::move(a)) {}
    const int64_t id;
    const std::optional<std::string> name;
    std::mutex mutex;
    const std::shared_ptr<Adder> adder;
  };
  struct Pending final : PendingUpdate {
    explicit Pending(std::shared_ptr<State> s)
        : state(std::move(s)), adder(state->adder->copyAndReset()) {}
    void mergeIntoAccumulator() override {
      std::lock_guard lock(state->mutex);
      state->adder->merge(*adder);
    }
    std::shared_ptr<State> state;
    std::unique_ptr<Adder> adder;
  };

  std::shared_ptr<State> state_;
};

/// Adds numbers and counts them.
template <class Number>
class NumberAdder final : public AccumulatorV2<Number, Number> {
 public:
  using Base = AccumulatorV2<Number, Number>;

  std::unique_ptr<Base> copyAndReset() const override { return std::make_unique<NumberAdder>(); }
  void reset() override { sum_ = 0, count_ = 0; }
  void add(Number value) override { sum_ += value, ++count_; }
  void merge(const Base& other) override {
    const auto& numbers = static_cast<const NumberAdder&>(other);
    sum_ += numbers.sum_;
    count_ += numbers.count_;
  }
  bool isZero() const override { return sum_ == 0 && count_ == 0; }
  Number value() const override { return sum_; }
  int64_t count() const { return count_; }

 private:
  Number sum_ = 0;
  int64_t count_ = 0;
};

/// Spark's LongAccumulator and DoubleAccumulator.
template <class Number>
class NumberAccumulator : public Accumulator<Number, Number> {
 public:
  using Base = Accumulator<Number, Number>;

  NumberAccumulator(RddContext& context, std::optional<std::string> name)
      : Base(context, std::make_shared<NumberAdder<Number>>(), std::move(name)) {}

  Number sum() const { return this->value(); }
  int64_t count() const {
    return this->read([](const auto& adder) { return numbers(adder).count(); });
  }
  /// NaN when nothing was added.
  double avg() const {
    return this->read([](const auto& adder) {
      return static_cast<double>(adder.value()) / static_cast<double>(numbers(adder).count());
    });
  }

 private:
  static const NumberAdder<Number>& numbers(const AccumulatorV2<Number, Number>& adder) {
    return static_cast<const NumberAdder<Number>&>(adder);
  }
};
using LongAccumulator = NumberAccumulator<int64_t>;
using DoubleAccumulator = NumberAccumulator<double>;

/// Gathers values in a vector; their order is that in which tasks end.
template <class T>
class CollectionAdder final : public AccumulatorV2<T, std::vector<T>> {
 public:
  using Base = AccumulatorV2<T, std::vector<T>>;

  std::unique_ptr<Base> copyAndReset() const override {
    return std::make_unique<CollectionAdder>();
  }
  void reset() override { values_.clear(); }
  void add(T value) override { values_.push_back(std::move(value)); }
  void merge(const Base& other) override {
    const auto& more = static_cast<const CollectionAdder&>(other).values_;
    values_.insert(values_.end(), more.begin(), more.end());
  }
  bool isZero() const override { return values_.empty(); }
  std::vector<T> value() const override { return values_; }

 private:
  std::vector<T> values_;
};
template <class T>
using CollectionAccumulator = Accumulator<T, std::vector<T>>;

/// PySpark's accumulator(value): adds with +=, starting from a value.
template <class T>
class SumAdder final : public AccumulatorV2<T, T> {
 public:
  using Base = AccumulatorV2<T, T>;

  explicit SumAdder(T start = T()) : sum_(std::move(start)) {}
  std::unique_ptr<Base> copyAndReset() const override { return std::make_unique<SumAdder>(); }
  void reset() override { sum_ = T(), touched_ = false; }
  void add(T value) override { sum_ += std::move(value), touched_ = true; }
  void merge(const Base& other) override { add(static_cast<const SumAdder&>(other).sum_); }
  bool isZero() const override { return !touched_; }
  T value() const override { return sum_; }

 private:
  T sum_;
  bool touched_ = false;
};

}  // namespace spate
