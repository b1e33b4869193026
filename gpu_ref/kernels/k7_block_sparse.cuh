#pragma once

// K7: one-pass attention over listed blocks of keys, and over a window.
//
// Implements workloads/cascades/block_given.yaml: BI is a list of key blocks for each block of
// queries, in any order, here with a length of its own (rows of a block-sparse matrix in BSR form);
// a block of queries is the 128 rows of the kernel's tile, a block of keys its 64 columns. The
// window of attn_1pass_window.yaml is K3 with a mask: it visits the tiles that the window touches.
//
// Shows: time follows the blocks kept, not N^2; rows of unequal length leave SMs idle.
// Shapes: as K3; `keys` beyond the mask's end, after a query (causal) or outside its window are
// left
//   out inside a listed block.
// Passes over K: 1.
// Bytes a head: L2 to SM 2 N D b + kept blocks x 64 x 2 D b.
// A score: as K3, for scores in kept blocks.
// Expected: K3's rate x 0.8 to 0.95.

#include "gpu_ref/kernels/k3_one_pass.cuh"

namespace einfall::gpu_ref {

/// Blocks [first[i], first[i + 1]) of `blocks` are those that query tile i of every head sees.
struct BlockLists {
  const int* first = nullptr;  // query tiles + 1
  const int* blocks = nullptr;
};

template <class Shape>
__global__ void __launch_bounds__(Shape::kThreads)
    attend_listed_blocks(const OperandsOf<Shape> in, const BlockLists lists) {
  const QueryWork<Shape> work = work_of<Shape>(in);
  const int row = work.first_query / Shape::kRows;
  const int first = load_global(lists.first + row), end = load_global(lists.first + row + 1);
  attend_tiles(in, work, ListedTiles{lists.blocks, first, end - first});
}

}  // namespace einfall::gpu_ref
