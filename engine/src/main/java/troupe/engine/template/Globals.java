package troupe.engine.template;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import troupe.engine.template.Value.CallableValue;
import troupe.engine.template.Value.DictValue;
import troupe.engine.template.Value.NamespaceValue;
import troupe.engine.template.Value.RangeValue;
import troupe.engine.template.Value.TupleValue;

/** The functions that every template can call. */
final class Globals {
    /** The sandbox's own limit on the size of a range. */
    private static final int MAX_RANGE = 100_000;

    private Globals() {}

    static void addTo(Map<String, Object> variables) {
        add(variables, "range", Globals::range);
        add(variables, "dict", (state, arguments) -> new DictValue(entries(state, "dict", arguments)));
        add(variables, "namespace", Globals::namespace);
        add(variables, "raise_exception", (state, arguments) -> {
            Object message = arguments.bind(state, "raise_exception", "message").required(0);
            throw new TemplateException.Raised(state.line(), Printing.str(state, message));
        });
        add(
                variables,
                "strftime_now",
                (state, arguments) -> StrftimeText.format(
                        state, arguments.bind(state, "strftime_now", "format").text(0)));
        for (String name : List.of("lipsum", "cycler", "joiner")) {
            add(variables, name, (state, arguments) -> {
                throw state.unsupported("global '" + name + "'");
            });
        }
    }

    private static void add(
            Map<String, Object> variables, String name, BiFunction<RenderState, Arguments, Object> function) {
        variables.put(name, new GlobalFunction(name, function));
    }

    private record GlobalFunction(String name, BiFunction<RenderState, Arguments, Object> function)
            implements CallableValue {
        @Override
        public Object call(Evaluator evaluator, Arguments arguments) {
            return function.apply(evaluator.state(), arguments);
        }

        @Override
        public String printed() {
            return "function '" + name + "'";
        }
    }

    private static Object range(RenderState state, Arguments arguments) {
        Arguments.Bound bound = arguments.bindPositional(state, "range", "start", "stop", "step");
        long step = bound.integer(2, 1);
        if (step == 0) {
            throw state.failure("range() arg 3 must not be zero");
        }
        long first = bound.integer(0);
        long start = bound.has(1) ? first : 0;
        long stop = bound.has(1) ? bound.integer(1) : first;
        for (long number : new long[] {start, stop, step}) {
            if (number > Integer.MAX_VALUE || number < -Integer.MAX_VALUE) {
                throw state.failure("range of numbers beyond 32 bits");
            }
        }
        RangeValue range = new RangeValue(start, stop, step);
        if (range.size() > MAX_RANGE) {
            throw state.failure("range too big, the largest is " + MAX_RANGE + ", got " + range.size());
        }
        return range;
    }

    private static Object namespace(RenderState state, Arguments arguments) {
        Map<String, Object> attributes = new LinkedHashMap<>();
        for (Map.Entry<Object, Object> entry :
                entries(state, "namespace", arguments).entrySet()) {
            if (!(entry.getKey() instanceof String name)) {
                throw state.unsupported("namespace attribute that is not a string");
            }
            attributes.put(name, entry.getValue());
        }
        return new NamespaceValue(attributes);
    }

    /** The arguments of Python's dict: a mapping or pairs, then keywords. */
    private static Map<Object, Object> entries(RenderState state, String function, Arguments arguments) {
        Map<Object, Object> entries = new LinkedHashMap<>();
        if (arguments.positional().size() > 1) {
            throw state.failure(function + " expected at most 1 argument");
        }
        for (Object source : arguments.positional()) {
            if (source instanceof DictValue dict) {
                state.charge(dict.entries().size());
                entries.putAll(dict.entries());
            } else {
                for (Object pair : Values.toList(state, source)) {
                    List<Object> parts = pair instanceof TupleValue tuple ? tuple.items() : Values.toList(state, pair);
                    if (parts.size() != 2) {
                        throw state.failure(function + " needs pairs, got a sequence of length " + parts.size());
                    }
                    entries.put(Values.newKey(state, parts.get(0)), parts.get(1));
                }
            }
        }
        entries.putAll(arguments.keywords());
        return entries;
    }
}
