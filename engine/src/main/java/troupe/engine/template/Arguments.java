package troupe.engine.template;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Evaluated arguments of a call, filter or test. */
record Arguments(List<Object> positional, Map<String, Object> keywords) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    /** Assigns the arguments to the parameters as Python does; too many or unknown ones are an error. */
    Bound bind(RenderState state, String function, String... parameters) {
        if (positional.size() > parameters.length) {
            throw state.failure(
                    function + " takes at most " + parameters.length + " arguments, got " + positional.size());
        }
        @Nullable Object[] values = new @Nullable Object[parameters.length];
        for (int i = 0; i < positional.size(); i++) {
            values[i] = positional.get(i);
        }
        for (Map.Entry<String, Object> keyword : keywords.entrySet()) {
            int index = List.of(parameters).indexOf(keyword.getKey());
            if (index < 0) {
                throw state.failure(function + " got an unexpected argument '" + keyword.getKey() + "'");
            }
            if (values[index] != null) {
                throw state.failure(function + " got two values for the argument '" + keyword.getKey() + "'");
            }
            values[index] = keyword.getValue();
        }
        return new Bound(state, function, parameters, values);
    }

    /** For methods, which take no keywords in Python. */
    Bound bindPositional(RenderState state, String function, String... parameters) {
        if (!keywords.isEmpty()) {
            throw state.failure(function + " takes no keyword arguments");
        }
        return bind(state, function, parameters);
    }

    /** Arguments by the position of their parameter. */
    static final class Bound {
        private final RenderState state;
        private final String function;
        private final String[] parameters;
        private final @Nullable Object[] values;

        private Bound(RenderState state, String function, String[] parameters, @Nullable Object[] values) {
            this.state = state;
            this.function = function;
            this.parameters = parameters;
            this.values = values;
        }

        boolean has(int index) {
            return values[index] != null;
        }

        Object required(int index) {
            Object value = values[index];
            if (value == null) {
                throw state.failure(function + " misses its argument '" + parameters[index] + "'");
            }
            return value;
        }

        Object get(int index, Object otherwise) {
            Object value = values[index];
            return value == null ? otherwise : value;
        }

        boolean flag(int index, boolean otherwise) {
            Object value = values[index];
            return value == null ? otherwise : Values.truth(state, value);
        }

        long integer(int index, long otherwise) {
            Object value = values[index];
            return value == null ? otherwise : integer(index);
        }

        long integer(int index) {
            return switch (required(index)) {
                case Long number -> number;
                case Boolean flag -> flag ? 1 : 0;
                case Object other -> throw wrongType(index, "an integer", other);
            };
        }

        String text(int index, String otherwise) {
            return values[index] == null ? otherwise : text(index);
        }

        String text(int index) {
            Object value = required(index);
            if (value instanceof String text) {
                return text;
            }
            throw wrongType(index, "a string", value);
        }

        private TemplateException wrongType(int index, String wanted, Object value) {
            return value instanceof Value.Undefined undefined
                    ? state.failure(undefined.message())
                    : state.failure(function + " needs " + wanted + " as '" + parameters[index] + "', got "
                            + Values.typeName(value));
        }
    }
}
