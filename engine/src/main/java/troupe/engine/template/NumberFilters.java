package troupe.engine.template;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.regex.Pattern;
import troupe.engine.template.Value.Undefined;

/** Filters that make or change numbers. */
final class NumberFilters {
    private static final Pattern INTEGER = Pattern.compile("[+-]?[0-9]{1,18}");
    private static final Pattern FLOAT =
            Pattern.compile("[+-]?(?:[0-9]{1,40}\\.?[0-9]{0,40}|\\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,4})?");
    /** What Python might read as a number although the patterns above do not. */
    private static final Pattern NUMBER_LIKE =
            Pattern.compile("[+-]?(?i:nan|inf|infinity)|[\\p{Nd}_.eE+-]*\\p{Nd}[\\p{Nd}_.eE+-]*");

    private NumberFilters() {}

    static void register(Map<String, FilterFunction> filters) {
        filters.put("int", NumberFilters::toInt);
        filters.put("float", NumberFilters::toFloat);
        filters.put("abs", NumberFilters::abs);
        filters.put("round", NumberFilters::round);
    }

    private static Object toInt(Evaluator evaluator, Object value, Arguments arguments) {
        RenderState state = evaluator.state();
        Arguments.Bound bound = arguments.bind(state, "int", "default", "base");
        if (bound.integer(1, 10) != 10) {
            throw state.unsupported("filter 'int' with another base than 10");
        }
        Object otherwise = bound.get(0, 0L);
        return switch (value) {
            case Long number -> number;
            case Boolean flag -> flag ? 1L : 0L;
            case Double number -> truncated(state, number, otherwise);
            case String text -> {
                String digits = strip(state, text);
                if (INTEGER.matcher(digits).matches()) {
                    yield Long.valueOf(digits);
                }
                boolean fraction = digits.indexOf('.') >= 0 || digits.indexOf('e') >= 0 || digits.indexOf('E') >= 0;
                yield fraction && FLOAT.matcher(digits).matches()
                        ? truncated(state, Double.parseDouble(digits), otherwise)
                        : notANumber(state, digits, otherwise);
            }
            case Undefined undefined -> throw state.failure(undefined.message());
            default -> otherwise;
        };
    }

    private static Object truncated(RenderState state, double number, Object otherwise) {
        if (!Double.isFinite(number)) {
            return otherwise;
        }
        if (Math.abs(number) >= 0x1p63) {
            throw state.unsupported("integer beyond 64 bits");
        }
        return (long) number;
    }

    private static Object toFloat(Evaluator evaluator, Object value, Arguments arguments) {
        RenderState state = evaluator.state();
        Object otherwise = arguments.bind(state, "float", "default").get(0, 0.0);
        return switch (value) {
            case Double number -> number;
            case Long number -> (double) number;
            case Boolean flag -> flag ? 1.0 : 0.0;
            case String text -> {
                String digits = strip(state, text);
                yield FLOAT.matcher(digits).matches()
                        ? (Object) Double.parseDouble(digits)
                        : notANumber(state, digits, otherwise);
            }
            case Undefined undefined -> throw state.failure(undefined.message());
            default -> otherwise;
        };
    }

    private static String strip(RenderState state, String text) {
        state.scanned(text.length());
        return PythonText.stripEnd(PythonText.stripStart(text));
    }

    private static Object notANumber(RenderState state, String text, Object otherwise) {
        state.searched(text.length(), text.length());
        if (NUMBER_LIKE.matcher(text).matches()) {
            throw state.unsupported("reading '" + text + "' as a number");
        }
        return otherwise;
    }

    private static Object abs(Evaluator evaluator, Object value, Arguments arguments) {
        RenderState state = evaluator.state();
        arguments.bind(state, "abs");
        return switch (value) {
            case Double number -> Math.abs(number);
            case Long number when number >= 0 -> number;
            case Long number -> Arithmetic.negate(state, number);
            case Boolean flag -> flag ? 1L : 0L;
            default -> throw state.failure("bad operand type for abs(): '" + Values.typeName(value) + "'");
        };
    }

    private static Object round(Evaluator evaluator, Object value, Arguments arguments) {
        RenderState state = evaluator.state();
        Arguments.Bound bound = arguments.bind(state, "round", "precision", "method");
        long precision = bound.integer(0, 0);
        String method = bound.text(1, "common");
        if (!Comparisons.isNumber(value)) {
            throw state.failure("type " + Values.typeName(value) + " cannot be rounded");
        }
        if (precision < 0 || precision > 15) {
            throw state.unsupported("filter 'round' with precision " + precision);
        }
        double number = Arithmetic.toDouble(value);
        if (!Double.isFinite(number)) {
            throw state.unsupported("filter 'round' on a number that is not finite");
        }
        double scale = Math.pow(10, (double) precision);
        return switch (method) {
            case "common" ->
                value instanceof Double
                        ? (Object) halfEven(number, (int) precision)
                        : (Object) Arithmetic.toLong(value);
            case "ceil" -> Math.ceil(number * scale) / scale;
            case "floor" -> Math.floor(number * scale) / scale;
            default -> throw state.failure("method must be common, ceil or floor");
        };
    }

    private static double halfEven(double number, int precision) {
        double rounded = new BigDecimal(number)
                .setScale(precision, RoundingMode.HALF_EVEN)
                .doubleValue();
        return Math.copySign(rounded, number);
    }
}
