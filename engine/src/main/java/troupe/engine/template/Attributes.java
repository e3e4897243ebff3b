package troupe.engine.template;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
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

/**
 * Jinja's {@code object.name} and {@code object[key]} under its immutable sandbox. A dot finds a Python attribute
 * before a dict's key, brackets the other way round; what neither has is undefined, and so is a method that would
 * change a list or dict.
 */
final class Attributes {
    private static final Set<String> STRING_METHODS = words("capitalize casefold center count encode endswith "
            + "expandtabs find format format_map index isalnum isalpha isascii isdecimal isdigit isidentifier islower "
            + "isnumeric isprintable isspace istitle isupper join ljust lower lstrip maketrans partition removeprefix "
            + "removesuffix replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip "
            + "swapcase title translate upper zfill");
    private static final Set<String> DICT_METHODS = words("copy fromkeys get items keys values");
    private static final Set<String> CHANGING_DICT_METHODS = words("clear pop popitem setdefault update");
    private static final Set<String> LIST_METHODS = words("copy count index");
    private static final Set<String> CHANGING_LIST_METHODS =
            words("append clear extend insert pop remove reverse sort");
    private static final Set<String> TUPLE_METHODS = words("count index");
    private static final Set<String> OTHER_ATTRIBUTES = words("real imag numerator denominator conjugate bit_length "
            + "bit_count to_bytes from_bytes as_integer_ratio is_integer hex fromhex mapping isdisjoint send throw "
            + "close gi_frame gi_code gi_running gi_yieldfrom gi_suspended start stop step count index");

    private Attributes() {}

    private static Set<String> words(String words) {
        return Set.copyOf(Arrays.asList(words.split(" ")));
    }

    /** {@code object.name}. */
    static Object dot(RenderState state, Object object, String name) {
        Object attribute = pythonAttribute(state, object, name);
        if (attribute != null) {
            return attribute;
        }
        if (object instanceof DictValue dict) {
            Object value = dict.entries().get(name);
            if (value != null) {
                return value;
            }
        }
        return noAttribute(object, name);
    }

    /** {@code object[key]}; a missing key or an index out of range is undefined. */
    static Object subscript(RenderState state, Object object, Object key) {
        Object element = element(state, object, key);
        if (element != null) {
            return element;
        }
        if (key instanceof String name) {
            Object attribute = pythonAttribute(state, object, name);
            return attribute != null ? attribute : noAttribute(object, name);
        }
        if (key instanceof Undefined) {
            return new Undefined(objectName(object) + " has no element Undefined");
        }
        return new Undefined(objectName(object) + " has no element " + Printing.repr(state, key));
    }

    private static Undefined noAttribute(Object object, String name) {
        return new Undefined(objectName(object) + " has no attribute '" + name + "'");
    }

    private static String objectName(Object object) {
        return object == None.NONE ? "'None'" : "'" + Values.typeName(object) + " object'";
    }

    private static @Nullable Object pythonAttribute(RenderState state, Object object, String name) {
        if (object instanceof Undefined undefined) {
            throw state.failure(undefined.message());
        }
        if (name.startsWith("__")) {
            throw state.unsupported("attribute '" + name + "'");
        }
        return switch (object) {
            case String text -> STRING_METHODS.contains(name) ? new BoundMethod(text, name) : null;
            case DictValue dict -> method(dict, name, DICT_METHODS, CHANGING_DICT_METHODS);
            case ListValue list -> method(list, name, LIST_METHODS, CHANGING_LIST_METHODS);
            case TupleValue tuple
            when tuple.group() && name.equals("grouper") -> tuple.items().getFirst();
            case TupleValue tuple
            when tuple.group() && name.equals("list") -> tuple.items().getLast();
            case TupleValue tuple -> method(tuple, name, TUPLE_METHODS, Set.of());
            case NamespaceValue namespace -> namespace.attributes().get(name);
            case LoopValue loop -> loop.attribute(name);
            case MarkupValue markup -> throw state.unsupported("attribute '" + name + "' of a safe string");
            case MacroValue macro when name.equals("name") -> macro.macro().name();
            case CallableValue callable -> throw state.unsupported("attribute '" + name + "' of " + callable.printed());
            case BoundMethod method -> throw state.unsupported("attribute '" + name + "' of a method");
            case Long number -> otherAttribute(state, object, name);
            case Double number -> otherAttribute(state, object, name);
            case Boolean flag -> otherAttribute(state, object, name);
            case RangeValue range -> otherAttribute(state, object, name);
            case ViewValue view -> otherAttribute(state, object, name);
            case GeneratorValue generator -> otherAttribute(state, object, name);
            default -> null;
        };
    }

    private static @Nullable Object otherAttribute(RenderState state, Object object, String name) {
        if (OTHER_ATTRIBUTES.contains(name)) {
            throw state.unsupported("attribute '" + name + "' of " + Values.typeName(object));
        }
        return null;
    }

    private static @Nullable Object method(
            Object receiver, String name, Set<String> methods, Set<String> changingMethods) {
        if (methods.contains(name)) {
            return new BoundMethod(receiver, name);
        }
        return changingMethods.contains(name)
                ? new Undefined(
                        "access to attribute '" + name + "' of '" + Values.typeName(receiver) + "' object is unsafe.")
                : null;
    }

