package troupe.engine.executor;

import troupe.engine.TokenIds;

/**
 * Asks for the log-probability of {@code targets[i]} as the token that follows the slice's token {@code i}.
 *
 * @param targets at most as many as the slice has tokens
 * @param topLogprobs how many of the likeliest tokens to report at each position
 */
public record ScoreSpec(TokenIds targets, int topLogprobs) {}
