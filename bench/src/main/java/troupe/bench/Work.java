package troupe.bench;

/** How the figures of a row are read. */
sealed interface Work {
    /** The engine in this process against llama-bench or llama-batched-bench. */
    record InEngine(Workload workload, Limit limit) implements Work {}

    /**
     * Server against server, streaming clients in a closed loop.
     *
     * @param requests of each client in one reading
     */
    record OverHttp(int clients, int requests) implements Work {
        static final int PROMPT_TOKENS = 128;
        static final int OUTPUT_TOKENS = 64;
    }

    /** What bounds a row on any implementation; measured in the same run. */
    enum Limit {
        NONE("", 0),
        /** All packed weights are read once a token. */
        WEIGHTS("weights read in a straight line", 0.85),
        /** All packed weights, and the keys and values of the context. */
        WEIGHTS_AND_CONTEXT("weights, keys and values read in a straight line", 0.70),
        /** All products of the layers at the rate of int8 products with block scaling. */
        SCALED_INT8("int8 products with block scaling", 0.50);

        private final String title;
        private final double aim;

        Limit(String title, double aim) {
            this.title = title;
            this.aim = aim;
        }

        String title() {
            return title;
        }

        /** The share of the limit that is aimed at. */
        double aim() {
            return aim;
        }
    }
}
