#include "gpu_ref/check/reference.hpp"

#include <algorithm>
#include <cmath>

#include "gpu_ref/check/parallel.hpp"
#include "gpu_ref/host/launches.hpp"

namespace einfall::gpu_ref::check {
namespace {

double dot(const double* a, const double* b, int count) {
  double sum = 0;
  for (int i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

/// Logits to probabilities; -inf stands for keys that are not seen. All 0 if none is.
void normalise(std::vector<double>& weights) {
  double greatest = -INFINITY, sum = 0;
  for (const double w : weights) greatest = std::max(greatest, w);
  for (double& w : weights) sum += w = std::isinf(w) ? 0 : std::exp(w - greatest);
  for (double& w : weights) w = sum == 0 ? 0 : w / sum;
}

std::vector<double> attention_row(const Problem& p, const Sees& see, int query, const double* q,
                                  const double* k, const double* v, double scale) {
  const auto dim = static_cast<std::size_t>(p.dim);
  std::vector<double> weights(static_cast<std::size_t>(p.keys), -INFINITY), out(dim, 0.0);
  for (int key = 0; key < p.keys; ++key)
    if (see(query, key)) weights[key] = scale * dot(q, k + key * dim, p.dim);
  normalise(weights);
  for (int key = 0; key < p.keys; ++key) {
    if (weights[key] == 0) continue;
    for (std::size_t f = 0; f < dim; ++f) out[f] += weights[key] * v[key * dim + f];
  }
  return out;
}

/// o[i] = sum over j <= i of LAM^(i - j) (q[i] k[j]) v[j].
std::vector<double> linear_row(const Problem& p, double decay, int token, const double* q,
                               const double* k, const double* v) {
  const auto dim = static_cast<std::size_t>(p.dim);
  std::vector<double> out(dim, 0.0);
  for (int j = 0; j <= token; ++j) {
    const double weight = std::exp2(decay * (token - j)) * dot(q, k + j * dim, p.dim);
    for (std::size_t f = 0; f < dim; ++f) out[f] += weight * v[j * dim + f];
  }
  return out;
}

std::vector<double> softmax_row(const Problem& p, int query, const double* scores) {
  std::vector<double> weights(static_cast<std::size_t>(p.keys), -INFINITY);
  const double scale = 1 / std::sqrt(static_cast<double>(p.dim));
  for (int key = 0; key < p.keys; ++key)
    if (sees(p, query, key)) weights[key] = scale * scores[key];
  normalise(weights);
  return weights;
}

using Row = std::function<std::vector<double>(std::size_t head, int query)>;

std::vector<double> all_rows(const Problem& p, std::size_t length, const Row& row) {
  const auto heads = static_cast<std::size_t>(p.all_heads());
  const auto queries = static_cast<std::size_t>(p.queries);
  std::vector<double> out(heads * queries * length);
  const double work = 2.0 * p.all_heads() * p.queries * p.keys * p.dim;
  for_each(heads * queries, work, [&](std::size_t i) {
    const std::vector<double> values = row(i / queries, static_cast<int>(i % queries));
    std::copy(values.begin(), values.end(), out.begin() + i * length);
  });
  return out;
}

}  // namespace

bool sees(const Problem& p, int query, int key) {
  const int position = query + p.keys - p.queries;
  if (p.causal && key > position) return false;
  return p.window == 0 || key > position - p.window;
}

std::size_t kv_head_of(const Problem& p, std::size_t head) {
  return head / static_cast<std::size_t>(p.heads / p.kv_heads);
}

std::vector<double> reference(const Problem& p, const Tensors& t, const Sees& see) {
  const auto dim = static_cast<std::size_t>(p.dim);
  return all_rows(p, dim, [&](std::size_t head, int query) {
    const std::size_t keys_at = kv_head_of(p, head) * p.keys * dim;
    return attention_row(p, see, query, &t.q[(head * p.queries + query) * dim], &t.k[keys_at],
                         &t.v[keys_at], 1 / std::sqrt(static_cast<double>(p.dim)));
  });
}
std::vector<double> reference(const Problem& p, const Tensors& t) {
  return reference(p, t, [&](int query, int key) { return sees(p, query, key); });
}

std::vector<double> expected_row(const Kernel& kernel, const Problem& p, const Extras& extras,
                                 int head, int query, const double* q, const double* k,
                                 const double* v) {
  switch (family_of(kernel)) {
    case Family::kLinear:
      return linear_row(p, static_cast<double>(extras.decay[head]), query, q, k, v);
    case Family::kSoftmax:
      return softmax_row(p, query, q);
    default:
      break;
  }
  const auto see = [&](int at, int key) {
    if (!sees(p, at, key)) return false;
    if (extras.block_first.empty()) return true;
    const auto first = extras.blocks.begin() + extras.block_first[at / kQueryRows];
    const auto end = extras.blocks.begin() + extras.block_first[at / kQueryRows + 1];
    return std::find(first, end, key / kKeyColumns) != end;
  };
  std::vector<double> row =
      attention_row(p, see, query, q, k, v, extras.score_scale / std::sqrt(double(p.dim)));
  for (double& x : row) x *= extras.value_scale;
  return row;
}

int row_length(const Kernel& kernel, const Problem& p) {
  return family_of(kernel) == Family::kSoftmax ? p.keys : p.dim;
}

std::vector<double> expected(const Kernel& kernel, const Problem& p, const Stimulus& stimulus) {
  const auto length = static_cast<std::size_t>(row_length(kernel, p));
  const Tensors& t = stimulus.tensors;
  return all_rows(p, length, [&](std::size_t head, int query) {
    const std::size_t keys_at = kv_head_of(p, head) * p.keys * static_cast<std::size_t>(p.dim);
    const double *k = t.k.empty() ? nullptr : &t.k[keys_at],
                 *v = t.v.empty() ? nullptr : &t.v[keys_at];
    return expected_row(kernel, p, stimulus.extras, static_cast<int>(head), query,
                        &t.q[(head * p.queries + query) * length], k, v);
  });
}

records::Norms errors_of(const std::vector<double>& got, const std::vector<double>& want,
                         int row_numbers) {
  records::Norms errors;
  double difference = 0, square = 0, got_square = 0, product = 0;
  const auto length = static_cast<std::size_t>(row_numbers);
  for (std::size_t row = 0; row < want.size(); row += length) {
    double row_difference = 0, row_square = 0;
    for (std::size_t i = row; i < row + length; ++i) {
      const double off = got[i] - want[i];
      row_difference += off * off;
      row_square += want[i] * want[i];
      got_square += got[i] * got[i];
      product += got[i] * want[i];
      if (!(std::fabs(off) <= errors.max_abs)) errors.max_abs = std::fabs(off);
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

double gate(Format format) {
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

bool within(const records::Norms& norms, double gate) {
  return norms.frobenius < gate && norms.row < 4 * gate && norms.cosine > 1 - gate;
}

}  // namespace einfall::gpu_ref::check
