package troupe.engine.template;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The values of Python that Java has no type of its own for. Strings, integers (64 bits), floats and booleans are
 * String, Long, Double and Boolean; a Java null never occurs. Lists and dicts cannot be changed by a template, so only
 * a namespace can close a cycle.
 */
sealed interface Value {
    /** Python's None. */
    enum None implements Value {
        NONE
    }

    /** A missing name or attribute: prints as nothing, is false, and fails on use with {@code message}. */
    record Undefined(String message) implements Value {}

    record ListValue(List<Object> items) implements Value {}

    /**
     * Python's tuple.
     *
     * @param group true for the (grouper, list) pairs of the filter groupby, which have these two attributes
     */
    record TupleValue(List<Object> items, boolean group) implements Value {
        TupleValue(List<Object> items) {
            this(items, false);
        }
    }

    /** Keys are String, Long or None, in order of insertion. */
    record DictValue(Map<Object, Object> entries) implements Value {
        static DictValue ofStrings(Map<String, Object> entries) {
            return new DictValue(new LinkedHashMap<>(entries));
        }
    }

    record RangeValue(long start, long stop, long step) implements Value {
        long size() {
            long distance = step > 0 ? stop - start : start - stop;
            long stride = Math.abs(step);
            return distance <= 0 ? 0 : (distance - 1) / stride + 1;
        }

        long get(long index) {
            return start + index * step;
        }
    }

    /** What {@code dict.keys()}, {@code .values()} and {@code .items()} return. */
    record ViewValue(ViewKind kind, DictValue dict) implements Value {}

    enum ViewKind {
        KEYS("dict_keys"),
        VALUES("dict_values"),
        ITEMS("dict_items");

        final String typeName;

        ViewKind(String typeName) {
            this.typeName = typeName;
        }
    }

    /** An iterator that can be walked once, such as the result of the filter map. */
    record GeneratorValue(Iterator<Object> remaining) implements Value {}

    /** The one value that a template can change. */
    record NamespaceValue(Map<String, Object> attributes) implements Value {}

    /** A string marked by the filter safe; it can be printed, joined by ~, measured and compared. */
    record MarkupValue(String text) implements Value {}

    /** A method of a string, list, tuple or dict, not called yet. */
    record BoundMethod(Object receiver, String name) implements Value {}

    /** What can be called besides methods: macros, loops, globals. */
    non-sealed interface CallableValue extends Value {
        Object call(Evaluator evaluator, Arguments arguments);

        /** How Python prints it, and how errors name it. */
        String printed();
    }
}
