package troupe.engine.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import troupe.engine.template.Value.GeneratorValue;
import troupe.engine.template.Value.None;
import troupe.engine.template.Value.Undefined;

/** The filters map, select, reject, selectattr and rejectattr. Their results are computed at once, not on demand. */
final class SelectionFilters {
    private SelectionFilters() {}

    static void register(Map<String, FilterFunction> filters) {
        filters.put("map", SelectionFilters::map);
        filters.put("select", (evaluator, value, arguments) -> select(evaluator, value, arguments, true, 0));
        filters.put("reject", (evaluator, value, arguments) -> select(evaluator, value, arguments, false, 0));
        filters.put("selectattr", (evaluator, value, arguments) -> select(evaluator, value, arguments, true, 1));
        filters.put("rejectattr", (evaluator, value, arguments) -> select(evaluator, value, arguments, false, 1));
    }

    private static Object map(Evaluator evaluator, Object value, Arguments arguments) {
        RenderState state = evaluator.state();
        List<Object> result = new ArrayList<>();
        if (Values.truth(state, value)) {
            Function<Object, Object> function = mapping(evaluator, arguments);
            for (Object item : Values.toList(state, value)) {
                result.add(function.apply(item));
            }
        }
        return new GeneratorValue(result.iterator());
    }

    private static Function<Object, Object> mapping(Evaluator evaluator, Arguments arguments) {
        RenderState state = evaluator.state();
        if (arguments.positional().isEmpty()) {
            Arguments.Bound bound = arguments.bind(state, "map", "attribute", "default");
            Function<Object, Object> getter = AttributePath.getter(state, bound.required(0));
            Object otherwise = bound.get(1, None.NONE);
            return item -> {
                Object found = getter.apply(item);
                return found instanceof Undefined && otherwise != None.NONE ? otherwise : found;
            };
        }
        String name = name(state, arguments, 0, "filter");
        FilterFunction filter = Filters.find(name);
        if (filter == null) {
            throw state.unsupported("filter '" + name + "'");
        }
        Arguments rest = rest(arguments, 1);
        return item -> {
            state.enter();
            Object mapped = filter.apply(evaluator, item, rest);
            state.leave();
            return mapped;
        };
    }

    /** @param pathArguments 1 where the first argument is the path of an attribute to look at, else 0 */
    private static Object select(
            Evaluator evaluator, Object value, Arguments arguments, boolean wanted, int pathArguments) {
        RenderState state = evaluator.state();
        List<Object> result = new ArrayList<>();
        if (Values.truth(state, value)) {
            if (arguments.positional().size() < pathArguments) {
                throw state.failure("missing parameter for attribute name");
            }
            Function<Object, Object> getter = AttributePath.getter(
                    state,
                    pathArguments == 0 ? None.NONE : arguments.positional().getFirst());
            Predicate<Object> test = test(state, arguments, pathArguments);
            for (Object item : Values.toList(state, value)) {
                if (test.test(getter.apply(item)) == wanted) {
                    result.add(item);
                }
            }
        }
        return new GeneratorValue(result.iterator());
    }

    private static Predicate<Object> test(RenderState state, Arguments arguments, int nameIndex) {
        if (arguments.positional().size() <= nameIndex) {
            return item -> Values.truth(state, item);
        }
        String name = name(state, arguments, nameIndex, "test");
        TestFunction test = Tests.find(name);
        if (test == null) {
            throw state.unsupported("test '" + name + "'");
        }
        Arguments rest = rest(arguments, nameIndex + 1);
        return item -> test.test(state, item, rest);
    }

    private static String name(RenderState state, Arguments arguments, int index, String kind) {
        if (arguments.positional().get(index) instanceof String name) {
            return name;
        }
        throw state.failure("the name of a " + kind + " must be a string");
    }

    private static Arguments rest(Arguments arguments, int from) {
        List<Object> positional = arguments.positional();
        return new Arguments(positional.subList(from, positional.size()), arguments.keywords());
    }
}
