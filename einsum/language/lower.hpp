#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "einsum/language/builder.hpp"
#include "einsum/language/document.hpp"
#include "einsum/language/limits.hpp"
#include "einsum/language/size_form.hpp"
#include "einsum/language/symbols.hpp"

namespace einfall::einsum {

/// Turns a document into the IR: looks names up, adds the batch ranks, expands inline functions,
/// splits nested reductions off and finds iterative tensors. The order of the member functions is
/// the order in which `run` calls them; each reports its own errors and the next levels are only
/// reached without any.
class Lowering {
 public:
  Lowering(const Document& document, Cascade& cascade, base::Diagnostics& sink,
           base::Diagnostics& remarks);

  /// False if anything was wrong.
  bool run();

 private:
  // One batch rank of a tensor: read at its own variable, or at the index that `share` gives.
  struct Leading {
    RankId rank;
    VarId variable;
    const ast::Expression* index = nullptr;
  };
  struct TensorFacts {
    std::vector<Leading> leading;
    std::optional<std::vector<RankId>> own;  // without the batch ranks; unset: not known yet
    bool declared = false;
    bool inferred_from_use = false;  // `LEN:`
    bool written = false;
    std::vector<std::size_t> steps;  // positions written at r+1
  };
  // A condition of the statement, waiting for the Einsums that its variables belong to.
  struct Pooled {
    CondId condition;
    std::vector<VarId> variables;
    bool belongs_to_nested = false;
  };
  // A variable that an index names and does not depend on: `m - m`.
  struct Cancelled {
    VarId variable;
    base::SourceSpan span;  // of the index
    bool in_condition = false;
  };
  struct Argument {
    std::string name;
    ExprId value;
  };
  // Where an expression stands.
  struct Scope {
    const ast::Tree* tree = nullptr;
    std::vector<Argument> arguments;            // of the inline function being expanded
    std::vector<const InlineFunction*> active;  // functions being expanded
    bool constant_only = false;                 // a param: no variables, no tensors
    bool in_function = false;
    bool replaceable = false;  // left of a `??`
  };
  // The statement being lowered.
  struct Statement {
    const StatementEntry* entry = nullptr;
    bool in_init = false;
    std::string tensor_name;
    std::vector<VarId> lhs_variables;
    std::vector<VarId> bound;   // by the reductions around
    std::vector<VarId> closed;  // by nested reductions already split off
    std::vector<Pooled> pool;
    std::vector<Cancelled> cancelled;         // not counting those that a reduction around binds
    std::map<std::uint32_t, ExprId> lowered;  // AST node -> expression, outside inline functions
    std::uint64_t work = 0;
    std::size_t nested = 0;  // reductions split off
    int depth = 0;
    bool failed = false;
  };

  // Names and sizes: lower_names.cpp.
  void lower_ranks();
  void lower_vars();
  void lower_functions();
  void warn_of_unused_functions();
  void lower_params();
  std::optional<SizeExpr> size_expression(const ast::Expression& size);
  bool size_steps(const ast::Tree& tree, ast::NodeId id, SizeExpr& out);

  // Tensors: lower_tensors.cpp.
  void lower_tensors();
  void declare(const DeclarationEntry& entry);
  void collect_written(const StatementEntry& entry);
  void infer_ranks(const StatementEntry& entry);
  void infer_from_uses(const StatementEntry& entry);
  void lower_batch();
  void lower_share();
  void finish_ranks();
  std::optional<RankId> rank_of_index(const ast::Tree& tree, const ast::IndexArg& arg);
  std::optional<RankId> rank_of_split(const ast::Tree& tree, ast::NodeId id);
  std::string tensor_name(const StatementEntry& entry, const std::string& name) const;

  // Indices and conditions: lower_index.cpp.
  std::optional<Index> lower_index(const ast::Tree& tree, ast::NodeId id);
  std::optional<Index> index_part(const ast::Tree& tree, ast::NodeId id);
  std::optional<Index> index_product(const ast::Tree& tree, ast::NodeId id,
                                     const ast::Binary& binary);
  std::optional<Index> index_quotient(const Index& numerator, const Index& divisor, bool mod,
                                      const base::SourceSpan& span);
  std::optional<AccessId> lower_access(const ast::Tree& tree, ast::NodeId id, bool replaceable);
  std::optional<std::vector<const ast::IndexArg*>> positions(const ast::Tree& tree, ast::NodeId id,
                                                             TensorId tensor);
  std::optional<CondId> lower_condition(const ast::Tree& tree, ast::NodeId id);
  std::optional<CondId> comparison(const ast::Tree& tree, ast::NodeId id,
                                   const ast::Compare& compare);
  void pool_condition(const ast::Tree& tree, ast::NodeId id);

