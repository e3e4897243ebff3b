package troupe.engine.template;

/** Decodes the escapes of a string literal as Python's codec unicode-escape does. */
final class StringLiteral {
    private StringLiteral() {}

    static String decode(String raw, int line) {
        if (raw.indexOf('\\') < 0) {
            return raw;
        }
        StringBuilder out = new StringBuilder(raw.length());
        int i = 0;
        while (i < raw.length()) {
            char c = raw.charAt(i++);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char escape = raw.charAt(i++);
            switch (escape) {
                case '\n' -> {}
                case '\\', '\'', '"' -> out.append(escape);
                case 'a' -> out.append('\u0007');
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'n' -> out.append('\n');
                case 'r' -> out.append('\r');
                case 't' -> out.append('\t');
                case 'v' -> out.append('\u000b');
                case 'x' -> i = hexadecimal(raw, i, 2, out, line);
                case 'u' -> i = hexadecimal(raw, i, 4, out, line);
                case 'U' -> i = hexadecimal(raw, i, 8, out, line);
                case 'N' -> throw new TemplateException.Unsupported(line, "string escape \\N");
                case '0', '1', '2', '3', '4', '5', '6', '7' -> i = octal(raw, i - 1, out);
                default -> {
                    if (escape > 127) {
                        throw new TemplateException.Unsupported(line, "backslash before a character beyond ASCII");
                    }
                    out.append('\\').append(escape);
                }
            }
        }
        return out.toString();
    }

    private static int hexadecimal(String raw, int start, int digits, StringBuilder out, int line) {
        long codePoint = 0;
        for (int i = start; i < start + digits; i++) {
            int digit = i < raw.length() && raw.charAt(i) < 128 ? Character.digit(raw.charAt(i), 16) : -1;
            if (digit < 0) {
                throw new TemplateException.Syntax(line, "truncated hexadecimal escape in a string");
            }
            codePoint = codePoint * 16 + digit;
        }
        if (codePoint > Character.MAX_CODE_POINT) {
            throw new TemplateException.Syntax(line, "string escape beyond Unicode");
        }
        if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
            throw new TemplateException.Unsupported(line, "string escape of a surrogate");
        }
        out.appendCodePoint((int) codePoint);
        return start + digits;
    }

    private static int octal(String raw, int start, StringBuilder out) {
        int value = 0;
        int i = start;
        while (i < raw.length() && i < start + 3 && raw.charAt(i) >= '0' && raw.charAt(i) <= '7') {
            value = value * 8 + (raw.charAt(i++) - '0');
        }
        out.append((char) value);
        return i;
    }
}
