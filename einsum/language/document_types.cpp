#include <fmt/format.h>

#include <cmath>

#include "base/yaml/scalar.hpp"
#include "einsum/language/document_fields.hpp"
#include "einsum/language/document_text.hpp"
#include "einsum/language/parser.hpp"

namespace einfall::einsum {
namespace {

using base::Diagnostics;
using base::Presence;
using base::yaml::Node;

namespace numerics = base::numerics;

const std::vector<std::string> kDataTypes{"fp64",  "fp32", "bf16", "fp16", "fp8e4m3", "fp8e5m2",
                                          "int32", "int8", "int4", "bool", "index"};

std::optional<DataType> read_data_type(const Node& node, const std::string& what,
                                       Diagnostics& sink) {
  const auto choice = base::yaml::read_choice(node, what, kDataTypes, sink);
  if (!choice) return std::nullopt;
  return data_type(kDataTypes[*choice]);
}

std::optional<AccumulatorType> read_accumulator(const Node& node, Diagnostics& sink) {
  const auto text = base::yaml::read_text(node, "the type of an accumulator", sink);
  if (!text) return std::nullopt;
  if (const auto dtype = data_type(*text)) return *dtype;
  if (const auto fixed = numerics::fixed_named(*text)) return *fixed;
  sink.push_back(base::error(
      "E018", node.span, fmt::format("'{}' is not the type of an accumulator", text->substr(0, 60)),
      fmt::format("a dtype ({}) or {} {}", fmt::join(kDataTypes, " "), numerics::kFixedForms,
                  numerics::kFixedRanges)));
  return std::nullopt;
}

std::optional<numerics::Order> read_order(const Node& node, Diagnostics& sink) {
  const auto text = base::yaml::read_text(node, "the order of a reduction", sink);
  if (!text) return std::nullopt;
  if (const auto order = numerics::order_named(*text)) return order;
  sink.push_back(base::error("E018", node.span,
                             fmt::format("'{}' is not an order of reduction", text->substr(0, 60)),
                             fmt::format("{} {}", numerics::kOrderForms, numerics::kOrderRanges)));
  return std::nullopt;
}

const base::Schema<TypeSpec>& type_schema() {
  static const base::Schema<TypeSpec> schema{
      "type of a tensor",
      "How a tensor is stored and its reduction added up. A single word is the dtype.",
      {{"dtype", "fp64 fp32 bf16 fp16 fp8e4m3 fp8e5m2 int32 int8 int4 bool index",
        Presence::kOptional, "", "storage type: values are rounded to it when they are written",
        [](const Node& n, TypeSpec& t, Diagnostics& s) {
          t.dtype = read_data_type(n, "a dtype", s);
        }},
       {"accumulate", "a dtype, fixed(bits), fixed(bits/fraction)", Presence::kOptional, "",
        "type of the running reduction",
        [](const Node& n, TypeSpec& t, Diagnostics& s) { t.accumulate = read_accumulator(n, s); }},
       {"order", numerics::kOrderForms, Presence::kOptional, "",
        "order in which a reduction adds up",
        [](const Node& n, TypeSpec& t, Diagnostics& s) { t.order = read_order(n, s); }},
       {"fill", "number, inf, -inf", Presence::kOptional, "0",
        "value of absent points of an output", [](const Node& n, TypeSpec& t, Diagnostics& s) {
          t.fill = read_extended(n, "the fill value", s);
        }}}};
  return schema;
}

const base::Schema<OpaqueFunction>& opaque_schema() {
  static const base::Schema<OpaqueFunction> schema{
      "opaque function",
      "A function known by its properties only; it can be counted, not evaluated.",
      {{"arity", "integer", Presence::kOptional, "1", "number of arguments",
        [](const Node& n, OpaqueFunction& f, Diagnostics& s) {
          if (const auto v = base::yaml::read_integer(n, "the arity", 1, 16, s))
            f.arity = static_cast<int>(*v);
        }},
       {"monotone", "increasing or decreasing", Presence::kOptional, "", "in its only argument",
        [](const Node& n, OpaqueFunction& f, Diagnostics& s) {
          static const std::vector<std::string> kWays{"increasing", "decreasing"};
          if (const auto way = base::yaml::read_choice(n, "monotone", kWays, s))
            f.monotone = kWays[*way];
        }},
       {"range", "[low, high]", Presence::kOptional, "", "of its result",
        [](const Node& n, OpaqueFunction& f, Diagnostics& s) {
          if (!n.is_sequence() || n.items.size() != 2) {
            s.push_back(base::error("E018", n.span, "a range is a list [low, high]"));
            return;
          }
          const auto low = read_extended(n.items[0], "the low end of a range", s);
          const auto high = read_extended(n.items[1], "the high end of a range", s);
          if (low && high) f.range = {*low, *high};
        }},
       {"cost", "integer", Presence::kOptional, "",
        "of a call, in multiply-adds; else the call is an operator of its own",
        [](const Node& n, OpaqueFunction& f, Diagnostics& s) {
          f.cost = base::yaml::read_integer(n, "the cost of a function", 0, 1000000000, s);
        }}}};
  return schema;
}

void read_opaque(const Node& node, Document& out, Diagnostics& sink) {
  for_each_entry(node, "'opaque'", sink, [&](const base::yaml::MapEntry& entry) {
    const auto name = lower_name(entry.key, "a function", sink);
    OpaqueFunction function;
    function.span = entry.key.span;
    const bool fine =
        entry.value.is_null() || base::read_object(opaque_schema(), entry.value, function, sink);
    if (!name || !fine) return;
    function.name = name->text;
    out.opaque.push_back(std::move(function));
  });
}

}  // namespace

base::SchemaTable type_table() { return table_of(type_schema()); }
base::SchemaTable opaque_table() { return table_of(opaque_schema()); }

void read_types(const Node& node, Document& out, Diagnostics& sink) {
  for_each_entry(node, "'types'", sink, [&](const base::yaml::MapEntry& entry) {
    ast::Name name{entry.key.text, entry.key.span};
    if (name.text != "default") {
      const auto tensor = upper_name(entry.key, "a tensor", sink);
      if (!tensor) return;
      name = *tensor;
    }
    TypeSpec type;
    if (entry.value.is_map()) {
      if (!base::read_object(type_schema(), entry.value, type, sink)) return;
    } else {
      type.dtype = read_data_type(entry.value, fmt::format("the type of {}", name.text), sink);
      if (!type.dtype) return;
    }
    out.types.push_back({std::move(name), type});
  });
}

void read_functions(const Node& node, Document& out, Diagnostics& sink) {
  for_each_entry(node, "'functions'", sink, [&](const base::yaml::MapEntry& entry) {
    if (entry.key.text == "opaque") return read_opaque(entry.value, out, sink);
    const auto key_origin = origin_of(entry.key, "the head of a function", sink);
    const auto body_origin = origin_of(entry.value, "the body of a function", sink);
    if (!key_origin || !body_origin) return;
    auto head = parse_function_head(entry.key.text, *key_origin, sink);
    auto body = parse_expression(entry.value.text, *body_origin, sink);
    if (!head || !body) return;
    InlineFunction function{std::move(head->name), {}, *std::move(body)};
    for (ast::Name& param : head->params) {
      for (const std::string& earlier : function.params)
        if (earlier == param.text)
          sink.push_back(base::error("E027", param.span,
                                     fmt::format("parameter '{}' is named twice", param.text)));
      function.params.push_back(std::move(param.text));
    }
    out.functions.push_back(std::move(function));
  });
}

}  // namespace einfall::einsum
