#include "core/gap/compile.hpp"

#include <algorithm>
#include <array>

#include "core/gap/function_table.hpp"

namespace core::gap {
namespace {

using Op = Rule::Op;
using Code = Step::Code;

constexpr int deepest = 60;  // nesting; a rule that a person wrote stays far below

std::string_view word(Type type) {
  constexpr std::array<std::string_view, 4> words{"anything", "true or false", "a number", "a day"};
  return words[static_cast<std::size_t>(type)];
}

std::string quoted(const std::string& text) { return "'" + text + "'"; }

}  // namespace

Program RuleCompiler::compile(const Rule& rule, Type expected) {
  require(rule, expected);
  return {static_cast<std::uint32_t>(first_), static_cast<std::uint32_t>(steps_.size() - first_)};
}

Type RuleCompiler::fault(const Rule& rule, std::string message) {
  faults_.push_back(unprocessable(std::move(message), where_ + ", position " + std::to_string(rule.position)));
  return Type::anything;
}

std::size_t RuleCompiler::emit(Code code, const Rule& rule) {
  Step step;
  step.code = code;
  step.op = rule.op;
  step.number = rule.number;
  step.position = static_cast<std::uint32_t>(rule.position);
  steps_.push_back(step);
  return steps_.size() - 1;
}

Type RuleCompiler::require(const Rule& rule, Type expected) {
  const auto type = expression(rule);
  if (type != expected && type != Type::anything && expected != Type::anything)
    return fault(rule, std::string(word(expected)) + " is needed here, and " + std::string(name_of(rule.op)) + " gives " + std::string(word(type)));
  return type;
}

bool RuleCompiler::counted(const Rule& rule, std::size_t least, std::size_t most) {
  if (rule.arguments.size() >= least && rule.arguments.size() <= most) return true;
  fault(rule, std::string(name_of(rule.op)) + " takes " + std::to_string(least) + (most > least ? " or more" : "") + " arguments, not " +
                  std::to_string(rule.arguments.size()));
  return false;
}

Type RuleCompiler::expression(const Rule& rule) {
  if (++depth_ > deepest) {
    --depth_;
    return fault(rule, "nested too deeply");
  }
  Type type = Type::anything;
  switch (rule.op) {
    case Op::empty: emit(Code::nothing, rule); break;
    case Op::truth: emit(Code::constant, rule), type = Type::boolean; break;
    case Op::number: emit(Code::constant, rule), type = Type::number; break;
    case Op::day: emit(Code::constant, rule), type = Type::day; break;
    case Op::text: type = fault(rule, "a text may only be the argument of a function: " + quoted(rule.text)); break;
    case Op::and_: case Op::or_: case Op::xor_: case Op::implies: case Op::not_: case Op::exists: type = logic(rule); break;
    case Op::iif: case Op::coalesce: type = choice(rule); break;
    case Op::equal: case Op::not_equal: case Op::less: case Op::less_or_equal: case Op::greater: case Op::greater_or_equal:
      type = comparison(rule);
      break;
    case Op::add: case Op::subtract: case Op::multiply: case Op::divide: type = arithmetic(rule); break;
    case Op::earliest: case Op::latest: type = pick(rule); break;
    default: type = call(rule);
  }
  --depth_;
  return type;
}

// and, or: the right side is skipped when the left decides. a implies b is (not a) or b, in three values too.
Type RuleCompiler::logic(const Rule& rule) {
  const bool unary = rule.op == Op::not_ || rule.op == Op::exists;
  if (!counted(rule, unary ? 1 : 2, unary ? 1 : 2)) return Type::anything;
  require(rule.arguments[0], rule.op == Op::exists ? Type::anything : Type::boolean);
  if (unary) {
    emit(rule.op == Op::not_ ? Code::negate : Code::exists, rule);
    return Type::boolean;
  }
  if (rule.op == Op::implies) emit(Code::negate, rule);
  if (rule.op == Op::xor_) {
    require(rule.arguments[1], Type::boolean);
    emit(Code::join_xor, rule);
    return Type::boolean;
  }
  const auto jump = emit(rule.op == Op::and_ ? Code::jump_false : Code::jump_true, rule);
  require(rule.arguments[1], Type::boolean);
  emit(rule.op == Op::and_ ? Code::join_and : Code::join_or, rule);
  land(jump);
  return Type::boolean;
}

Type RuleCompiler::choice(const Rule& rule) {
  if (rule.op == Op::coalesce) {
    if (!counted(rule, 1, 16)) return Type::anything;
    Type type = Type::anything;
    std::vector<std::size_t> jumps;
    for (std::size_t i = 0; i < rule.arguments.size(); ++i) {
      const auto found = require(rule.arguments[i], type);
      if (type == Type::anything) type = found;
      if (i + 1 < rule.arguments.size()) jumps.push_back(emit(Code::jump_present, rule)), emit(Code::drop, rule);
    }
    for (const auto jump : jumps) land(jump);
    return type;
  }
  if (!counted(rule, 2, 3)) return Type::anything;
  require(rule.arguments[0], Type::boolean);
  if (settled_choice(rule)) return Type::boolean;
  const auto other = emit(Code::jump_not_true, rule);
  auto type = expression(rule.arguments[1]);
  const auto end = emit(Code::jump, rule);
  land(other);
  if (rule.arguments.size() == 3) {
    const auto found = require(rule.arguments[2], type);
    if (type == Type::anything) type = found;
  } else {
    emit(Code::nothing, rule);
  }
  land(end);
  return type;
}

// iif(x, true, false): x, and false when it cannot be told.
bool RuleCompiler::settled_choice(const Rule& rule) {
  if (rule.arguments.size() != 3 || rule.arguments[1].op != Op::truth || rule.arguments[2].op != Op::truth) return false;
  const bool then = rule.arguments[1].number != 0, otherwise = rule.arguments[2].number != 0;
  if (then == otherwise) return false;
  emit(Code::settle, rule);
  if (otherwise) emit(Code::negate, rule);
  return true;
}

Type RuleCompiler::comparison(const Rule& rule) {
  if (!counted(rule, 2, 2)) return Type::anything;
  const auto left = expression(rule.arguments[0]);
  const bool of_call = function_of(rule.arguments[0].op) && steps_.size() > first_ && steps_.back().code == Code::call;
  if (of_call && left == Type::number && rule.arguments[1].op == Op::number) {
    steps_.back().test = rule.op;
    steps_.back().limit = rule.arguments[1].number;
    return Type::boolean;
  }
  const auto right = require(rule.arguments[1], left);
  const bool equality = rule.op == Op::equal || rule.op == Op::not_equal;
  if (!equality && (left == Type::boolean || right == Type::boolean)) return fault(rule, "true and false have no order");
  emit(Code::compare, rule);
  return Type::boolean;
}

Type RuleCompiler::arithmetic(const Rule& rule) {
  if (!counted(rule, 2, 2)) return Type::anything;
  const auto left = expression(rule.arguments[0]), right = expression(rule.arguments[1]);
  emit(Code::arithmetic, rule);
  if (left == Type::boolean || right == Type::boolean) return fault(rule, "true and false cannot be reckoned with");
  if (left == Type::anything || right == Type::anything) return Type::anything;
  if (left == Type::number && right == Type::number) return Type::number;
  if (rule.op == Op::subtract && left == Type::day) return right == Type::day ? Type::number : Type::day;
  if (rule.op == Op::add && left != right) return Type::day;
  return fault(rule, "days can be compared, subtracted, and moved by a number of days");
}

Type RuleCompiler::pick(const Rule& rule) {
  if (!counted(rule, 1, 16)) return Type::anything;
  Type type = Type::anything;
  for (const auto& argument : rule.arguments) {
    const auto found = require(argument, type);
    if (type == Type::anything) type = found;
  }
  if (type == Type::boolean) return fault(rule, "true and false have no order");
  steps_[emit(Code::pick, rule)].arguments = static_cast<std::uint8_t>(rule.arguments.size());
  return type;
}

void RuleCompiler::touch_need(const NeedSets& need) {
  for (const auto& set : {need.conditions, need.answers, need.no, need.about, need.support})
    if (set) touched_.insert(*set);
}

void RuleCompiler::argument(const Rule& rule, char kind, Step& step, int& sets) {
  if (kind == 'n' || kind == 'd') {
    require(rule, kind == 'n' ? Type::number : Type::day);
    ++step.arguments;
    return;
  }
  if (rule.op != Op::text) {
    fault(rule, "a name in quotes is expected here");
    return;
  }
  if (kind == 's') {
    const auto found = names_.sets.find(rule.text);
    if (found == names_.sets.end()) {
      fault(rule, "no code set is called " + quoted(rule.text));
      return;
    }
    (sets++ == 0 ? step.set : step.other) = found->second;
    touched_.insert(found->second);
  } else if (kind == 't') {
    const auto found = std::find_if(names_.needs.begin(), names_.needs.end(), [&](const NeedSets& need) { return need.name == rule.text; });
    if (found == names_.needs.end() || (step.op == Op::supported && !found->support)) {
      fault(rule, "no set says what the need " + quoted(rule.text) + (step.op == Op::supported ? " is supported by" : " is"));
      return;
    }
    step.set = static_cast<SetId>(found - names_.needs.begin());
    touch_need(*found);
  } else {
    const auto found = std::find(names_.algorithms.begin(), names_.algorithms.end(), rule.text);
    if (found == names_.algorithms.end()) fault(rule, "no risk algorithm is called " + quoted(rule.text));
    else step.set = rule.text == "composite" ? composite : static_cast<SetId>(found - names_.algorithms.begin());
  }
}

Type RuleCompiler::call(const Rule& rule) {
  const auto* function = function_of(rule.op);
  if (!function) return fault(rule, "this has no meaning in a rule");
  const auto bar = function->takes.find('|');
  auto takes = std::string(function->takes);
  if (bar != std::string::npos) takes.erase(bar, 1);
  if (!counted(rule, bar == std::string::npos ? takes.size() : bar, takes.size())) return function->result;
  Step step;
  step.code = Code::call;
  step.op = rule.op;
  step.position = static_cast<std::uint32_t>(rule.position);
  if (rule.op == Op::tier) step.set = composite;
  if (rule.op == Op::drugs) step.set = every_drug;
  int sets = 0;
  for (std::size_t i = 0; i < rule.arguments.size(); ++i) argument(rule.arguments[i], takes[i], step, sets);
  if (step.arguments == 1 && rule.arguments.back().op == Op::number) {
    steps_.pop_back();
    step.arguments = 0;
    step.has_constant = true;
    step.number = rule.arguments.back().number;
  }
  if (sets == 1) step.absent = function->result == Type::day || gives_nothing(rule.op) ? Step::Absent::empty : Step::Absent::zero;
  steps_.push_back(step);
  return function->result;
}

}  // namespace core::gap
