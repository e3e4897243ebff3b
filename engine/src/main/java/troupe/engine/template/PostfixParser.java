package troupe.engine.template;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import troupe.engine.template.Expr.CallArguments;
import troupe.engine.template.Expr.FilterCall;

/** Parses what follows a primary expression: attributes, subscripts, calls, then filters and tests. */
final class PostfixParser {
    private final TokenStream tokens;
    private final ExpressionParser expressions;

    PostfixParser(TokenStream tokens, ExpressionParser expressions) {
        this.tokens = tokens;
        this.expressions = expressions;
    }

    Expr parsePostfixes(Expr operand) {
        Expr result = operand;
        while (true) {
            int line = tokens.current().line();
            if (tokens.skipOperator(".")) {
                Token attribute = tokens.next();
                result = switch (attribute.type()) {
                    case NAME -> new Expr.Attribute(result, attribute.text(), line);
                    case INTEGER ->
                        new Expr.Subscript(result, new Expr.Literal(ExpressionParser.integerValue(attribute)), line);
                    default -> throw new TemplateException.Syntax(line, "expected name or number after '.'");
                };
            } else if (tokens.skipOperator("[")) {
                result = parseSubscript(result, line);
            } else if (tokens.atOperator("(")) {
                result = new Expr.Call(result, parseArguments(), line);
            } else {
                return result;
            }
        }
    }

    private Expr parseSubscript(Expr object, int line) {
        Expr start = tokens.atOperator(":") ? null : expressions.parseExpression();
        if (start != null && !tokens.atOperator(":")) {
            if (tokens.atOperator(",")) {
                throw new TemplateException.Unsupported(line, "subscript with a comma");
            }
            tokens.expectOperator("]");
            return new Expr.Subscript(object, start, line);
        }
        tokens.expectOperator(":");
        Expr stop = sliceBound();
        Expr step = tokens.skipOperator(":") ? sliceBound() : null;
        tokens.expectOperator("]");
        return new Expr.Slice(object, start, stop, step, line);
    }

    private @Nullable Expr sliceBound() {
        return tokens.atOperator(":") || tokens.atOperator("]") ? null : expressions.parseExpression();
    }

    private CallArguments parseArguments() {
        tokens.expectOperator("(");
        List<Expr> positional = new ArrayList<>();
        List<Expr.Keyword> keywords = new ArrayList<>();
        Expr morePositional = null;
        Expr moreKeywords = null;
        while (!tokens.atOperator(")")) {
            if (moreKeywords != null) {
                throw tokens.unexpected("no argument may follow **");
            }
            if (tokens.skipOperator("**")) {
                moreKeywords = expressions.parseExpression();
            } else if (morePositional == null && tokens.skipOperator("*")) {
                morePositional = expressions.parseExpression();
            } else if (tokens.at(Token.Type.NAME) && tokens.lookAhead().isOperator("=")) {
                String name = tokens.next().text();
                tokens.next();
                keywords.add(new Expr.Keyword(name, expressions.parseExpression()));
            } else if (morePositional == null && keywords.isEmpty()) {
                positional.add(expressions.parseExpression());
            } else {
                throw tokens.unexpected("positional argument after keyword arguments");
            }
            if (!tokens.skipOperator(",")) {
                break;
            }
        }
        tokens.expectOperator(")");
        return new CallArguments(positional, keywords, morePositional, moreKeywords);
    }

    Expr parseFiltersAndTests(Expr operand) {
        Expr result = operand;
        while (true) {
            int line = tokens.current().line();
            if (tokens.skipOperator("|")) {
                result = new Expr.Filtered(result, parseFilter());
            } else if (tokens.skipName("is")) {
                result = parseTest(result, line);
            } else if (tokens.atOperator("(")) {
                result = new Expr.Call(result, parseArguments(), line);
            } else {
                return result;
            }
        }
    }

    /** A filter's name and arguments; the bar is behind. */
    FilterCall parseFilter() {
        Token name = tokens.expect(Token.Type.NAME, "a filter's name");
        FilterFunction function = Filters.find(name.text());
        if (function == null) {
            throw new TemplateException.Unsupported(name.line(), "filter '" + name.text() + "'");
        }
        CallArguments arguments = tokens.atOperator("(") ? parseArguments() : CallArguments.NONE;
        return new FilterCall(name.text(), function, arguments, name.line());
    }

    private Expr parseTest(Expr operand, int line) {
        boolean negated = tokens.skipName("not");
        Token name = tokens.expect(Token.Type.NAME, "a test's name");
        TestFunction function = Tests.find(name.text());
        if (function == null) {
            throw new TemplateException.Unsupported(name.line(), "test '" + name.text() + "'");
        }
        CallArguments arguments = CallArguments.NONE;
        if (tokens.atOperator("(")) {
            arguments = parseArguments();
        } else if (atBareTestArgument()) {
            if (tokens.atName("is")) {
                throw tokens.unexpected("tests cannot be chained with 'is'");
            }
            arguments = new CallArguments(List.of(parsePostfixes(expressions.parsePrimary())), List.of(), null, null);
        }
        Expr test = new Expr.Tested(operand, name.text(), function, arguments, line);
        return negated ? new Expr.Not(test) : test;
    }

    private boolean atBareTestArgument() {
        return switch (tokens.current().type()) {
            case NAME -> !tokens.atName("else") && !tokens.atName("or") && !tokens.atName("and");
            case STRING, INTEGER, FLOAT -> true;
            case OPERATOR -> tokens.atOperator("[") || tokens.atOperator("{");
            case DATA, VARIABLE_BEGIN, VARIABLE_END, BLOCK_BEGIN, BLOCK_END, END -> false;
        };
    }
}
