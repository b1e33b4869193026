#include <fmt/format.h>

#include <algorithm>

#include "base/yaml/scalar.hpp"
#include "einsum/language/document_fields.hpp"
#include "einsum/language/document_text.hpp"
#include "einsum/language/parser.hpp"

namespace einfall::einsum {
namespace {

using base::Diagnostics;
using base::Presence;
using base::yaml::Node;

// The dict form of a line. `einsum` is parsed last, when its text is at hand.
struct StatementDict {
  std::optional<ast::Statement> statement;
  StatementEntry entry;
};

void read_where(const Node& node, StatementDict& out, Diagnostics& sink) {
  const auto one = [&](const Node& text) {
    const auto origin = origin_of(text, "a condition", sink);
    if (!origin) return;
    if (auto conditions = parse_conditions(text.text, *origin, sink))
      out.entry.where.push_back(*std::move(conditions));
  };
  if (node.is_sequence()) {
    for_each_item(node, "'where'", sink, one);
  } else {
    one(node);
  }
}

void read_renames(const Node& node, StatementDict& out, Diagnostics& sink) {
  for_each_entry(node, "'renames'", sink, [&](const base::yaml::MapEntry& entry) {
    const auto from = upper_name(entry.key, "a tensor", sink);
    const auto to = upper_name(entry.value, "a tensor", sink);
    if (from && to) out.entry.renames[from->text] = to->text;
  });
}

const base::Schema<StatementDict>& statement_schema() {
  static const base::Schema<StatementDict> schema{
      "Einsum",
      "A line of `init` or `expressions` with more to say about it.",
      {{"einsum", "text", Presence::kRequired, "", "the line itself",
        [](const Node& n, StatementDict& d, Diagnostics& s) {
          if (const auto origin = origin_of(n, "an Einsum", s))
            d.statement = parse_statement(n.text, *origin, s);
        }},
       {"name", "text", Presence::kOptional, "the tensor's name", "for messages and mappings",
        [](const Node& n, StatementDict& d, Diagnostics& s) {
          d.entry.name = base::yaml::read_name(n, "the name of an Einsum", s).value_or("");
        }},
       {"where", "condition or list of them", Presence::kOptional, "", "beside those of the line",
        read_where},
       {"renames", "TENSOR -> TENSOR", Presence::kOptional, "",
        "names used in this line for tensors of the cascade", read_renames},
       {"doc", "text", Presence::kOptional, "", "what it is for",
        [](const Node& n, StatementDict& d, Diagnostics& s) {
          d.entry.doc = base::yaml::read_text(n, "'doc'", s).value_or("");
        }}}};
  return schema;
}

// YAML reads `- Z[k] = A[k] :: max[k]` and `- Z[M: p] = ...` as maps with one odd key.
bool is_statement_dict(const Node& node) {
  return node.is_map() && (node.entries.empty() || node.find("einsum") != nullptr ||
                           std::all_of(node.entries.begin(), node.entries.end(),
                                       [](const base::yaml::MapEntry& entry) {
                                         return is_lower_name(entry.key.text);
                                       }));
}

}  // namespace

base::SchemaTable statement_table() { return table_of(statement_schema()); }

void read_statements(const Node& node, std::string_view what, std::vector<StatementEntry>& out,
                     Diagnostics& sink) {
  const auto line = [&](std::string_view text, const Origin& origin) {
    if (auto statement = parse_statement(text, origin, sink)) {
      StatementEntry entry;
      entry.statement = *std::move(statement);
      out.push_back(std::move(entry));
    }
  };
  if (!node.is_sequence()) {
    if (!node.is_null()) for_each_line(node, what, sink, line);
    return;
  }
  for_each_item(node, what, sink, [&](const Node& item) {
    if (!is_statement_dict(item)) return for_each_line(item, "an Einsum", sink, line);
    StatementDict dict;
    if (!base::read_object(statement_schema(), item, dict, sink) || !dict.statement) return;
    dict.entry.statement = *std::move(dict.statement);
    out.push_back(std::move(dict.entry));
  });
}

void read_assume(const Node& node, Document& out, Diagnostics& sink) {
  for_each_item(node, "'assume'", sink, [&](const Node& item) {
    const auto origin = origin_of(item, "an assumption", sink);
    if (!origin) return;
    AssumeEntry entry;
    entry.span = origin->at(0, item.text.size());
    if (const auto promise = parse_promise(item.text, *origin)) {
      entry.promise = std::string(promise->kind);
      entry.tensor = promise->tensor;
    } else {
      entry.conditions = parse_conditions(item.text, *origin, sink);
      if (!entry.conditions) return;
    }
    out.assume.push_back(std::move(entry));
  });
}

void read_expect(const Node& node, Document& out, Diagnostics& sink) {
  static const std::vector<std::string> kKinds{"passes", "fine", "traversals", "joint"};
  for_each_entry(node, "'expect'", sink, [&](const base::yaml::MapEntry& kind) {
    if (std::find(kKinds.begin(), kKinds.end(), kind.key.text) == kKinds.end()) {
      const std::string near = base::nearest(kind.key.text, kKinds);
      sink.push_back(base::error("E011", kind.key.span,
                                 fmt::format("'expect' has no key '{}'", kind.key.text),
                                 near.empty() ? "it has: passes fine traversals joint"
                                              : fmt::format("did you mean '{}'?", near)));
      return;
    }
    for_each_entry(
        kind.value, fmt::format("'{}'", kind.key.text), sink,
        [&](const base::yaml::MapEntry& entry) {
          Expectation expectation{kind.key.text, {}, {}, entry.key.span};
          std::string_view rest = entry.key.text;
          while (true) {
            const auto plus = rest.find('+');
            std::string_view part = rest.substr(0, plus);
            while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
            while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
            expectation.ranks.emplace_back(part);
            if (plus == std::string_view::npos) break;
            rest.remove_prefix(plus + 1);
          }
          const bool ranks_fine =
              std::all_of(expectation.ranks.begin(), expectation.ranks.end(),
                          [](const std::string& r) { return is_upper_name(r); });
          for (const char c : entry.value.text)
            if (c != ' ') expectation.count += c;
          const bool count_fine =
              entry.value.is_scalar() && !expectation.count.empty() &&
              expectation.count.size() <= 255 &&
              std::all_of(expectation.count.begin(), expectation.count.end(), [](char c) {
                return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       c == '_' || c == '+' || c == '*' || c == '-';
              });
          if (!ranks_fine)
            sink.push_back(base::error("E026", entry.key.span,
                                       "expected a rank, or the parts of a split joined by '+'",
                                       "as in {M: 3} or {M1+M0: 1}"));
          if (!count_fine)
            sink.push_back(
                base::error("E018", entry.value.span,
                            "expected a count such as 3, or 2+T where it grows with rank T"));
          if (ranks_fine && count_fine) out.expect.push_back(std::move(expectation));
        });
  });
}

}  // namespace einfall::einsum
