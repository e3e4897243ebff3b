package troupe.engine.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import troupe.engine.template.Value.DictValue;
import troupe.engine.template.Value.ListValue;
import troupe.engine.template.Value.None;

/** Turns a context of plain Java values into values of a template, counting its size and nesting. */
final class ContextValues {
    private ContextValues() {}

    static Object convert(RenderState state, @Nullable Object value, String path, int nesting) {
        state.charge(1);
        if (nesting > state.limits().maxNesting()) {
            throw new TemplateException.Limit(
                    state.line(), "maxNesting", state.limits().maxNesting());
        }
        return switch (value) {
            case null -> None.NONE;
            case String text -> text;
            case Boolean flag -> flag;
            case Long number -> number;
            case Integer number -> number.longValue();
            case Double number -> number;
            case List<?> list -> {
                List<Object> items = new ArrayList<>(list.size());
                for (@Nullable Object item : list) {
                    items.add(convert(state, item, path, nesting + 1));
                }
                yield new ListValue(items);
            }
            case Map<?, ?> map -> {
                Map<Object, Object> entries = new LinkedHashMap<>();
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    if (!(entry.getKey() instanceof String key)) {
                        throw state.unsupported("key in '" + path + "' of the context that is not a string");
                    }
                    entries.put(key, convert(state, entry.getValue(), path, nesting + 1));
                }
                yield new DictValue(entries);
            }
            default -> throw state.unsupported("value of " + value.getClass() + " in '" + path + "' of the context");
        };
    }
}
