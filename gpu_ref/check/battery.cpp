#include "gpu_ref/check/battery.hpp"

#include <algorithm>
#include <utility>

#include "gpu_ref/host/launches.hpp"
#include "gpu_ref/host/shapes.hpp"

namespace einfall::gpu_ref::check {
namespace {

class Battery {
 public:
  Battery(const Kernel& kernel, Extent extent, std::uint64_t seed)
      : kernel_(kernel), family_(family_of(kernel)), extent_(extent), seed_(seed) {
    formats_ = {Format::kBf16, Format::kFp16};
    if (family_ == Family::kInt8) formats_ = {Format::kInt8};
    if (family_ == Family::kE4m3) formats_ = {Format::kE4m3};
    // Some have tiles for large head dimensions only.
    if (!kernel_.refusal(problem(formats_.back(), dim_, 64, 64)).empty()) dim_ = 128;
  }
  std::vector<Trial> trials;

  void fill() {
    shapes();
    if (family_ != Family::kSoftmax && family_ != Family::kLinear) masks();
    if (family_ == Family::kSoftmax) softmax_masks();
    laws();
    if (extent_ == Extent::kFull) long_heads();
  }

 private:
  using Law = Verdict (*)(const Kernel&, const Problem&, std::uint64_t);

  /// Fitted to what the family takes, or refused.
  void add(const char* check, Problem p, Law law) {
    if (family_ == Family::kE4m3) p.keys = (p.keys + 63) / 64 * 64;
    if (family_ == Family::kSoftmax) p.keys = (p.keys + 7) / 8 * 8;
    if (family_ == Family::kLinear) p.queries = p.keys, p.kv_heads = p.heads;
    if (family_ == Family::kDecode) {
      p.splits = std::min(3, static_cast<int>(blocks_for(p.keys, kKeyColumns)));
      p.slots = extent_ == Extent::kSmall ? 7 : 132;
    }
    if (family_ == Family::kSparse && p.kept_blocks == 0)
      p.kept_blocks =
          static_cast<int>(blocks_for(p.queries, kQueryRows) * blocks_for(p.keys, kKeyColumns));
    if (!kernel_.refusal(p).empty()) return;
    trials.push_back(
        {check, p, [law, p, kernel = kernel_, seed = seed_] { return law(kernel, p, seed); }});
  }
  void values(const Problem& p) {
    add("values", p, [](const Kernel& kernel, const Problem& problem, std::uint64_t seed) {
      return check_values(kernel, problem, stimulus(kernel, problem, seed), seed);
    });
  }

  [[nodiscard]] Problem base(int queries, int keys, int dim = 0) const {
    return problem(formats_.back(), dim == 0 ? dim_ : dim,
                   family_ == Family::kDecode ? std::min(queries, 5) : queries, keys);
  }
  /// The same heads with and without sharing.
  static Problem with_heads(Problem p, int batch, int heads, int kv_heads) {
    p.batch = batch;
    p.heads = heads;
    p.kv_heads = kv_heads;
    return p;
  }

  void shapes() {
    for (const Format format : formats_)
      for (const int dim : {64, 128, 256}) {
        Problem p = base(33, 90, dim);
        p.format = format;
        values(p);
      }
    for (const auto& [queries, keys] : {std::pair{1, 1}, {17, 1}, {1, 65}, {129, 200}})
      values(base(queries, keys));
    if (family_ == Family::kLinear || family_ == Family::kSoftmax)
      values(with_heads(base(70, 70), 2, 3, 3));
    else
      values(with_heads(base(30, 70), 2, 4, 2));
  }
  void masks() {
    Problem p = with_heads(base(140, 140), 1, 2, 1);
    p.causal = true;
    values(p);
    p.window = 30;
    values(p);
    p.causal = false;
    values(p);
    p = base(200, 600);
    p.causal = true;
    values(p);
    if (family_ != Family::kSparse) return;
    p.kept_blocks = 2 * static_cast<int>(blocks_for(p.queries, kQueryRows));
    p.causal = false;
    values(p);
  }
  void softmax_masks() {
    Problem p = with_heads(base(20, 40), 1, 2, 2);
    p.causal = true;
    p.window = 7;
    values(p);
  }
  void laws() {
    const Problem p = base(40, 150);
    add("repeats", with_heads(p, 1, 2, 2), check_repeats);
    if (family_ == Family::kLinear) return;
    add("large logits", p, check_large_logits);
    if (family_ == Family::kSoftmax) return;
    add("ones", p, check_ones);
    add("permuted keys", p, check_permuted_keys);
    if (family_ != Family::kInt8) add("outliers", p, check_outliers);
    if (family_ == Family::kDecode) {
      add("splits", base(1, 700), check_splits);
      return;
    }
    Problem causal = base(130, 130);
    causal.causal = true;
    if (family_ == Family::kAttention || family_ == Family::kSparse)
      add("first row", causal, check_first_row);
    causal.queries = 300;
    causal.keys = 64;
    add("masked rows", causal, check_masked_rows);
  }
  void long_heads() {
    if (family_ == Family::kSoftmax) {
      values(base(50, 4096));
      values(base(20, 65536));
      return;
    }
    for (const Format format : formats_)
      for (const int dim : {64, 128, 256}) {
        Problem p = with_heads(base(1000, 1111, dim), 1, 2, 1);
        p.format = format;
        values(p);
        p.causal = true;
        values(p);
      }
    Problem p = with_heads(base(1, 20000, 128), 1, 8, 1);
    if (family_ != Family::kDecode) p = base(2048, 4096, 128);
    values(p);
    add("repeats", p, check_repeats);
    if (family_ == Family::kDecode) add("splits", p, check_splits);
    // Among thousands of rows some have two keys with nearly the same logit of 1e3, whose weights
    // hang on fp32's last bits: bf16's gate is about them, fp16's is not.
    p.format = formats_.front();
    if (family_ != Family::kLinear) add("large logits", p, check_large_logits);
  }

  const Kernel& kernel_;
  Family family_;
  Extent extent_;
  std::uint64_t seed_;
  std::vector<Format> formats_;
  int dim_ = 64;  // of checks that are not about it
};

}  // namespace

std::vector<Trial> battery(const Kernel& kernel, Extent extent, std::uint64_t seed) {
  Battery battery(kernel, extent, seed);
  battery.fill();
  return std::move(battery.trials);
}

}  // namespace einfall::gpu_ref::check
