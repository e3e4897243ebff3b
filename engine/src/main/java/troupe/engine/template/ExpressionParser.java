package troupe.engine.template;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import troupe.engine.template.Expr.BinaryOperator;
import troupe.engine.template.Expr.CompareOperator;
import troupe.engine.template.Expr.Comparison;
import troupe.engine.template.Expr.FilterCall;

/**
 * Recursive descent over Jinja's expressions, loosest binding first: conditional, or, and, not, comparison, + -, ~,
 * * / // %, **, sign, primary with postfixes and filters.
 */
final class ExpressionParser {
    private static final Map<String, CompareOperator> COMPARISONS = Map.of(
            "==", CompareOperator.EQUAL,
            "!=", CompareOperator.NOT_EQUAL,
            "<", CompareOperator.LESS,
            "<=", CompareOperator.LESS_OR_EQUAL,
            ">", CompareOperator.GREATER,
            ">=", CompareOperator.GREATER_OR_EQUAL);
    private static final Map<String, BinaryOperator> SUMS =
            Map.of("+", BinaryOperator.ADD, "-", BinaryOperator.SUBTRACT);
    private static final Map<String, BinaryOperator> PRODUCTS = Map.of(
            "*", BinaryOperator.MULTIPLY,
            "/", BinaryOperator.DIVIDE,
            "//", BinaryOperator.FLOOR_DIVIDE,
            "%", BinaryOperator.MODULO);

    private final TokenStream tokens;
    private final PostfixParser postfixes;
    /** The names read inside each open macro, innermost last. */
    private final Deque<Set<String>> namesOfMacros = new ArrayDeque<>();

    ExpressionParser(TokenStream tokens) {
        this.tokens = tokens;
        this.postfixes = new PostfixParser(tokens, this);
    }

    /** A filter's name and arguments; the bar is behind. */
    FilterCall parseFilter() {
        return postfixes.parseFilter();
    }

    void openMacro() {
        namesOfMacros.addLast(new HashSet<>());
    }

    /** Closes the innermost macro and returns the names that its body reads, those of macros inside it included. */
    Set<String> closeMacro() {
        Set<String> names = namesOfMacros.removeLast();
        Set<String> outer = namesOfMacros.peekLast();
        if (outer != null) {
            outer.addAll(names);
        }
        return names;
    }

    Expr parseExpression() {
        return parseExpression(true);
    }

    private Expr parseExpression(boolean conditional) {
        tokens.enter();
        Expr expression = conditional ? parseConditional() : parseOr();
        tokens.leave();
        return expression;
    }

    /** An expression, or a tuple without parentheses. */
    Expr parseTuple(boolean conditional, boolean parenthesized) {
        List<Expr> items = new ArrayList<>();
        boolean tuple = false;
        while (!atTupleEnd()) {
            items.add(parseExpression(conditional));
            if (!tokens.skipOperator(",")) {
                break;
            }
            tuple = true;
        }
        if (!tuple && items.size() == 1) {
            return items.getFirst();
        }
        if (!tuple && !parenthesized) {
            throw tokens.unexpected("expected an expression");
        }
        return new Expr.TupleLiteral(items);
    }

    private boolean atTupleEnd() {
        return tokens.at(Token.Type.VARIABLE_END) || tokens.at(Token.Type.BLOCK_END) || tokens.atOperator(")");
    }

    private Expr parseConditional() {
        Expr expression = parseOr();
        while (tokens.atName("if")) {
            int line = tokens.next().line();
            Expr test = parseOr();
            Expr otherwise = tokens.skipName("else") ? parseExpression() : null;
            expression = new Expr.Conditional(test, expression, otherwise, line);
        }
        return expression;
    }

    private Expr parseOr() {
        Expr left = parseAnd();
        while (tokens.skipName("or")) {
            left = new Expr.Or(left, parseAnd());
        }
        return left;
    }

    private Expr parseAnd() {
        Expr left = parseNot();
        while (tokens.skipName("and")) {
            left = new Expr.And(left, parseNot());
        }
        return left;
    }

    private Expr parseNot() {
        if (!tokens.skipName("not")) {
            return parseCompare();
        }
        tokens.enter();
        Expr operand = parseNot();
        tokens.leave();
        return new Expr.Not(operand);
    }

    private Expr parseCompare() {
        int line = tokens.current().line();
        Expr first = parseSum();
        List<Comparison> rest = new ArrayList<>();
        for (CompareOperator operator = compareOperator(); operator != null; operator = compareOperator()) {
            rest.add(new Comparison(operator, parseSum()));
        }
        return rest.isEmpty() ? first : new Expr.Compare(first, rest, line);
    }

    private @Nullable CompareOperator compareOperator() {
        if (tokens.at(Token.Type.OPERATOR)) {
            CompareOperator operator = COMPARISONS.get(tokens.current().text());
            if (operator != null) {
                tokens.next();
            }
            return operator;
        }
        if (tokens.skipName("in")) {
            return CompareOperator.IN;
        }
        if (tokens.atName("not") && tokens.lookAhead().isName("in")) {
            tokens.next();
            tokens.next();
            return CompareOperator.NOT_IN;
        }
        return null;
    }

