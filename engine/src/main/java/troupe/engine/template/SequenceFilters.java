package troupe.engine.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import troupe.engine.template.Value.DictValue;
import troupe.engine.template.Value.GeneratorValue;
import troupe.engine.template.Value.ListValue;
import troupe.engine.template.Value.MarkupValue;
import troupe.engine.template.Value.None;
import troupe.engine.template.Value.TupleValue;
import troupe.engine.template.Value.Undefined;
import troupe.engine.template.Value.ViewKind;
import troupe.engine.template.Value.ViewValue;

/** Filters over sequences as a whole: size, ends, order, sums; and the defaults for what is undefined. */
final class SequenceFilters {
    private SequenceFilters() {}

    static void register(Map<String, FilterFunction> filters) {
        for (String name : List.of("length", "count")) {
            filters.put(name, (evaluator, value, arguments) -> {
                arguments.bind(evaluator.state(), name);
                return Values.length(evaluator.state(), value);
            });
        }
        for (String name : List.of("default", "d")) {
            filters.put(name, SequenceFilters::defaultValue);
        }
        filters.put("first", SequenceFilters::first);
        filters.put("last", SequenceFilters::last);
        filters.put("list", (evaluator, value, arguments) -> {
            arguments.bind(evaluator.state(), "list");
            return new ListValue(Values.toList(evaluator.state(), value));
        });
        filters.put("items", SequenceFilters::items);
        filters.put("reverse", SequenceFilters::reverse);
        filters.put("join", SequenceFilters::join);
        filters.put("sum", SequenceFilters::sum);
        filters.put("min", (evaluator, value, arguments) -> extreme(evaluator, value, arguments, "min"));
        filters.put("max", (evaluator, value, arguments) -> extreme(evaluator, value, arguments, "max"));
        filters.put("sort", SequenceFilters::sort);
        filters.put("dictsort", SequenceFilters::dictSort);
        filters.put("unique", SequenceFilters::unique);
        filters.put("groupby", SequenceFilters::groupBy);
        filters.put("batch", SequenceFilters::batch);
    }

    private static Object defaultValue(Evaluator evaluator, Object value, Arguments arguments) {
        RenderState state = evaluator.state();
        Arguments.Bound bound = arguments.bind(state, "default", "default_value", "boolean");
        boolean replaced = value instanceof Undefined || (bound.flag(1, false) && !Values.truth(state, value));
        return replaced ? bound.get(0, "") : value;
    }

    private static Object first(Evaluator evaluator, Object value, Arguments arguments) {
        arguments.bind(evaluator.state(), "first");
        Iterator<Object> iterator = Values.iterate(evaluator.state(), value);
        return iterator.hasNext() ? iterator.next() : new Undefined("No first item, sequence was empty.");
    }

    private static Object last(Evaluator evaluator, Object value, Arguments arguments) {
        RenderState state = evaluator.state();
        arguments.bind(state, "last");
        if (value instanceof GeneratorValue || value instanceof Undefined) {
            throw state.failure("'" + Values.typeName(value) + "' object is not reversible");
        }
        List<Object> items = value instanceof ListValue list ? list.items() : Values.toList(state, value);
        return items.isEmpty() ? new Undefined("No last item, sequence was empty.") : items.getLast();
    }

    private static Object items(Evaluator evaluator, Object value, Arguments arguments) {
        RenderState state = evaluator.state();
        arguments.bind(state, "items");
        return switch (value) {
            case Undefined undefined -> new GeneratorValue(List.of().iterator());
            case DictValue dict -> new GeneratorValue(Values.iterate(state, new ViewValue(ViewKind.ITEMS, dict)));
            default -> throw state.failure("Can only get item pairs from a mapping.");
        };
    }

    private static Object reverse(Evaluator evaluator, Object value, Arguments arguments) {
        RenderState state = evaluator.state();
        arguments.bind(state, "reverse");
        if (value instanceof Undefined || value instanceof MarkupValue) {
            throw state.unsupported("filter 'reverse' on " + Values.typeName(value));
        }
        List<Object> items = Values.toList(state, value);
        Collections.reverse(items);
        if (!(value instanceof String text)) {
            return new GeneratorValue(items.iterator());
        }
        state.created(text.length());
        StringBuilder out = new StringBuilder(text.length());
        items.forEach(out::append);
        return out.toString();
    }

