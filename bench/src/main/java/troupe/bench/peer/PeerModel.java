package troupe.bench.peer;

/** The files that the comparison reads. */
public enum PeerModel {
    /** The model that the user names, as it is. */
    GIVEN("the given file", "", false),
    GIVEN_Q4_0("Q4_0", "Q4_0", false),
    GIVEN_Q8_0("Q8_0", "Q8_0", false),
    GIVEN_Q4_K_M("Q4_K_M", "Q4_K_M", false),
    LLAMA_1B_Q4_0("1B shape, Q4_0", "Q4_0", true),
    LLAMA_1B_Q4_K_M("1B shape, Q4_K_M", "Q4_K_M", true);

    private final String title;
    private final String quantization;
    private final boolean random;

    PeerModel(String title, String quantization, boolean random) {
        this.title = title;
        this.quantization = quantization;
        this.random = random;
    }

    /** For readers of the report. */
    public String title() {
        return title;
    }

    /** llama-quantize's name; empty for a file that is taken as it is. */
    String quantization() {
        return quantization;
    }

    /** Whether the weights are random numbers, so that its text has no meaning. */
    public boolean random() {
        return random;
    }
}
