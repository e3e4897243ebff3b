package troupe.kernels;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** An atomic number that shares its cache line with nothing else, so that who writes it slows down only who reads it. */
final class PaddedLong extends PaddedLongValue {
    private static final VarHandle VALUE = handle();

    @SuppressWarnings("unused") // only takes room
    private long after0, after1, after2, after3, after4, after5, after6, after7;

    private static VarHandle handle() {
        try {
            return MethodHandles.lookup().findVarHandle(PaddedLongValue.class, "value", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    long get() {
        return value;
    }

    boolean compareAndSet(long expected, long update) {
        return VALUE.compareAndSet(this, expected, update);
    }

    void add(long amount) {
        long _ = (long) VALUE.getAndAdd(this, amount);
    }
}

abstract class PaddedLongValue extends LinePadding {
    volatile long value;
}
