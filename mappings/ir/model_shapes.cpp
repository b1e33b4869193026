#include "mappings/ir/model_shapes.hpp"

#include <fmt/format.h>

#include <utility>

#include "arch/fields.hpp"

namespace einfall::mappings {
namespace {

using base::Presence;
using base::Schema;
namespace yaml = base::yaml;

constexpr std::int64_t kMaxSize = std::int64_t{1} << 40;

Schema<LinearShape> linear_schema() {
  return {"linear layer of a model",
          "K features in, N out, for every token.",
          {arch::name_field("name", Presence::kRequired, "what it computes", &LinearShape::name),
           arch::integer_field("K", Presence::kRequired, "", "features in", &LinearShape::k, 1,
                               kMaxSize),
           arch::integer_field("N", Presence::kRequired, "", "features out", &LinearShape::n, 1,
                               kMaxSize)}};
}

void read_sizes(const yaml::Node& node, ModelShapes& out, base::Diagnostics& sink) {
  if (!node.is_map()) {
    sink.push_back(base::error("E016", node.span, "'sizes' is a map from ranks to sizes"));
    return;
  }
  for (const yaml::MapEntry& entry : node.entries)
    if (auto size = yaml::read_integer(entry.value, "the size of a rank", 1, kMaxSize, sink))
      out.sizes[entry.key.text] = *size;
}

void read_linear(const yaml::Node& node, ModelShapes& out, base::Diagnostics& sink) {
  const Schema<LinearShape> schema = linear_schema();
  for (const yaml::Node* item : arch::items_of(node)) {
    LinearShape shape;
    shape.span = item->span;
    if (base::read_object(schema, *item, shape, sink)) out.linear.push_back(std::move(shape));
  }
}

Schema<ModelShapes> model_schema() {
  return {
      "model document",
      "The shapes of a workload.",
      {arch::version_field<ModelShapes>(),
       arch::name_field("model", Presence::kRequired, "name of the model", &ModelShapes::name),
       arch::text_field("doc", Presence::kOptional, "what it is", &ModelShapes::doc),
       arch::text_field("source", Presence::kRequired, "where its numbers come from",
                        &ModelShapes::source),
       arch::integer_field("layers", Presence::kRequired, "", "layers of the model",
                           &ModelShapes::layers, 1, kMaxSize),
       arch::integer_field("batch", Presence::kOptional, "1", "sequences at a time",
                           &ModelShapes::batch, 1, kMaxSize),
       arch::name_field("batch_rank", Presence::kRequired, "rank of the sequences",
                        &ModelShapes::batch_rank),
       {"length_ranks", "list of ranks", Presence::kRequired, "", "ranks as long as a sequence",
        [](const yaml::Node& node, ModelShapes& out, base::Diagnostics& sink) {
          out.span = node.span;
          for (auto& name : arch::read_names(node, "a rank", sink))
            out.length_ranks.push_back(std::move(name.value));
        }},
       {"sizes", "RANK -> integer", Presence::kRequired, "", "ranks with a fixed size", read_sizes},
       {"linear", "list of linear layers", Presence::kOptional, "",
        "the linear layers of one layer", read_linear}}};
}

// A rank has its size from one place.
void check_ranks(const ModelShapes& model, base::Diagnostics& sink) {
  std::vector<std::string> others = model.length_ranks;
  others.push_back(model.batch_rank);
  for (std::size_t i = 0; i < others.size(); ++i) {
    bool twice = model.sizes.count(others[i]) != 0;
    for (std::size_t j = 0; j < i; ++j) twice = twice || others[j] == others[i];
    if (twice)
      sink.push_back(base::error("E830", model.span,
                                 fmt::format("rank '{}' is sized twice", others[i]),
                                 "a rank has a fixed size, is the batch, or is as long as a "
                                 "sequence"));
  }
}

}  // namespace

base::Result<ModelShapes> load_model(const std::string& path) {
  EINFALL_TRY(const yaml::Node node, yaml::load(path));
  base::Diagnostics sink;
  ModelShapes model;
  if (base::read_object(model_schema(), node, model, sink)) check_ranks(model, sink);
  if (base::has_errors(sink)) return base::failure(std::move(sink));
  return model;
}

std::vector<base::SchemaTable> model_schema_tables() {
  return {table_of(model_schema()), table_of(linear_schema())};
}

}  // namespace einfall::mappings
