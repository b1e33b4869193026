#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/id.hpp"
#include "base/source.hpp"
#include "einsum/ir/size_poly.hpp"
#include "einsum/ir/types.hpp"

/// The cascade IR: plain values in arenas with 32-bit ids. A Cascade is built once (by the loader,
/// an importer or a rewrite) and never changed afterwards; consumers only read it.
namespace einfall::einsum {

using TensorId = base::Id<struct TensorTag>;
using EinsumId = base::Id<struct EinsumTag>;
using VarId = base::Id<struct VarTag>;
using ParamId = base::Id<struct ParamTag>;
using OpaqueId = base::Id<struct OpaqueTag>;
using AccessId = base::Id<struct AccessTag>;
using IndexId = base::Id<struct IndexTag>;
using ExprId = base::Id<struct ExprTag>;
using CondId = base::Id<struct CondTag>;

/// An arithmetic expression over earlier ranks that gives a rank its size, in postfix order.
struct SizeExpr {
  enum class Op { kConstant, kRank, kAdd, kSub, kMul, kExactDiv, kCeilDiv };
  struct Step {
    Op op = Op::kConstant;
    std::int64_t constant = 0;
    RankId rank;
    bool operator==(const Step&) const = default;
  };
  std::vector<Step> steps;
  bool operator==(const SizeExpr&) const = default;
};

struct Rank {
  std::string name;
  std::optional<SizeExpr> size;  // unset: must be given from outside
  base::SourceSpan span;
};

/// A rank variable: `m` ranges over [0, size of rank M). Variables are global to the cascade.
struct Variable {
  std::string name;
  RankId rank;
};

struct Param {
  std::string name;
  /// Postfix over constants, sizes, earlier params and functions; kept as an Expr of this cascade
  /// in which only ConstExpr, SizeExpr nodes, ParamExpr, CallExpr, BinaryExpr and NegExpr occur.
  ExprId value;
  base::SourceSpan span;
};

/// A function known by its properties only. Evaluation of one is an error (E2xx) unless its name is
/// a built-in.
struct OpaqueFunction {
  std::string name;
  int arity = 1;
  std::optional<std::string> monotone;             // "increasing" | "decreasing"
  std::optional<std::pair<double, double>> range;  // of its result
  std::optional<std::int64_t> cost;                // in multiply-adds
  base::SourceSpan span;
};

enum class TensorRole { kInput, kIntermediate, kOutput };

struct Tensor {
  std::string name;
  std::vector<RankId> ranks;
  TensorRole role = TensorRole::kIntermediate;
  /// Position of the iterative rank: extent |R|+1 there, coordinates 0..|R|. Only where the tensor
  /// depends on itself (a plain shift has none, but then also extent |R|+1 at that position; see
  /// shifted_position).
  std::optional<std::size_t> iterative_position;
  /// Position written at r+1 without self-dependence: extent |R|+1, no carry.
  std::optional<std::size_t> shifted_position;
  TypeSpec type;  // as declared for this tensor, the most specific entries merged in
  base::SourceSpan span;
};

// ---- Index expressions -------------------------------------------------------------------------

/// floor(numerator / divisor) or numerator mod divisor (result in [0, divisor)).
struct DivMod {
  bool mod = false;
  IndexId numerator;
  SizePoly divisor;
};
/// coefficient * atom, where the atom is a variable, the value of an index tensor (gather) or a
/// quotient or remainder.
struct IndexTerm {
  SizePoly coefficient;
  std::variant<VarId, AccessId, DivMod> atom;
};
/// Sum of terms plus a constant, canonical: terms sorted by first occurrence in the source are kept
/// in source order, equal variables merged, zero terms dropped.
struct Index {
  std::vector<IndexTerm> terms;
  SizePoly constant;
  base::SourceSpan span;
};

struct Access {
  TensorId tensor;
  std::vector<IndexId> indices;
  base::SourceSpan span;
};

// ---- Value expressions -------------------------------------------------------------------------

enum class BinaryOp { kAdd, kSub, kMul, kDiv };

/// Built-in functions (language.md 1.2).
enum class Builtin {
  kExp,
  kExp2,
  kExpm1,
  kLog,
  kLog1p,
  kLog2,
  kSqrt,
  kRsqrt,
  kAbs,
  kSign,
  kMax,
  kMin,
  kPow,
  kSq,
  kTanh,
  kSigmoid,
  kRelu,
  kSilu,
  kErf,
  kFloor,
  kRound,
  kSelect,
  kEq,
  kNe,
  kLt,
  kLe,
  kGt,
  kGe,
  kConvert
};

struct ConstExpr {
  double value = 0;
};
struct ParamExpr {
  ParamId param;
};
/// An index expression used as a value: `p - m`.
struct IndexValueExpr {
  IndexId index;
};
struct AccessExpr {
  AccessId access;
};
struct CallExpr {
  std::variant<Builtin, OpaqueId> function;
  std::vector<ExprId> args;
  DataType convert_to = DataType::kFp64;  // kConvert only
};
struct BinaryExpr {
  BinaryOp op;
  ExprId lhs, rhs;
};
struct NegExpr {
  ExprId operand;
};
/// `value ?? otherwise`: the second where the first is absent.
struct ElseExpr {
  ExprId value, otherwise;
};

struct Expr {
  std::variant<ConstExpr, ParamExpr, IndexValueExpr, AccessExpr, CallExpr, BinaryExpr, NegExpr,
               ElseExpr>
      node;
  base::SourceSpan span;
};

// ---- Conditions --------------------------------------------------------------------------------

enum class CompareOp { kLt, kLe, kGt, kGe, kEq, kNe };
struct CompareCond {
  CompareOp op;
  IndexId lhs, rhs;
};
struct AndCond {
  std::vector<CondId> operands;
};
struct OrCond {
  std::vector<CondId> operands;
};
struct NotCond {
  CondId operand;
};
struct PresentCond {
  AccessId access;
};
/// A bool tensor in condition position.
struct TruthCond {
  AccessId access;
};

struct Cond {
  std::variant<CompareCond, AndCond, OrCond, NotCond, PresentCond, TruthCond> node;
  base::SourceSpan span;
};

// ---- Einsums -----------------------------------------------------------------------------------

enum class ReduceOp { kSum, kProd, kMax, kMin, kAny, kAll };
enum class PopulateOp { kArgmax, kArgmin, kTopk, kArgtopk };

/// What is done at the root: nothing (a map), a reduction over `vars`, or a populate over `var`.
struct MapRoot {};
struct ReduceRoot {
  ReduceOp op = ReduceOp::kSum;
  std::vector<VarId> vars;
  bool implied = false;  // written without sum[...]; does not take part in equality
};
struct PopulateRoot {
  PopulateOp op = PopulateOp::kArgmax;
  std::vector<VarId> over;      // one variable; several are flattened row-major by argmax/argmin
  std::optional<VarId> target;  // topk, argtopk: `m -> j`
};

struct Einsum {
  std::string name;  // the tensor's name unless the file gives one
  AccessId lhs;
  std::variant<MapRoot, ReduceRoot, PopulateRoot> root;
  ExprId body;
  std::vector<CondId> where;  // all must hold
  /// Set if this Einsum writes its tensor at r+1 in position Tensor::iterative_position: the
  /// variable that steps.
  std::optional<VarId> iterative_var;
  /// All variables of the iteration space: those of the left side in its order, then the reduced
  /// ones in order of appearance.
  std::vector<VarId> vars;
  bool is_init = false;    // an `init` line: left side has constant 0 at the iterative position
  bool generated = false;  // split off from a nested reduction; does not take part in equality
  std::string doc;
  base::SourceSpan span;
};

/// A promise about the inputs (`assume:`), checked by the evaluator, used by rewrites.
struct FiniteAssumption {
  TensorId tensor;
};
struct PositiveAssumption {
  TensorId tensor;
};
struct Assumption {
  std::variant<FiniteAssumption, PositiveAssumption, CondId> what;
  base::SourceSpan span;
};

/// One entry of `expect:`: {passes: {M: 3}, fine: {M1+M0: 1}, joint: {"M+P": 3}}.
struct Expectation {
  std::string kind;                // passes | fine | traversals | joint
  std::vector<std::string> ranks;  // one, or the parts of a split in order
  std::string count;               // "3" or symbolic "2+T"
  base::SourceSpan span;
};

struct Cascade {
  std::string name;
  std::string doc;
  std::vector<Rank> ranks;
  std::vector<Variable> variables;
  std::vector<Param> params;
  std::vector<OpaqueFunction> opaque;
  std::vector<Tensor> tensors;
  std::vector<Einsum> einsums;  // in file order, desugared; init lines first
  std::vector<Assumption> assumptions;
  std::vector<Expectation> expectations;
  /// Several names of one rank (`alias: {P: N, M: N}`): names of the common rank by rank.
  std::map<std::string, std::string> alias;
  /// `types` entries of no single tensor, for printing: default, Inputs, Outputs, Intermediates.
  std::map<std::string, TypeSpec> type_classes;

