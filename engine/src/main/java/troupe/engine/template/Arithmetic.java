package troupe.engine.template;

import java.util.ArrayList;
import java.util.List;
import troupe.engine.template.Expr.BinaryOperator;
import troupe.engine.template.Value.ListValue;
import troupe.engine.template.Value.MarkupValue;
import troupe.engine.template.Value.TupleValue;
import troupe.engine.template.Value.Undefined;

/** Python's arithmetic operators; integers have 64 bits, and a result beyond them is an error. */
final class Arithmetic {
    private Arithmetic() {}

    static long toLong(Object number) {
        return switch (number) {
            case Boolean flag -> flag ? 1 : 0;
            case Long value -> value;
            default -> throw new IllegalStateException("not an integer: " + number.getClass());
        };
    }

    static double toDouble(Object number) {
        return number instanceof Double value ? value : (double) toLong(number);
    }

    static Object apply(RenderState state, BinaryOperator operator, Object left, Object right) {
        if (left instanceof Undefined undefined) {
            throw state.failure(undefined.message());
        }
        if (operator == BinaryOperator.MODULO && left instanceof String format) {
            return PercentFormat.format(state, format, right);
        }
        if (right instanceof Undefined undefined) {
            throw state.failure(undefined.message());
        }
        if (left instanceof MarkupValue || right instanceof MarkupValue) {
            throw state.unsupported("operator " + operator.symbol + " on a safe string");
        }
        if (Comparisons.isNumber(left) && Comparisons.isNumber(right)) {
            return left instanceof Double || right instanceof Double
                    ? onDoubles(state, operator, toDouble(left), toDouble(right))
                    : onLongs(state, operator, toLong(left), toLong(right));
        }
        if (operator == BinaryOperator.ADD) {
            return add(state, left, right);
        }
        if (operator == BinaryOperator.MULTIPLY) {
            if (right instanceof Long || right instanceof Boolean) {
                return repeat(state, left, toLong(right), right);
            }
            if (left instanceof Long || left instanceof Boolean) {
                return repeat(state, right, toLong(left), left);
            }
        }
        throw unsupportedOperands(state, operator.symbol, left, right);
    }

    private static TemplateException unsupportedOperands(RenderState state, String symbol, Object left, Object right) {
        return state.failure("unsupported operand type(s) for " + symbol + ": '" + Values.typeName(left) + "' and '"
                + Values.typeName(right) + "'");
    }

    private static Object add(RenderState state, Object left, Object right) {
        if (left instanceof String a && right instanceof String b) {
            state.created((long) a.length() + b.length());
            return a + b;
        }
        if (left instanceof ListValue a && right instanceof ListValue b) {
            return new ListValue(concatenated(state, a.items(), b.items()));
        }
        if (left instanceof TupleValue a && right instanceof TupleValue b) {
            return new TupleValue(concatenated(state, a.items(), b.items()));
        }
        if (left instanceof String || left instanceof ListValue || left instanceof TupleValue) {
            String type = Values.typeName(left);
            throw state.failure(
                    "can only concatenate " + type + " (not \"" + Values.typeName(right) + "\") to " + type);
        }
        throw unsupportedOperands(state, "+", left, right);
    }

    private static List<Object> concatenated(RenderState state, List<Object> left, List<Object> right) {
        state.charge((long) left.size() + right.size());
        List<Object> items = new ArrayList<>(left.size() + right.size());
        items.addAll(left);
        items.addAll(right);
        return items;
    }

    private static Object repeat(RenderState state, Object value, long times, Object count) {
        long repeats = Math.clamp(times, 0, Integer.MAX_VALUE);
        return switch (value) {
            case String text -> {
                state.created(text.length() * repeats);
                yield text.isEmpty() ? "" : text.repeat((int) repeats);
            }
            case ListValue list -> new ListValue(repeated(state, list.items(), repeats));
            case TupleValue tuple -> new TupleValue(repeated(state, tuple.items(), repeats));
            default -> throw unsupportedOperands(state, "*", value, count);
        };
    }

