package troupe.engine.template;

import java.util.function.Function;
import troupe.engine.template.Value.None;

/** The argument {@code attribute} of filters: a path such as {@code function.name} or {@code 0.role}. */
final class AttributePath {
    private static final int MAX_PARTS = 32;

    private AttributePath() {}

    /** What follows the path into an element; for None the element itself. */
    static Function<Object, Object> getter(RenderState state, Object path) {
        if (path == None.NONE) {
            return item -> item;
        }
        if (path instanceof Long index) {
            return item -> Attributes.subscript(state, item, index);
        }
        if (!(path instanceof String text)) {
            throw state.unsupported("attribute path of type " + Values.typeName(path));
        }
        String[] parts = text.split("\\.", -1);
        if (parts.length > MAX_PARTS) {
            throw state.unsupported("attribute path of more than " + MAX_PARTS + " parts");
        }
        return item -> {
            Object value = item;
            for (String part : parts) {
                value = Attributes.subscript(state, value, key(part));
            }
            return value;
        };
    }

    private static Object key(String part) {
        boolean index = !part.isEmpty() && part.length() < 10 && part.chars().allMatch(c -> c >= '0' && c <= '9');
        return index ? (Object) Long.valueOf(part) : part;
    }
}
