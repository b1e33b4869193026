#include "gpu_ref/kernels/k9_softmax.cuh"

#include "gpu_ref/host/launches.hpp"
#include "gpu_ref/host/shapes.hpp"

namespace einfall::gpu_ref {
namespace {

template <int Form>
std::string refusal(const Problem& p) {
  if (auto text = refusal_of_attention(p); !text.empty()) return text;
  if (p.keys % 8 != 0) return "rows are multiples of 8 long";
  if (Form == 1 && softmax_shared_bytes(1, p.keys) > 227U * 1024)
    return "the row does not fit into shared memory";
  return {};
}

template <int Form>
Costs costs(const Problem& p) {
  const double scores = static_cast<double>(p.all_heads()) * p.queries * p.keys;
  Costs costs;
  costs.dram_bytes = scores * (Form * 4.0 + 2.0);
  costs.sm_bytes = costs.dram_bytes;
  costs.exps = p.all_heads() * visible_pairs(p) * (Form == 1 ? 1 : 2);
  return costs;
}

template <int Form>
void run(Stream& stream, const Problem& p, const Operands& operands) {
  const auto launch = [&]<class T>(T) {
    const SoftmaxOperands<float, T> in{static_cast<const float*>(operands.q),
                                       static_cast<T*>(operands.o),
                                       p.keys,
                                       p.keys,
                                       p.keys,
                                       scale_of(p.dim),
                                       {p.queries, p.keys, p.causal ? 1 : 0, p.window}};
    stream.launch(softmax_rows<float, T, Form>,
                  Grid{static_cast<unsigned>(p.all_heads() * p.queries), 1, 1}, kSoftmaxThreads,
                  softmax_shared_bytes(Form, p.keys), in);
  };
  if (p.format == Format::kBf16) launch(Bf16{});
  if (p.format == Format::kFp16) launch(Fp16{});
}

template <int Form>
Kernel entry(std::string_view id) {
  return {id,       "attn_3pass.yaml", "k9_softmax.cuh", refusal<Form>,
          no_bytes, no_bytes,          costs<Form>,      run<Form>};
}

}  // namespace

std::vector<Kernel> k9_softmax() {
  return {entry<1>("k9-softmax-1"), entry<2>("k9-softmax-2"), entry<3>("k9-softmax-3")};
}

}  // namespace einfall::gpu_ref
