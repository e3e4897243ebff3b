package troupe.actors.resume;

import java.time.Duration;

/**
 * A client's wish to come back to a request.
 *
 * @param fingerprint of all that was asked: the same key with another one is a conflict
 * @param grace how long the request, or its finished answer, is kept without a listener
 */
public record Resumption(ResumeKey key, String fingerprint, Duration grace) {}
