package troupe.engine.template;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import troupe.engine.template.Value.CallableValue;
import troupe.engine.template.Value.TupleValue;
import troupe.engine.template.Value.Undefined;

/**
 * The variable {@code loop}: where a for loop is. Elements are taken from the iterator only when they are needed, since
 * a loop's condition may depend on what its body did before.
 */
final class LoopValue implements CallableValue {
    /** Runs a recursive loop's body over other elements, one level deeper. */
    interface Recursion {
        Object run(Object iterable, int depth);
    }

    private final RenderState state;
    private final Iterator<Object> remaining;
    private final @Nullable Recursion recursion;
    private final int depth;
    /** Elements taken from the iterator ahead of the current one. */
    private final Deque<Object> ahead = new ArrayDeque<>();

    private long index = -1;
    private @Nullable Object previous;
    private @Nullable Object current;
    private @Nullable Object lastChanged;

    /** @param depth 0 for the outermost level of a recursive loop */
    LoopValue(RenderState state, Iterator<Object> remaining, @Nullable Recursion recursion, int depth) {
        this.state = state;
        this.remaining = remaining;
        this.recursion = recursion;
        this.depth = depth;
    }

    boolean hasNext() {
        return !ahead.isEmpty() || remaining.hasNext();
    }

    Object next() {
        state.charge(1);
        Object item = ahead.isEmpty() ? remaining.next() : ahead.removeFirst();
        index++;
        previous = current;
        current = item;
        return item;
    }

    private long length() {
        while (remaining.hasNext()) {
            state.charge(1);
            ahead.addLast(remaining.next());
        }
        return index + 1 + ahead.size();
    }

    private @Nullable Object peek() {
        if (ahead.isEmpty() && remaining.hasNext()) {
            ahead.addLast(remaining.next());
        }
        return ahead.peekFirst();
    }

    @Nullable
    Object attribute(String name) {
        return switch (name) {
            case "index" -> index + 1;
            case "index0" -> index;
            case "first" -> index == 0;
            case "last" -> peek() == null;
            case "length" -> length();
            case "revindex" -> length() - index;
            case "revindex0" -> length() - index - 1;
            case "depth" -> depth + 1L;
            case "depth0" -> (long) depth;
            case "previtem" -> previous != null ? previous : new Undefined("there is no previous item");
            case "nextitem" -> {
                Object next = peek();
                yield next != null ? next : new Undefined("there is no next item");
            }
            case "cycle", "changed" -> new LoopMethod(this, name);
            default -> null;
        };
    }

    /** {@code loop.cycle(...)} and {@code loop.changed(...)}. */
    private record LoopMethod(LoopValue loop, String name) implements CallableValue {
        @Override
        public String printed() {
            return "method '" + name + "' of loop";
        }

        @Override
        public Object call(Evaluator evaluator, Arguments arguments) {
            if (!arguments.keywords().isEmpty()) {
                throw evaluator.state().failure("loop." + name + " takes no keyword arguments");
            }
            return name.equals("cycle") ? loop.cycle(arguments.positional()) : loop.changed(arguments.positional());
        }
    }

    private Object cycle(List<Object> values) {
        if (values.isEmpty()) {
            throw state.failure("no items for cycling given");
        }
        return values.get((int) (index % values.size()));
    }

    private Object changed(List<Object> values) {
        Object tuple = new TupleValue(values);
        boolean changed = lastChanged == null || !Comparisons.equal(state, lastChanged, tuple);
        lastChanged = tuple;
        return changed;
    }

    @Override
    public String printed() {
        return "loop";
    }

    @Override
    public Object call(Evaluator evaluator, Arguments arguments) {
        if (recursion == null) {
            throw evaluator.state().failure("the loop must have the 'recursive' marker to be called recursively");
        }
        Object iterable =
                arguments.bindPositional(evaluator.state(), "loop", "iterable").required(0);
        return recursion.run(iterable, depth + 1);
    }
}
