#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/yaml/node.hpp"
#include "einsum/import/tokens.hpp"
#include "einsum/ir/types.hpp"

namespace einfall::einsum {

/// AccelForge's `bits_per_value` as entries of `types`. A width says nothing of the format: where
/// one floating-point format has it, or else one of whole numbers, that one is taken (N35); a width
/// that several have, or none, is not (N31), nor is what stands for a set of tensors other than
/// `All`, which AccelForge finds anew for each Einsum.
class Widths {
 public:
  explicit Widths(base::Diagnostics& remarks) : remarks_(remarks) {}

  /// The workload's: `key` is `bits_per_value` itself, of the tensors read so far.
  void read(const base::yaml::MapEntry& entry, const TensorNames& names);
  /// An access's own, which goes before the workload's. Accesses are read first.
  void read(const base::yaml::MapEntry& entry, const std::string& tensor);

  struct Type {
    std::string entry;  // "default" or a tensor
    DataType type;
    base::SourceSpan span;
  };
  /// Adds N35 if there is any.
  [[nodiscard]] std::vector<Type> types();

 private:
  void take(const std::string& entry, const base::yaml::Node& key, const base::yaml::Node& bits);
  void leave(const base::yaml::Node& at, const std::string& why, std::string help = {});

  base::Diagnostics& remarks_;
  std::vector<Type> types_;
  std::map<std::string, std::string> taken_;  // the bits as written, by entry; not all have a type
};

}  // namespace einfall::einsum
