package troupe.engine;

/**
 * Names one attempt at one choice of a request. A later epoch or attempt supersedes an earlier one.
 *
 * @param sequence the request's id
 * @param epoch counts the owners of the sequence
 * @param attempt counts the submissions by one owner
 * @param choice index among the request's n choices
 */
public record AttemptKey(String sequence, long epoch, int attempt, int choice) {}
