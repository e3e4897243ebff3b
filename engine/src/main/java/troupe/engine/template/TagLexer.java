package troupe.engine.template;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Reads the tokens inside one tag: names, literals, operators; knows whether a bracket is open. */
final class TagLexer {
    private static final String OPERATORS = "+-/*%~[](){}<>=.:|,;";
    private static final List<String> LONG_OPERATORS = List.of("//", "**", "==", "!=", ">=", "<=");

    private final String source;
    private final List<Token> tokens;
    private final Deque<Character> brackets = new ArrayDeque<>();

    TagLexer(String source, List<Token> tokens) {
        this.source = source;
        this.tokens = tokens;
    }

    boolean insideBrackets() {
        return !brackets.isEmpty();
    }

    /** Adds the token at that position, which is not whitespace, and returns where it ends. */
    int read(int position, int line) {
        int first = source.codePointAt(position);
        if (first >= '0' && first <= '9') {
            return readNumber(position, line);
        }
        if (first == '_' || Character.isLetter(first)) {
            int end = position;
            while (end < source.length() && isWord(source.codePointAt(end))) {
                end += Character.charCount(source.codePointAt(end));
            }
            return add(Token.Type.NAME, position, end, line);
        }
        if (first == '\'' || first == '"') {
            return readString(position, line);
        }
        for (String operator : LONG_OPERATORS) {
            if (source.startsWith(operator, position)) {
                return add(Token.Type.OPERATOR, position, position + 2, line);
            }
        }
        if (OPERATORS.indexOf(first) < 0) {
            throw new TemplateException.Syntax(line, "unexpected character '" + Character.toString(first) + "'");
        }
        balance((char) first, line);
        return add(Token.Type.OPERATOR, position, position + 1, line);
    }

    private static boolean isWord(int codePoint) {
        return codePoint == '_' || Character.isLetterOrDigit(codePoint);
    }

    private int add(Token.Type type, int start, int end, int line) {
        tokens.add(new Token(type, source.substring(start, end), line));
        return end;
    }

    private void balance(char operator, int line) {
        switch (operator) {
            case '(' -> brackets.push(')');
            case '[' -> brackets.push(']');
            case '{' -> brackets.push('}');
            case ')', ']', '}' -> {
                if (brackets.isEmpty() || brackets.pop() != operator) {
                    throw new TemplateException.Syntax(line, "unexpected '" + operator + "'");
                }
            }
            default -> {}
        }
    }

    private int readString(int position, int line) {
        char quote = source.charAt(position);
        for (int i = position + 1; i < source.length(); i++) {
            char c = source.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == quote) {
                String value = StringLiteral.decode(source.substring(position + 1, i), line);
                tokens.add(new Token(Token.Type.STRING, value, line));
                return i + 1;
            }
        }
        throw new TemplateException.Syntax(line, "string without an end");
    }

    /** A number right after a dot is an index (as in {@code list.0.name}), never a float. */
    private int readNumber(int position, int line) {
        int digits = digitsEnd(position);
        if (position == 0 || source.charAt(position - 1) != '.') {
            int fraction = charAt(digits) == '.' ? digitsEnd(digits + 1) : digits + 1;
            int mantissa = fraction > digits + 1 ? fraction : digits;
            int exponent = exponentEnd(mantissa);
            if (exponent > mantissa || mantissa > digits) {
                return addNumber(Token.Type.FLOAT, position, exponent, line);
            }
        }
        char marker = Character.toLowerCase(charAt(position + 1));
        if (source.charAt(position) == '0' && (marker == 'x' || marker == 'o' || marker == 'b')) {
            throw new TemplateException.Unsupported(line, "integer literal with the prefix 0" + marker);
        }
        if (source.charAt(position) == '0' && digits > position + 1) {
            throw new TemplateException.Syntax(line, "integer literal with a leading zero");
        }
        return addNumber(Token.Type.INTEGER, position, digits, line);
    }

    private int addNumber(Token.Type type, int start, int end, int line) {
        tokens.add(new Token(type, source.substring(start, end).replace("_", ""), line));
        return end;
    }

    private char charAt(int index) {
        return index < source.length() ? source.charAt(index) : ' ';
    }

    private boolean digitAt(int index) {
        return charAt(index) >= '0' && charAt(index) <= '9';
    }

    /** End of digits with single underscores between them; {@code from} itself where there is no digit. */
    private int digitsEnd(int from) {
        int i = from;
        while (digitAt(i) || (i > from && charAt(i) == '_' && digitAt(i + 1))) {
            i++;
        }
        return i;
    }

    private int exponentEnd(int from) {
        if (charAt(from) != 'e' && charAt(from) != 'E') {
            return from;
        }
        int sign = charAt(from + 1) == '+' || charAt(from + 1) == '-' ? from + 2 : from + 1;
        int end = digitsEnd(sign);
        return end > sign ? end : from;
    }
}
