#include "gpu_ref/check/run.hpp"

#include <memory>
#include <optional>

#include "gpu_ref/host/convert.hpp"

namespace einfall::gpu_ref::check {
namespace {

template <class T>
std::unique_ptr<Buffer<T>> input(Stream& stream, const char* name, const std::vector<T>& values) {
  auto buffer = std::make_unique<Buffer<T>>(stream, name, values.size());
  buffer->upload(values);
  buffer->freeze();
  return buffer;
}

template <class T>
std::vector<T> in_format(const std::vector<double>& values) {
  std::vector<T> result(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if constexpr (std::is_same_v<T, std::int8_t>)
      result[i] = static_cast<std::int8_t>(values[i]);
    else
      result[i] = rounded<T>(values[i]);
  }
  return result;
}

/// Every head as [D, keys].
template <class T>
std::vector<T> transposed(const std::vector<T>& v, const Problem& p) {
  std::vector<T> result(v.size());
  const auto dim = static_cast<std::size_t>(p.dim), keys = static_cast<std::size_t>(p.keys);
  for (std::size_t i = 0; i < v.size(); ++i) {
    const std::size_t head = i / (keys * dim), key = i / dim % keys, f = i % dim;
    result[(head * dim + f) * keys + key] = v[i];
  }
  return result;
}

template <class Key, class Value, class Out>
Outcome run_as(Stream& stream, const Kernel& kernel, const Problem& p, const Stimulus& s,
               RunOptions options) {
  const Family family = family_of(kernel);
  const auto q = input(stream, "Q", in_format<Key>(s.tensors.q));
  const auto k = input(stream, "K", in_format<Key>(s.tensors.k));
  auto values = in_format<Value>(s.tensors.v);
  if (family == Family::kE4m3) values = transposed(values, p);
  const auto v = input(stream, "V", values);
  const auto decay = input(stream, "decay", s.extras.decay);
  const auto first = input(stream, "first", s.extras.block_first);
  const auto blocks = input(stream, "blocks", s.extras.blocks);
  Buffer<Out> o(stream, "O", s.tensors.q.size());
  const std::size_t zeroed =
      options.poison_workspace ? kernel.zeroed_bytes(p) : kernel.workspace_bytes(p);
  Buffer<std::byte> workspace(stream, "workspace", kernel.workspace_bytes(p));
  workspace.clear(zeroed);
  Operands operands;
  operands.q = q->data();
  operands.k = k->data();
  operands.v = v->data();
  operands.o = o.data();
  operands.workspace = workspace.data();
  operands.score_scale = static_cast<float>(s.extras.score_scale);
  operands.value_scale = static_cast<float>(s.extras.value_scale);
  operands.decay = decay->data();
  operands.block_first = first->data();
  operands.blocks = blocks->data();
  for (int i = 0; i < options.repeats; ++i) kernel.run(stream, p, operands);
  Outcome outcome;
  for (const Out x : o.download()) outcome.o.push_back(value_of(x));
  outcome.problem = stream.problem().value_or("");
  if (outcome.problem.empty() && !o.surroundings_intact())
    outcome.problem = "writes before or behind its outputs";
  if (outcome.problem.empty() && !workspace.surroundings_intact())
    outcome.problem = "writes before or behind its workspace";
  return outcome;
}

}  // namespace

Outcome run(Stream& stream, const Kernel& kernel, const Problem& p, const Stimulus& stimulus,
            RunOptions options) {
  if (family_of(kernel) == Family::kSoftmax)
    return p.format == Format::kBf16
               ? run_as<float, float, Bf16>(stream, kernel, p, stimulus, options)
               : run_as<float, float, Fp16>(stream, kernel, p, stimulus, options);
  switch (p.format) {
    case Format::kInt8:
      return run_as<std::int8_t, Fp16, Fp16>(stream, kernel, p, stimulus, options);
    case Format::kE4m3:
      return run_as<E4m3, E4m3, Fp16>(stream, kernel, p, stimulus, options);
    case Format::kBf16:
      return run_as<Bf16, Bf16, Bf16>(stream, kernel, p, stimulus, options);
    case Format::kFp16:
      return run_as<Fp16, Fp16, Fp16>(stream, kernel, p, stimulus, options);
  }
  return {};
}

}  // namespace einfall::gpu_ref::check
