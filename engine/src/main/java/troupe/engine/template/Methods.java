package troupe.engine.template;

import java.util.List;
import troupe.engine.template.Value.BoundMethod;
import troupe.engine.template.Value.DictValue;
import troupe.engine.template.Value.ListValue;
import troupe.engine.template.Value.None;
import troupe.engine.template.Value.TupleValue;
import troupe.engine.template.Value.ViewKind;
import troupe.engine.template.Value.ViewValue;

/** Calls methods of Python's built-in types; those of strings are {@link StringMethods}'. */
final class Methods {
    private Methods() {}

    static Object call(RenderState state, BoundMethod method, Arguments arguments) {
        return switch (method.receiver()) {
            case String text -> StringMethods.call(state, text, method.name(), arguments);
            case DictValue dict -> callOnDict(state, dict, method.name(), arguments);
            case ListValue list -> callOnSequence(state, list, list.items(), method.name(), arguments);
            case TupleValue tuple -> callOnSequence(state, tuple, tuple.items(), method.name(), arguments);
            default -> throw state.unsupported("method '" + method.name() + "'");
        };
    }

    private static Object callOnDict(RenderState state, DictValue dict, String name, Arguments arguments) {
        switch (name) {
            case "get" -> {
                Arguments.Bound bound = arguments.bindPositional(state, "get", "key", "default");
                Object value = dict.entries().get(Values.lookupKey(state, bound.required(0)));
                return value != null ? value : bound.get(1, None.NONE);
            }
            case "items", "keys", "values", "copy" -> arguments.bindPositional(state, name);
            default -> throw state.unsupported("method '" + name + "' of dict");
        }
        return switch (name) {
            case "items" -> new ViewValue(ViewKind.ITEMS, dict);
            case "keys" -> new ViewValue(ViewKind.KEYS, dict);
            case "values" -> new ViewValue(ViewKind.VALUES, dict);
            default -> dict;
        };
    }

    private static Object callOnSequence(
            RenderState state, Object sequence, List<Object> items, String name, Arguments arguments) {
        return switch (name) {
            case "copy" -> {
                arguments.bindPositional(state, name);
                yield sequence;
            }
            case "count" -> {
                Object wanted = arguments.bindPositional(state, name, "value").required(0);
                long count = 0;
                for (Object item : items) {
                    count += Comparisons.equal(state, item, wanted) ? 1 : 0;
                }
                yield count;
            }
            case "index" -> {
                Object wanted = arguments.bindPositional(state, name, "value").required(0);
                for (int i = 0; i < items.size(); i++) {
                    if (Comparisons.equal(state, items.get(i), wanted)) {
                        yield (long) i;
                    }
                }
                throw state.failure("value is not in list");
            }
            default -> throw state.unsupported("method '" + name + "' of " + Values.typeName(sequence));
        };
    }
}
