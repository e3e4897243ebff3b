package troupe.engine.template;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Python's {@code str.format} with the fields {}, {0} and {name}; conversions and format specifications are refused. */
final class BraceFormat {
    private static final Pattern INDEX = Pattern.compile("[0-9]{1,4}");
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    private BraceFormat() {}

    static String format(RenderState state, String format, Arguments arguments) {
        StringBuilder out = new StringBuilder();
        int next = 0;
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            boolean doubled = i + 1 < format.length() && format.charAt(i + 1) == c;
            if ((c == '{' || c == '}') && doubled) {
                state.append(out, String.valueOf(c));
                i++;
            } else if (c == '}') {
                throw state.failure("single '}' encountered in format string");
            } else if (c == '{') {
                int end = format.indexOf('}', i);
                if (end < 0) {
                    throw state.failure("expected '}' before end of string");
                }
                String field = format.substring(i + 1, end);
                Object value = field.isEmpty() ? positional(state, arguments, next++) : field(state, arguments, field);
                state.append(out, Printing.str(state, value));
                i = end;
            } else {
                state.append(out, String.valueOf(c));
            }
        }
        return out.toString();
    }

    private static Object field(RenderState state, Arguments arguments, String field) {
        if (INDEX.matcher(field).matches()) {
            return positional(state, arguments, Integer.parseInt(field));
        }
        if (!NAME.matcher(field).matches()) {
            throw state.unsupported("format field {" + field + "}");
        }
        @Nullable Object value = arguments.keywords().get(field);
        if (value == null) {
            throw state.failure("format misses the argument '" + field + "'");
        }
        return value;
    }

    private static Object positional(RenderState state, Arguments arguments, int index) {
        if (index >= arguments.positional().size()) {
            throw state.failure("format misses the argument " + index);
        }
        return arguments.positional().get(index);
    }
}