    private static String join(Evaluator evaluator, Object value, Arguments arguments) {
        RenderState state = evaluator.state();
        Arguments.Bound bound = arguments.bind(state, "join", "d", "attribute");
        String separator = Printing.str(state, bound.get(0, ""));
        Function<Object, Object> getter = AttributePath.getter(state, bound.get(1, None.NONE));
        StringBuilder out = new StringBuilder();
        Iterator<Object> items = Values.iterate(state, value);
        for (boolean first = true; items.hasNext(); first = false) {
            if (!first) {
                state.append(out, separator);
            }
            state.append(out, Printing.str(state, getter.apply(items.next())));
        }
        return out.toString();
    }

    private static Object sum(Evaluator evaluator, Object value, Arguments arguments) {
        RenderState state = evaluator.state();
        Arguments.Bound bound = arguments.bind(state, "sum", "attribute", "start");
        Function<Object, Object> getter = AttributePath.getter(state, bound.get(0, None.NONE));
        Object sum = bound.get(1, 0L);
        if (sum instanceof String) {
            throw state.failure("sum() can't sum strings");
        }
        for (Object item : Values.toList(state, value)) {
            sum = Arithmetic.apply(state, Expr.BinaryOperator.ADD, sum, getter.apply(item));
        }
        return sum;
    }

    private static Object extreme(Evaluator evaluator, Object value, Arguments arguments, String name) {
        RenderState state = evaluator.state();
        Arguments.Bound bound = arguments.bind(state, name, "case_sensitive", "attribute");
        Function<Object, Object> getter = AttributePath.getter(state, bound.get(1, None.NONE));
        boolean caseSensitive = bound.flag(0, false);
        List<Object> items = Values.toList(state, value);
        if (items.isEmpty()) {
            return new Undefined("No aggregated item, sequence was empty.");
        }
        Object best = items.getFirst();
        Object bestKey = sortKey(state, getter.apply(best), caseSensitive);
        for (Object item : items.subList(1, items.size())) {
            Object key = sortKey(state, getter.apply(item), caseSensitive);
            boolean better = name.equals("min")
                    ? Comparisons.less(state, key, bestKey, false)
                    : Comparisons.less(state, bestKey, key, false);
            if (better) {
                best = item;
                bestKey = key;
            }
        }
        return best;
    }

    private static Object sortKey(RenderState state, Object value, boolean caseSensitive) {
        if (caseSensitive || !(value instanceof String text)) {
            return value;
        }
        state.created(text.length());
        return PythonText.lower(text);
    }

    private record Keyed(Object key, Object item) {}

    private static List<Object> sorted(
            RenderState state,
            List<Object> items,
            Function<Object, Object> key,
            boolean caseSensitive,
            boolean reverse) {
        List<Keyed> keyed = new ArrayList<>(items.size());
        for (Object item : items) {
            keyed.add(new Keyed(sortKey(state, key.apply(item), caseSensitive), item));
        }
        keyed.sort((a, b) -> compare(state, reverse ? b : a, reverse ? a : b));
        List<Object> result = new ArrayList<>(items.size());
        keyed.forEach(entry -> result.add(entry.item()));
        return result;
    }

    private static int compare(RenderState state, Keyed left, Keyed right) {
        if (Comparisons.less(state, left.key(), right.key(), false)) {
            return -1;
        }
        return Comparisons.less(state, right.key(), left.key(), false) ? 1 : 0;
    }

    private static ListValue sort(Evaluator evaluator, Object value, Arguments arguments) {
        RenderState state = evaluator.state();
        Arguments.Bound bound = arguments.bind(state, "sort", "reverse", "case_sensitive", "attribute");
        Object attribute = bound.get(2, None.NONE);
        if (attribute instanceof String path && path.indexOf(',') >= 0) {
            throw state.unsupported("filter 'sort' by several attributes");
        }
        Function<Object, Object> getter = AttributePath.getter(state, attribute);
        List<Object> items = Values.toList(state, value);
        return new ListValue(sorted(state, items, getter, bound.flag(1, false), bound.flag(0, false)));
    }

