#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "einsum/language/document.hpp"

namespace einfall::einsum {

/// The names of a cascade and what they stand for.
class Symbols {
 public:
  explicit Symbols(Cascade& cascade) : cascade_(cascade) {}

  RankId add_rank(Rank rank);
  TensorId add_tensor(Tensor tensor);
  ParamId add_param(Param param);
  OpaqueId add_opaque(OpaqueFunction function);
  void add_function(const InlineFunction& function) { functions_[function.name.text] = &function; }
  void set_variable_rank(const std::string& variable, RankId rank) { vars_[variable] = rank; }

  [[nodiscard]] std::optional<RankId> rank(const std::string& name) const;
  [[nodiscard]] std::optional<TensorId> tensor(const std::string& name) const;
  [[nodiscard]] std::optional<ParamId> param(const std::string& name) const;
  [[nodiscard]] std::optional<OpaqueId> opaque(const std::string& name) const;
  [[nodiscard]] const InlineFunction* function(const std::string& name) const;
  /// The rank of a variable: as `vars` says, else the upper-case of its name.
  [[nodiscard]] std::optional<RankId> rank_of_variable(const std::string& name) const;
  /// The variable of this name, made on first use; nullopt if it has no rank.
  [[nodiscard]] std::optional<VarId> variable(const std::string& name);

  [[nodiscard]] std::vector<std::string> rank_names() const;
  [[nodiscard]] std::vector<std::string> tensor_names() const;
  [[nodiscard]] std::vector<std::string> function_names() const;
  /// For messages: "b e h m p", at most a dozen.
  [[nodiscard]] std::string known_variables() const;

 private:
  Cascade& cascade_;
  std::unordered_map<std::string, RankId> ranks_;
  std::unordered_map<std::string, TensorId> tensors_;
  std::unordered_map<std::string, ParamId> params_;
  std::unordered_map<std::string, OpaqueId> opaque_;
  std::unordered_map<std::string, const InlineFunction*> functions_;
  std::unordered_map<std::string, RankId> vars_;
  std::unordered_map<std::string, VarId> variables_;
};

[[nodiscard]] std::string to_upper(std::string text);
[[nodiscard]] std::string to_lower(std::string text);

}  // namespace einfall::einsum
