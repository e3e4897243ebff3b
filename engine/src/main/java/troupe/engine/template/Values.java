package troupe.engine.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import troupe.engine.template.Value.BoundMethod;
import troupe.engine.template.Value.CallableValue;
import troupe.engine.template.Value.DictValue;
import troupe.engine.template.Value.GeneratorValue;
import troupe.engine.template.Value.ListValue;
import troupe.engine.template.Value.MarkupValue;
import troupe.engine.template.Value.NamespaceValue;
import troupe.engine.template.Value.None;
import troupe.engine.template.Value.RangeValue;
import troupe.engine.template.Value.TupleValue;
import troupe.engine.template.Value.Undefined;
import troupe.engine.template.Value.ViewValue;

/** What Python's built-ins bool, type, len, iter and list do with a value. */
final class Values {
    private Values() {}

    static boolean truth(RenderState state, Object value) {
        return switch (value) {
            case Boolean flag -> flag;
            case String text -> !text.isEmpty();
            case Long number -> number != 0;
            case Double number -> number != 0;
            case Value other ->
                switch (other) {
                    case None none -> false;
                    case Undefined undefined -> false;
                    case ListValue list -> !list.items().isEmpty();
                    case TupleValue tuple -> !tuple.items().isEmpty();
                    case DictValue dict -> !dict.entries().isEmpty();
                    case ViewValue view -> !view.dict().entries().isEmpty();
                    case RangeValue range -> range.size() > 0;
                    case MarkupValue markup -> !markup.text().isEmpty();
                    case GeneratorValue generator -> true;
                    case NamespaceValue namespace -> true;
                    case BoundMethod method -> true;
                    case CallableValue callable -> true;
                };
            default -> throw foreign(value);
        };
    }

    /** The name that Python's error messages use. */
    static String typeName(Object value) {
        return switch (value) {
            case Boolean flag -> "bool";
            case String text -> "str";
            case Long number -> "int";
            case Double number -> "float";
            case Value other ->
                switch (other) {
                    case None none -> "NoneType";
                    case Undefined undefined -> "Undefined";
                    case ListValue list -> "list";
                    case TupleValue tuple -> "tuple";
                    case DictValue dict -> "dict";
                    case ViewValue view -> view.kind().typeName;
                    case RangeValue range -> "range";
                    case MarkupValue markup -> "Markup";
                    case GeneratorValue generator -> "generator";
                    case NamespaceValue namespace -> "Namespace";
                    case BoundMethod method -> "builtin_function_or_method";
                    case CallableValue callable -> callable.printed();
                };
            default -> throw foreign(value);
        };
    }

    static boolean isIterable(Object value) {
        return switch (value) {
            case String text -> true;
            case Undefined undefined -> true;
            case ListValue list -> true;
            case TupleValue tuple -> true;
            case DictValue dict -> true;
            case ViewValue view -> true;
            case RangeValue range -> true;
            case MarkupValue markup -> true;
            case GeneratorValue generator -> true;
            default -> false;
        };
    }

    /** Walks the elements; lists are walked in place, and each element costs a step of whoever takes it. */
    static Iterator<Object> iterate(RenderState state, Object value) {
        return switch (value) {
            case String text -> PythonText.characters(state, text).iterator();
            case Undefined undefined -> List.of().iterator();
            case ListValue list -> list.items().iterator();
            case TupleValue tuple -> tuple.items().iterator();
            case DictValue dict -> dict.entries().keySet().iterator();
            case ViewValue view -> viewIterator(view);
            case RangeValue range -> rangeIterator(range);
            case GeneratorValue generator -> generator.remaining();
            case MarkupValue markup -> throw state.unsupported("iteration over a safe string");
            default -> throw state.failure("'" + typeName(value) + "' object is not iterable");
        };
    }

    private static Iterator<Object> viewIterator(ViewValue view) {
        Map<Object, Object> entries = view.dict().entries();
        return switch (view.kind()) {
            case KEYS -> entries.keySet().iterator();
            case VALUES -> entries.values().iterator();
            case ITEMS -> {
                Iterator<Map.Entry<Object, Object>> iterator =
                        entries.entrySet().iterator();
                yield new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return iterator.hasNext();
                    }

                    @Override
                    public Object next() {
                        Map.Entry<Object, Object> entry = iterator.next();
                        return new TupleValue(List.of(entry.getKey(), entry.getValue()));
                    }
                };
            }
        };
    }

    private static Iterator<Object> rangeIterator(RangeValue range) {
        return new Iterator<>() {
            private long index;

            @Override
            public boolean hasNext() {
                return index < range.size();
            }

            @Override
            public Object next() {
                return range.get(index++);
            }
        };
    }

    /** A new list of the elements. */
    static List<Object> toList(RenderState state, Object value) {
        List<Object> items = new ArrayList<>();
        Iterator<Object> iterator = iterate(state, value);
        while (iterator.hasNext()) {
            state.charge(1);
            items.add(iterator.next());
        }
        return items;
    }

    static boolean hasLength(Object value) {
        return isIterable(value) && !(value instanceof GeneratorValue);
    }

    static long length(RenderState state, Object value) {
        return switch (value) {
            case String text -> {
                state.scanned(text.length());
                yield PythonText.length(text);
            }
            case MarkupValue markup -> PythonText.length(markup.text());
            case Undefined undefined -> 0;
            case ListValue list -> list.items().size();
            case TupleValue tuple -> tuple.items().size();
            case DictValue dict -> dict.entries().size();
            case ViewValue view -> view.dict().entries().size();
            case RangeValue range -> range.size();
            default -> throw state.failure("object of type '" + typeName(value) + "' has no len()");
        };
    }

    /** The form under which a dict finds a key: 1, 1.0 and True are the same one, and so is all that is undefined. */
    static Object lookupKey(RenderState state, Object key) {
        return switch (key) {
            case String text -> text;
            case Long number -> number;
            case None none -> none;
            case Undefined undefined -> new Undefined("");
            case Boolean flag -> flag ? 1L : 0L;
            case Double number when number == Math.rint(number) && Math.abs(number) < 0x1p63 -> number.longValue();
            case Double number -> number;
            case ListValue list -> throw unhashable(state, key);
            case DictValue dict -> throw unhashable(state, key);
            default -> throw state.unsupported("dict key of type " + typeName(key));
        };
    }

    /** A key that a dict made by a template may have. */
    static Object newKey(RenderState state, Object key) {
        if (key instanceof Boolean || key instanceof Double || key instanceof Undefined) {
            throw state.unsupported("dict key of type " + typeName(key));
        }
        return lookupKey(state, key);
    }

    private static TemplateException unhashable(RenderState state, Object key) {
        return state.failure("unhashable type: '" + typeName(key) + "'");
    }

    private static IllegalStateException foreign(Object value) {
        return new IllegalStateException("not a template value: " + value.getClass());
    }
}
