#include "core/gap/machine.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace core::gap {
namespace {

using Op = Rule::Op;
using Code = Step::Code;

Value joined_and(const Value& a, const Value& b) {
  if (a.is_false() || b.is_true()) return a;
  if (b.is_false() || a.is_true()) return b;
  return {};
}

Value joined_or(const Value& a, const Value& b) {
  if (a.is_true() || b.is_false()) return a;
  if (b.is_true() || a.is_false()) return b;
  return {};
}

bool holds(Op op, float left, float right) {
  switch (op) {
    case Op::equal: return left == right;
    case Op::not_equal: return left != right;
    case Op::less: return left < right;
    case Op::less_or_equal: return left <= right;
    case Op::greater: return left > right;
    default: return left >= right;
  }
}

}  // namespace

// Values are kept as floats, so both sides are compared as floats: 1.8 is not below 1.8.
inline Value Machine::compare(Op op, const Value& left, const Value& right) {
  if (!left.present || !right.present) return {};
  if (left.slope != right.slope || left.at_least || right.at_least) [[unlikely]] return compare_moving(op, left, right);
  return of(holds(op, static_cast<float>(left.number), static_cast<float>(right.number)), left.row >= 0 ? left.row : right.row);
}

// One that moves with the days, or a count that may be higher than known: that decides only what more could not change.
Value Machine::compare_moving(Op op, const Value& left, const Value& right) {
  const auto difference = left.number - right.number;
  if (const int slope = left.slope - right.slope; slope != 0) {
    const bool nearing = difference * slope < 0;
    if (nearing || difference == 0) reading_->note(reading_->today() + std::max(1, static_cast<int>(std::abs(difference) / std::abs(slope))));
  }
  const auto a = static_cast<float>(left.number), b = static_cast<float>(right.number);
  const bool result = holds(op, a, b);
  const auto row = left.row >= 0 ? left.row : right.row;
  if (!left.at_least && !right.at_least) return of(result, row);
  if (left.at_least && right.at_least) return {};
  const auto much = std::numeric_limits<float>::max();
  const bool at_most = left.at_least ? holds(op, much, b) : holds(op, a, much);
  const bool steady = op == Op::equal || op == Op::not_equal ? (left.at_least ? a > b : b > a) : result == at_most;
  return steady ? of(result, row) : Value{};
}

Value Machine::arithmetic(const Step& step, const Value& left, const Value& right) {
  if (!left.present || !right.present || left.at_least || right.at_least) return {};
  Value result = of(0.0, left.row >= 0 ? left.row : right.row);
  switch (step.op) {
    case Op::add:
      result.number = left.number + right.number;
      result.slope = static_cast<std::int8_t>(left.slope + right.slope);
      break;
    case Op::subtract:
      result.number = left.number - right.number;
      result.slope = static_cast<std::int8_t>(left.slope - right.slope);
      break;
    default:
      if (left.slope != 0 || right.slope != 0) reading_->note(reading_->today() + 1);
      result.number = step.op == Op::multiply ? left.number * right.number : left.number / right.number;
  }
  result.present = std::isfinite(result.number);
  return result;
}

Value Machine::pick(const Step& step, const Value* values, std::size_t count) {
  Value best;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& each = values[i];
    if (each.slope != 0) reading_->note(reading_->today() + 1);
    if (!each.present) {
      if (step.op == Op::earliest) return {};
      continue;
    }
    const bool better = step.op == Op::earliest ? each.number < best.number : each.number > best.number;
    if (!best.present || better) best = each;
  }
  best.slope = 0;
  return best;
}

inline Value Machine::called(const Step& step, const Value* arguments) {
  Value result;
  if (step.absent != Step::Absent::unknown && reading_->lacks(step.set)) {
    result.present = step.absent == Step::Absent::zero;
  } else {
    result = reading_->call(step, arguments);
  }
  if (trace) [[unlikely]] note(step, arguments, result);
  return step.test == Op::empty ? result : compare(step.test, result, of(step.limit));
}

Value Machine::call(const Step& step) { return called(step, nullptr); }

void Machine::note(const Step& step, const Value* arguments, const Value& result) {
  const auto first = step.has_constant ? of(step.number) : step.arguments > 0 ? arguments[0] : Value{};
  trace->push_back({step, {first, step.arguments > 1 ? arguments[1] : Value{}}, result});
}

Value Machine::run(std::span<const Step> steps) {
  std::size_t top = 0;
  for (std::size_t at = 0; at < steps.size(); ++at) {
    const auto& step = steps[at];
    switch (step.code) {
      case Code::constant: stack_[top++] = of(step.number); break;
      case Code::nothing: stack_[top++] = {}; break;
      case Code::call: {
        top -= step.arguments;
        if (step.op == Op::age && !trace) {
          const auto value = reading_->completed_years();
          stack_[top++] = step.test == Op::empty ? value : compare(step.test, value, of(step.limit));
          break;
        }
        stack_[top] = called(step, &stack_[top]);
        ++top;
        break;
      }
      case Code::compare: --top, stack_[top - 1] = compare(step.op, stack_[top - 1], stack_[top]); break;
      case Code::arithmetic: --top, stack_[top - 1] = arithmetic(step, stack_[top - 1], stack_[top]); break;
      case Code::negate:
        if (stack_[top - 1].present) stack_[top - 1].number = stack_[top - 1].number == 0;
        break;
      case Code::exists: stack_[top - 1] = of(stack_[top - 1].present, stack_[top - 1].row); break;
      case Code::settle:
        if (!stack_[top - 1].present) stack_[top - 1] = of(false);
        break;
      case Code::pick: top -= step.arguments, stack_[top] = pick(step, &stack_[top], step.arguments), ++top; break;
      case Code::jump: at = step.to - 1; break;
      case Code::jump_false: if (stack_[top - 1].is_false()) at = step.to - 1; break;
      case Code::jump_true: if (stack_[top - 1].is_true()) at = step.to - 1; break;
      case Code::jump_present: if (stack_[top - 1].present) at = step.to - 1; break;
      case Code::jump_not_true: if (!stack_[--top].is_true()) at = step.to - 1; break;
      case Code::join_and: --top, stack_[top - 1] = joined_and(stack_[top - 1], stack_[top]); break;
      case Code::join_or: --top, stack_[top - 1] = joined_or(stack_[top - 1], stack_[top]); break;
      case Code::join_xor: {
        --top;
        const auto &a = stack_[top - 1], &b = stack_[top];
        stack_[top - 1] = a.present && b.present ? of(a.number != b.number) : Value{};
        break;
      }
      case Code::drop: --top; break;
    }
  }
  return top == 0 ? Value{} : stack_[top - 1];
}

}  // namespace core::gap
