package troupe.engine.template;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import troupe.engine.template.Value.CallableValue;
import troupe.engine.template.Value.DictValue;
import troupe.engine.template.Value.TupleValue;
import troupe.engine.template.Value.Undefined;

/** A macro, or the body of a call block, with the scope it was defined in. */
record MacroValue(Stmt.Macro macro, Scope definedIn, Interpreter interpreter) implements CallableValue {
    @Override
    public String printed() {
        return "macro '" + macro.name() + "'";
    }

    @Override
    public Object call(Evaluator evaluator, Arguments arguments) {
        RenderState state = evaluator.state();
        Scope scope = definedIn.inner();
        List<Stmt.Parameter> parameters = macro.parameters();
        List<Object> positional = arguments.positional();
        Map<String, Object> keywords = new HashMap<>(arguments.keywords());
        for (int i = 0; i < parameters.size(); i++) {
            Stmt.Parameter parameter = parameters.get(i);
            Object value = i < positional.size() ? positional.get(i) : keywords.remove(parameter.name());
            if (value == null) {
                value = parameter.defaultValue() == null
                        ? new Undefined("parameter '" + parameter.name() + "' was not provided")
                        : evaluator.evaluate(parameter.defaultValue(), scope);
            }
            scope.set(parameter.name(), value);
        }
        if (macro.takesCaller()) {
            Object caller = keywords.remove("caller");
            scope.set("caller", caller == null ? new Undefined("No caller defined") : caller);
        }
        if (macro.takesMoreKeywords()) {
            Map<String, Object> rest = new LinkedHashMap<>(arguments.keywords());
            rest.keySet().retainAll(keywords.keySet());
            scope.set("kwargs", DictValue.ofStrings(rest));
        } else if (!keywords.isEmpty()) {
            throw state.failure(printed() + " takes no keyword argument '"
                    + keywords.keySet().iterator().next() + "'");
        }
        if (macro.takesMorePositional()) {
            int taken = Math.min(parameters.size(), positional.size());
            scope.set("varargs", new TupleValue(List.copyOf(positional.subList(taken, positional.size()))));
        } else if (positional.size() > parameters.size()) {
            throw state.failure(printed() + " takes not more than " + parameters.size() + " argument(s)");
        }
        return interpreter.capture(macro.body(), scope);
    }
}
