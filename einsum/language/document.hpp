#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/schema.hpp"
#include "einsum/language/ast.hpp"

/// A cascade document as written: every key of language.md 1.4 with its expressions parsed, no name
/// looked up yet.
namespace einfall::einsum {

struct RankEntry {
  ast::Name name;
  std::optional<ast::Expression> size;
};
struct ParamEntry {
  ast::Name name;
  ast::Expression value;
};
/// `vars: {h: HQ}` and `alias: {P: N}`.
struct NamePair {
  ast::Name from, to;
};
/// `share: {K: {H: {HK: h // G}}}`; no `to` drops the rank.
struct ShareEntry {
  ast::Name tensor;
  ast::Name rank;
  std::optional<ast::Name> to;
  std::optional<ast::Expression> index;
};
struct DeclarationEntry {
  ast::Name tensor;
  std::optional<std::vector<ast::Name>> ranks;  // unset (`LEN:`): inferred from the first access
};
struct TypeEntry {
  ast::Name name;  // a tensor, or default, Inputs, Outputs, Intermediates
  TypeSpec type;
};
struct InlineFunction {
  ast::Name name;
  std::vector<std::string> params;
  ast::Expression body;
};
/// One line of `init` or `expressions`.
struct StatementEntry {
  ast::Statement statement;
  std::vector<ast::Conditions> where;  // of the dict form, beside the statement's own
  std::string name;                    // empty: the tensor's
  std::string doc;
  std::map<std::string, std::string> renames;  // tensor name in this line -> tensor of the cascade
};
struct AssumeEntry {
  std::optional<ast::Conditions> conditions;
  std::string promise;  // "finite" or "positive", if not conditions
  ast::Name tensor;
  base::SourceSpan span;
};

struct Document {
  std::string name;
  std::string doc;
  std::vector<RankEntry> ranks;
  std::vector<ParamEntry> params;
  std::vector<NamePair> vars;
  std::vector<ast::Name> batch;
  std::vector<ShareEntry> share;
  std::vector<DeclarationEntry> declaration;
  std::vector<TypeEntry> types;
  std::vector<InlineFunction> functions;
  std::vector<OpaqueFunction> opaque;
  std::vector<StatementEntry> init;
  std::vector<StatementEntry> expressions;
  std::optional<std::vector<ast::Name>> outputs;
  std::vector<AssumeEntry> assume;
  std::vector<Expectation> expect;
  std::vector<NamePair> alias;
};

/// The keys of a cascade document.
[[nodiscard]] const base::Schema<Document>& cascade_schema();

/// Reads a document; everything wrong with it goes to `sink`. Errors: E011-E020 of the reader,
/// E021-E027, and those of the parser.
[[nodiscard]] Document read_document(const base::yaml::Node& root, base::Diagnostics& sink);

}  // namespace einfall::einsum
