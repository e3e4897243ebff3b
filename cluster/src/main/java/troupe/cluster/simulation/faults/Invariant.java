package troupe.cluster.simulation.faults;

/** What holds whatever goes wrong. */
public enum Invariant {
    ONE_TERMINAL_EVENT("every accepted request ends in exactly one terminal event, and nothing follows it"),
    ORDERED_EVENTS("a client hears Accepted first, and of a choice nothing after its end"),
    SAME_TOKENS("the tokens of an answer are those of the undisturbed run, none twice, none missing"),
    SAME_LOGPROBS("the log-probabilities of an answer are those of the undisturbed run"),
    SAME_TEXT("text, reason and stop string of a choice are those of the undisturbed run"),
    NO_SUPERSEDED_TOKENS("a token of a superseded attempt never reaches the client"),
    NO_NEEDLESS_FAILURE("a failure costs a pause: a request fails only by its deadline, its reader, or a full cluster"),
    ONLY_THE_GUILTY("a request is refused for the deaths of workers only if it is what brings them down"),
    NOBODY_WAITS_FOR_EVER("once nothing goes wrong any more, every request ends"),
    GOES_ON_ELSEWHERE("where a gateway is cut off, and all else is well, its streams go on at another one within 3 s"),
    EMPTY_LEDGERS("in the end no worker keeps events or owners of a request"),
    FREE_BLOCKS("in the end every KV block is free and no engine has work"),
    NOBODY_LEFT("in the end no sequence lives, no gateway knows a request, and every replica is freed"),
    NO_RESERVATIONS("in the end no attempt counts against a worker");

    private final String sentence;

    Invariant(String sentence) {
        this.sentence = sentence;
    }

    /** For people. */
    public String sentence() {
        return sentence;
    }
}
