package troupe.engine.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import troupe.engine.template.Value.BoundMethod;
import troupe.engine.template.Value.CallableValue;
import troupe.engine.template.Value.DictValue;
import troupe.engine.template.Value.ListValue;
import troupe.engine.template.Value.TupleValue;
import troupe.engine.template.Value.Undefined;

/** Evaluates expressions of one rendering. */
final class Evaluator {
    private final RenderState state;

    Evaluator(RenderState state) {
        this.state = state;
    }

    RenderState state() {
        return state;
    }

    Object evaluate(Expr expression, Scope scope) {
        state.enter();
        Object value = switch (expression) {
            case Expr.Literal literal -> literal.value();
            case Expr.Name name -> scope.get(name.name());
            case Expr.TupleLiteral tuple -> new TupleValue(all(tuple.items(), scope));
            case Expr.ListLiteral list -> new ListValue(all(list.items(), scope));
            case Expr.DictLiteral dict -> dict(dict, scope);
            case Expr.Conditional conditional -> conditional(conditional, scope);
            case Expr.And and -> and(and, scope);
            case Expr.Or or -> or(or, scope);
            case Expr.Not not -> !truth(not.operand(), scope);
            case Expr.Compare compare -> compare(compare, scope);
            case Expr.Binary binary -> binary(binary, scope);
            case Expr.Negative negative -> negative(negative, scope);
            case Expr.Positive positive -> positive(positive, scope);
            case Expr.Concat concat -> concat(concat, scope);
            case Expr.Attribute attribute -> attribute(attribute, scope);
            case Expr.Subscript subscript -> subscript(subscript, scope);
            case Expr.Slice slice -> slice(slice, scope);
            case Expr.Call call -> call(call, scope, null);
            case Expr.Filtered filtered -> filter(filtered.filter(), evaluate(filtered.input(), scope), scope);
            case Expr.Tested tested -> tested(tested, scope);
        };
        state.leave();
        return value;
    }

    boolean truth(Expr expression, Scope scope) {
        return Values.truth(state, evaluate(expression, scope));
    }

    private List<Object> all(List<Expr> expressions, Scope scope) {
        List<Object> values = new ArrayList<>(expressions.size());
        for (Expr expression : expressions) {
            values.add(evaluate(expression, scope));
        }
        return values;
    }

    private Object dict(Expr.DictLiteral literal, Scope scope) {
        Map<Object, Object> entries = new LinkedHashMap<>();
        for (int i = 0; i < literal.keys().size(); i++) {
            Object key = evaluate(literal.keys().get(i), scope);
            state.atLine(literal.line());
            entries.put(Values.newKey(state, key), evaluate(literal.values().get(i), scope));
        }
        return new DictValue(entries);
    }

    private Object conditional(Expr.Conditional conditional, Scope scope) {
        if (truth(conditional.test(), scope)) {
            return evaluate(conditional.then(), scope);
        }
        return conditional.otherwise() != null
                ? evaluate(conditional.otherwise(), scope)
                : new Undefined("the inline if-expression on line " + conditional.line()
                        + " evaluated to false and no else section was defined.");
    }

    private Object and(Expr.And and, Scope scope) {
        Object left = evaluate(and.left(), scope);
        return Values.truth(state, left) ? evaluate(and.right(), scope) : left;
    }

    private Object or(Expr.Or or, Scope scope) {
        Object left = evaluate(or.left(), scope);
        return Values.truth(state, left) ? left : evaluate(or.right(), scope);
    }

