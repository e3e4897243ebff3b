package troupe.engine.template;

/** A test: {@code input is name(arguments)}. */
@FunctionalInterface
interface TestFunction {
    boolean test(RenderState state, Object input, Arguments arguments);
}
