package troupe.bench.load;

/**
 * A closed loop: each client sends its next request when the answer to the one before has ended.
 *
 * @param clients at once, at least 1
 * @param requests of each client, at least 1
 * @param promptTokens of each request, drawn at random, so that no server can reuse an earlier one's
 * @param outputTokens of each request
 * @param vocabulary ids are drawn from {@value #FIRST_ID} to this, exclusive: the first ones tend to be control tokens
 */
public record LoadPlan(int clients, int requests, int promptTokens, int outputTokens, int vocabulary) {
    static final int FIRST_ID = 32;

    public LoadPlan {
        if (clients < 1 || requests < 1 || promptTokens < 1 || outputTokens < 2 || vocabulary <= FIRST_ID) {
            throw new IllegalArgumentException("clients " + clients + ", requests " + requests + ", prompt tokens "
                    + promptTokens + ", output tokens " + outputTokens + ", vocabulary " + vocabulary
                    + ": at least 1, 1, 1, 2, " + (FIRST_ID + 1) + " are required");
        }
    }
}
