#include "einsum/language/document.hpp"

#include <fmt/format.h>

#include <map>

#include "base/yaml/scalar.hpp"
#include "einsum/language/document_fields.hpp"
#include "einsum/language/document_text.hpp"
#include "einsum/language/parser.hpp"

namespace einfall::einsum {
namespace {

using base::Diagnostics;
using base::Presence;
using base::yaml::MapEntry;
using base::yaml::Node;

void read_version(const Node& node, Document&, Diagnostics& sink) {
  base::yaml::check_version(node, sink);
}

void read_ranks(const Node& node, Document& out, Diagnostics& sink) {
  for_each_entry(node, "'ranks'", sink, [&](const MapEntry& entry) {
    auto name = upper_name(entry.key, "a rank", sink);
    RankEntry rank;
    if (!entry.value.is_null()) {
      const auto origin = origin_of(entry.value, "the size of a rank", sink);
      if (!origin) return;
      rank.size = parse_expression(entry.value.text, *origin, sink);
      if (!rank.size) return;
    }
    if (!name) return;
    rank.name = *std::move(name);
    out.ranks.push_back(std::move(rank));
  });
}

void read_params(const Node& node, Document& out, Diagnostics& sink) {
  for_each_entry(node, "'params'", sink, [&](const MapEntry& entry) {
    auto name = lower_name(entry.key, "a param", sink);
    const auto origin = origin_of(entry.value, "the value of a param", sink);
    if (!origin) return;
    auto value = parse_expression(entry.value.text, *origin, sink);
    if (name && value) out.params.push_back({*std::move(name), *std::move(value)});
  });
}

void read_vars(const Node& node, Document& out, Diagnostics& sink) {
  for_each_entry(node, "'vars'", sink, [&](const MapEntry& entry) {
    auto variable = lower_name(entry.key, "a variable", sink);
    auto rank = upper_name(entry.value, "a rank", sink);
    if (variable && rank) out.vars.push_back({*std::move(variable), *std::move(rank)});
  });
}

void read_alias(const Node& node, Document& out, Diagnostics& sink) {
  for_each_entry(node, "'alias'", sink, [&](const MapEntry& entry) {
    auto rank = upper_name(entry.key, "a rank", sink);
    auto common = upper_name(entry.value, "a rank", sink);
    if (rank && common) out.alias.push_back({*std::move(rank), *std::move(common)});
  });
}

// A list in which a second mention could only be a mistake.
void check_once(const std::vector<ast::Name>& names, std::string_view what, Diagnostics& sink) {
  std::map<std::string_view, const ast::Name*> known;
  for (const ast::Name& name : names) {
    const auto [first, fresh] = known.emplace(name.text, &name);
    if (fresh) continue;
    base::Diagnostic twice =
        base::error("E027", name.span, fmt::format("{} lists {} twice", what, name.text),
                    "leave one of them out");
    twice.notes.push_back({first->second->span, "the first"});
    sink.push_back(std::move(twice));
  }
}

std::vector<ast::Name> read_names(const Node& node, std::string_view what, std::string_view of,
                                  Diagnostics& sink) {
  std::vector<ast::Name> names;
  for_each_item(node, what, sink, [&](const Node& item) {
    if (auto name = upper_name(item, of, sink)) names.push_back(*std::move(name));
  });
  return names;
}

void read_share(const Node& node, Document& out, Diagnostics& sink) {
  for_each_entry(node, "'share'", sink, [&](const MapEntry& tensor) {
    const auto name = upper_name(tensor.key, "a tensor", sink);
    if (!name) return;
    for_each_entry(tensor.value, "the ranks that a tensor shares", sink, [&](const MapEntry& rank) {
      auto from = upper_name(rank.key, "a rank", sink);
      if (!from) return;
      ShareEntry entry{*name, *std::move(from), std::nullopt, std::nullopt};
      if (!rank.value.is_null()) {
        if (!rank.value.is_map() || rank.value.entries.size() != 1) {
          sink.push_back(base::error("E018", rank.value.span,
                                     "expected the rank that takes its place and its index",
                                     "as in {H: {HK: h // G}}, or {H: ~} to drop rank H"));
          return;
        }
        const MapEntry& to = rank.value.entries.front();
        const auto origin = origin_of(to.value, "an index", sink);
        entry.to = upper_name(to.key, "a rank", sink);
        if (!origin || !entry.to) return;
        entry.index = parse_index(to.value.text, *origin, sink);
        if (!entry.index) return;
      }
      out.share.push_back(std::move(entry));
    });
  });
}

void read_declaration(const Node& node, Document& out, Diagnostics& sink) {
  for_each_entry(node, "'declaration'", sink, [&](const MapEntry& entry) {
    auto tensor = upper_name(entry.key, "a tensor", sink);
    DeclarationEntry declaration;
    if (!entry.value.is_null())
      declaration.ranks = read_names(entry.value, "the ranks of a tensor", "a rank", sink);
    if (!tensor) return;
    declaration.tensor = *std::move(tensor);
    out.declaration.push_back(std::move(declaration));
  });
}

void read_expressions(const Node& node, Document& out, Diagnostics& sink) {
  const std::size_t before = sink.size();
  read_statements(node, "'expressions'", out.expressions, sink);
  if (!out.expressions.empty() || sink.size() > before) return;
  sink.push_back(base::error("E029", node.span, "a cascade has at least one Einsum, found none",
                             "write one, as `Z[m] = A[k, m] * B[k]`"));
}

std::string read_string(const Node& node, const char* what, Diagnostics& sink) {
  return base::yaml::read_text(node, what, sink).value_or("");
}

base::Schema<Document> make_schema() {
  const auto optional = Presence::kOptional;
  base::Schema<Document> schema;
  schema.name = "cascade";
  schema.doc = "A cascade of Einsums. Only `einfall` and `expressions` are required.";
  schema.fields = {
      {"einfall", "1", Presence::kRequired, "", "format version", read_version},
      {"name", "text", optional, "", "of the cascade",
       [](const Node& n, Document& d, Diagnostics& s) { d.name = read_string(n, "'name'", s); }},
      {"doc", "text", optional, "", "what it computes and where it comes from",
       [](const Node& n, Document& d, Diagnostics& s) { d.doc = read_string(n, "'doc'", s); }},
      {"ranks", "RANK -> size", optional, "",
       "integer or expression of earlier ranks (+ - *, exact a/b, ceil(a/b)); empty: given from "
       "outside",
       read_ranks},
      {"params", "lower -> number or expression", optional, "", "constants", read_params},
      {"vars", "lower -> RANK", optional, "upper-case of the variable",
       "variables that are not named after their rank", read_vars},
      {"batch", "[RANK]", optional, "", "leading ranks of every tensor",
       [](const Node& n, Document& d, Diagnostics& s) {
         d.batch = read_names(n, "'batch'", "a rank", s);
         check_once(d.batch, "'batch'", s);
       }},
      {"share", "TENSOR -> RANK -> {RANK: index} or ~", optional, "",
       "replaces a batch rank of a tensor by another one and its index, or drops it", read_share},
      {"declaration", "TENSOR -> [RANK]", optional, "",
       "inputs must be declared; the others are inferred, or checked if they stand here",
       read_declaration},
      {"types", "TENSOR, default, Inputs, Outputs, Intermediates -> dtype or type", optional, "",
       "the most specific entry wins", read_types},
      {"functions", "\"f(x, ...)\" -> expression; opaque -> properties", optional, "",
       "inline definitions and functions known by their properties", read_functions},
      {"init", "list or block of Einsums", optional, "", "coordinate 0 of iterative tensors",
       [](const Node& n, Document& d, Diagnostics& s) { read_statements(n, "'init'", d.init, s); }},
      {"expressions", "list or block of Einsums", Presence::kRequired, "", "the cascade",
       read_expressions},
      {"outputs", "[TENSOR]", optional, "tensors that nothing reads", "results of the cascade",
       [](const Node& n, Document& d, Diagnostics& s) {
         d.outputs = read_names(n, "'outputs'", "a tensor", s);
         check_once(*d.outputs, "'outputs'", s);
       }},
      {"assume", "[condition, finite(X), positive(X)]", optional, "",
       "promises about the inputs, checked by the evaluator", read_assume},
      {"expect", "{passes, fine, traversals, joint: {RANK: count}}", optional, "",
       "counts that the pass analysis must find", read_expect},
      {"alias", "RANK -> name", optional, "", "ranks that are names of one common rank",
       read_alias}};
  return schema;
}

}  // namespace

const base::Schema<Document>& cascade_schema() {
  static const base::Schema<Document> schema = make_schema();
  return schema;
}

Document read_document(const Node& root, Diagnostics& sink) {
  Document document;
  base::read_object(cascade_schema(), root, document, sink);
  return document;
}

}  // namespace einfall::einsum
