#include "gpu_ref/host/launches.hpp"
#include "gpu_ref/host/shapes.hpp"

namespace einfall::gpu_ref {
namespace {

constexpr std::string_view kSource = "../device/k4_warp_specialised.cuh";

/// The kernel of both sides that does the same.
Kernel e4m3_by_mma_sync() {
  for (const Kernel& kernel : k8_eight_bits())
    if (kernel.id == "k8-e4m3") return kernel;
  return {};
}
std::string refusal_of_eight_bits(const Problem& p) {
  if (p.dim != 128) return "has tiles for head dimension 128";
  return e4m3_by_mma_sync().refusal(p);
}

Kernel entry(std::string_view id) {
  return {id,
          "attn_1pass.yaml",
          kSource,
          refusal_of_attention,
          no_bytes,
          no_bytes,
          [](const Problem& p) { return query_tile_costs(p, 1); },
          nullptr};
}

}  // namespace

std::vector<Kernel> k4_unlaunched() {
  Kernel eight_bits = e4m3_by_mma_sync();
  eight_bits.id = "k8-e4m3-wgmma";
  eight_bits.source = kSource;
  eight_bits.refusal = refusal_of_eight_bits;
  eight_bits.run = nullptr;
  return {entry("k4-ping-pong"), entry("k4-no-ping-pong"), eight_bits};
}

}  // namespace einfall::gpu_ref
