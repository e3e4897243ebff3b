package troupe.actors.resume;

import java.util.List;

/**
 * What a client has read of an answer.
 *
 * @param answer which one, as {@link AnswerTag} names it
 * @param tokens of each choice
 */
public record ReadSoFar(String answer, List<Integer> tokens) {
    public ReadSoFar {
        tokens = List.copyOf(tokens);
    }

    /** Of a choice; 0 where nothing is said of it. */
    public int tokens(int choice) {
        return choice < tokens.size() ? tokens.get(choice) : 0;
    }
}