    private static ListValue dictSort(Evaluator evaluator, Object value, Arguments arguments) {
        RenderState state = evaluator.state();
        Arguments.Bound bound = arguments.bind(state, "dictsort", "case_sensitive", "by", "reverse");
        String by = bound.text(1, "key");
        if (!by.equals("key") && !by.equals("value")) {
            throw state.failure("You can only sort by either \"key\" or \"value\"");
        }
        if (!(value instanceof DictValue dict)) {
            throw state.failure("'" + Values.typeName(value) + "' object has no attribute 'items'");
        }
        int part = by.equals("key") ? 0 : 1;
        List<Object> pairs = Values.toList(state, new ViewValue(ViewKind.ITEMS, dict));
        Function<Object, Object> key =
                pair -> pair instanceof TupleValue tuple ? tuple.items().get(part) : pair;
        return new ListValue(sorted(state, pairs, key, bound.flag(0, false), bound.flag(2, false)));
    }

    private static GeneratorValue unique(Evaluator evaluator, Object value, Arguments arguments) {
        RenderState state = evaluator.state();
        Arguments.Bound bound = arguments.bind(state, "unique", "case_sensitive", "attribute");
        Function<Object, Object> getter = AttributePath.getter(state, bound.get(1, None.NONE));
        boolean caseSensitive = bound.flag(0, false);
        Set<Object> seen = new HashSet<>();
        List<Object> result = new ArrayList<>();
        for (Object item : Values.toList(state, value)) {
            if (seen.add(Values.lookupKey(state, sortKey(state, getter.apply(item), caseSensitive)))) {
                result.add(item);
            }
        }
        return new GeneratorValue(result.iterator());
    }

    private static ListValue groupBy(Evaluator evaluator, Object value, Arguments arguments) {
        RenderState state = evaluator.state();
        Arguments.Bound bound = arguments.bind(state, "groupby", "attribute", "default", "case_sensitive");
        Function<Object, Object> plain = AttributePath.getter(state, bound.required(0));
        Object otherwise = bound.get(1, None.NONE);
        Function<Object, Object> getter = item -> {
            Object found = plain.apply(item);
            return found instanceof Undefined && otherwise != None.NONE ? otherwise : found;
        };
        boolean caseSensitive = bound.flag(2, false);
        List<Object> items = sorted(state, Values.toList(state, value), getter, caseSensitive, false);
        List<Object> groups = new ArrayList<>();
        List<Object> group = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            group.add(items.get(i));
            Object key = getter.apply(items.get(i));
            boolean last = i + 1 == items.size()
                    || !Comparisons.equal(
                            state,
                            sortKey(state, key, caseSensitive),
                            sortKey(state, getter.apply(items.get(i + 1)), caseSensitive));
            if (last) {
                groups.add(new TupleValue(List.of(getter.apply(group.getFirst()), new ListValue(group)), true));
                group = new ArrayList<>();
            }
        }
        return new ListValue(groups);
    }

    private static GeneratorValue batch(Evaluator evaluator, Object value, Arguments arguments) {
        RenderState state = evaluator.state();
        Arguments.Bound bound = arguments.bind(state, "batch", "linecount", "fill_with");
        long size = bound.integer(0);
        Object fill = bound.get(1, None.NONE);
        if (size < 1) {
            throw state.unsupported("filter 'batch' with size " + size);
        }
        List<Object> batches = new ArrayList<>();
        List<Object> items = Values.toList(state, value);
        for (long start = 0; start < items.size(); start += size) {
            int end = (int) Math.min(items.size(), start + size);
            List<Object> batch = new ArrayList<>(items.subList((int) start, end));
            if (fill != None.NONE && batch.size() < size) {
                state.charge(size);
                while (batch.size() < size) {
                    batch.add(fill);
                }
            }
            batches.add(new ListValue(batch));
        }
        return new GeneratorValue(batches.iterator());
    }
}
