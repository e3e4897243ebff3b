package troupe.engine.template;

import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import troupe.engine.template.Value.DictValue;
import troupe.engine.template.Value.ListValue;
import troupe.engine.template.Value.MarkupValue;
import troupe.engine.template.Value.None;
import troupe.engine.template.Value.TupleValue;

/** Python's {@code json.dumps} as transformers sets it up for the filter tojson. */
final class JsonText {
    private final RenderState state;
    private final boolean asciiOnly;
    private final @Nullable String indent;
    private final String itemSeparator;
    private final String keySeparator;
    private final boolean sortKeys;
    private final StringBuilder out = new StringBuilder();

    private JsonText(RenderState state, Arguments.Bound arguments) {
        this.state = state;
        this.asciiOnly = arguments.flag(0, false);
        this.indent = indentText(state, arguments);
        Object separators = arguments.get(2, None.NONE);
        if (separators == None.NONE) {
            this.itemSeparator = indent == null ? ", " : ",";
            this.keySeparator = ": ";
        } else {
            List<Object> pair = Values.toList(state, separators);
            if (pair.size() != 2 || !(pair.get(0) instanceof String item) || !(pair.get(1) instanceof String key)) {
                throw state.failure("tojson needs two strings as 'separators'");
            }
            this.itemSeparator = item;
            this.keySeparator = key;
        }
        this.sortKeys = arguments.flag(3, false);
    }

    /** Arguments: ensure_ascii, indent, separators, sort_keys. */
    static String write(RenderState state, Object value, Arguments arguments) {
        JsonText text = new JsonText(
                state, arguments.bind(state, "tojson", "ensure_ascii", "indent", "separators", "sort_keys"));
        text.append(value, 0);
        return text.out.toString();
    }

    private static @Nullable String indentText(RenderState state, Arguments.Bound arguments) {
        Object indent = arguments.get(1, None.NONE);
        if (indent == None.NONE) {
            return null;
        }
        if (indent instanceof String text) {
            return text;
        }
        long width = Math.max(0, arguments.integer(1));
        state.created(width);
        return " ".repeat((int) width);
    }

    private void append(Object value, int level) {
        state.enter();
        switch (value) {
            case String text -> appendString(text);
            case MarkupValue markup -> appendString(markup.text());
            case Boolean flag -> state.append(out, flag ? "true" : "false");
            case Long number -> state.append(out, number.toString());
            case Double number -> state.append(out, number(number));
            case None none -> state.append(out, "null");
            case ListValue list -> appendList(list.items(), level);
            case TupleValue tuple -> appendList(tuple.items(), level);
            case DictValue dict -> appendDict(dict, level);
            default -> throw state.failure("Object of type " + Values.typeName(value) + " is not JSON serializable");
        }
        state.leave();
    }

    private static String number(double value) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "Infinity" : "-Infinity";
        }
        return Printing.floatRepr(value);
    }

    private void appendList(List<Object> items, int level) {
        if (items.isEmpty()) {
            state.append(out, "[]");
            return;
        }
        state.append(out, "[");
        Iterator<Object> iterator = items.iterator();
        while (iterator.hasNext()) {
            newLine(level + 1);
            append(iterator.next(), level + 1);
            if (iterator.hasNext()) {
                state.append(out, itemSeparator);
            }
        }
        newLine(level);
        state.append(out, "]");
    }

    private void appendDict(DictValue dict, int level) {
        if (dict.entries().isEmpty()) {
            state.append(out, "{}");
            return;
        }
        state.append(out, "{");
        Iterator<Map.Entry<Object, Object>> entries = sortKeys
                ? sorted(dict).entrySet().iterator()
                : dict.entries().entrySet().iterator();
        while (entries.hasNext()) {
            Map.Entry<Object, Object> entry = entries.next();
            newLine(level + 1);
            appendString(keyText(entry.getKey()));
            state.append(out, keySeparator);
            append(entry.getValue(), level + 1);
            if (entries.hasNext()) {
                state.append(out, itemSeparator);
            }
        }
        newLine(level);
        state.append(out, "}");
    }

    private Map<Object, Object> sorted(DictValue dict) {
        Map<Object, Object> sorted = new TreeMap<>((a, b) -> {
            if (Comparisons.less(state, a, b, false)) {
                return -1;
            }
            return Comparisons.less(state, b, a, false) ? 1 : 0;
        });
        sorted.putAll(dict.entries());
        return sorted;
    }

    private static String keyText(Object key) {
        return key == None.NONE ? "null" : key.toString();
    }

    private void newLine(int level) {
        if (indent != null) {
            state.created((long) indent.length() * level + 1);
            state.append(out, "\n" + indent.repeat(level));
        }
    }

    private void appendString(String text) {
        StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
        state.created(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                case '\f' -> quoted.append("\\f");
                case '\b' -> quoted.append("\\b");
                default -> {
                    if (c < ' ' || (asciiOnly && c > '~')) {
                        quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
                    } else {
                        quoted.append(c);
                    }
                }
            }
        }
        state.append(out, quoted.append('"').toString());
    }
}
