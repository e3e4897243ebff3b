package troupe.engine.cpu;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import troupe.kernels.Kernels;
import troupe.kernels.WorkerPool;

/**
 * Brings the weights that a thread reads next into its core's cache while the thread waits for others, so that memory
 * does not rest between the products of a step. For steps of few tokens, whose products wait for memory.
 */
final class WeightsAhead {
    /** Asked for at a time: a fraction of a microsecond. */
    private static final long STEP_BYTES = 2 << 10;

    /** How far ahead of the next product at most: what a core's own cache holds beside all else. */
    private static final long MOST_BYTES = 512 << 10;

    private final Kernels kernels;
    private final Reader[] readers; // one per thread
    private final Until[] untils; // one per product

    /** @param products all of a step, in its order */
    WeightsAhead(Kernels kernels, int threads, List<ProductStage> products) {
        this.kernels = kernels;
        readers = new Reader[threads];
        for (int thread = 0; thread < threads; thread++) {
            readers[thread] = new Reader(thread, products);
        }
        untils = new Until[products.size()];
        for (int product = 0; product < untils.length; product++) {
            untils[product] = new Until(product);
        }
    }

    /** What threads do until a product begins; after the last one of a step the first is next. */
    WorkerPool.Ahead until(int product) {
        return untils[product];
    }

    private final class Until implements WorkerPool.Ahead {
        private final int product;

        Until(int product) {
            this.product = product;
        }

        @Override
        public boolean step(int worker) {
            return readers[worker].step(kernels, product);
        }
    }

    /** Follows one thread through the weights that are its own in a step. Used by that thread alone. */
    private static final class Reader {
        private final long[] addresses; // of the parts
        private final long[] bytes;
        private final int[] firstPart; // of each product
        private int next = -1; // product
        private int part;
        private long offset;
        private long left;

        Reader(int thread, List<ProductStage> products) {
            List<MemorySegment> all = new ArrayList<>();
            firstPart = new int[products.size()];
            for (int product = 0; product < firstPart.length; product++) {
                firstPart[product] = all.size();
                products.get(product).addShare(thread, all);
            }
            addresses = all.stream().mapToLong(MemorySegment::address).toArray();
            bytes = all.stream().mapToLong(MemorySegment::byteSize).toArray();
        }

        boolean step(Kernels kernels, int product) {
            if (next != product) {
                begin(product);
            }
            if (left <= 0 || part == bytes.length) {
                return false;
            }
            long length = Math.min(STEP_BYTES, bytes[part] - offset);
            kernels.prefetch(addresses[part] + offset, length);
            offset += length;
            left -= length;
            if (offset == bytes[part]) {
                part++;
                offset = 0;
            }
            return true;
        }

        private void begin(int product) {
            boolean again = product < next;
            next = product;
            if (again || part < firstPart[product]) {
                part = firstPart[product];
                offset = 0;
            }
            left = MOST_BYTES - offset;
            for (int i = firstPart[product]; i < part; i++) {
                left -= bytes[i];
            }
        }
    }
}