    private Object compare(Expr.Compare compare, Scope scope) {
        Object left = evaluate(compare.first(), scope);
        for (Expr.Comparison comparison : compare.rest()) {
            Object right = evaluate(comparison.right(), scope);
            state.atLine(compare.line());
            boolean holds = switch (comparison.operator()) {
                case EQUAL -> Comparisons.equal(state, left, right);
                case NOT_EQUAL -> !Comparisons.equal(state, left, right);
                case LESS -> Comparisons.less(state, left, right, false);
                case LESS_OR_EQUAL -> Comparisons.less(state, left, right, true);
                case GREATER -> Comparisons.less(state, right, left, false);
                case GREATER_OR_EQUAL -> Comparisons.less(state, right, left, true);
                case IN -> Comparisons.contains(state, right, left);
                case NOT_IN -> !Comparisons.contains(state, right, left);
            };
            if (!holds) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private Object binary(Expr.Binary binary, Scope scope) {
        Object left = evaluate(binary.left(), scope);
        Object right = evaluate(binary.right(), scope);
        state.atLine(binary.line());
        return Arithmetic.apply(state, binary.operator(), left, right);
    }

    private Object negative(Expr.Negative negative, Scope scope) {
        Object operand = evaluate(negative.operand(), scope);
        state.atLine(negative.line());
        return Arithmetic.negate(state, operand);
    }

    private Object positive(Expr.Positive positive, Scope scope) {
        Object operand = evaluate(positive.operand(), scope);
        state.atLine(positive.line());
        return Arithmetic.positive(state, operand);
    }

    private Object concat(Expr.Concat concat, Scope scope) {
        List<Object> parts = all(concat.parts(), scope);
        state.atLine(concat.line());
        StringBuilder out = new StringBuilder();
        for (Object part : parts) {
            state.append(out, Printing.str(state, part));
        }
        return out.toString();
    }

    private Object attribute(Expr.Attribute attribute, Scope scope) {
        Object object = evaluate(attribute.object(), scope);
        state.atLine(attribute.line());
        return Attributes.dot(state, object, attribute.name());
    }

    private Object subscript(Expr.Subscript subscript, Scope scope) {
        Object object = evaluate(subscript.object(), scope);
        Object key = evaluate(subscript.key(), scope);
        state.atLine(subscript.line());
        return Attributes.subscript(state, object, key);
    }

    private Object slice(Expr.Slice slice, Scope scope) {
        Object object = evaluate(slice.object(), scope);
        Object start = optional(slice.start(), scope);
        Object stop = optional(slice.stop(), scope);
        Object step = optional(slice.step(), scope);
        state.atLine(slice.line());
        return Attributes.slice(state, object, start, stop, step);
    }

    private @Nullable Object optional(@Nullable Expr expression, Scope scope) {
        return expression == null ? null : evaluate(expression, scope);
    }

    private Object tested(Expr.Tested tested, Scope scope) {
        Object input = evaluate(tested.input(), scope);
        Arguments arguments = arguments(tested.arguments(), scope, null);
        state.atLine(tested.line());
        return tested.function().test(state, input, arguments);
    }

    Object filter(Expr.FilterCall filter, Object input, Scope scope) {
        Arguments arguments = arguments(filter.arguments(), scope, null);
        state.atLine(filter.line());
        return filter.function().apply(this, input, arguments);
    }

    /** Calls a macro, method or global; {@code caller} is the body of a call block, null outside of one. */
    Object call(Expr.Call call, Scope scope, @Nullable MacroValue caller) {
        Object callee = evaluate(call.callee(), scope);
        Arguments arguments = arguments(call.arguments(), scope, caller);
        state.atLine(call.line());
        Object result = switch (callee) {
            case BoundMethod method -> Methods.call(state, method, arguments);
            case CallableValue callable -> callable.call(this, arguments);
            case Undefined undefined -> throw state.failure(undefined.message());
            default -> throw state.failure("'" + Values.typeName(callee) + "' object is not callable");
        };
        state.atLine(call.line());
        return result;
    }

    private Arguments arguments(Expr.CallArguments given, Scope scope, @Nullable MacroValue caller) {
        if (given.isEmpty() && caller == null) {
            return Arguments.NONE;
        }
        List<Object> positional = all(given.positional(), scope);
        Map<String, Object> keywords = new LinkedHashMap<>();
        for (Expr.Keyword keyword : given.keywords()) {
            addKeyword(keywords, keyword.name(), evaluate(keyword.value(), scope));
        }
        if (caller != null) {
            addKeyword(keywords, "caller", caller);
        }
        if (given.morePositional() != null) {
            positional.addAll(Values.toList(state, evaluate(given.morePositional(), scope)));
        }
        if (given.moreKeywords() != null) {
            if (!(evaluate(given.moreKeywords(), scope) instanceof DictValue dict)) {
                throw state.failure("argument after ** must be a mapping");
            }
            for (Map.Entry<Object, Object> entry : dict.entries().entrySet()) {
                state.charge(1);
                if (!(entry.getKey() instanceof String name)) {
                    throw state.failure("keywords must be strings");
                }
                addKeyword(keywords, name, entry.getValue());
            }
        }
        return new Arguments(positional, keywords);
    }

    private void addKeyword(Map<String, Object> keywords, String name, Object value) {
        if (keywords.put(name, value) != null) {
            throw state.failure("got multiple values for keyword argument '" + name + "'");
        }
    }
}
