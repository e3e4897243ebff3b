package troupe.engine.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import troupe.engine.template.Stmt.Target;

/** Parses a template's statements; expressions are {@link ExpressionParser}'s. */
final class TemplateParser {
    private final TokenStream tokens;
    private final ExpressionParser expressions;
    /** Loops around the current position that {@code break} may leave: those outside a macro or captured block do not count. */
    private int openLoops;

    private TemplateParser(TokenStream tokens) {
        this.tokens = tokens;
        this.expressions = new ExpressionParser(tokens);
    }

    static List<Stmt> parse(String source, TemplateLimits limits) {
        if (source.length() > limits.maxSourceChars()) {
            throw new TemplateException.Limit(1, "maxSourceChars", limits.maxSourceChars());
        }
        TemplateParser parser = new TemplateParser(new TokenStream(Lexer.tokenize(source), limits.maxNesting()));
        return parser.parseUntil();
    }

    /** Statements up to a tag with one of these names, whose name is then the current token. */
    private List<Stmt> parseUntil(String... endNames) {
        tokens.enter();
        List<Stmt> statements = new ArrayList<>();
        while (true) {
            Token token = tokens.next();
            switch (token.type()) {
                case DATA -> statements.add(new Stmt.Data(token.text()));
                case VARIABLE_BEGIN -> {
                    statements.add(new Stmt.Output(expressions.parseTuple(true, false), token.line()));
                    tokens.expect(Token.Type.VARIABLE_END, "end of print statement");
                }
                case BLOCK_BEGIN -> {
                    if (tokens.at(Token.Type.NAME)
                            && List.of(endNames).contains(tokens.current().text())) {
                        tokens.leave();
                        return statements;
                    }
                    parseTag(statements);
                    tokens.expect(Token.Type.BLOCK_END, "end of statement block");
                }
                case END -> {
                    if (endNames.length > 0) {
                        throw new TemplateException.Syntax(
                                token.line(), "unexpected end of template, looking for " + String.join(", ", endNames));
                    }
                    return statements;
                }
                case VARIABLE_END, BLOCK_END, NAME, STRING, INTEGER, FLOAT, OPERATOR ->
                    throw new TemplateException.Syntax(token.line(), "unexpected " + token.described());
            }
        }
    }

    private void parseTag(List<Stmt> statements) {
        Token tag = tokens.expect(Token.Type.NAME, "a tag's name");
        int line = tag.line();
        switch (tag.text()) {
            case "if" -> statements.add(parseIf(line));
            case "for" -> statements.add(parseFor(line));
            case "set" -> statements.add(parseSet(line));
            case "macro" -> {
                String name = tokens.expect(Token.Type.NAME, "a macro's name").text();
                statements.add(new Stmt.DefineMacro(parseMacro(name, parseParameters(), "endmacro")));
            }
            case "call" -> statements.add(parseCallBlock(line));
            case "filter" -> {
                List<Expr.FilterCall> filters = new ArrayList<>(List.of(expressions.parseFilter()));
                filters.addAll(parseFilters());
                statements.add(new Stmt.FilterBlock(filters, parseCaptured("endfilter"), line));
            }
            case "with" -> statements.add(parseWith(line));
            case "generation" -> statements.add(new Stmt.Scoped(parseCaptured("endgeneration")));
            case "print" -> {
                while (!tokens.at(Token.Type.BLOCK_END)) {
                    statements.add(new Stmt.Output(expressions.parseExpression(), line));
                    if (!tokens.at(Token.Type.BLOCK_END)) {
                        tokens.expectOperator(",");
                    }
                }
            }
            case "break" -> statements.add(insideLoop(tag, new Stmt.Break()));
            case "continue" -> statements.add(insideLoop(tag, new Stmt.Continue()));
            default -> throw new TemplateException.Unsupported(line, "tag '" + tag.text() + "'");
        }
    }

    private Stmt insideLoop(Token tag, Stmt statement) {
        if (openLoops == 0) {
            throw new TemplateException.Syntax(tag.line(), "'" + tag.text() + "' outside of a loop");
        }
        return statement;
    }

    /** The end of the opening tag and the body; the closing name stays current. */
    private List<Stmt> parseBody(String... endNames) {
        tokens.skipOperator(":");
        tokens.expect(Token.Type.BLOCK_END, "end of statement block");
        return parseUntil(endNames);
    }

    /** A body up to and with its closing name. */
    private List<Stmt> parseClosedBody(String endName) {
        List<Stmt> body = parseBody(endName);
        tokens.next();
        return body;
    }

    /** A body whose output is not written where it stands, so that no loop outside can be left from it. */
    private List<Stmt> parseCaptured(String endName) {
        int outerLoops = openLoops;
        openLoops = 0;
        List<Stmt> body = parseClosedBody(endName);
        openLoops = outerLoops;
        return body;
    }

    private Stmt parseIf(int line) {
        List<Stmt.Branch> branches = new ArrayList<>();
        List<Stmt> otherwise = List.of();
        int branchLine = line;
        while (true) {
            Expr test = expressions.parseTuple(false, false);
            branches.add(new Stmt.Branch(test, parseBody("elif", "else", "endif"), branchLine));
            Token end = tokens.next();
            if (end.isName("elif")) {
                branchLine = end.line();
                continue;
            }
            if (end.isName("else")) {
                otherwise = parseClosedBody("endif");
            }
            return new Stmt.If(branches, otherwise);
        }
    }

