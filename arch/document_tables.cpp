#include "arch/document.hpp"
#include "arch/fields.hpp"

namespace einfall::arch {
namespace {

using base::Field;
using base::Presence;
using base::Schema;
namespace yaml = base::yaml;

Schema<EnergyRow> energy_row_schema() {
  return {"row of energy",
          "What one action of a component costs.",
          {name_field("component", Presence::kRequired, "the component", &EnergyRow::component),
           name_field("action", Presence::kRequired,
                      "an operator's name; of memories and registers `read` or `write`",
                      &EnergyRow::action),
           field<EnergyRow, base::Picojoules, base::Picojoules>(
               "energy", "energy", Presence::kRequired, "", "of one action", &EnergyRow::energy,
               yaml::read_energy),
           integer_field("bits", Presence::kOptional, "0",
                         "bits that one action moves; 0 for an operation",
                         &EnergyRow::bits_per_action, 0, std::int64_t{1} << 40),
           text_field("node", Presence::kRequired, "technology", &EnergyRow::node),
           text_field("source", Presence::kRequired, "where the number comes from",
                      &EnergyRow::source)}};
}

Schema<AreaRow> area_row_schema() {
  return {
      "row of area",
      "What one component occupies.",
      {name_field("component", Presence::kRequired, "the component", &AreaRow::component),
       field<AreaRow, base::SquareMicrometres, base::SquareMicrometres>(
           "area", "area", Presence::kRequired, "", "of one piece", &AreaRow::area,
           yaml::read_area),
       text_field("node", Presence::kRequired, "technology", &AreaRow::node),
       text_field("source", Presence::kRequired, "where the number comes from", &AreaRow::source)}};
}

template <class Row>
Field<TableDocument> rows_field(std::string key, std::string doc, Schema<Row> (*schema)(),
                                std::vector<Row> Tables::*member) {
  auto read = [schema, member, what = "'" + key + "'"](const yaml::Node& node, TableDocument& out,
                                                       base::Diagnostics& sink) {
    if (!node.is_sequence()) {
      sink.push_back(
          base::error("E016", node.span,
                      what + " is a list of rows, found " + std::string(yaml::describe(node))));
      return;
    }
    const Schema<Row> table = schema();
    for (const yaml::Node& item : node.items) {
      Row row;
      row.span = item.span;
      if (base::read_object(table, item, row, sink)) (out.rows.*member).push_back(std::move(row));
    }
  };
  return {std::move(key), "list of rows", Presence::kOptional, "", std::move(doc), read};
}

}  // namespace

Schema<TableDocument> table_schema() {
  return {"table document",
          "Energy per action and area per component. Machines name the tables they use.",
          {version_field<TableDocument>(),
           name_field("table", Presence::kRequired, "name of the table", &TableDocument::name),
           text_field("doc", Presence::kOptional, "what it is", &TableDocument::doc),
           rows_field<EnergyRow>("energy", "energy of actions", energy_row_schema, &Tables::energy),
           rows_field<AreaRow>("area", "area of components", area_row_schema, &Tables::area)}};
}

std::vector<base::SchemaTable> table_document_tables() {
  return {table_of(table_schema()), table_of(energy_row_schema()), table_of(area_row_schema())};
}

}  // namespace einfall::arch
