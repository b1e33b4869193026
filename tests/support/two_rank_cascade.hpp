#pragma once

#include <random>
#include <string>
#include <vector>

namespace einfall::tests {

/// A cascade over two ranks M and P as data, so that a test can write it down in several ways.
/// Tensors 0 to 2 are the inputs [M], [P] and [M, P]; statement i writes tensor 3 + i.
struct TwoRankCascade {
  struct Statement {
    std::vector<std::size_t> operands;  // earlier tensors, added up
    bool reduce_m = false, reduce_p = false;
  };
  std::vector<Statement> statements;

  [[nodiscard]] bool has_m(std::size_t tensor) const;
  [[nodiscard]] bool has_p(std::size_t tensor) const;
};

[[nodiscard]] TwoRankCascade two_rank_cascade(std::mt19937& rng, std::size_t statements);

/// How to write it down.
struct Spelling {
  std::vector<std::string> tensors;  // names, by tensor
  std::string m = "M", p = "P";      // names of the ranks
  std::vector<std::size_t> order;    // of the statements; empty: as they are
  bool split_m = false;              // M as M1, M0
  /// By statement, empty: none. Those that are true go through whole tensors by m1*M0 + m0, the
  /// others by m; what they write is [M] either way.
  std::vector<bool> through_parts = {};
  std::size_t inlined = 0;  // a statement (as tensor number) that is substituted, or 0
};
[[nodiscard]] Spelling plain_spelling(const TwoRankCascade& cascade);
[[nodiscard]] std::string write(const TwoRankCascade& cascade, const Spelling& spelling);

}  // namespace einfall::tests
