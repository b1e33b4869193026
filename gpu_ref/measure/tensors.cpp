#include "gpu_ref/measure/tensors.hpp"

#include <algorithm>

#include "gpu_ref/host/convert.hpp"
#include "gpu_ref/host/shapes.hpp"

namespace einfall::gpu_ref::measure {
namespace {

using check::Family;

template <class T>
void fill(Stream& stream, Buffer<T>& buffer, std::uint64_t seed, float scale) {
  const auto packs = static_cast<std::int64_t>(buffer.size() / 8);
  if (packs == 0) return;
  const auto blocks = static_cast<unsigned>(std::min<std::int64_t>((packs + 255) / 256, 4096));
  stream.launch(fill_random<T>, Grid{blocks, 1, 1}, 256, 0,
                reinterpret_cast<Pack<T, 8>*>(buffer.data()), packs, seed, scale);
}

template <class T>
double host_number(std::uint64_t seed, std::int64_t index, float scale) {
  const float x = random_normal(random_bits(seed, static_cast<std::uint64_t>(index)), scale);
  if constexpr (std::is_same_v<T, std::int8_t>)
    return static_cast<std::int8_t>(x < 0 ? x - 0.5F : x + 0.5F);
  else
    return value_of(rounded<T>(static_cast<double>(x)));
}

template <class Key, class Value, class Out>
class TypedSet : public TensorSet {
 public:
  TypedSet(Stream& stream, const Sizes& sizes, std::uint64_t seed, int copy)
      : q_(stream, "Q", static_cast<std::size_t>(sizes.q)),
        k_(stream, "K", static_cast<std::size_t>(sizes.k)),
        v_(stream, "V", static_cast<std::size_t>(sizes.v)),
        o_(stream, "O", static_cast<std::size_t>(sizes.o)) {
    fill(stream, q_, seed_of(seed, copy, 0), sizes.q_scale);
    fill(stream, k_, seed_of(seed, copy, 1), sizes.k_scale);
    fill(stream, v_, seed_of(seed, copy, 2), sizes.v_scale);
    q_.freeze();
    k_.freeze();
    v_.freeze();
  }
  void point(Operands& operands) override {
    operands.q = q_.data();
    operands.k = k_.data();
    operands.v = v_.data();
    operands.o = o_.data();
  }
  std::vector<double> outputs(std::int64_t first, std::int64_t count) override {
    std::vector<double> values;
    for (const Out x :
         o_.download(static_cast<std::size_t>(first), static_cast<std::size_t>(count)))
      values.push_back(value_of(x));
    return values;
  }
  bool surroundings_intact() override { return o_.surroundings_intact(); }

 private:
  Buffer<Key> q_, k_;
  Buffer<Value> v_;
  Buffer<Out> o_;
};

/// call.operator()<Key, Value, Out>() for the kernel's family and the problem's format.
template <class Call>
auto with_types(const Kernel& kernel, const Problem& p, Call call) {
  const bool softmax = check::family_of(kernel) == Family::kSoftmax;
  switch (p.format) {
    case Format::kInt8:
      return call.template operator()<std::int8_t, Fp16, Fp16>();
    case Format::kE4m3:
      return call.template operator()<E4m3, E4m3, Fp16>();
    case Format::kFp16:
      return softmax ? call.template operator()<float, float, Fp16>()
                     : call.template operator()<Fp16, Fp16, Fp16>();
    case Format::kBf16:
      break;
  }
  return softmax ? call.template operator()<float, float, Bf16>()
                 : call.template operator()<Bf16, Bf16, Bf16>();
}

}  // namespace

Sizes sizes_of(const Kernel& kernel, const Problem& p) {
  Sizes sizes;
  const std::int64_t queries = static_cast<std::int64_t>(p.all_heads()) * p.queries;
  const std::int64_t keys = static_cast<std::int64_t>(p.all_kv_heads()) * p.keys;
  switch (check::family_of(kernel)) {
    case Family::kSoftmax:
      sizes.q = sizes.o = queries * p.keys;
      sizes.q_scale = 24;  // 3 of the logits at dim = 64
      return sizes;
    case Family::kLinear:
      sizes.q_scale = 0.3F;
      break;
    case Family::kInt8:
      sizes.q_scale = sizes.k_scale = 30;
      break;
    default:
      sizes.q_scale = 3;
  }
  sizes.q = sizes.o = queries * p.dim;
  sizes.k = sizes.v = keys * p.dim;
  return sizes;
}

std::unique_ptr<TensorSet> make_tensors(Stream& stream, const Kernel& kernel, const Problem& p,
                                        std::uint64_t seed, int copy) {
  return with_types(
      kernel, p, [&]<class Key, class Value, class Out>() -> std::unique_ptr<TensorSet> {
        return std::make_unique<TypedSet<Key, Value, Out>>(stream, sizes_of(kernel, p), seed, copy);
      });
}

double bytes_of(const Kernel& kernel, const Problem& p) {
  const Sizes sizes = sizes_of(kernel, p);
  return with_types(kernel, p, [&]<class Key, class Value, class Out>() {
    return static_cast<double>(sizes.q + sizes.k) * sizeof(Key) +
           static_cast<double>(sizes.v) * sizeof(Value) +
           static_cast<double>(sizes.o) * sizeof(Out);
  });
}

double number_of(const Kernel& kernel, const Problem& p, std::uint64_t seed, int copy, int which,
                 std::int64_t index) {
  const Sizes sizes = sizes_of(kernel, p);
  const float scale = which == 0 ? sizes.q_scale : which == 1 ? sizes.k_scale : sizes.v_scale;
  return with_types(kernel, p, [&]<class Key, class Value, class Out>() {
    const std::uint64_t of = seed_of(seed, copy, which);
    return which == 2 ? host_number<Value>(of, index, scale) : host_number<Key>(of, index, scale);
  });
}

check::Extras extras_of(const Kernel& kernel, const Problem& p, int kept, std::uint64_t seed) {
  check::Extras extras;
  switch (check::family_of(kernel)) {
    case Family::kLinear:
      for (int head = 0; head < p.all_heads(); ++head)
        extras.decay.push_back(-0.02F * static_cast<float>(head % 4 * (head % 4)));
      break;
    case Family::kSparse:
      check::list_blocks(p, kept, seed, extras);
      break;
    case Family::kInt8:
      extras.score_scale = static_cast<double>(3.0F / 30 / 30);
      break;
    default:
      break;
  }
  return extras;
}

}  // namespace einfall::gpu_ref::measure
