package troupe.engine.template;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import troupe.engine.template.Value.MarkupValue;
import troupe.engine.template.Value.None;
import troupe.engine.template.Value.Undefined;

/** Filters over strings; their input is what the value prints as. */
final class TextFilters {
    private static final Pattern BEFORE_WORD = Pattern.compile("[-\\s(\\{\\[<]+", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern WORD = Pattern.compile("\\w+", Pattern.UNICODE_CHARACTER_CLASS);

    private TextFilters() {}

    private interface PlainTextFilter {
        Object apply(RenderState state, String text);
    }

    static void register(Map<String, FilterFunction> filters) {
        plain(filters, "upper", (state, text) -> PythonText.upper(text));
        plain(filters, "lower", (state, text) -> PythonText.lower(text));
        plain(filters, "capitalize", (state, text) -> PythonText.capitalize(text));
        plain(filters, "title", TextFilters::title);
        plain(filters, "wordcount", TextFilters::wordCount);
        filters.put("trim", TextFilters::trim);
        filters.put("replace", TextFilters::replace);
        filters.put("indent", TextFilters::indent);
        filters.put("truncate", TextFilters::truncate);
        filters.put("center", TextFilters::center);
        filters.put("format", TextFilters::format);
        filters.put("string", (evaluator, value, arguments) -> {
            arguments.bind(evaluator.state(), "string");
            return value instanceof MarkupValue ? value : Printing.str(evaluator.state(), value);
        });
        filters.put("safe", (evaluator, value, arguments) -> {
            arguments.bind(evaluator.state(), "safe");
            return new MarkupValue(Printing.str(evaluator.state(), value));
        });
        filters.put("tojson", (evaluator, value, arguments) -> JsonText.write(evaluator.state(), value, arguments));
    }

    private static void plain(Map<String, FilterFunction> filters, String name, PlainTextFilter filter) {
        filters.put(name, (evaluator, value, arguments) -> {
            RenderState state = evaluator.state();
            arguments.bind(state, name);
            String text = text(state, value);
            state.created(text.length());
            return filter.apply(state, text);
        });
    }

    /** What the value prints as. A safe string would stay safe in Python and escape what is added to it later. */
    static String text(RenderState state, Object value) {
        if (value instanceof MarkupValue) {
            throw state.unsupported("this filter on a safe string");
        }
        return Printing.str(state, value);
    }

    private static String title(RenderState state, String text) {
        StringBuilder out = new StringBuilder(text.length());
        Matcher matcher = BEFORE_WORD.matcher(text);
        int start = 0;
        while (matcher.find()) {
            appendTitled(out, text.substring(start, matcher.start()));
            out.append(matcher.group());
            start = matcher.end();
        }
        appendTitled(out, text.substring(start));
        return out.toString();
    }

    private static void appendTitled(StringBuilder out, String word) {
        if (!word.isEmpty()) {
            int first = word.offsetByCodePoints(0, 1);
            out.append(PythonText.upper(word.substring(0, first))).append(PythonText.lower(word.substring(first)));
        }
    }

    private static Long wordCount(RenderState state, String text) {
        return WORD.matcher(text).results().count();
    }

    private static String trim(Evaluator evaluator, Object value, Arguments arguments) {
        RenderState state = evaluator.state();
        Arguments.Bound bound = arguments.bind(state, "trim", "chars");
        boolean whitespace = bound.get(0, None.NONE) == None.NONE;
        Arguments characters = whitespace ? Arguments.NONE : new Arguments(List.of(bound.text(0)), Map.of());
        return (String) StringMethods.call(state, text(state, value), "strip", characters);
    }

    private static String replace(Evaluator evaluator, Object value, Arguments arguments) {
        RenderState state = evaluator.state();
        Arguments.Bound bound = arguments.bind(state, "replace", "old", "new", "count");
        long count = bound.get(2, None.NONE) == None.NONE ? -1 : bound.integer(2);
        String old = Printing.str(state, bound.required(0));
        String replacement = Printing.str(state, bound.required(1));
        return PythonText.replace(state, text(state, value), old, replacement, count);
    }

    private static String indent(Evaluator evaluator, Object value, Arguments arguments) {
        RenderState state = evaluator.state();
        Arguments.Bound bound = arguments.bind(state, "indent", "width", "first", "blank");
        if (!(value instanceof String text)) {
            throw value instanceof Undefined undefined
                    ? state.failure(undefined.message())
                    : state.unsupported("filter 'indent' on " + Values.typeName(value));
        }
        String indention;
        if (bound.get(0, 4L) instanceof String given) {
            indention = given;
        } else {
            long width = Math.max(0, bound.integer(0, 4));
            state.created(width);
            indention = " ".repeat((int) width);
        }
        boolean blank = bound.flag(2, false);
        List<String> lines = PythonText.lines(state, text + "\n", false);
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            boolean indented = i == 0 ? bound.flag(1, false) : blank || !line.isEmpty();
            state.append(out, (i == 0 ? "" : "\n") + (indented ? indention : "") + line);
        }
        return out.toString();
    }

    private static String truncate(Evaluator evaluator, Object value, Arguments arguments) {
        RenderState state = evaluator.state();
        Arguments.Bound bound = arguments.bind(state, "truncate", "length", "killwords", "end", "leeway");
        if (!(value instanceof String text)) {
            throw state.unsupported("filter 'truncate' on " + Values.typeName(value));
        }
        long length = Math.clamp(bound.integer(0, 255), -1, Integer.MAX_VALUE);
        String end = bound.text(2, "...");
        long leeway = bound.get(3, None.NONE) == None.NONE ? 5 : Math.clamp(bound.integer(3), -1, Integer.MAX_VALUE);
        long kept = length - PythonText.length(end);
        if (kept < 0 || leeway < 0) {
            throw state.failure("truncate needs a length of at least that of its end, and no negative leeway");
        }
        if (PythonText.length(text) - leeway <= length) {
            return text;
        }
        state.created(text.length());
        String cut = text.substring(0, PythonText.offset(text, kept));
        int lastSpace = bound.flag(1, false) ? -1 : cut.lastIndexOf(' ');
        return (lastSpace < 0 ? cut : cut.substring(0, lastSpace)) + end;
    }

    private static Object center(Evaluator evaluator, Object value, Arguments arguments) {
        RenderState state = evaluator.state();
        Object width = arguments.bind(state, "center", "width").get(0, 80L);
        return StringMethods.call(state, text(state, value), "center", new Arguments(List.of(width), Map.of()));
    }

    private static String format(Evaluator evaluator, Object value, Arguments arguments) {
        RenderState state = evaluator.state();
        if (!arguments.positional().isEmpty() && !arguments.keywords().isEmpty()) {
            throw state.failure("can't handle positional and keyword arguments at the same time");
        }
        Object values = arguments.keywords().isEmpty()
                ? new Value.TupleValue(arguments.positional())
                : Value.DictValue.ofStrings(arguments.keywords());
        return PercentFormat.format(state, text(state, value), values);
    }
}
