#include "base/numerics/reduce_order.hpp"

#include <algorithm>

#include "base/ensure.hpp"

namespace einfall::base::numerics {
namespace {

// The sum of `values` with each cut to `bits` below the leading bit of the largest: what a matrix
// engine's aligned adder sees. Exact in a double: at most 40 bits and some carries.
double aligned_sum(const std::vector<double>& values, int bits) {
  double largest = 0, special = 0;
  for (const double v : values) {
    if (!std::isfinite(v)) special += v;
    largest = std::max(largest, std::isfinite(v) ? std::fabs(v) : 0.0);
  }
  if (special != 0) return special;
  if (largest == 0) return 0;
  const int quantum = std::ilogb(largest) - bits;
  double sum = 0;
  for (const double v : values) sum += std::trunc(std::ldexp(v, -quantum));
  return std::ldexp(sum, quantum);
}

}  // namespace

Accumulator::Accumulator(Order order, const Rounder& to, Combine combine,
                         std::optional<double> start)
    : order_(order), to_(to), combine_(combine), start_(start) {
  const bool grouped = order.kind == Order::Kind::kTree || order.kind == Order::Kind::kBlocks ||
                       order.kind == Order::Kind::kMatrix;
  EINFALL_ENSURE(!grouped || order.width >= 1, "groups have a width");
  clear();
}

Accumulator::Partial Accumulator::merge(Partial left, Partial right) const {
  const std::int64_t points = left.points + right.points;
  if (!left.any || !right.any)
    return {points, left.any || right.any, left.any ? left.value : right.value};
  return {points, true, combine_(to_, left.value, right.value)};
}

// A binary counter: two neighbours of one size become one of the next. Sizes count positions, so
// skipped points do not move the others.
void Accumulator::push(Partial partial) {
  tree_.push_back(partial);
  while (tree_.size() >= 2 && tree_[tree_.size() - 2].points == tree_.back().points) {
    const Partial merged = merge(tree_[tree_.size() - 2], tree_.back());
    tree_.pop_back();
    tree_.back() = merged;
  }
}

Accumulator::Partial Accumulator::fold() const {
  Partial out;
  for (std::size_t i = tree_.size(); i-- > 0;) out = merge(tree_[i], out);
  return out;
}

void Accumulator::add(double value) {
  any_ = true;
  switch (order_.kind) {
    case Order::Kind::kSequential:
      total_ = merge(total_, {0, true, to_(value)});
      break;
    case Order::Kind::kPairwise:
      push({1, true, to_(value)});
      break;
    case Order::Kind::kTree:
      push({1, true, to_(value)});
      end_of_point();
      break;
    case Order::Kind::kBlocks:
      group_ = merge(group_, {0, true, to_(value)});
      end_of_point();
      break;
    case Order::Kind::kMatrix:
      pending_.push_back(value);
      end_of_point();
      break;
  }
}

void Accumulator::add_product(double a, double b) {
  const auto fuse_into = [&](Partial& partial) {
    partial.value = partial.any ? multiply_add(to_, a, b, partial.value) : to_(a * b);
    partial.any = true;
  };
  switch (order_.kind) {
    case Order::Kind::kSequential:
      any_ = true;
      fuse_into(total_);
      break;
    case Order::Kind::kBlocks:
      any_ = true;
      fuse_into(group_);
      end_of_point();
      break;
    case Order::Kind::kPairwise:
    case Order::Kind::kTree:
    case Order::Kind::kMatrix:
      add(a * b);
      break;
  }
}

void Accumulator::skip(std::int64_t count) {
  if (order_.kind == Order::Kind::kSequential) return;
  for (; count > 0; --count) {
    if (order_.kind == Order::Kind::kPairwise || order_.kind == Order::Kind::kTree)
      push({1, false, 0});
    if (order_.kind != Order::Kind::kPairwise) end_of_point();
  }
}

void Accumulator::end_of_point() {
  ++group_.points;
  if (group_.points >= order_.width) close_group();
}

void Accumulator::close_group() {
  if (order_.kind == Order::Kind::kMatrix) {
    if (!pending_.empty()) total_ = {0, true, matrix_total()};
    pending_.clear();
  } else {
    total_ = merge(total_, order_.kind == Order::Kind::kTree ? fold() : group_);
    tree_.clear();
  }
  group_ = empty();
}

double Accumulator::matrix_total() const {
  if (order_.alignment_bits > 0) {
    const double sum = aligned_sum(pending_, order_.alignment_bits);
    return to_(total_.any ? add_to_odd(total_.value, sum) : sum);
  }
  ExactSum exact;
  for (const double v : pending_) exact.add(v);
  if (total_.any) exact.add(total_.value);
  return to_(exact.to_odd());
}

double Accumulator::result() const {
  EINFALL_ENSURE(any_, "a reduction of nothing has no value");
  switch (order_.kind) {
    case Order::Kind::kSequential:
      return total_.value;
    case Order::Kind::kPairwise:
      return fold().value;
    case Order::Kind::kTree:
      return merge(total_, fold()).value;
    case Order::Kind::kBlocks:
      return merge(total_, group_).value;
    case Order::Kind::kMatrix:
      return pending_.empty() ? total_.value : matrix_total();
  }
  return total_.value;
}

void Accumulator::clear() {
  any_ = false;
  total_ = group_ = empty();
  tree_.clear();
  pending_.clear();
}

}  // namespace einfall::base::numerics
