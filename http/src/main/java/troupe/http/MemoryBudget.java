package troupe.http;

import java.util.concurrent.atomic.AtomicLong;

/** What open requests may hold of the heap, by estimate: past it a request is refused before it holds any. Thread-safe. */
final class MemoryBudget {
    private static final double MIB = 1 << 20;

    private final long limit;
    private final AtomicLong held = new AtomicLong();

    /** @param limit bytes */
    MemoryBudget(long limit) {
        this.limit = limit;
    }

    /** Half of what the heap may grow to, where the settings leave it open. */
    static MemoryBudget of(long setting, long heapBytes) {
        return new MemoryBudget(setting == 0 ? heapBytes / 2 : setting);
    }

    long heldBytes() {
        return held.get();
    }

    /**
     * Holds so many bytes until the lease is closed.
     *
     * @throws ApiException where there are not so many
     */
    Lease reserve(long bytes) {
        Lease lease = new Lease();
        lease.resize(bytes);
        return lease;
    }

    /** What one request holds. */
    final class Lease implements AutoCloseable {
        private long bytes;
        private boolean closed;

        /**
         * Holds so many bytes from now on; a lease that is closed goes on holding none.
         *
         * @throws ApiException where there are not so many; it holds what it held then
         */
        synchronized void resize(long wanted) {
            if (closed) {
                return;
            }
            if (wanted > limit) {
                throw new ApiException(
                        413,
                        "the request needs about " + mib(wanted) + " MiB of memory, this gateway has " + mib(limit)
                                + " MiB for all requests",
                        "invalid_request_error",
                        null,
                        "request_too_large");
            }
            long more = wanted - bytes;
            long sum = held.addAndGet(more);
            if (more > 0 && sum > limit) {
                held.addAndGet(-more);
                throw new ApiException(
                        503,
                        "the open requests hold about " + mib(sum - more) + " of the " + mib(limit)
                                + " MiB of memory that they may, and this one needs about " + mib(more) + " MiB",
                        "server_error",
                        null,
                        "out_of_memory");
            }
            bytes = wanted;
        }

        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                held.addAndGet(-bytes);
            }
        }
    }

    private static String mib(long bytes) {
        return "%.1f".formatted(bytes / MIB);
    }
}
