package troupe.engine.executor;

/** A token with its natural log-probability under the model's own distribution (before penalties and temperature). */
public record TokenLogprob(int token, float logprob) {}