  // Arenas.
  std::vector<Access> accesses;
  std::vector<Index> indices;
  std::vector<Expr> exprs;
  std::vector<Cond> conds;

  std::shared_ptr<const base::SourceFile> file;

  [[nodiscard]] const Rank& operator[](RankId id) const { return ranks[id.index()]; }
  [[nodiscard]] const Variable& operator[](VarId id) const { return variables[id.index()]; }
  [[nodiscard]] const Param& operator[](ParamId id) const { return params[id.index()]; }
  [[nodiscard]] const OpaqueFunction& operator[](OpaqueId id) const { return opaque[id.index()]; }
  [[nodiscard]] const Tensor& operator[](TensorId id) const { return tensors[id.index()]; }
  [[nodiscard]] const Einsum& operator[](EinsumId id) const { return einsums[id.index()]; }
  [[nodiscard]] const Access& operator[](AccessId id) const { return accesses[id.index()]; }
  [[nodiscard]] const Index& operator[](IndexId id) const { return indices[id.index()]; }
  [[nodiscard]] const Expr& operator[](ExprId id) const { return exprs[id.index()]; }
  [[nodiscard]] const Cond& operator[](CondId id) const { return conds[id.index()]; }

  [[nodiscard]] std::optional<RankId> find_rank(std::string_view name) const;
  [[nodiscard]] std::optional<TensorId> find_tensor(std::string_view name) const;
  /// The first non-init Einsum of this name.
  [[nodiscard]] std::optional<EinsumId> find_einsum(std::string_view name) const;
};

/// Structural equality: names, ranks, tensors, Einsums, conditions and types, not ids, spans, doc
/// strings of Einsums, `generated` or `implied`.
[[nodiscard]] bool same(const Cascade& a, const Cascade& b);

}  // namespace einfall::einsum
