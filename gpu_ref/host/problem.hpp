#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gpu/launch.cuh>

/// What a kernel can be asked to do, and how it is asked: one interface for the tests on the CPU,
/// for measuring on a GPU, and for the model that predicts.
namespace einfall::gpu_ref {

enum class Format { kBf16, kFp16, kInt8, kE4m3 };

/// One call. K9 reads queries x keys scores of every head; K6 reads `queries` tokens.
struct Problem {
  Format format = Format::kBf16;
  int batch = 1;
  int heads = 1;  // of one batch entry
  int kv_heads = 1;
  int queries = 1;
  int keys = 1;
  int dim = 64;
  bool causal = false;
  int window = 0;       // keys a query looks back over, its own included; 0 = all
  int splits = 1;       // K5 split: spans of the keys of a head
  int slots = 132;      // K5 stream: blocks that run at once
  int kept_blocks = 0;  // K7: entries of the list, all rows together

  [[nodiscard]] int all_heads() const { return batch * heads; }
  [[nodiscard]] int all_kv_heads() const { return batch * kv_heads; }
};

/// Tensors in memory that kernels reach; what each kernel reads stands in its header. Q, K, V, O
/// and the like have the format of the problem unless the kernel's header says otherwise.
struct Operands {
  const void* q = nullptr;
  const void* k = nullptr;
  const void* v = nullptr;
  void* o = nullptr;
  void* workspace = nullptr;     // workspace_bytes() of it, the first zeroed_bytes() zero
  float score_scale = 1;         // K8: a unit of Q times a unit of K, of the numbers they stand for
  float value_scale = 1;         // K8
  const float* decay = nullptr;  // K6
  const int* block_first = nullptr;  // K7
  const int* blocks = nullptr;
};

/// What the cascade and the kernel's tiling ask for: exact counts of useful work, not of padding.
struct Costs {
  double dram_bytes = 0;  // compulsory: each tensor once, or once a pass where nothing stays in L2
  double sm_bytes = 0;    // from L2 to the SMs and back
  double multiply_adds = 0;
  double exps = 0;
  bool operator==(const Costs&) const = default;
};

struct Kernel {
  std::string_view id;       // "k3-one-pass"
  std::string_view cascade;  // file in workloads/cascades/
  std::string_view source;   // file in gpu_ref/kernels/ that begins its list of includes
  /// Why it cannot do this problem; empty if it can. Valid for any numbers in the problem.
  std::string (*refusal)(const Problem&);
  std::size_t (*workspace_bytes)(const Problem&);
  std::size_t (*zeroed_bytes)(const Problem&);  // of the workspace, before the first call
  Costs (*costs)(const Problem&);
  /// Precondition: refusal() is empty. Errors are the stream's.
  void (*run)(Stream&, const Problem&, const Operands&);
};

/// All of them, in the order of their names.
[[nodiscard]] std::vector<Kernel> kernels();

}  // namespace einfall::gpu_ref
