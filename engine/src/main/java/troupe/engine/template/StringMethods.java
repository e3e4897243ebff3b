package troupe.engine.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntPredicate;
import troupe.engine.template.Value.ListValue;
import troupe.engine.template.Value.None;
import troupe.engine.template.Value.TupleValue;
import troupe.engine.template.Value.Undefined;

/** The methods of Python's str. */
final class StringMethods {
    private StringMethods() {}

    static Object call(RenderState state, String text, String name, Arguments arguments) {
        state.scanned(text.length());
        return switch (name) {
            case "strip", "lstrip", "rstrip" -> strip(state, text, name, arguments);
            case "split", "rsplit" -> split(state, text, name, arguments);
            case "splitlines" -> {
                boolean keepEnds = arguments.bind(state, name, "keepends").flag(0, false);
                yield new ListValue(new ArrayList<>(PythonText.lines(state, text, keepEnds)));
            }
            case "startswith", "endswith" -> hasAffix(state, text, name, arguments);
            case "removeprefix", "removesuffix" -> removeAffix(state, text, name, arguments);
            case "replace" -> {
                Arguments.Bound bound = arguments.bind(state, name, "old", "new", "count");
                yield PythonText.replace(state, text, bound.text(0), bound.text(1), bound.integer(2, -1));
            }
            case "find", "rfind", "index", "rindex", "count" -> search(state, text, name, arguments);
            case "partition", "rpartition" -> partition(state, text, name, arguments);
            case "join" ->
                join(
                        state,
                        text,
                        arguments.bindPositional(state, name, "iterable").required(0));
            case "format" -> BraceFormat.format(state, text, arguments);
            case "ljust", "rjust", "center", "zfill" -> pad(state, text, name, arguments);
            default -> withoutArguments(state, text, name, arguments);
        };
    }

    private static Object withoutArguments(RenderState state, String text, String name, Arguments arguments) {
        Object result = switch (name) {
            case "upper" -> PythonText.upper(text);
            case "lower" -> PythonText.lower(text);
            case "title" -> PythonText.title(text);
            case "capitalize" -> PythonText.capitalize(text);
            case "isspace" -> !text.isEmpty() && PythonText.isBlank(text, 0);
            case "isdigit", "isdecimal", "isnumeric" -> all(state, text, Character::isDigit);
            case "isalpha" -> all(state, text, Character::isLetter);
            case "isalnum" -> all(state, text, Character::isLetterOrDigit);
            case "isupper" -> !text.equals(PythonText.lower(text)) && text.equals(PythonText.upper(text));
            case "islower" -> !text.equals(PythonText.upper(text)) && text.equals(PythonText.lower(text));
            case "isascii" -> text.chars().allMatch(c -> c < 128);
            default -> throw state.unsupported("method '" + name + "' of str");
        };
        arguments.bindPositional(state, name);
        if (result instanceof String made) {
            state.created(made.length());
        }
        return result;
    }

    /** Beyond ASCII, Python's classes of characters differ from Java's in places. */
    private static boolean all(RenderState state, String text, IntPredicate predicate) {
        if (text.chars().anyMatch(c -> c >= 128)) {
            throw state.unsupported("character classes beyond ASCII");
        }
        return !text.isEmpty() && text.chars().allMatch(predicate);
    }

    private static String strip(RenderState state, String text, String name, Arguments arguments) {
        Arguments.Bound bound = arguments.bindPositional(state, name, "chars");
        boolean start = !name.equals("rstrip");
        boolean end = !name.equals("lstrip");
        state.created(text.length());
        String result = text;
        if (bound.get(0, None.NONE) == None.NONE) {
            result = start ? PythonText.stripStart(result) : result;
            return end ? PythonText.stripEnd(result) : result;
        }
        String characters = bound.text(0);
        state.searched(text.length(), characters.length());
        result = start ? PythonText.stripStart(result, characters) : result;
        return end ? PythonText.stripEnd(result, characters) : result;
    }

