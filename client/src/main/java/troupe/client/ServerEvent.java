package troupe.client;

/**
 * One event of a stream.
 *
 * @param id as the server numbers it; empty where it does not
 * @param data JSON: a chunk of an answer, or an error
 */
public record ServerEvent(String id, String data) {}