    private Stmt parseFor(int line) {
        Target target = parseTarget(false);
        tokens.expectName("in");
        Expr iterable = expressions.parseTuple(false, false);
        Expr filter = tokens.skipName("if") ? expressions.parseExpression() : null;
        boolean recursive = tokens.skipName("recursive");
        openLoops++;
        List<Stmt> body = parseBody("endfor", "else");
        openLoops--;
        List<Stmt> otherwise = tokens.next().isName("else") ? parseClosedBody("endfor") : List.of();
        return new Stmt.For(target, iterable, filter, recursive, body, otherwise, line);
    }

    private Stmt parseSet(int line) {
        Target target = parseTarget(true);
        if (tokens.skipOperator("=")) {
            return new Stmt.Set(target, expressions.parseTuple(true, false), line);
        }
        List<Expr.FilterCall> filters = parseFilters();
        return new Stmt.SetBlock(target, filters, parseCaptured("endset"), line);
    }

    private List<Expr.FilterCall> parseFilters() {
        List<Expr.FilterCall> filters = new ArrayList<>();
        while (tokens.skipOperator("|")) {
            filters.add(expressions.parseFilter());
        }
        return filters;
    }

    private Stmt.Macro parseMacro(String name, List<Stmt.Parameter> parameters, String endName) {
        expressions.openMacro();
        List<Stmt> body = parseCaptured(endName);
        Set<String> names = expressions.closeMacro();
        return new Stmt.Macro(
                name, parameters, body, names.contains("varargs"), names.contains("kwargs"), names.contains("caller"));
    }

    private List<Stmt.Parameter> parseParameters() {
        List<Stmt.Parameter> parameters = new ArrayList<>();
        tokens.expectOperator("(");
        while (!tokens.atOperator(")")) {
            Token name = tokens.expect(Token.Type.NAME, "a parameter's name");
            if (List.of("varargs", "kwargs", "caller").contains(name.text())) {
                throw new TemplateException.Unsupported(name.line(), "parameter named '" + name.text() + "'");
            }
            Expr defaultValue = tokens.skipOperator("=") ? expressions.parseExpression() : null;
            if (defaultValue == null
                    && !parameters.isEmpty()
                    && parameters.getLast().defaultValue() != null) {
                throw new TemplateException.Syntax(name.line(), "parameter without a default after one with a default");
            }
            parameters.add(new Stmt.Parameter(name.text(), defaultValue));
            if (!tokens.skipOperator(",")) {
                break;
            }
        }
        tokens.expectOperator(")");
        return parameters;
    }

    private Stmt parseCallBlock(int line) {
        List<Stmt.Parameter> parameters = tokens.atOperator("(") ? parseParameters() : List.of();
        if (!(expressions.parseExpression() instanceof Expr.Call call)) {
            throw new TemplateException.Syntax(line, "expected a call in the tag 'call'");
        }
        return new Stmt.CallBlock(parseMacro("caller", parameters, "endcall"), call, line);
    }

    private Stmt parseWith(int line) {
        List<Target> targets = new ArrayList<>();
        List<Expr> values = new ArrayList<>();
        while (!tokens.at(Token.Type.BLOCK_END) && !tokens.atOperator(":")) {
            if (!targets.isEmpty()) {
                tokens.expectOperator(",");
            }
            targets.add(parseSingleTarget(false));
            tokens.expectOperator("=");
            values.add(expressions.parseExpression());
        }
        return new Stmt.With(targets, values, parseClosedBody("endwith"), line);
    }

    /** A name, an attribute of a namespace, or a tuple of targets. */
    private Target parseTarget(boolean withNamespace) {
        Target first = parseSingleTarget(withNamespace);
        if (!tokens.atOperator(",")) {
            return first;
        }
        List<Target> targets = new ArrayList<>(List.of(first));
        while (tokens.skipOperator(",")
                && (tokens.atOperator("(") || (tokens.at(Token.Type.NAME) && !tokens.atName("in")))) {
            targets.add(parseSingleTarget(withNamespace));
        }
        return new Stmt.TupleTarget(targets);
    }

    private Target parseSingleTarget(boolean withNamespace) {
        if (tokens.skipOperator("(")) {
            tokens.enter();
            Target inner = parseTarget(withNamespace);
            tokens.leave();
            tokens.expectOperator(")");
            return inner;
        }
        Token name = tokens.expect(Token.Type.NAME, "a name to assign to");
        if (withNamespace && tokens.skipOperator(".")) {
            String attribute =
                    tokens.expect(Token.Type.NAME, "an attribute's name").text();
            return new Stmt.NamespaceTarget(name.text(), attribute);
        }
        if (List.of("true", "false", "none", "True", "False", "None", "loop").contains(name.text())) {
            throw new TemplateException.Syntax(name.line(), "cannot assign to '" + name.text() + "'");
        }
        return new Stmt.NameTarget(name.text());
    }
}
