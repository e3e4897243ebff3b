package troupe.engine.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Strings as Python sees them: sequences of code points, with Python's idea of whitespace, lines and words. */
final class PythonText {
    private PythonText() {}

    /** {@code str.isspace} for one character; all of Python's whitespace is in the basic plane. */
    static boolean isSpace(char c) {
        return switch (c) {
            case '\t', '\n', '\u000b', '\f', '\r', ' ', '\u0085', '\u00a0', '\u1680', '\u2028', '\u2029' -> true;
            case '\u202f', '\u205f', '\u3000' -> true;
            default -> (c >= '\u001c' && c <= '\u001f') || (c >= '\u2000' && c <= '\u200a');
        };
    }

    static boolean isBlank(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            if (!isSpace(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    static String stripStart(String text) {
        int start = 0;
        while (start < text.length() && isSpace(text.charAt(start))) {
            start++;
        }
        return text.substring(start);
    }

    static String stripEnd(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    static String stripStart(String text, String characters) {
        int start = 0;
        while (start < text.length() && characters.indexOf(text.codePointAt(start)) >= 0) {
            start += Character.charCount(text.codePointAt(start));
        }
        return text.substring(start);
    }

    static String stripEnd(String text, String characters) {
        int end = text.length();
        while (end > 0 && characters.indexOf(text.codePointBefore(end)) >= 0) {
            end -= Character.charCount(text.codePointBefore(end));
        }
        return text.substring(0, end);
    }

    static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    /** The UTF-16 index of a code point; the text has at least that many. */
    static int offset(String text, long codePoints) {
        return text.offsetByCodePoints(0, Math.toIntExact(codePoints));
    }

    /** The code points as strings of their own. */
    static List<Object> characters(RenderState state, String text) {
        state.charge(text.length());
        List<Object> characters = new ArrayList<>(text.length());
        for (int i = 0; i < text.length(); ) {
            int next = text.offsetByCodePoints(i, 1);
            characters.add(text.substring(i, next));
            i = next;
        }
        return characters;
    }

    static String upper(String text) {
        return text.toUpperCase(Locale.ROOT);
    }

    static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = text.offsetByCodePoints(0, 1);
        return titleCase(text.codePointAt(0)) + lower(text.substring(first));
    }

    /** {@code str.title}: a cased character after one without case becomes title case, others lower case. */
    static String title(String text) {
        StringBuilder out = new StringBuilder(text.length());
        boolean afterCased = false;
        for (int i = 0; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            if (afterCased) {
                out.append(lower(Character.toString(codePoint)));
            } else {
                out.append(titleCase(codePoint));
            }
            afterCased = Character.isUpperCase(codePoint)
                    || Character.isLowerCase(codePoint)
                    || Character.isTitleCase(codePoint);
            i += Character.charCount(codePoint);
        }
        return out.toString();
    }

    private static String titleCase(int codePoint) {
        int title = Character.toTitleCase(codePoint);
        if (title != codePoint) {
            return Character.toString(title);
        }
        String upper = upper(Character.toString(codePoint));
        return upper.codePointCount(0, upper.length()) == 1
                ? upper
                : upper.substring(0, upper.offsetByCodePoints(0, 1))
                        + lower(upper.substring(upper.offsetByCodePoints(0, 1)));
    }

    private static boolean isLineEnd(char c) {
        return switch (c) {
            case '\n', '\r', '\u000b', '\f', '\u001c', '\u001d', '\u001e', '\u0085', '\u2028', '\u2029' -> true;
            default -> false;
        };
    }

    /** {@code str.splitlines}. */
    static List<String> lines(RenderState state, String text, boolean keepEnds) {
        state.created(text.length());
        List<String> lines = new ArrayList<>();
        int start = 0;
        while (start < text.length()) {
            int end = start;
            while (end < text.length() && !isLineEnd(text.charAt(end))) {
                end++;
            }
            int next = text.startsWith("\r\n", end) ? end + 2 : Math.min(end + 1, text.length());
            lines.add(text.substring(start, keepEnds ? next : end));
            start = next;
        }
        state.charge(lines.size());
        return lines;
    }

    /** {@code str.split()}: words between runs of whitespace, at most {@code limit} splits, unlimited if negative. */
    static List<Object> words(RenderState state, String text, long limit) {
        state.created(text.length());
        List<Object> words = new ArrayList<>();
        String rest = stripStart(text);
        int start = 0;
        while (start < rest.length()) {
            state.charge(1);
            if (limit >= 0 && words.size() >= limit) {
                words.add(rest.substring(start));
                break;
            }
            int end = start;
            while (end < rest.length() && !isSpace(rest.charAt(end))) {
                end++;
            }
            words.add(rest.substring(start, end));
            start = end;
            while (start < rest.length() && isSpace(rest.charAt(start))) {
                start++;
            }
        }
        return words;
    }

    /** {@code str.split(separator)}; the separator is not empty; unlimited if the limit is negative. */
    static List<Object> split(RenderState state, String text, String separator, long limit) {
        state.created(text.length());
        state.searched(text.length(), separator.length());
        List<Object> parts = new ArrayList<>();
        int start = 0;
        for (int at = text.indexOf(separator);
                at >= 0 && (limit < 0 || parts.size() < limit);
                at = text.indexOf(separator, start)) {
            state.charge(1);
            parts.add(text.substring(start, at));
            start = at + separator.length();
        }
        parts.add(text.substring(start));
        return parts;
    }

    /** {@code str.rsplit(separator)}. */
    static List<Object> splitFromEnd(RenderState state, String text, String separator, long limit) {
        state.created(text.length());
        state.searched(text.length(), separator.length());
        List<Object> parts = new ArrayList<>();
        int end = text.length();
        for (int at = text.lastIndexOf(separator);
                at >= 0 && (limit < 0 || parts.size() < limit);
                at = end < separator.length() ? -1 : text.lastIndexOf(separator, end - separator.length())) {
            state.charge(1);
            parts.add(text.substring(at + separator.length(), end));
            end = at;
        }
        parts.add(text.substring(0, end));
        return parts.reversed();
    }

    /** {@code str.replace}; at most {@code limit} replacements, all if negative. */
    static String replace(RenderState state, String text, String old, String replacement, long limit) {
        long count = limit < 0 ? Long.MAX_VALUE : limit;
        count = Math.min(count, occurrences(state, text, old));
        if (count == 0) {
            return text;
        }
        state.created(text.length() + count * (replacement.length() - old.length()));
        StringBuilder out = new StringBuilder();
        int start = 0;
        for (long i = 0; i < count; i++) {
            if (old.isEmpty()) {
                out.append(replacement);
                int next = start < text.length() ? text.offsetByCodePoints(start, 1) : start;
                out.append(text, start, next);
                start = next;
            } else {
                int at = text.indexOf(old, start);
                out.append(text, start, at).append(replacement);
                start = at + old.length();
            }
        }
        return out.append(text, start, text.length()).toString();
    }

    /** {@code str.count}. */
    static long occurrences(RenderState state, String text, String part) {
        state.searched(text.length(), part.length());
        if (part.isEmpty()) {
            return length(text) + 1L;
        }
        long count = 0;
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }
}
