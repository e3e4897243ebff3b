package troupe.engine.template;

import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A chat template in Jinja, parsed once and rendered for each conversation as Python's jinja2 3.1.6 does in the set-up
 * of Hugging Face's transformers: immutable sandbox, trim_blocks, lstrip_blocks, loop controls, {@code generation}
 * blocks, {@code raise_exception}, {@code strftime_now} and transformers' own {@code tojson}. Instances are immutable
 * and may be used by many threads.
 */
public final class ChatTemplate {
    private final List<Stmt> statements;
    private final TemplateLimits limits;

    private ChatTemplate(List<Stmt> statements, TemplateLimits limits) {
        this.statements = statements;
        this.limits = limits;
    }

    /**
     * Parses a template.
     *
     * @throws TemplateException naming construct and line: {@link TemplateException.Syntax} where Python refuses it too,
     *     {@link TemplateException.Unsupported} for a tag, filter or test that is not there, {@link
     *     TemplateException.Limit} where it is too long or nested too deeply
     */
    public static ChatTemplate parse(String source, TemplateLimits limits) {
        return new ChatTemplate(TemplateParser.parse(source, limits), limits);
    }

    /**
     * Renders the template.
     *
     * @param context the variables: null, Boolean, Integer, Long, Double, String, List and Map with String keys,
     *     nested; a name that is missing is undefined, which is not the same as null
     * @param clock the time, and its zone, for {@code strftime_now}
     * @throws TemplateException {@link TemplateException.Raised} with the author's message where the template refuses
     *     the conversation, another subclass where rendering fails or reaches a limit
     */
    public String render(Map<String, ?> context, Clock clock) {
        RenderState state = new RenderState(limits, clock);
        Map<String, Object> variables = new HashMap<>();
        Globals.addTo(variables);
        context.forEach((name, value) -> variables.put(name, ContextValues.convert(state, value, name, 0)));
        return new Interpreter(state).capture(statements, Scope.root(variables).inner());
    }
}
