package troupe.engine.template;

import java.math.BigDecimal;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import troupe.engine.template.Value.DictValue;
import troupe.engine.template.Value.GeneratorValue;
import troupe.engine.template.Value.ListValue;
import troupe.engine.template.Value.MarkupValue;
import troupe.engine.template.Value.None;
import troupe.engine.template.Value.TupleValue;
import troupe.engine.template.Value.Undefined;
import troupe.engine.template.Value.ViewKind;
import troupe.engine.template.Value.ViewValue;

/** Python's ==, &lt; and in. */
final class Comparisons {
    private Comparisons() {}

    static boolean equal(RenderState state, Object left, Object right) {
        state.enter();
        boolean equal = equalValues(state, left, right);
        state.leave();
        return equal;
    }

    private static boolean equalValues(RenderState state, Object left, Object right) {
        if (isNumber(left) && isNumber(right)) {
            return compareNumbers(left, right) == 0 && !isNan(left) && !isNan(right);
        }
        return switch (left) {
            case String text -> textOf(right) instanceof String other && equalText(state, text, other);
            case MarkupValue markup -> textOf(right) instanceof String other && equalText(state, markup.text(), other);
            case Undefined undefined -> right instanceof Undefined;
            case ListValue list -> right instanceof ListValue other && equalLists(state, list.items(), other.items());
            case TupleValue tuple ->
                right instanceof TupleValue other && equalLists(state, tuple.items(), other.items());
            case DictValue dict -> right instanceof DictValue other && equalDicts(state, dict, other);
            case None none -> right instanceof None;
            default -> {
                if (left.getClass() == right.getClass()) {
                    throw state.unsupported("comparison of two values of type " + Values.typeName(left));
                }
                yield false;
            }
        };
    }

    private static Object textOf(Object value) {
        return value instanceof MarkupValue markup ? markup.text() : value;
    }

    private static boolean equalText(RenderState state, String left, String right) {
        if (left.length() != right.length()) {
            return false;
        }
        state.scanned(left.length());
        return left.equals(right);
    }

    private static boolean equalLists(RenderState state, List<Object> left, List<Object> right) {
        if (left.size() != right.size()) {
            return false;
        }
        for (int i = 0; i < left.size(); i++) {
            if (!equal(state, left.get(i), right.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean equalDicts(RenderState state, DictValue left, DictValue right) {
        if (left.entries().size() != right.entries().size()) {
            return false;
        }
        for (Map.Entry<Object, Object> entry : left.entries().entrySet()) {
            Object other = right.entries().get(entry.getKey());
            if (other == null || !equal(state, entry.getValue(), other)) {
                return false;
            }
        }
        return true;
    }

    static boolean isNumber(Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    private static boolean isNan(Object value) {
        return value instanceof Double number && number.isNaN();
    }

    /** Exact, as Python's: an integer is never rounded to a float for the comparison. NaN is not handled. */
    private static int compareNumbers(Object left, Object right) {
        if (left instanceof Double || right instanceof Double) {
            double a = Arithmetic.toDouble(left);
            double b = Arithmetic.toDouble(right);
            if (a != b || Double.isInfinite(a) || left instanceof Double == right instanceof Double) {
                return a == b ? 0 : Double.compare(a, b);
            }
            return exact(left).compareTo(exact(right));
        }
        return Long.compare(Arithmetic.toLong(left), Arithmetic.toLong(right));
    }

    private static BigDecimal exact(Object number) {
        return number instanceof Double value ? new BigDecimal(value) : BigDecimal.valueOf(Arithmetic.toLong(number));
    }

    /** Whether {@code left < right}; where {@code orEqual}, {@code left <= right}. */
    static boolean less(RenderState state, Object left, Object right, boolean orEqual) {
        state.enter();
        boolean less = lessValues(state, left, right, orEqual);
        state.leave();
        return less;
    }

    private static boolean lessValues(RenderState state, Object left, Object right, boolean orEqual) {
        if (isNumber(left) && isNumber(right)) {
            if (isNan(left) || isNan(right)) {
                throw state.unsupported("ordering of nan");
            }
            int order = compareNumbers(left, right);
            return orEqual ? order <= 0 : order < 0;
        }
        if (left instanceof String a && right instanceof String b) {
            state.scanned(Math.min(a.length(), b.length()));
            int order = compareCodePoints(a, b);
            return orEqual ? order <= 0 : order < 0;
        }
        if (left instanceof ListValue a && right instanceof ListValue b) {
            return lessLists(state, a.items(), b.items(), orEqual);
        }
        if (left instanceof TupleValue a && right instanceof TupleValue b) {
            return lessLists(state, a.items(), b.items(), orEqual);
        }
        if (left instanceof Undefined undefined) {
            throw state.failure(undefined.message());
        }
        if (right instanceof Undefined undefined) {
            throw state.failure(undefined.message());
        }
        throw state.failure("'<' not supported between instances of '" + Values.typeName(left) + "' and '"
                + Values.typeName(right) + "'");
    }

    private static int compareCodePoints(String left, String right) {
        int end = Math.min(left.length(), right.length());
        for (int i = 0; i < end; i++) {
            char a = left.charAt(i);
            char b = right.charAt(i);
            if (a != b) {
                boolean mixed = Character.isSurrogate(a) != Character.isSurrogate(b);
                return mixed ? (Character.isSurrogate(a) ? 1 : -1) : Character.compare(a, b);
            }
        }
        return Integer.compare(left.length(), right.length());
    }

    private static boolean lessLists(RenderState state, List<Object> left, List<Object> right, boolean orEqual) {
        int end = Math.min(left.size(), right.size());
        for (int i = 0; i < end; i++) {
            if (!equal(state, left.get(i), right.get(i))) {
                return less(state, left.get(i), right.get(i), orEqual);
            }
        }
        return orEqual ? left.size() <= right.size() : left.size() < right.size();
    }

    /** {@code item in container}. */
    static boolean contains(RenderState state, Object container, Object item) {
        return switch (container) {
            case String text -> {
                if (item instanceof String part) {
                    state.searched(text.length(), part.length());
                    yield text.contains(part);
                }
                throw state.failure("'in <string>' requires string as left operand, not " + Values.typeName(item));
            }
            case MarkupValue markup -> throw state.unsupported("'in' with a safe string");
            case DictValue dict -> dict.entries().containsKey(Values.lookupKey(state, item));
            case ViewValue view
            when view.kind() == ViewKind.KEYS -> view.dict().entries().containsKey(Values.lookupKey(state, item));
            default -> {
                if (!Values.isIterable(container)) {
                    throw state.failure("argument of type '" + Values.typeName(container) + "' is not iterable");
                }
                yield containsElement(state, container, item);
            }
        };
    }

    private static boolean containsElement(RenderState state, Object container, Object item) {
        Iterator<Object> iterator = container instanceof GeneratorValue generator
                ? generator.remaining()
                : Values.iterate(state, container);
        while (iterator.hasNext()) {
            if (equal(state, iterator.next(), item)) {
                return true;
            }
        }
        return false;
    }
}
