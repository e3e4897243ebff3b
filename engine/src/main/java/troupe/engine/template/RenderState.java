package troupe.engine.template;

import java.time.Clock;

/** What one rendering has used of its limits, and the line it is at; every error of a rendering is made here. */
final class RenderState {
    /** Characters that scanning or copying may pass for one step. */
    private static final int CHARS_PER_STEP = 64;

    private final TemplateLimits limits;
    private final Clock clock;
    private int line = 1;
    private long steps;
    private long createdChars;
    private int depth;

    RenderState(TemplateLimits limits, Clock clock) {
        this.limits = limits;
        this.clock = clock;
    }

    TemplateLimits limits() {
        return limits;
    }

    Clock clock() {
        return clock;
    }

    int line() {
        return line;
    }

    void atLine(int newLine) {
        line = newLine;
    }

    /** Counts {@code count} units of work. */
    void charge(long count) {
        steps += count;
        if (steps > limits.maxSteps()) {
            throw new TemplateException.Limit(line, "maxSteps", limits.maxSteps());
        }
    }

    /** Counts the work of looking at {@code chars} characters. */
    void scanned(long chars) {
        charge(1 + chars / CHARS_PER_STEP);
    }

    /** Counts a search whose worst case is the product of both lengths. */
    void searched(long haystackChars, long needleChars) {
        charge((1 + haystackChars / CHARS_PER_STEP) * (1 + needleChars / 16));
    }

    /** To be called before a string of that length is made. */
    void created(long chars) {
        scanned(chars);
        if (chars > limits.maxOutputChars()) {
            throw new TemplateException.Limit(line, "maxOutputChars", limits.maxOutputChars());
        }
        createdChars += chars;
        if (createdChars > limits.maxCreatedChars()) {
            throw new TemplateException.Limit(line, "maxCreatedChars", limits.maxCreatedChars());
        }
    }

    /** Appends within the output cap. */
    void append(StringBuilder out, String text) {
        created(text.length());
        if (out.length() + (long) text.length() > limits.maxOutputChars()) {
            throw new TemplateException.Limit(line, "maxOutputChars", limits.maxOutputChars());
        }
        out.append(text);
    }

    /** One level deeper; pairs with {@link #leave}. A failed rendering ends, so its levels need no unwinding. */
    void enter() {
        charge(1);
        if (++depth > limits.maxDepth()) {
            throw new TemplateException.Limit(line, "maxDepth", limits.maxDepth());
        }
    }

    void leave() {
        depth--;
    }

    TemplateException.Failure failure(String message) {
        return new TemplateException.Failure(line, message);
    }

    TemplateException.Unsupported unsupported(String construct) {
        return new TemplateException.Unsupported(line, construct);
    }
}
