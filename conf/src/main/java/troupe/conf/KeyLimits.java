package troupe.conf;

/**
 * What one API key may do on each gateway; 0: no limit.
 *
 * @param maxOpenRequests answers open at once
 * @param requestsPerMinute and as many at once after a quiet minute
 * @param tokensPerMinute of prompts and outputs, likewise
 */
public record KeyLimits(int maxOpenRequests, int requestsPerMinute, int tokensPerMinute) {
    public static final KeyLimits NONE = new KeyLimits(0, 0, 0);
}
