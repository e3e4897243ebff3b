package troupe.http;

import troupe.actors.ServedModel;

/** What requests are checked against; {@code maxChoices}: choices of one prompt. */
record RequestLimits(ServedModel model, int maxChoices) {
    static final int MAX_STOP_STRINGS = 16;
    static final int MAX_STOP_CHARACTERS = 1_024;
    static final int MAX_STOP_TOKENS = 128;
    static final int MAX_PROMPTS = 256;
    static final int MAX_MESSAGES = 16_384;
    static final int MAX_SALT_CHARACTERS = 256;
}
