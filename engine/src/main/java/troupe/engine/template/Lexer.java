package troupe.engine.template;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Splits a template into data and the tokens of its tags, with Jinja's whitespace control under trim_blocks and
 * lstrip_blocks: the newline after a block or comment goes, and so does the indentation before one that starts its
 * line; '-' strips all whitespace on its side, '+' keeps it.
 */
final class Lexer {
    private static final Pattern RAW_BEGIN = Pattern.compile("\\{%[-+]?\\s*raw\\s*(?:-%\\}\\s*|%\\})");
    private static final Pattern RAW_END = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*(?:\\+%\\}|-%\\}\\s*|%\\}\\n?)");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int position;
    private int line = 1;
    /** Whether the last tag ended with a newline, so that what follows starts a line. */
    private boolean lineStarting = true;

    private Lexer(String source) {
        this.source = source;
    }

    /** All tokens, with one END at the end. */
    static List<Token> tokenize(String source) {
        String normalized = source.replace("\r\n", "\n").replace('\r', '\n');
        if (normalized.endsWith("\n")) {
            normalized = normalized.substring(0, normalized.length() - 1);
        }
        Lexer lexer = new Lexer(normalized);
        lexer.run();
        return lexer.tokens;
    }

    private void run() {
        while (position < source.length()) {
            int tag = nextTag(position);
            if (tag < 0) {
                addData(source.substring(position));
                advanceTo(source.length());
                break;
            }
            char kind = source.charAt(tag + 1);
            char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
            boolean signed = sign == '-' || sign == '+';
            addData(stripBefore(source.substring(position, tag), signed ? sign : ' ', kind != '{'));
            advanceTo(tag);
            if (kind == '%' && skipRaw()) {
                continue;
            }
            advanceTo(tag + (signed ? 3 : 2));
            switch (kind) {
                case '#' -> skipComment();
                case '%' -> tag(Token.Type.BLOCK_BEGIN, Token.Type.BLOCK_END);
                default -> tag(Token.Type.VARIABLE_BEGIN, Token.Type.VARIABLE_END);
            }
        }
        tokens.add(new Token(Token.Type.END, "", line));
    }

    private int nextTag(int from) {
        for (int i = source.indexOf('{', from); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            char next = source.charAt(i + 1);
            if (next == '%' || next == '{' || next == '#') {
                return i;
            }
        }
        return -1;
    }

    private String stripBefore(String text, char sign, boolean block) {
        if (sign == '-') {
            return PythonText.stripEnd(text);
        }
        if (sign == '+' || !block) {
            return text;
        }
        int lineStart = text.lastIndexOf('\n') + 1;
        boolean atLineStart = lineStart > 0 || lineStarting;
        return atLineStart && PythonText.isBlank(text, lineStart) ? text.substring(0, lineStart) : text;
    }

    private void addData(String text) {
        if (!text.isEmpty()) {
            tokens.add(new Token(Token.Type.DATA, text, line));
        }
    }

    private void advanceTo(int end) {
        for (int i = position; i < end; i++) {
            if (source.charAt(i) == '\n') {
                line++;
            }
        }
        position = end;
    }

    private void endTagAt(int end) {
        advanceTo(end);
        lineStarting = source.charAt(end - 1) == '\n';
    }

    private int skipWhitespace(int from) {
        int i = from;
        while (i < source.length() && PythonText.isSpace(source.charAt(i))) {
            i++;
        }
        return i;
    }

    private int skipNewline(int from) {
        return from < source.length() && source.charAt(from) == '\n' ? from + 1 : from;
    }

    private boolean skipRaw() {
        Matcher begin = RAW_BEGIN.matcher(source).region(position, source.length());
        if (!begin.lookingAt()) {
            return false;
        }
        int beginLine = line;
        endTagAt(begin.end());
        Matcher end = RAW_END.matcher(source);
        if (!end.find(position)) {
            throw new TemplateException.Syntax(beginLine, "missing end of raw directive");
        }
        String sign = end.group(1);
        addData(stripBefore(
                source.substring(position, end.start()), sign == null || sign.isEmpty() ? ' ' : sign.charAt(0), true));
        endTagAt(end.end());
        return true;
    }

    private void skipComment() {
        int end = source.indexOf("#}", position);
        if (end < 0) {
            throw new TemplateException.Syntax(line, "missing end of comment tag");
        }
        char sign = end > position ? source.charAt(end - 1) : ' ';
        int after = end + 2;
        endTagAt(
                switch (sign) {
                    case '-' -> skipWhitespace(after);
                    case '+' -> after;
                    default -> skipNewline(after);
                });
    }

    private void tag(Token.Type begin, Token.Type endType) {
        tokens.add(new Token(begin, "", line));
        TagLexer tag = new TagLexer(source, tokens);
        while (true) {
            advanceTo(skipWhitespace(position));
            if (position >= source.length()) {
                throw new TemplateException.Syntax(line, "unexpected end of template inside a tag");
            }
            int end = tag.insideBrackets() ? -1 : tagEnd(endType);
            if (end >= 0) {
                tokens.add(new Token(endType, "", line));
                endTagAt(end);
                return;
            }
            advanceTo(tag.read(position, line));
        }
    }

    /** Where the tag's end at the current position ends, with the whitespace it takes along, or -1 if none is here. */
    private int tagEnd(Token.Type type) {
        boolean block = type == Token.Type.BLOCK_END;
        String close = block ? "%}" : "}}";
        if (source.startsWith(close, position)) {
            return block ? skipNewline(position + 2) : position + 2;
        }
        if (!source.startsWith(close, position + 1)) {
            return -1;
        }
        return switch (source.charAt(position)) {
            case '-' -> skipWhitespace(position + 3);
            case '+' -> block ? position + 3 : -1;
            default -> -1;
        };
    }
}
