package troupe.engine.template;

import java.util.List;

/** The tokens of a template, read one by one, and how deep the parser is nested in them. */
final class TokenStream {
    private final List<Token> tokens;
    private final int maxNesting;
    private int index;
    private int nesting;

    TokenStream(List<Token> tokens, int maxNesting) {
        this.tokens = tokens;
        this.maxNesting = maxNesting;
    }

    Token current() {
        return tokens.get(index);
    }

    Token lookAhead() {
        return tokens.get(Math.min(index + 1, tokens.size() - 1));
    }

    /** Returns the current token and moves on; END stays. */
    Token next() {
        Token token = current();
        if (token.type() != Token.Type.END) {
            index++;
        }
        return token;
    }

    boolean at(Token.Type type) {
        return current().type() == type;
    }

    boolean atOperator(String operator) {
        return current().isOperator(operator);
    }

    boolean atName(String name) {
        return current().isName(name);
    }

    boolean skipOperator(String operator) {
        boolean found = atOperator(operator);
        if (found) {
            next();
        }
        return found;
    }

    boolean skipName(String name) {
        boolean found = atName(name);
        if (found) {
            next();
        }
        return found;
    }

    Token expect(Token.Type type, String what) {
        if (!at(type)) {
            throw unexpected("expected " + what);
        }
        return next();
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw unexpected("expected '" + operator + "'");
        }
    }

    void expectName(String name) {
        if (!skipName(name)) {
            throw unexpected("expected '" + name + "'");
        }
    }

    TemplateException.Syntax unexpected(String problem) {
        return new TemplateException.Syntax(
                current().line(), problem + ", got " + current().described());
    }

    /** One level deeper; pairs with {@link #leave}. */
    void enter() {
        if (++nesting > maxNesting) {
            throw new TemplateException.Limit(current().line(), "maxNesting", maxNesting);
        }
    }

    void leave() {
        nesting--;
    }
}
