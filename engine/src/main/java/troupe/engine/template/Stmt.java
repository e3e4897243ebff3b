package troupe.engine.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A statement of a template. */
sealed interface Stmt {
    record Data(String text) implements Stmt {}

    record Output(Expr expression, int line) implements Stmt {}

    record If(List<Branch> branches, List<Stmt> otherwise) implements Stmt {}

    record Branch(Expr test, List<Stmt> body, int line) {}

    /**
     * A loop.
     *
     * @param otherwise runs where no iteration reached the end of the body
     */
    record For(
            Target target,
            Expr iterable,
            @Nullable Expr filter,
            boolean recursive,
            List<Stmt> body,
            List<Stmt> otherwise,
            int line)
            implements Stmt {}

    record Set(Target target, Expr value, int line) implements Stmt {}

    record SetBlock(Target target, List<Expr.FilterCall> filters, List<Stmt> body, int line) implements Stmt {}

    record DefineMacro(Macro macro) implements Stmt {}

    /**
     * A call with a body.
     *
     * @param caller the block's body, which the called macro can call under the name {@code caller}
     */
    record CallBlock(Macro caller, Expr.Call call, int line) implements Stmt {}

    record FilterBlock(List<Expr.FilterCall> filters, List<Stmt> body, int line) implements Stmt {}

    record With(List<Target> targets, List<Expr> values, List<Stmt> body, int line) implements Stmt {}

    /** A block with a scope of its own that prints its body: {@code generation}, which marks what a model wrote. */
    record Scoped(List<Stmt> body) implements Stmt {}

    record Break() implements Stmt {}

    record Continue() implements Stmt {}

    /** What a {@code set}, {@code for} or {@code with} assigns to. */
    sealed interface Target {}

    record NameTarget(String name) implements Target {}

    record NamespaceTarget(String name, String attribute) implements Target {}

    record TupleTarget(List<Target> targets) implements Target {}

    /** A macro's definition; what its body mentions decides which extra arguments it takes. */
    record Macro(
            String name,
            List<Parameter> parameters,
            List<Stmt> body,
            boolean takesMorePositional,
            boolean takesMoreKeywords,
            boolean takesCaller) {}

    record Parameter(String name, @Nullable Expr defaultValue) {}
}
