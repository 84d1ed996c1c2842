#include "fhir/path/evaluator.hpp"

#include <algorithm>
#include <cstdint>

#include "fhir/path/equality.hpp"
#include "fhir/path/functions.hpp"
#include "fhir/path/item.hpp"
#include "fhir/path/lexer.hpp"
#include "fhir/path/pool.hpp"

namespace fhir::path {
namespace {

using Form = Node::Form;

// The name at the start of a path may be the type of what is there: Patient.name, Resource.id, HumanName.family.
bool is_own_type(const Item& item, std::string_view name) {
  if (name.empty() || name[0] < 'A' || name[0] > 'Z' || item.kind != Item::Kind::element) return false;
  for (const auto* type = item.type; type; type = type->base_type)
    if (type->name == name) return true;
  return !item.type && item.value->is_object() && item.value->text("resourceType") == name;
}

}  // namespace

Collection Evaluator::run(const Node& node, const Scope& scope) {
  Collection out;
  run(node, scope, out);
  return out;
}

Collection Evaluator::isolated(const Node& node, const Scope& scope) {
  const std::size_t mark = defined_.size();
  Collection out = run(node, scope);
  defined_.resize(mark);
  return out;
}

void Evaluator::run(const Node& node, const Scope& scope, Collection& out) {
  if (!spend(node)) return;
  const std::size_t before = out.size();
  dispatch(node, scope, out);
  std::uint64_t bytes = 0;
  for (std::size_t i = before; i < out.size(); ++i) bytes += out[i].text.size();
  if (out.size() > before) spend(node, (out.size() - before) * 4 + bytes / 4);
}

void Evaluator::dispatch(const Node& node, const Scope& scope, Collection& out) {
  switch (node.form) {
    case Form::empty: return;
    case Form::variable: return variable(node, out);
    case Form::this_: out.insert(out.end(), scope.focus->begin(), scope.focus->end()); return;
    case Form::index_:
      if (scope.index >= 0) out.push_back(integer_item(scope.index));
      return;
    case Form::total_:
      if (scope.total) out.insert(out.end(), scope.total->begin(), scope.total->end());
      return;
    case Form::identifier: {
      auto push = [&](Item&& item) {
        if (keep(node, 1)) out.push_back(std::move(item));
      };
      return stream(node, scope, push);
    }
    case Form::call: return call(node, scope, *scope.focus, out);
    case Form::dot: return dot(node, scope, out);
    case Form::indexer: return index(node, scope, out);
    case Form::unary: return sign(node, scope, out);
    case Form::binary: return binary(node, scope, out);
    default: return literal(node, out);
  }
}

// Paths of plain names run without a collection in between.
void Evaluator::stream(const Node& node, const Scope& scope, const Sink& sink) {
  if (node.form == Form::identifier) {
    for (const Item& item : *scope.focus) start(node, item, sink);
    return;
  }
  if (node.form == Form::dot && node.children[1]->form == Form::identifier) {
    const Node& name = *node.children[1];
    auto step = [&](Item&& item) {
      if (spend(node)) members(item, name.text, definitions(), sink);
    };
    return stream(*node.children[0], scope, step);
  }
  for (Item& item : run(node, scope)) sink(std::move(item));
}

void Evaluator::start(const Node& node, const Item& item, const Sink& sink) {
  if (!spend(node)) return;
  if (is_own_type(item, node.text) && !item.value->find(node.text)) return sink(Item(item));
  members(item, node.text, definitions(), sink);
}

void Evaluator::dot(const Node& node, const Scope& scope, Collection& out) {
  const Node& right = *node.children[1];
  if (right.form == Form::identifier) {
    auto push = [&](Item&& item) {
      if (keep(node, 1)) out.push_back(std::move(item));
    };
    return stream(node, scope, push);
  }
  Collection left = run(*node.children[0], scope);
  if (failed()) return;
  if (right.form == Form::call) return call(right, scope, std::move(left), out);
  run(right, scope, out);
}

void Evaluator::call(const Node& node, const Scope& scope, Collection input, Collection& out) {
  Call call{*this, node, scope, input};
  node.function->run(call, out);
  if (!keep(node, out.size())) out.clear();
}

void Evaluator::index(const Node& node, const Scope& scope, Collection& out) {
  Collection left = run(*node.children[0], scope);
  const Collection where = isolated(*node.children[1], scope);
  const Item* item = single(*node.children[1], where);
  if (failed() || !item) return;
  Item room;
  const auto at = integer_of(to_system(*item, room));
  if (!at) return fail(*node.children[1], "an index must be an Integer");
  if (*at >= 0 && static_cast<std::size_t>(*at) < left.size())
    out.push_back(std::move(left[static_cast<std::size_t>(*at)]));
}

void Evaluator::literal(const Node& node, Collection& out) {
  switch (node.form) {
    case Form::boolean: return out.push_back(boolean_item(node.text == "true"));
    case Form::string: return out.push_back(string_item(node.text));
    case Form::date: return out.push_back(text_item(Item::Kind::date, node.text));
    case Form::datetime: return out.push_back(text_item(Item::Kind::datetime, node.text));
    case Form::time: return out.push_back(text_item(Item::Kind::time, node.text));
    default: break;
  }
  const auto value = Decimal::from(node.text);
  if (!value) return fail(node, "the number is too large");
  if (node.form == Form::quantity) return out.push_back(quantity_item(*value, node.unit, node.calendar));
  const auto whole = value->integer();
  if (node.form == Form::long_number) {
    if (!whole) return fail(node, "the number is too large for a Long");
    return out.push_back(long_item(*whole));
  }
  // What is too large for an Integer and not marked as Long is a Decimal.
  Item item = decimal_item(*value);
  if (node.text.find('.') == std::string::npos && node.text.size() <= 10 && whole.value_or(INT64_MAX) <= INT32_MAX)
    item.kind = Item::Kind::integer;
  out.push_back(std::move(item));
}

void Evaluator::fail(const Node& node, std::string message, core::Kind kind) {
  if (!error_) error_ = core::Error{kind, message + " " + place(text_, node.position), place(text_, node.position)};
}

bool Evaluator::spend(const Node& node, std::uint64_t steps) {
  spent_ += steps;
  if (spent_ > environment_.budget) fail(node, "the evaluation takes too many steps", core::Kind::too_large);
  return !failed();
}

const Item* Evaluator::single(const Node& node, const Collection& collection) {
  if (collection.size() > 1) fail(node, "expected one item, found " + std::to_string(collection.size()));
  return collection.size() == 1 && !failed() ? &collection.front() : nullptr;
}

std::optional<bool> Evaluator::truth(const Node& node, const Collection& collection) {
  const Item* item = single(node, collection);
  if (!item || !has_value(*item)) return std::nullopt;
  if (item->kind == Item::Kind::boolean) return item->truth;
  return item->kind == Item::Kind::element && item->value->is_boolean() ? item->value->boolean() : true;
}

std::optional<Evaluator::TypeName> Evaluator::type_name_of(const Node& node) {
  TypeName type;
  const bool qualified = node.form == Form::dot && node.children[0]->form == Form::identifier &&
                         node.children[1]->form == Form::identifier;
  if (qualified) {
    type = {node.children[0]->text, node.children[1]->text};
  } else if (node.form == Form::identifier) {
    type = {{}, node.text};
  } else {
    return fail(node, "expected the name of a type"), std::nullopt;
  }
  if (known_type(type.space, type.name, definitions())) return type;
  const bool own = !definitions() && type.space.empty() && !input_.empty() && is_own_type(input_.front(), type.name);
  if (own) return type;
  fail(node, "unknown type '" + std::string(type.space) + (qualified ? "." : "") + std::string(type.name) + "'");
  return std::nullopt;
}

Collection Evaluator::of_type(const Node& node, Collection input, TypeName type, bool one_only) {
  if (one_only && input.size() > 1 && environment_.strict)
    fail(node, "expected one item, found " + std::to_string(input.size()));
  if (failed()) return {};
  std::erase_if(input, [&](const Item& item) { return !fits(item, type); });
  return input;
}

bool Evaluator::fits(const Item& item, TypeName type) const {
  if (is_type(item, type.space, type.name, definitions())) return true;
  if (environment_.strict || !type.space.empty() || !item.type || type.name.empty()) return false;
  const std::string_view name = item.type->name;
  return name.size() == type.name.size() && name[0] == (type.name[0] | 0x20) && name.substr(1) == type.name.substr(1);
}

bool Evaluator::define(const Node& node, const std::string& name, Collection value) {
  const auto same_name = [&](const auto& entry) { return entry.first == name; };
  const bool taken = std::any_of(defined_.begin(), defined_.end(), same_name) ||
                     std::any_of(environment_.variables.begin(), environment_.variables.end(), same_name) ||
                     name == "context" || name == "resource" || name == "rootResource" || name == "ucum" ||
                     name == "sct" || name == "loinc";
  if (taken) return fail(node, "the variable %" + name + " is defined already"), false;
  defined_.emplace_back(name, std::move(value));
  return true;
}

void Evaluator::variable(const Node& node, Collection& out) {
  const std::string& name = node.text;
  const auto add = [&](const Collection& items) { out.insert(out.end(), items.begin(), items.end()); };
  const auto same_name = [&](const auto& entry) { return entry.first == name; };
  const auto own = std::find_if(defined_.rbegin(), defined_.rend(), same_name);
  if (own != defined_.rend()) return add(own->second);
  const auto given = std::find_if(environment_.variables.begin(), environment_.variables.end(), same_name);
  if (given != environment_.variables.end()) return add(given->second);
  if (name == "context") return add(input_);
  if (name == "resource" || name == "rootResource") {
    const json::Value* root = environment_.root;
    if ((name == "resource" || !root) && !input_.empty() && input_.front().resource) root = input_.front().resource;
    if (!root && !input_.empty() && input_.front().kind == Item::Kind::element) root = input_.front().value;
    if (root) out.push_back(root_item(*root, definitions()));
    return;
  }
  if (name == "ucum") return out.push_back(string_item("http://unitsofmeasure.org"));
  if (name == "sct") return out.push_back(string_item("http://snomed.info/sct"));
  if (name == "loinc") return out.push_back(string_item("http://loinc.org"));
  if (name == "factory") return out.push_back(type_item("System", "TypeFactory"));
  if (name.starts_with("vs-")) return out.push_back(string_item("http://hl7.org/fhir/ValueSet/" + name.substr(3)));
  if (name.starts_with("ext-"))
    return out.push_back(string_item("http://hl7.org/fhir/StructureDefinition/" + name.substr(4)));
  fail(node, "unknown variable %" + name);
}

void add_distinct(Evaluator& on, const Node& node, const Collection& from, Collection& out) {
  constexpr std::size_t few = 8;  // below it a plain loop is faster
  if (out.size() + from.size() <= few) {
    for (const Item& item : from)
      if (on.weigh(node, out.size() + 1) && !holds(out, item)) out.push_back(item);
    return;
  }
  Pool pool(out);
  for (const Item& item : from) {
    if (!on.weigh(node, 2 + pool.cost(item))) return;
    if (pool.holds(item)) continue;
    if (!on.keep(node, 2)) return;
    pool.add(item);
    out.push_back(item);
  }
}

}  // namespace fhir::path
