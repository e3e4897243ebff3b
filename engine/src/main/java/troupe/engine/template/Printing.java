package troupe.engine.template;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import troupe.engine.template.Value.BoundMethod;
import troupe.engine.template.Value.CallableValue;
import troupe.engine.template.Value.DictValue;
import troupe.engine.template.Value.GeneratorValue;
import troupe.engine.template.Value.ListValue;
import troupe.engine.template.Value.MarkupValue;
import troupe.engine.template.Value.NamespaceValue;
import troupe.engine.template.Value.None;
import troupe.engine.template.Value.RangeValue;
import troupe.engine.template.Value.TupleValue;
import troupe.engine.template.Value.Undefined;
import troupe.engine.template.Value.ViewValue;

/** Python's str and repr. */
final class Printing {
    private Printing() {}

    /** {@code str(value)}: what a template prints. */
    static String str(RenderState state, Object value) {
        return switch (value) {
            case String text -> text;
            case MarkupValue markup -> markup.text();
            case Undefined undefined -> "";
            default -> repr(state, value);
        };
    }

    static String repr(RenderState state, Object value) {
        StringBuilder out = new StringBuilder();
        appendRepr(state, out, value);
        return out.toString();
    }

    private static void appendRepr(RenderState state, StringBuilder out, Object value) {
        state.enter();
        switch (value) {
            case String text -> state.append(out, quoted(state, text));
            case Boolean flag -> state.append(out, flag ? "True" : "False");
            case Long number -> state.append(out, number.toString());
            case Double number -> state.append(out, floatRepr(number));
            case Value other -> appendRepr(state, out, other);
            default -> throw new IllegalStateException("not a template value: " + value.getClass());
        }
        state.leave();
    }

    private static void appendRepr(RenderState state, StringBuilder out, Value value) {
        switch (value) {
            case None none -> state.append(out, "None");
            case Undefined undefined -> state.append(out, "Undefined");
            case ListValue list -> appendItems(state, out, "[", list.items().iterator(), "]");
            case TupleValue tuple -> {
                List<Object> items = tuple.items();
                appendItems(state, out, "(", items.iterator(), items.size() == 1 ? ",)" : ")");
            }
            case DictValue dict -> appendEntries(state, out, dict);
            case ViewValue view -> {
                state.append(out, view.kind().typeName);
                appendItems(state, out, "([", Values.iterate(state, view), "])");
            }
            case RangeValue range -> {
                String step = range.step() == 1 ? "" : ", " + range.step();
                state.append(out, "range(" + range.start() + ", " + range.stop() + step + ")");
            }
            case MarkupValue markup -> state.append(out, "Markup(" + quoted(state, markup.text()) + ")");
            case GeneratorValue generator -> throw state.unsupported("printing a generator");
            case NamespaceValue namespace -> throw state.unsupported("printing a namespace");
            case BoundMethod method -> throw state.unsupported("printing the method '" + method.name() + "'");
            case CallableValue callable -> throw state.unsupported("printing " + callable.printed());
        }
    }

    private static void appendItems(
            RenderState state, StringBuilder out, String open, Iterator<Object> items, String close) {
        state.append(out, open);
        String separator = "";
        while (items.hasNext()) {
            state.append(out, separator);
            appendRepr(state, out, items.next());
            separator = ", ";
        }
        state.append(out, close);
    }

    private static void appendEntries(RenderState state, StringBuilder out, DictValue dict) {
        state.append(out, "{");
        String separator = "";
        for (Map.Entry<Object, Object> entry : dict.entries().entrySet()) {
            state.append(out, separator);
            appendRepr(state, out, entry.getKey());
            state.append(out, ": ");
            appendRepr(state, out, entry.getValue());
            separator = ", ";
        }
        state.append(out, "}");
    }

    /** The shortest digits that read back as the same number, in Python's layout. */
    static String floatRepr(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        BigDecimal shortest = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        if (shortest.precision() == 2) {
            // Java prints at least two digits, and picks others where one would do (4.9E-324 for 5e-324).
            BigDecimal oneDigit = shortest.round(new MathContext(1, RoundingMode.HALF_EVEN));
            shortest = oneDigit.doubleValue() == value ? oneDigit.stripTrailingZeros() : shortest;
        }
        String digits = shortest.unscaledValue().abs().toString();
        int exponent = digits.length() - 1 - shortest.scale();
        String sign = value < 0 ? "-" : "";
        if (exponent >= -4 && exponent < 16) {
            String plain = shortest.abs().toPlainString();
            return sign + (plain.indexOf('.') < 0 ? plain + ".0" : plain);
        }
        String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        String padding = Math.abs(exponent) < 10 ? "0" : "";
        return sign + mantissa + "e" + (exponent < 0 ? "-" : "+") + padding + Math.abs(exponent);
    }

    private static String quoted(RenderState state, String text) {
        state.created(text.length());
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        StringBuilder out = new StringBuilder(text.length() + 2);
        out.append(quote);
        for (int i = 0; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            i += Character.charCount(codePoint);
            switch (codePoint) {
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (codePoint == quote) {
                        out.append('\\').append(quote);
                    } else if (isPrintable(codePoint)) {
                        out.appendCodePoint(codePoint);
                    } else if (codePoint < 0x100) {
                        out.append(String.format(Locale.ROOT, "\\x%02x", codePoint));
                    } else if (codePoint < 0x10000) {
                        out.append(String.format(Locale.ROOT, "\\u%04x", codePoint));
                    } else {
                        out.append(String.format(Locale.ROOT, "\\U%08x", codePoint));
                    }
                }
            }
        }
        return out.append(quote).toString();
    }

    private static boolean isPrintable(int codePoint) {
        if (codePoint >= ' ' && codePoint < 0x7f) {
            return true;
        }
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SPACE_SEPARATOR -> false;
            default -> true;
        };
    }
}
