#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "gpu_ref/host/convert.hpp"
#include "gpu_ref/host/problem.hpp"
#include "gpu_ref/tile/mask.cuh"

/// Stimulus, an fp64 reference written for the tests, and how results are compared.
namespace einfall::gpu_ref::test {

/// Values as the kernel gets them: already rounded to the format of the problem.
struct Tensors {
  std::vector<double> q, k, v;
};

inline double rounded_to(Format format, double x) {
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

/// One head of one sequence.
inline Problem problem(Format format, int dim, int queries, int keys) {
  Problem p;
  p.format = format;
  p.dim = dim;
  p.queries = queries;
  p.keys = keys;
  return p;
}

/// Normal numbers; `spread` scales the queries, and so the logits: at 3, a query looks at a few
/// keys.
inline Tensors random_tensors(const Problem& p, std::uint64_t seed, double spread = 3) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  const auto fill = [&](std::size_t rows, double scale) {
    std::vector<double> values(rows * static_cast<std::size_t>(p.dim));
    for (double& x : values) x = rounded_to(p.format, scale * normal(random));
    return values;
  };
  const auto queries = static_cast<std::size_t>(p.all_heads()) * p.queries;
  const auto keys = static_cast<std::size_t>(p.all_kv_heads()) * p.keys;
  return {fill(queries, spread), fill(keys, 1), fill(keys, 1)};
}

/// Row `row` of a tensor of rows of the problem's head dimension.
inline const double* row_at(const std::vector<double>& tensor, const Problem& p, std::size_t row) {
  return tensor.data() + row * static_cast<std::size_t>(p.dim);
}

/// The probabilities of one query, 0 for keys it does not see; all 0 if it sees none.
template <class Sees>
std::vector<double> probabilities(const Problem& p, const Tensors& t, std::size_t head, int query,
                                  Sees sees) {
  const std::size_t group = static_cast<std::size_t>(p.heads / p.kv_heads);
  const double* q = row_at(t.q, p, head * p.queries + query);
  std::vector<double> weights(static_cast<std::size_t>(p.keys), -INFINITY);
  double greatest = -INFINITY;
  for (int key = 0; key < p.keys; ++key) {
    if (!sees(query, key)) continue;
    const double* k = row_at(t.k, p, head / group * p.keys + key);
    double dot = 0;
    for (int e = 0; e < p.dim; ++e) dot += q[e] * k[e];
    weights[key] = dot / std::sqrt(static_cast<double>(p.dim));
    greatest = std::max(greatest, weights[key]);
  }
  double sum = 0;
  for (double& w : weights) sum += w = std::isinf(w) ? 0 : std::exp(w - greatest);
  for (double& w : weights) w = sum == 0 ? 0 : w / sum;
  return weights;
}

/// Softmax attention in fp64 over the keys that sees(query, key) lets through.
template <class Sees>
std::vector<double> reference(const Problem& p, const Tensors& t, Sees sees) {
  std::vector<double> o(t.q.size(), 0.0);
  const std::size_t group = static_cast<std::size_t>(p.heads / p.kv_heads);
  for (std::size_t head = 0; head < static_cast<std::size_t>(p.all_heads()); ++head)
    for (int query = 0; query < p.queries; ++query) {
      const std::vector<double> weights = probabilities(p, t, head, query, sees);
      double* out = o.data() + (head * p.queries + query) * static_cast<std::size_t>(p.dim);
      for (int key = 0; key < p.keys; ++key) {
        if (weights[key] == 0) continue;
        const double* v = row_at(t.v, p, head / group * p.keys + key);
        for (int f = 0; f < p.dim; ++f) out[f] += weights[key] * v[f];
      }
    }
  return o;
}
/// With the problem's own mask, written out again here.
inline bool sees(const Problem& p, int query, int key) {
  const int position = query + p.keys - p.queries;
  if (p.causal && key > position) return false;
  return p.window == 0 || key > position - p.window;
}
inline std::vector<double> reference(const Problem& p, const Tensors& t) {
  return reference(p, t, [&](int query, int key) { return sees(p, query, key); });
}

struct Errors {
  double frobenius = 0;  // relative, of the whole tensor
  double row = 0;        // the greatest relative error of a row
  double cosine = 1;     // of the whole tensor with the reference
};
inline Errors errors_of(const std::vector<double>& got, const std::vector<double>& want, int dim) {
  Errors errors;
  double difference = 0, square = 0, got_square = 0, product = 0;
  for (std::size_t row = 0; row < want.size(); row += static_cast<std::size_t>(dim)) {
    double row_difference = 0, row_square = 0;
    for (std::size_t i = row; i < row + static_cast<std::size_t>(dim); ++i) {
      row_difference += (got[i] - want[i]) * (got[i] - want[i]);
      row_square += want[i] * want[i];
      got_square += got[i] * got[i];
      product += got[i] * want[i];
    }
    difference += row_difference;
    square += row_square;
    if (row_difference != 0)
      errors.row = std::max(errors.row, std::sqrt(row_difference / row_square));
    if (std::isnan(row_difference)) errors.row = row_difference;
  }
  errors.frobenius = std::sqrt(difference / square);
  errors.cosine = product / std::sqrt(square * got_square);
  return errors;
}

/// The gate of relative Frobenius error of a format.
inline double gate(Format format) {
  switch (format) {
    case Format::kBf16:
      return 5e-3;
    case Format::kFp16:
      return 1e-3;
    case Format::kInt8:
      return 2e-2;
    case Format::kE4m3:
      return 5e-2;
  }
  return 0;
}

struct Outcome {
  std::vector<double> o;
  std::string problem;  // what the executor found; empty if nothing
  executor::Counts counts;
};

/// The lists of K7, and the decays of K6.
struct Extras {
  std::vector<int> block_first, blocks;
  std::vector<float> decay;
};

template <class T>
Outcome run_as(const Kernel& kernel, const Problem& p, const Tensors& t, std::uint64_t seed,
               const Extras& extras, int repeats) {
  Stream stream(seed);
  const auto input = [&]<class U>(const char* name, std::size_t count, auto value, U) {
    std::vector<U> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = value(i);
    auto buffer = std::make_unique<Buffer<U>>(stream, name, count);
    buffer->upload(values);
    buffer->freeze();
    return buffer;
  };
  const auto tensor = [&](const char* name, const std::vector<double>& x) {
    return input(
        name, x.size(), [&](std::size_t i) { return rounded<T>(x[i]); }, T{});
  };
  const auto q = tensor("Q", t.q), k = tensor("K", t.k), v = tensor("V", t.v);
  const auto decay = input(
      "decay", extras.decay.size(), [&](std::size_t i) { return extras.decay[i]; }, 0.0F);
  const auto first = input(
      "first", extras.block_first.size(), [&](std::size_t i) { return extras.block_first[i]; }, 0);
  const auto blocks = input(
      "blocks", extras.blocks.size(), [&](std::size_t i) { return extras.blocks[i]; }, 0);
  Buffer<T> o(stream, "O", t.q.size());  // poisoned
  Buffer<std::byte> workspace(stream, "workspace", kernel.workspace_bytes(p));
  workspace.fill(0);
  for (int i = 0; i < repeats; ++i)
    kernel.run(stream, p,
               {q->data(), k->data(), v->data(), o.data(), workspace.data(), 1, 1, decay->data(),
                first->data(), blocks->data()});
  Outcome outcome;
  for (const T x : o.download()) outcome.o.push_back(value_of(x));
  outcome.problem = stream.problem().value_or("");
  outcome.counts = stream.counts();
  return outcome;
}
/// Runs the kernel on the executor, `repeats` times over the same buffers.
inline Outcome run(const Kernel& kernel, const Problem& p, const Tensors& t, std::uint64_t seed = 1,
                   const Extras& extras = {}, int repeats = 1) {
  return p.format == Format::kBf16 ? run_as<Bf16>(kernel, p, t, seed, extras, repeats)
                                   : run_as<Fp16>(kernel, p, t, seed, extras, repeats);
}

inline Kernel kernel_named(std::string_view id) {
  for (const Kernel& kernel : kernels())
    if (kernel.id == id) return kernel;
  return {};
}

}  // namespace einfall::gpu_ref::test