    private static ListValue split(RenderState state, String text, String name, Arguments arguments) {
        Arguments.Bound bound = arguments.bind(state, name, "sep", "maxsplit");
        long limit = bound.integer(1, -1);
        boolean fromEnd = name.equals("rsplit") && limit >= 0;
        if (bound.get(0, None.NONE) == None.NONE) {
            if (fromEnd) {
                throw state.unsupported("rsplit at whitespace with maxsplit");
            }
            return new ListValue(PythonText.words(state, text, limit));
        }
        String separator = bound.text(0);
        if (separator.isEmpty()) {
            throw state.failure("empty separator");
        }
        return new ListValue(
                fromEnd
                        ? PythonText.splitFromEnd(state, text, separator, limit)
                        : PythonText.split(state, text, separator, limit));
    }

    private static boolean hasAffix(RenderState state, String text, String name, Arguments arguments) {
        Object affix = arguments.bindPositional(state, name, "affix").required(0);
        List<Object> candidates = affix instanceof TupleValue tuple ? tuple.items() : List.of(affix);
        for (Object candidate : candidates) {
            if (candidate instanceof Undefined undefined) {
                throw state.failure(undefined.message());
            }
            if (!(candidate instanceof String part)) {
                throw state.failure(
                        name + " first arg must be str or a tuple of str, not " + Values.typeName(candidate));
            }
            state.scanned(part.length());
            if (name.equals("startswith") ? text.startsWith(part) : text.endsWith(part)) {
                return true;
            }
        }
        return false;
    }

    private static String removeAffix(RenderState state, String text, String name, Arguments arguments) {
        String affix = arguments.bindPositional(state, name, "affix").text(0);
        state.created(text.length());
        if (name.equals("removeprefix")) {
            return text.startsWith(affix) ? text.substring(affix.length()) : text;
        }
        return !affix.isEmpty() && text.endsWith(affix) ? text.substring(0, text.length() - affix.length()) : text;
    }

    private static long search(RenderState state, String text, String name, Arguments arguments) {
        String part = arguments.bindPositional(state, name, "sub").text(0);
        if (name.equals("count")) {
            return PythonText.occurrences(state, text, part);
        }
        state.searched(text.length(), part.length());
        int at = name.startsWith("r") ? text.lastIndexOf(part) : text.indexOf(part);
        if (at < 0 && name.endsWith("index")) {
            throw state.failure("substring not found");
        }
        return at < 0 ? -1 : text.codePointCount(0, at);
    }

    private static TupleValue partition(RenderState state, String text, String name, Arguments arguments) {
        String separator = arguments.bindPositional(state, name, "sep").text(0);
        if (separator.isEmpty()) {
            throw state.failure("empty separator");
        }
        state.created(text.length());
        state.searched(text.length(), separator.length());
        boolean fromEnd = name.equals("rpartition");
        int at = fromEnd ? text.lastIndexOf(separator) : text.indexOf(separator);
        if (at < 0) {
            return new TupleValue(fromEnd ? List.of("", "", text) : List.of(text, "", ""));
        }
        return new TupleValue(List.of(text.substring(0, at), separator, text.substring(at + separator.length())));
    }

    private static String join(RenderState state, String separator, Object iterable) {
        StringBuilder out = new StringBuilder();
        Iterator<Object> items = Values.iterate(state, iterable);
        for (int i = 0; items.hasNext(); i++) {
            if (!(items.next() instanceof String item)) {
                throw state.failure("sequence item " + i + ": expected str instance");
            }
            if (i > 0) {
                state.append(out, separator);
            }
            state.append(out, item);
        }
        return out.toString();
    }

    private static String pad(RenderState state, String text, String name, Arguments arguments) {
        Arguments.Bound bound = arguments.bindPositional(state, name, "width", "fillchar");
        long width = Math.clamp(bound.integer(0), 0, Integer.MAX_VALUE);
        long missing = Math.max(0, width - PythonText.length(text));
        String fill = name.equals("zfill") ? "0" : bound.text(1, " ");
        if (PythonText.length(fill) != 1 || (name.equals("zfill") && bound.has(1))) {
            throw state.failure("the fill character of " + name + " must be exactly one character long");
        }
        if (name.equals("zfill") && (text.startsWith("-") || text.startsWith("+"))) {
            throw state.unsupported("zfill of a string with a sign");
        }
        long left = switch (name) {
            case "ljust" -> 0;
            case "center" -> missing / 2 + (missing & width & 1);
            default -> missing;
        };
        state.created(text.length() + missing * fill.length());
        return fill.repeat((int) left) + text + fill.repeat((int) (missing - left));
    }
}