  // Values: lower_expr.cpp. An invalid id means that an error was reported.
  ExprId lower_expr(ast::NodeId id, const Scope& scope);
  ExprId lower_name(const ast::Lower& name, const base::SourceSpan& span, const Scope& scope);
  ExprId lower_bare(const ast::Access& access, ast::NodeId id, const Scope& scope);
  ExprId lower_size(const std::string& rank, const base::SourceSpan& span);
  ExprId lower_call(const ast::Call& call, ast::NodeId id, const Scope& scope);
  ExprId lower_binary(const ast::Binary& binary, ast::NodeId id, const Scope& scope);
  ExprId expand(const InlineFunction& function, std::vector<ExprId> args, const Scope& scope,
                const base::SourceSpan& span);
  std::optional<std::vector<ExprId>> lower_args(const ast::Call& call, const Scope& scope);
  bool check_arity(const std::string& name, std::size_t found, std::size_t low, std::size_t high,
                   const base::SourceSpan& span);

  // Statements: lower_statement.cpp, lower_reduce.cpp.
  void lower_statements();
  void lower_statement(const StatementEntry& entry, bool in_init);
  bool lower_left(Einsum& einsum);
  void lower_right(Einsum& einsum);
  bool reduce_root(const ast::Reduce& reduce, ast::NodeId id, Einsum& einsum);
  bool implied_sum(ast::NodeId root, Einsum& einsum);
  bool check_terms(ast::NodeId id, const std::vector<VarId>& summed);
  bool populate_root(const ast::Reduce& reduce, ast::NodeId id, const std::vector<VarId>& vars,
                     Einsum& einsum);
  bool place_conditions(Einsum& einsum);
  bool check_cancelled(const Einsum& einsum);
  ExprId nested_reduce(const ast::Reduce& reduce, ast::NodeId id, const Scope& scope);
  ExprId split_off(std::variant<MapRoot, ReduceRoot, PopulateRoot> root,
                   const std::vector<VarId>& vars, ExprId body, const base::SourceSpan& span,
                   const std::string& op);
  std::optional<std::vector<VarId>> bound_variables(const ast::Reduce& reduce);
  std::vector<VarId> free_variables(ExprId body, const std::vector<VarId>& without) const;
  std::string fresh_tensor_name(const std::string& op) const;

  // What follows from the whole: lower_finish.cpp.
  void find_steps();
  void gather_einsums();
  void find_iterative();
  void lower_roles();
  void lower_types();
  void lower_assumptions();

  [[nodiscard]] TensorFacts& facts(TensorId id) { return facts_[id.index()]; }
  /// Nothing is kept after limits::kErrors, so that a hopeless file costs no more than a bad one.
  void report(base::Diagnostic diagnostic);
  [[nodiscard]] bool hopeless() const { return sink_.size() >= limits::kErrors; }
  [[nodiscard]] std::string suggestion(const std::string& word,
                                       const std::vector<std::string>& names) const;
  void error(const char* code, base::SourceSpan span, std::string message, std::string help = {});
  std::optional<VarId> variable(const std::string& name, const base::SourceSpan& span);
  std::optional<RankId> rank(const std::string& name, const base::SourceSpan& span);

  const Document& document_;
  Cascade& cascade_;
  base::Diagnostics& sink_;
  base::Diagnostics& remarks_;
  Symbols symbols_;
  std::set<const InlineFunction*> expanded_;  // functions that something calls
  std::optional<SizeForms> sizes_;            // once the ranks are known
  Builder builder_;
  std::vector<TensorFacts> facts_;  // by TensorId
  std::vector<Leading> batch_;
  Statement statement_;
  std::vector<VarId> mentioned_;  // in the index being lowered, whatever cancels
  std::vector<Einsum> init_, main_;
};

/// The variables of an expression or condition, in order of appearance.
[[nodiscard]] std::vector<VarId> variables_of(const Cascade& cascade, ExprId expr);
[[nodiscard]] std::vector<VarId> variables_of(const Cascade& cascade, CondId cond);

/// `to` followed by those of `from` that are not in it.
void append_unique(std::vector<VarId>& to, const std::vector<VarId>& from);
[[nodiscard]] bool contains(const std::vector<VarId>& list, VarId variable);

}  // namespace einfall::einsum
