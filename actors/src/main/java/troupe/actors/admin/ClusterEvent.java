package troupe.actors.admin;

/**
 * Something that happened, for operators.
 *
 * @param number ascending on the node that tells
 * @param at milliseconds since 1970-01-01 UTC
 * @param kind one word: joined, left, died, unreachable, refused, placed, ready, lost, deployed, scaled,
 *     unloaded, draining, drained, convicted
 * @param subject the node, replica or model that it is about
 * @param text one sentence
 */
public record ClusterEvent(long number, long at, String kind, String subject, String text) {}
