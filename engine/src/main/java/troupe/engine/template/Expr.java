package troupe.engine.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** An expression of a template; {@code line} is where errors of its evaluation are reported. */
sealed interface Expr {
    record Literal(Object value) implements Expr {}

    record Name(String name) implements Expr {}

    record TupleLiteral(List<Expr> items) implements Expr {}

    record ListLiteral(List<Expr> items) implements Expr {}

    record DictLiteral(List<Expr> keys, List<Expr> values, int line) implements Expr {}

    record Conditional(Expr test, Expr then, @Nullable Expr otherwise, int line) implements Expr {}

    record And(Expr left, Expr right) implements Expr {}

    record Or(Expr left, Expr right) implements Expr {}

    record Not(Expr operand) implements Expr {}

    /** A chain such as {@code a < b <= c}, each operand evaluated once. */
    record Compare(Expr first, List<Comparison> rest, int line) implements Expr {}

    record Comparison(CompareOperator operator, Expr right) {}

    enum CompareOperator {
        EQUAL,
        NOT_EQUAL,
        LESS,
        LESS_OR_EQUAL,
        GREATER,
        GREATER_OR_EQUAL,
        IN,
        NOT_IN
    }

    record Binary(BinaryOperator operator, Expr left, Expr right, int line) implements Expr {}

    enum BinaryOperator {
        ADD("+"),
        SUBTRACT("-"),
        MULTIPLY("*"),
        DIVIDE("/"),
        FLOOR_DIVIDE("//"),
        MODULO("%"),
        POWER("**");

        final String symbol;

        BinaryOperator(String symbol) {
            this.symbol = symbol;
        }
    }

    record Negative(Expr operand, int line) implements Expr {}

    record Positive(Expr operand, int line) implements Expr {}

    /** The operator {@code ~}: joins what its operands print as. */
    record Concat(List<Expr> parts, int line) implements Expr {}

    record Attribute(Expr object, String name, int line) implements Expr {}

    record Subscript(Expr object, Expr key, int line) implements Expr {}

    record Slice(
            Expr object,
            @Nullable Expr start,
            @Nullable Expr stop,
            @Nullable Expr step,
            int line) implements Expr {}

    record Call(Expr callee, CallArguments arguments, int line) implements Expr {}

    record Filtered(Expr input, FilterCall filter) implements Expr {}

    record Tested(Expr input, String name, TestFunction function, CallArguments arguments, int line) implements Expr {}

    record FilterCall(String name, FilterFunction function, CallArguments arguments, int line) {}

    record CallArguments(
            List<Expr> positional,
            List<Keyword> keywords,
            @Nullable Expr morePositional,
            @Nullable Expr moreKeywords) {
        static final CallArguments NONE = new CallArguments(List.of(), List.of(), null, null);

        boolean isEmpty() {
            return positional.isEmpty() && keywords.isEmpty() && morePositional == null && moreKeywords == null;
        }
    }

    record Keyword(String name, Expr value) {}
}
