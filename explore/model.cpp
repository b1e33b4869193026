#include "explore/model.hpp"

#include "arch/fields.hpp"

namespace einfall::explore {
namespace {

constexpr std::int64_t kMaxSize = std::int64_t{1} << 40;

void read_sizes(const base::yaml::Node& node, Model& out, base::Diagnostics& sink) {
  if (!node.is_map()) {
    sink.push_back(base::error("E016", node.span, "'sizes' is a map of ranks to sizes"));
    return;
  }
  for (const auto& entry : node.entries)
    if (const auto size = base::yaml::read_integer(entry.value, "the size of " + entry.key.text, 1,
                                                   kMaxSize, sink))
      out.sizes[entry.key.text] = *size;
}

}  // namespace

base::Schema<Model> model_schema() {
  using arch::text_field;
  using base::Presence;
  return {"model",
          "The shape of a transformer model.",
          {arch::version_field<Model>(),
           arch::name_field("model", Presence::kRequired, "its name", &Model::name),
           text_field("doc", Presence::kOptional, "what it is", &Model::doc),
           text_field("source", Presence::kRequired, "where the shape comes from", &Model::source),
           {"sizes", "RANK -> size", Presence::kRequired, "", "sizes of ranks", read_sizes},
           arch::integer_field("layers", Presence::kOptional, "unknown", "of the whole model",
                               &Model::layers, 1, 10000)}};
}

base::Result<Model> load_model(const std::string& path) {
  EINFALL_TRY(const base::yaml::Node node, base::yaml::load(path));
  Model model;
  base::Diagnostics sink;
  base::read_object(model_schema(), node, model, sink);
  if (base::has_errors(sink)) return base::failure(std::move(sink));
  return model;
}

}  // namespace einfall::explore
