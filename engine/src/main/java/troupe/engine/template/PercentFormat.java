package troupe.engine.template;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import troupe.engine.template.Value.DictValue;
import troupe.engine.template.Value.TupleValue;
import troupe.engine.template.Value.Undefined;

/** Python's {@code format % values} with %s, %r, %d, %i, %f and %%, widths, precisions and the flags - and 0. */
final class PercentFormat {
    private final RenderState state;
    private final String format;
    private final Object values;
    private final List<Object> positional;
    private final StringBuilder out = new StringBuilder();
    private int position;
    private int used;
    private boolean named;

    private PercentFormat(RenderState state, String format, Object values) {
        this.state = state;
        this.format = format;
        this.values = values;
        this.positional = values instanceof TupleValue tuple ? tuple.items() : List.of(values);
    }

    static String format(RenderState state, String format, Object values) {
        return new PercentFormat(state, format, values).run();
    }

    private String run() {
        while (true) {
            int percent = format.indexOf('%', position);
            if (percent < 0) {
                state.append(out, format.substring(position));
                break;
            }
            state.append(out, format.substring(position, percent));
            position = percent + 1;
            directive();
        }
        if (!named && used < positional.size() && !(values instanceof DictValue)) {
            throw state.failure("not all arguments converted during string formatting");
        }
        return out.toString();
    }

    private char read() {
        if (position >= format.length()) {
            throw state.failure("incomplete format");
        }
        return format.charAt(position++);
    }

    private int readNumber() {
        int start = position;
        while (position < format.length() && format.charAt(position) >= '0' && format.charAt(position) <= '9') {
            position++;
        }
        if (position - start > 6) {
            throw state.unsupported("format width of more than six digits");
        }
        return position == start ? 0 : Integer.parseInt(format.substring(start, position));
    }

    private void directive() {
        char c = read();
        if (c == '%') {
            state.append(out, "%");
            return;
        }
        String key = null;
        if (c == '(') {
            int end = format.indexOf(')', position);
            if (end < 0) {
                throw state.failure("incomplete format key");
            }
            key = format.substring(position, end);
            position = end + 1;
            c = read();
        }
        boolean left = false;
        boolean zero = false;
        for (; c == '-' || c == '0'; c = read()) {
            left |= c == '-';
            zero |= c == '0';
        }
        position--;
        int width = readNumber();
        int precision = -1;
        if (position < format.length() && format.charAt(position) == '.') {
            position++;
            precision = readNumber();
        }
        append(converted(read(), key == null ? nextValue() : valueOf(key), precision), width, left, zero);
    }

    private Object nextValue() {
        if (used >= positional.size()) {
            throw state.failure("not enough arguments for format string");
        }
        return positional.get(used++);
    }

    private Object valueOf(String key) {
        named = true;
        Object value = values instanceof DictValue dict ? dict.entries().get(key) : null;
        if (value == null) {
            throw state.failure("format requires a mapping with the key '" + key + "'");
        }
        return value;
    }

    private Converted converted(char conversion, Object value, int precision) {
        return switch (conversion) {
            case 's' -> new Converted(cut(Printing.str(state, value), precision), false);
            case 'r' -> new Converted(cut(Printing.repr(state, value), precision), false);
            case 'd', 'i' -> {
                requireNumber(conversion, value);
                if (precision >= 0) {
                    throw state.unsupported("format %." + precision + conversion);
                }
                yield new Converted(
                        value instanceof Double number
                                ? new BigDecimal(number).toBigInteger().toString()
                                : Long.toString(Arithmetic.toLong(value)),
                        true);
            }
            case 'f' -> {
                requireNumber(conversion, value);
                yield new Converted(fixed(Arithmetic.toDouble(value), precision < 0 ? 6 : precision), true);
            }
            default -> throw state.unsupported("format %" + conversion);
        };
    }

    private void requireNumber(char conversion, Object value) {
        if (value instanceof Undefined undefined) {
            throw state.failure(undefined.message());
        }
        if (!Comparisons.isNumber(value)) {
            throw state.failure("%" + conversion + " format: a number is required, not " + Values.typeName(value));
        }
        if (value instanceof Double number && !Double.isFinite(number)) {
            throw state.unsupported("format %" + conversion + " of a number that is not finite");
        }
    }

    private static String cut(String text, int precision) {
        return precision < 0 || PythonText.length(text) <= precision
                ? text
                : text.substring(0, PythonText.offset(text, precision));
    }

    private String fixed(double number, int decimals) {
        state.created(decimals);
        String digits = new BigDecimal(Math.abs(number))
                .setScale(decimals, RoundingMode.HALF_EVEN)
                .toPlainString();
        boolean negative = Double.doubleToRawLongBits(number) < 0;
        return negative ? "-" + digits : digits;
    }

    private record Converted(String text, boolean number) {}

    private void append(Converted converted, int width, boolean left, boolean zero) {
        String text = converted.text();
        int missing = Math.max(0, width - PythonText.length(text));
        state.created(missing);
        if (left) {
            state.append(out, text + " ".repeat(missing));
        } else if (zero && converted.number()) {
            int sign = text.startsWith("-") ? 1 : 0;
            state.append(out, text.substring(0, sign) + "0".repeat(missing) + text.substring(sign));
        } else {
            state.append(out, " ".repeat(missing) + text);
        }
    }
}