    private static @Nullable Object element(RenderState state, Object object, Object key) {
        if (object instanceof Undefined undefined) {
            throw state.failure(undefined.message());
        }
        if (object instanceof DictValue dict) {
            return switch (key) {
                case ListValue list -> null;
                case DictValue other -> null;
                case Undefined undefined -> null;
                default -> dict.entries().get(Values.lookupKey(state, key));
            };
        }
        if (!(key instanceof Long || key instanceof Boolean)) {
            return null;
        }
        long index = Arithmetic.toLong(key);
        return switch (object) {
            case String text -> character(state, text, index);
            case ListValue list -> at(list.items(), index);
            case TupleValue tuple -> at(tuple.items(), index);
            case RangeValue range -> {
                long position = index < 0 ? index + range.size() : index;
                yield position >= 0 && position < range.size() ? (Object) range.get(position) : null;
            }
            case MarkupValue markup -> throw state.unsupported("index of a safe string");
            case LoopValue loop -> throw state.unsupported("index of loop");
            default -> null;
        };
    }

    private static @Nullable Object at(List<Object> items, long index) {
        long position = index < 0 ? index + items.size() : index;
        return position >= 0 && position < items.size() ? items.get((int) position) : null;
    }

    private static @Nullable Object character(RenderState state, String text, long index) {
        state.scanned(text.length());
        long length = PythonText.length(text);
        long position = index < 0 ? index + length : index;
        if (position < 0 || position >= length) {
            return null;
        }
        int offset = PythonText.offset(text, position);
        return text.substring(offset, text.offsetByCodePoints(offset, 1));
    }

    /** {@code object[start:stop:step]}; a null bound is one left out, as is None. */
    static Object slice(
            RenderState state, Object object, @Nullable Object start, @Nullable Object stop, @Nullable Object step) {
        return switch (object) {
            case String text -> sliceText(state, text, start, stop, step);
            case ListValue list -> new ListValue(sliceList(state, list.items(), start, stop, step));
            case TupleValue tuple -> new TupleValue(sliceList(state, tuple.items(), start, stop, step));
            case RangeValue range -> throw state.unsupported("slice of a range; make it a list first");
            case MarkupValue markup -> throw state.unsupported("slice of a safe string");
            case Undefined undefined -> throw state.failure(undefined.message());
            default -> throw state.failure("'" + Values.typeName(object) + "' object is not subscriptable by a slice");
        };
    }

    private static String sliceText(
            RenderState state, String text, @Nullable Object start, @Nullable Object stop, @Nullable Object step) {
        state.created(text.length());
        int length = PythonText.length(text);
        SliceRange range = SliceRange.of(state, length, start, stop, step);
        if (range.step() == 1) {
            int from = PythonText.offset(text, range.start());
            return text.substring(from, text.offsetByCodePoints(from, (int) range.size()));
        }
        if (length == text.length()) {
            StringBuilder out = new StringBuilder();
            for (long i = 0; i < range.size(); i++) {
                out.append(text.charAt((int) range.get(i)));
            }
            return out.toString();
        }
        List<Object> characters = PythonText.characters(state, text);
        StringBuilder out = new StringBuilder();
        for (long i = 0; i < range.size(); i++) {
            out.append(characters.get((int) range.get(i)));
        }
        return out.toString();
    }

    private static List<Object> sliceList(
            RenderState state,
            List<Object> items,
            @Nullable Object start,
            @Nullable Object stop,
            @Nullable Object step) {
        SliceRange range = SliceRange.of(state, items.size(), start, stop, step);
        state.charge(range.size());
        List<Object> result = new ArrayList<>((int) range.size());
        for (long i = 0; i < range.size(); i++) {
            result.add(items.get((int) range.get(i)));
        }
        return result;
    }

    /** The indices that a slice takes from a sequence. */
    private record SliceRange(long start, long size, long step) {
        static SliceRange of(
                RenderState state, int length, @Nullable Object start, @Nullable Object stop, @Nullable Object step) {
            long stride = bound(state, step, 1);
            if (stride == 0) {
                throw state.failure("slice step cannot be zero");
            }
            boolean forward = stride > 0;
            long from = clip(bound(state, start, forward ? 0 : Integer.MAX_VALUE), length, forward);
            long to = stop == null || stop == None.NONE
                    ? (forward ? length : -1)
                    : clip(bound(state, stop, 0), length, forward);
            long size = forward ? to - from : from - to;
            long magnitude = stride == Long.MIN_VALUE ? Long.MAX_VALUE : Math.abs(stride);
            return new SliceRange(from, size <= 0 ? 0 : (size - 1) / magnitude + 1, stride);
        }

        private static long bound(RenderState state, @Nullable Object value, long otherwise) {
            if (value == null || value == None.NONE) {
                return otherwise;
            }
            if (value instanceof Long || value instanceof Boolean) {
                return Arithmetic.toLong(value);
            }
            throw state.failure("slice indices must be integers or None");
        }

        private static long clip(long index, int length, boolean forward) {
            long position = index < 0 ? index + length : index;
            return forward ? Math.clamp(position, 0, length) : Math.clamp(position, -1, length - 1L);
        }

        long get(long index) {
            return start + index * step;
        }
    }
}
