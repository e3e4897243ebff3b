package troupe.engine.template;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Jinja's filters by name. */
final class Filters {
    private static final Map<String, FilterFunction> FILTERS = new HashMap<>();

    static {
        TextFilters.register(FILTERS);
        NumberFilters.register(FILTERS);
        SequenceFilters.register(FILTERS);
        SelectionFilters.register(FILTERS);
    }

    private Filters() {}

    static @Nullable FilterFunction find(String name) {
        return FILTERS.get(name);
    }
}
