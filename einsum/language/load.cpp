#include "einsum/language/load.hpp"

#include <algorithm>
#include <iterator>

#include "base/yaml/node.hpp"
#include "einsum/language/document.hpp"
#include "einsum/language/lower.hpp"
#include "einsum/language/verify.hpp"

namespace einfall::einsum {
namespace {

base::Result<Cascade> load_node(const base::yaml::Node& root, base::Diagnostics& remarks) {
  base::Diagnostics errors;
  const Document document = read_document(root, errors);
  if (!errors.empty()) return base::failure(std::move(errors));
  Cascade cascade;
  cascade.file = root.span.file;
  // What was done with a file is of no interest while it is wrong.
  base::Diagnostics notes;
  if (!Lowering(document, cascade, errors, notes).run()) return base::failure(std::move(errors));
  verify(cascade, errors);
  if (!errors.empty()) return base::failure(std::move(errors));
  lint(cascade, notes);
  std::move(notes.begin(), notes.end(), std::back_inserter(remarks));
  return cascade;
}

}  // namespace

base::Result<Cascade> load_cascade(const std::string& path, base::Diagnostics& remarks) {
  EINFALL_TRY(const base::yaml::Node root, base::yaml::load(path));
  return load_node(root, remarks);
}

base::Result<Cascade> load_cascade(std::shared_ptr<const base::SourceFile> file,
                                   base::Diagnostics& remarks) {
  EINFALL_TRY(const base::yaml::Node root, base::yaml::parse(std::move(file)));
  return load_node(root, remarks);
}

}  // namespace einfall::einsum
