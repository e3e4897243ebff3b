package troupe.engine.template;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import troupe.engine.template.Value.NamespaceValue;

/** Executes statements of one rendering. Loops, macros and captured blocks have scopes of their own, if does not. */
final class Interpreter {
    /** How a list of statements ended. */
    private enum Flow {
        NORMAL,
        BREAK,
        CONTINUE
    }

    private final RenderState state;
    private final Evaluator evaluator;

    Interpreter(RenderState state) {
        this.state = state;
        this.evaluator = new Evaluator(state);
    }

    /** Runs the statements and returns what they print. */
    String capture(List<Stmt> statements, Scope scope) {
        StringBuilder out = new StringBuilder();
        execute(statements, scope, out);
        return out.toString();
    }

    private Flow execute(List<Stmt> statements, Scope scope, StringBuilder out) {
        state.enter();
        Flow flow = Flow.NORMAL;
        for (int i = 0; i < statements.size() && flow == Flow.NORMAL; i++) {
            flow = execute(statements.get(i), scope, out);
        }
        state.leave();
        return flow;
    }

    private Flow execute(Stmt statement, Scope scope, StringBuilder out) {
        state.charge(1);
        switch (statement) {
            case Stmt.Data data -> state.append(out, data.text());
            case Stmt.Output output -> output(output, scope, out);
            case Stmt.If branches -> {
                return executeIf(branches, scope, out);
            }
            case Stmt.For loop -> {
                state.atLine(loop.line());
                runLoop(loop, evaluator.evaluate(loop.iterable(), scope), 0, scope, out);
            }
            case Stmt.Set set -> {
                state.atLine(set.line());
                assign(set.target(), evaluator.evaluate(set.value(), scope), scope);
            }
            case Stmt.SetBlock block -> {
                state.atLine(block.line());
                String body = capture(block.body(), scope.inner());
                assign(block.target(), filter(block.filters(), body, scope), scope);
            }
            case Stmt.DefineMacro define ->
                scope.set(define.macro().name(), new MacroValue(define.macro(), scope, this));
            case Stmt.CallBlock block -> {
                state.atLine(block.line());
                Object result = evaluator.call(block.call(), scope, new MacroValue(block.caller(), scope, this));
                state.append(out, Printing.str(state, result));
            }
            case Stmt.FilterBlock block -> {
                Object result = filter(block.filters(), capture(block.body(), scope.inner()), scope);
                state.append(out, Printing.str(state, result));
            }
            case Stmt.With with -> {
                return executeWith(with, scope, out);
            }
            case Stmt.Scoped scoped -> state.append(out, capture(scoped.body(), scope.inner()));
            case Stmt.Break leave -> {
                return Flow.BREAK;
            }
            case Stmt.Continue skip -> {
                return Flow.CONTINUE;
            }
        }
        return Flow.NORMAL;
    }

    private void output(Stmt.Output output, Scope scope, StringBuilder out) {
        state.atLine(output.line());
        Object value = evaluator.evaluate(output.expression(), scope);
        state.append(out, Printing.str(state, value));
    }

    private Object filter(List<Expr.FilterCall> filters, String body, Scope scope) {
        Object value = body;
        for (Expr.FilterCall filter : filters) {
            value = evaluator.filter(filter, value, scope);
        }
        return value;
    }

    private Flow executeIf(Stmt.If branches, Scope scope, StringBuilder out) {
        for (Stmt.Branch branch : branches.branches()) {
            state.atLine(branch.line());
            if (evaluator.truth(branch.test(), scope)) {
                return execute(branch.body(), scope, out);
            }
        }
        return execute(branches.otherwise(), scope, out);
    }

    private Flow executeWith(Stmt.With with, Scope scope, StringBuilder out) {
        Scope inner = scope.inner();
        for (int i = 0; i < with.targets().size(); i++) {
            state.atLine(with.line());
            assign(with.targets().get(i), evaluator.evaluate(with.values().get(i), scope), inner);
        }
        return execute(with.body(), inner, out);
    }

    private void runLoop(Stmt.For loop, Object iterable, int depth, Scope scope, StringBuilder out) {
        Iterator<Object> items = Values.iterate(state, iterable);
        if (loop.filter() != null) {
            items = new FilteredIterator(loop, loop.filter(), items, scope);
        }
        LoopValue.Recursion recursion = !loop.recursive()
                ? null
                : (nested, nestedDepth) -> {
                    StringBuilder nestedOut = new StringBuilder();
                    state.enter();
                    runLoop(loop, nested, nestedDepth, scope, nestedOut);
                    state.leave();
                    return nestedOut.toString();
                };
        LoopValue position = new LoopValue(state, items, recursion, depth);
        Flow flow = Flow.NORMAL;
        boolean completed = false;
        while (flow != Flow.BREAK && position.hasNext()) {
            Scope body = scope.inner();
            body.set("loop", position);
            Object item = position.next();
            state.atLine(loop.line());
            assign(loop.target(), item, body);
            flow = execute(loop.body(), body, out);
            completed |= flow == Flow.NORMAL;
        }
        if (!completed) {
            execute(loop.otherwise(), scope.inner(), out);
        }
    }

    /** Elements that meet a loop's condition, which is evaluated when the next one is asked for. */
    private final class FilteredIterator implements Iterator<Object> {
        private final Stmt.For loop;
        private final Expr condition;
        private final Iterator<Object> items;
        private final Scope scope;
        private @Nullable Object next;

        FilteredIterator(Stmt.For loop, Expr condition, Iterator<Object> items, Scope scope) {
            this.loop = loop;
            this.condition = condition;
            this.items = items;
            this.scope = scope;
        }

        @Override
        public boolean hasNext() {
            while (next == null && items.hasNext()) {
                Object candidate = items.next();
                Scope inner = scope.inner();
                assign(loop.target(), candidate, inner);
                if (evaluator.truth(condition, inner)) {
                    next = candidate;
                }
            }
            return next != null;
        }

        @Override
        public Object next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Object result = next;
            next = null;
            return Objects.requireNonNull(result);
        }
    }

    private void assign(Stmt.Target target, Object value, Scope scope) {
        switch (target) {
            case Stmt.NameTarget name -> scope.set(name.name(), value);
            case Stmt.NamespaceTarget namespace -> {
                if (!(scope.get(namespace.name()) instanceof NamespaceValue found)) {
                    throw state.failure("cannot assign attribute on non-namespace object");
                }
                found.attributes().put(namespace.attribute(), value);
            }
            case Stmt.TupleTarget tuple -> {
                List<Object> values = Values.toList(state, value);
                List<Stmt.Target> targets = tuple.targets();
                if (values.size() != targets.size()) {
                    throw state.failure("cannot unpack " + values.size() + " values into " + targets.size());
                }
                for (int i = 0; i < targets.size(); i++) {
                    assign(targets.get(i), values.get(i), scope);
                }
            }
        }
    }
}
