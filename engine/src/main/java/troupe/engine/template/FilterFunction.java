package troupe.engine.template;

/** A filter: {@code input|name(arguments)}. */
@FunctionalInterface
interface FilterFunction {
    Object apply(Evaluator evaluator, Object input, Arguments arguments);
}