    private static List<Object> repeated(RenderState state, List<Object> items, long times) {
        state.charge(items.size() * times);
        List<Object> result = new ArrayList<>();
        for (long i = 0; i < times && !items.isEmpty(); i++) {
            result.addAll(items);
        }
        return result;
    }

    private static Object onLongs(RenderState state, BinaryOperator operator, long left, long right) {
        try {
            return switch (operator) {
                case ADD -> Math.addExact(left, right);
                case SUBTRACT -> Math.subtractExact(left, right);
                case MULTIPLY -> Math.multiplyExact(left, right);
                case DIVIDE -> onDoubles(state, operator, exactDouble(state, left), exactDouble(state, right));
                case FLOOR_DIVIDE -> {
                    requireDivisor(state, right == 0);
                    yield right == -1 ? Math.negateExact(left) : Math.floorDiv(left, right);
                }
                case MODULO -> {
                    requireDivisor(state, right == 0);
                    yield Math.floorMod(left, right);
                }
                case POWER ->
                    right < 0
                            ? onDoubles(state, operator, exactDouble(state, left), exactDouble(state, right))
                            : power(left, right);
            };
        } catch (ArithmeticException overflow) {
            throw state.unsupported("integer beyond 64 bits");
        }
    }

    private static void requireDivisor(RenderState state, boolean zero) {
        if (zero) {
            throw state.failure("division by zero");
        }
    }

    /** Python divides integers exactly and rounds once; beyond 53 bits a float would round twice. */
    private static double exactDouble(RenderState state, long value) {
        if (Math.abs(value) > 1L << 53 || value == Long.MIN_VALUE) {
            throw state.unsupported("quotient of integers beyond 53 bits");
        }
        return (double) value;
    }

    private static Object power(long base, long exponent) {
        long result = 1;
        long factor = base;
        for (long rest = exponent; rest > 0; rest >>= 1) {
            if ((rest & 1) == 1) {
                result = Math.multiplyExact(result, factor);
            }
            if (rest > 1) {
                factor = Math.multiplyExact(factor, factor);
            }
        }
        return result;
    }

    private static Object onDoubles(RenderState state, BinaryOperator operator, double left, double right) {
        return switch (operator) {
            case ADD -> left + right;
            case SUBTRACT -> left - right;
            case MULTIPLY -> left * right;
            case DIVIDE -> {
                requireDivisor(state, right == 0);
                yield left / right;
            }
            case FLOOR_DIVIDE -> {
                requireDivisor(state, right == 0);
                yield Math.floor((left - floorModulo(left, right)) / right + 0.5);
            }
            case MODULO -> {
                requireDivisor(state, right == 0);
                yield floorModulo(left, right);
            }
            case POWER -> {
                if (left == 0 && right < 0) {
                    throw state.failure("0.0 cannot be raised to a negative power");
                }
                double result = Math.pow(left, right);
                if (Double.isNaN(result) || Double.isInfinite(result)) {
                    throw state.unsupported("power whose result is not a finite real number");
                }
                yield result;
            }
        };
    }

    /** The remainder with the sign of the divisor. */
    private static double floorModulo(double left, double right) {
        double remainder = left % right;
        if (remainder == 0) {
            return Math.copySign(0.0, right);
        }
        return (remainder < 0) == (right < 0) ? remainder : remainder + right;
    }

    static Object negate(RenderState state, Object value) {
        return switch (value) {
            case Double number -> -number;
            case Long number when number == Long.MIN_VALUE -> throw state.unsupported("integer beyond 64 bits");
            case Long number -> -number;
            case Boolean flag -> flag ? -1L : 0L;
            default -> throw badSign(state, "-", value);
        };
    }

    static Object positive(RenderState state, Object value) {
        return switch (value) {
            case Double number -> number;
            case Long number -> number;
            case Boolean flag -> flag ? 1L : 0L;
            default -> throw badSign(state, "+", value);
        };
    }

    private static TemplateException badSign(RenderState state, String sign, Object value) {
        return value instanceof Undefined undefined
                ? state.failure(undefined.message())
                : state.failure("bad operand type for unary " + sign + ": '" + Values.typeName(value) + "'");
    }
}
