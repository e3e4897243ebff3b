package troupe.engine.template;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import troupe.engine.template.Value.BoundMethod;
import troupe.engine.template.Value.CallableValue;
import troupe.engine.template.Value.DictValue;
import troupe.engine.template.Value.ListValue;
import troupe.engine.template.Value.MarkupValue;
import troupe.engine.template.Value.None;
import troupe.engine.template.Value.RangeValue;
import troupe.engine.template.Value.TupleValue;
import troupe.engine.template.Value.Undefined;

/** Jinja's tests by name. */
final class Tests {
    private static final Map<String, TestFunction> TESTS = new HashMap<>();

    static {
        plain("defined", value -> !(value instanceof Undefined));
        plain("undefined", value -> value instanceof Undefined);
        plain("none", value -> value == None.NONE);
        plain("boolean", value -> value instanceof Boolean);
        plain("true", value -> value.equals(true));
        plain("false", value -> value.equals(false));
        plain("integer", value -> value instanceof Long);
        plain("float", value -> value instanceof Double);
        plain("number", Comparisons::isNumber);
        plain("string", value -> value instanceof String || value instanceof MarkupValue);
        plain("mapping", value -> value instanceof DictValue);
        plain("iterable", Values::isIterable);
        plain("sequence", Tests::isSequence);
        plain(
                "callable",
                value -> value instanceof CallableValue || value instanceof BoundMethod || value instanceof Undefined);
        TESTS.put("odd", (state, value, arguments) -> remainder(state, value, arguments, 2) == 1);
        TESTS.put("even", (state, value, arguments) -> remainder(state, value, arguments, 2) == 0);
        TESTS.put("divisibleby", Tests::isDivisible);
        TESTS.put("lower", (state, value, arguments) -> {
            arguments.bind(state, "lower");
            return (boolean) StringMethods.call(state, Printing.str(state, value), "islower", Arguments.NONE);
        });
        TESTS.put("upper", (state, value, arguments) -> {
            arguments.bind(state, "upper");
            return (boolean) StringMethods.call(state, Printing.str(state, value), "isupper", Arguments.NONE);
        });
        TESTS.put("sameas", Tests::isSame);
        binary("in", (state, value, other) -> Comparisons.contains(state, other, value));
        binary("eq equalto ==", Comparisons::equal);
        binary("ne !=", (state, value, other) -> !Comparisons.equal(state, value, other));
        binary("lt lessthan <", (state, value, other) -> Comparisons.less(state, value, other, false));
        binary("le <=", (state, value, other) -> Comparisons.less(state, value, other, true));
        binary("gt greaterthan >", (state, value, other) -> Comparisons.less(state, other, value, false));
        binary("ge >=", (state, value, other) -> Comparisons.less(state, other, value, true));
        TESTS.put("filter", (state, value, arguments) -> {
            arguments.bind(state, "filter");
            if (value instanceof String name && Filters.find(name) == null) {
                throw state.unsupported("asking for the filter '" + name + "'");
            }
            return value instanceof String;
        });
    }

    private Tests() {}

    static @Nullable TestFunction find(String name) {
        return TESTS.get(name);
    }

    private interface PlainTest {
        boolean test(Object value);
    }

    private interface BinaryTest {
        boolean test(RenderState state, Object value, Object other);
    }

    private static void plain(String name, PlainTest test) {
        TESTS.put(name, (state, value, arguments) -> {
            arguments.bind(state, name);
            return test.test(value);
        });
    }

    private static void binary(String names, BinaryTest test) {
        for (String name : names.split(" ", -1)) {
            TESTS.put(
                    name,
                    (state, value, arguments) -> test.test(
                            state, value, arguments.bind(state, name, "other").required(0)));
        }
    }

    private static boolean isSequence(Object value) {
        return value instanceof String
                || value instanceof MarkupValue
                || value instanceof ListValue
                || value instanceof TupleValue
                || value instanceof DictValue
                || value instanceof RangeValue
                || value instanceof Undefined;
    }

    private static long remainder(RenderState state, Object value, Arguments arguments, long divisor) {
        arguments.bind(state, "odd or even");
        return remainder(state, value, divisor);
    }

    private static long remainder(RenderState state, Object value, Object divisor) {
        if (value instanceof String) {
            throw state.failure("not all arguments converted during string formatting");
        }
        Object result = Arithmetic.apply(state, Expr.BinaryOperator.MODULO, value, divisor);
        return result instanceof Double number ? (number == 0 ? 0 : number == 1 ? 1 : -1) : Arithmetic.toLong(result);
    }

    private static boolean isDivisible(RenderState state, Object value, Arguments arguments) {
        return remainder(
                        state,
                        value,
                        arguments.bind(state, "divisibleby", "num").required(0))
                == 0;
    }

    /** Identity, which Java's boxes have for no number: only what Python keeps one of can be asked for. */
    private static boolean isSame(RenderState state, Object value, Arguments arguments) {
        Object other = arguments.bind(state, "sameas", "other").required(0);
        if (value instanceof Boolean || other instanceof Boolean) {
            return value.equals(other);
        }
        if (value instanceof None || other instanceof None) {
            return value instanceof None && other instanceof None;
        }
        throw state.unsupported("test 'sameas' with anything but a boolean or None");
    }
}
