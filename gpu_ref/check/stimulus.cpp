#include "gpu_ref/check/stimulus.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include "gpu_ref/host/convert.hpp"
#include "gpu_ref/host/launches.hpp"
#include "gpu_ref/host/shapes.hpp"

namespace einfall::gpu_ref::check {
namespace {

std::vector<double> normal_numbers(std::size_t count, Format format, double scale,
                                   std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  std::vector<double> values(count);
  for (double& x : values) x = rounded_to(format, scale * normal(random));
  return values;
}

}  // namespace

Family family_of(const Kernel& kernel) {
  const std::string_view id = kernel.id, prefix = id.substr(0, 2);
  if (prefix == "k5") return Family::kDecode;
  if (prefix == "k6") return Family::kLinear;
  if (prefix == "k7") return Family::kSparse;
  if (prefix == "k9") return Family::kSoftmax;
  if (id == "k8-int8") return Family::kInt8;
  return prefix == "k8" ? Family::kE4m3 : Family::kAttention;
}

Problem problem(Format format, int dim, int queries, int keys) {
  Problem p;
  p.format = format;
  p.dim = dim;
  p.queries = queries;
  p.keys = keys;
  return p;
}

double rounded_to(Format format, double x) {
  switch (format) {
    case Format::kBf16:
      return value_of(rounded<Bf16>(x));
    case Format::kFp16:
      return value_of(rounded<Fp16>(x));
    case Format::kE4m3:
      return value_of(rounded<E4m3>(x));
    case Format::kInt8:
      return std::clamp(std::nearbyint(x), -127.0, 127.0);
  }
  return x;
}

Format value_format(Format format) { return format == Format::kInt8 ? Format::kFp16 : format; }
Format output_format(Format format) {
  return format == Format::kInt8 || format == Format::kE4m3 ? Format::kFp16 : format;
}

Tensors random_tensors(const Problem& p, std::uint64_t seed, double spread) {
  std::mt19937_64 random(seed);
  const auto dim = static_cast<std::size_t>(p.dim);
  const std::size_t queries = static_cast<std::size_t>(p.all_heads()) * p.queries * dim;
  const std::size_t keys = static_cast<std::size_t>(p.all_kv_heads()) * p.keys * dim;
  Tensors t;
  t.q = normal_numbers(queries, p.format, spread, random);
  t.k = normal_numbers(keys, p.format, 1, random);
  t.v = normal_numbers(keys, p.format, 1, random);
  return t;
}

void list_blocks(const Problem& p, int kept, std::uint64_t seed, Extras& extras) {
  std::mt19937_64 random(seed);
  const unsigned rows = blocks_for(p.queries, kQueryRows), all = blocks_for(p.keys, kKeyColumns);
  std::vector<int> order(all);
  for (unsigned i = 0; i < all; ++i) order[i] = static_cast<int>(i);
  extras.block_first = {0};
  extras.blocks.clear();
  const std::size_t most = kept == 0 ? all : std::min<std::size_t>(all, kept);
  for (unsigned row = 0; row < rows; ++row) {
    std::shuffle(order.begin(), order.end(), random);
    extras.blocks.insert(extras.blocks.end(), order.begin(), order.begin() + most);
    extras.block_first.push_back(static_cast<int>(extras.blocks.size()));
  }
}

Stimulus stimulus(const Kernel& kernel, const Problem& p, std::uint64_t seed, double spread) {
  Stimulus s;
  std::mt19937_64 random(seed + 1);
  const Family family = family_of(kernel);
  if (family == Family::kSoftmax) {
    // Scores before the scale of 1 / sqrt(dim), in fp32.
    std::normal_distribution<float> normal;
    s.tensors.q.resize(static_cast<std::size_t>(p.all_heads()) * p.queries * p.keys);
    const auto scale = static_cast<float>(spread * std::sqrt(p.dim));
    for (double& x : s.tensors.q) x = static_cast<double>(scale * normal(random));
    return s;
  }
  // Codes of int8 have a standard deviation of 30 steps; the queries' step takes the spread.
  const bool integers = family == Family::kInt8;
  s.tensors = random_tensors(p, seed, integers ? 30 : family == Family::kLinear ? 0.3 : spread);
  if (integers) {
    s.tensors.k = normal_numbers(s.tensors.k.size(), p.format, 30, random);
    s.tensors.v = normal_numbers(s.tensors.v.size(), Format::kFp16, 1, random);
    s.extras.score_scale = static_cast<double>(static_cast<float>(spread / 30 / 30));
  }
  if (family == Family::kE4m3) s.extras.value_scale = 0.5;
  if (family == Family::kLinear)
    for (int head = 0; head < p.all_heads(); ++head)
      s.extras.decay.push_back(-0.02F * static_cast<float>(head % 4 * (head % 4)));
  if (family == Family::kSparse)
    list_blocks(p, p.kept_blocks / static_cast<int>(blocks_for(p.queries, kQueryRows)), seed,
                s.extras);
  return s;
}

}  // namespace einfall::gpu_ref::check
