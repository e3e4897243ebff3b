package troupe.engine.template;

/** Why a chat template was not parsed or not rendered; the subclass says whose fault it is. */
public abstract sealed class TemplateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int line;

    private TemplateException(int line, String message) {
        super(message);
        this.line = line;
    }

    /** The line of the template, counted from 1. */
    public final int line() {
        return line;
    }

    private static String at(int line, String message) {
        return "chat template, line " + line + ": " + message;
    }

    /** The source is not a template: Python's engine refuses it as well. */
    public static final class Syntax extends TemplateException {
        private static final long serialVersionUID = 1L;

        Syntax(int line, String message) {
            super(line, at(line, message));
        }
    }

    /** A construct, filter, test, method or argument that this interpreter does not have; the message names it. */
    public static final class Unsupported extends TemplateException {
        private static final long serialVersionUID = 1L;

        Unsupported(int line, String construct) {
            super(line, at(line, "unsupported: " + construct));
        }
    }

    /** Rendering failed where Python raises an error of its own, such as a TypeError or an UndefinedError. */
    public static final class Failure extends TemplateException {
        private static final long serialVersionUID = 1L;

        Failure(int line, String message) {
            super(line, at(line, message));
        }
    }

    /** The template called {@code raise_exception}: the message is its author's, meant for whoever sent the messages. */
    public static final class Raised extends TemplateException {
        private static final long serialVersionUID = 1L;

        Raised(int line, String message) {
            super(line, message);
        }
    }

    /** A bound of {@link TemplateLimits} was reached; the message names it and its value. */
    public static final class Limit extends TemplateException {
        private static final long serialVersionUID = 1L;

        Limit(int line, String limit, long value) {
            super(line, at(line, "limit reached: " + limit + " = " + value));
        }
    }
}
