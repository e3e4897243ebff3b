package troupe.engine.template;

/**
 * Bounds for templates and contexts, both of which are hostile until proven otherwise.
 *
 * @param maxSourceChars length of the template's source, in UTF-16 units
 * @param maxNesting how deep expressions, blocks and context values may nest
 * @param maxSteps work of one rendering: nodes evaluated, elements visited, and one per 64 characters scanned
 * @param maxDepth how deep evaluation may nest at run time (a macro call takes about five levels)
 * @param maxOutputChars length of the rendered prompt, and of any string on the way to it
 * @param maxCreatedChars characters that all strings made during one rendering may have together
 */
public record TemplateLimits(
        int maxSourceChars, int maxNesting, int maxSteps, int maxDepth, int maxOutputChars, int maxCreatedChars) {
    /** Room for prompts of a million tokens; a hostile template ends within about a second. */
    public static final TemplateLimits DEFAULT =
            new TemplateLimits(1 << 20, 64, 2_000_000, 400, 8 * 1024 * 1024, 64 * 1024 * 1024);

    public TemplateLimits {
        requirePositive("maxSourceChars", maxSourceChars);
        requirePositive("maxNesting", maxNesting);
        requirePositive("maxSteps", maxSteps);
        requirePositive("maxDepth", maxDepth);
        requirePositive("maxOutputChars", maxOutputChars);
        requirePositive("maxCreatedChars", maxCreatedChars);
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, was " + value);
        }
    }
}
