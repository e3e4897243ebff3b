package troupe.bench.kernels;

import java.lang.foreign.Arena;
import troupe.kernels.Kernels;

/**
 * A kernel with operands of one size.
 *
 * @param kernel its name
 * @param operands what they are, for people
 * @param tokens in one call
 * @param demand of one call
 * @param setup makes the operands of one thread
 */
record KernelCase(String kernel, String operands, int tokens, Demand demand, Setup setup) {
    /** One thread's calls. */
    interface Calls {
        /** Makes call number {@code index}; different numbers may touch different memory. */
        void call(int index);

        /** An element of the last output, to be checked. */
        float sample();
    }

    /** Allocates and fills operands. */
    interface Setup {
        Calls prepare(Kernels kernels, Arena arena);
    }
}