    private @Nullable BinaryOperator operatorIn(Map<String, BinaryOperator> operators) {
        return tokens.at(Token.Type.OPERATOR) ? operators.get(tokens.current().text()) : null;
    }

    private Expr parseSum() {
        Expr left = parseConcat();
        for (BinaryOperator operator = operatorIn(SUMS); operator != null; operator = operatorIn(SUMS)) {
            int line = tokens.next().line();
            left = new Expr.Binary(operator, left, parseConcat(), line);
        }
        return left;
    }

    private Expr parseConcat() {
        int line = tokens.current().line();
        Expr first = parseProduct();
        if (!tokens.atOperator("~")) {
            return first;
        }
        List<Expr> parts = new ArrayList<>();
        parts.add(first);
        while (tokens.skipOperator("~")) {
            parts.add(parseProduct());
        }
        return new Expr.Concat(parts, line);
    }

    private Expr parseProduct() {
        Expr left = parsePower();
        for (BinaryOperator operator = operatorIn(PRODUCTS); operator != null; operator = operatorIn(PRODUCTS)) {
            int line = tokens.next().line();
            left = new Expr.Binary(operator, left, parsePower(), line);
        }
        return left;
    }

    /** Left-associative and looser than a sign, unlike Python's own. */
    private Expr parsePower() {
        Expr left = parseUnary(true);
        while (tokens.atOperator("**")) {
            int line = tokens.next().line();
            left = new Expr.Binary(BinaryOperator.POWER, left, parseUnary(true), line);
        }
        return left;
    }

    private Expr parseUnary(boolean withFilters) {
        int line = tokens.current().line();
        Expr operand;
        if (tokens.atOperator("-") || tokens.atOperator("+")) {
            boolean negative = tokens.next().text().equals("-");
            tokens.enter();
            Expr inner = parseUnary(false);
            tokens.leave();
            operand = negative ? new Expr.Negative(inner, line) : new Expr.Positive(inner, line);
        } else {
            operand = parsePrimary();
        }
        operand = postfixes.parsePostfixes(operand);
        return withFilters ? postfixes.parseFiltersAndTests(operand) : operand;
    }

    Expr parsePrimary() {
        Token token = tokens.current();
        switch (token.type()) {
            case NAME -> {
                tokens.next();
                return nameOrConstant(token.text());
            }
            case STRING -> {
                StringBuilder text = new StringBuilder();
                while (tokens.at(Token.Type.STRING)) {
                    text.append(tokens.next().text());
                }
                return new Expr.Literal(text.toString());
            }
            case INTEGER -> {
                return new Expr.Literal(integerValue(tokens.next()));
            }
            case FLOAT -> {
                return new Expr.Literal(Double.valueOf(tokens.next().text()));
            }
            case OPERATOR -> {
                if (tokens.skipOperator("(")) {
                    Expr inner = parseTuple(true, true);
                    tokens.expectOperator(")");
                    return inner;
                }
                if (tokens.skipOperator("[")) {
                    return parseList();
                }
                if (tokens.skipOperator("{")) {
                    return parseDict(token.line());
                }
            }
            case DATA, VARIABLE_BEGIN, VARIABLE_END, BLOCK_BEGIN, BLOCK_END, END -> {}
        }
        throw tokens.unexpected("expected an expression");
    }

    private Expr nameOrConstant(String name) {
        return switch (name) {
            case "true", "True" -> new Expr.Literal(true);
            case "false", "False" -> new Expr.Literal(false);
            case "none", "None" -> new Expr.Literal(Value.None.NONE);
            default -> {
                Set<String> names = namesOfMacros.peekLast();
                if (names != null) {
                    names.add(name);
                }
                yield new Expr.Name(name);
            }
        };
    }

    static Long integerValue(Token token) {
        try {
            return Long.valueOf(token.text());
        } catch (NumberFormatException beyondLong) {
            throw new TemplateException.Unsupported(token.line(), "integer beyond 64 bits");
        }
    }

    private Expr parseList() {
        List<Expr> items = new ArrayList<>();
        while (!tokens.atOperator("]")) {
            items.add(parseExpression());
            if (!tokens.skipOperator(",")) {
                break;
            }
        }
        tokens.expectOperator("]");
        return new Expr.ListLiteral(items);
    }

    private Expr parseDict(int line) {
        List<Expr> keys = new ArrayList<>();
        List<Expr> values = new ArrayList<>();
        while (!tokens.atOperator("}")) {
            keys.add(parseExpression());
            tokens.expectOperator(":");
            values.add(parseExpression());
            if (!tokens.skipOperator(",")) {
                break;
            }
        }
        tokens.expectOperator("}");
        return new Expr.DictLiteral(keys, values, line);
    }
}
